// SPDX-License-Identifier: MIT
#pragma once

// The Kullback-Leibler divergence of two Gaussians in closed form,
//
//     KL(N(m, S) || N(l, R)) = 1/2 [ (m - l)^T R^-1 (m - l) + tr(R^-1 S) - d - log det(R^-1 S) ],
//
// of which VDM's loss of a step and its prior loss are made [VDM eqs. 37, 42]. With u_j the eigenvalues of R^-1 (S - R) the last three
// terms are the sum of u_j - log(1 + u_j), which is how nearly equal covariances keep their digits.

#include <cdl/core/checks.hpp>
#include <cdl/core/index.hpp>
#include <cdl/information/detail/excess.hpp>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include <span>
#include <vector>

namespace cdl::information {

namespace detail {

/// r - 1 - log r for r = v / w of two variances, whatever their size.
template <class T>
T excess_of_variance(const T& v, const T& w) {
    using std::log;
    const T u = T(T(v - w) / w);
    if (u > T(-0.5) && u < T(0.5)) return detail::excess_over_log(u);
    const T ratio = T(v / w);
    const bool is_normal = (std::numeric_limits<T>::min)() <= ratio && T(ratio - ratio) == T(0);
    return T(u - (is_normal ? T(log(ratio)) : T(log(v) - log(w))));
}

/// The divergence along one axis.
template <class T>
T kl_along_axis(const T& mean_p, const T& variance_p, const T& mean_q, const T& variance_q) {
    using std::sqrt;
    const T offset = T(T(mean_p - mean_q) / T(sqrt(variance_q)));
    return T(T(offset * offset + excess_of_variance(variance_p, variance_q)) / T(2));
}

template <class T>
void require_gaussian(const T& mean, const T& variance, const char* mean_name, const char* variance_name) {
    constexpr auto where = "cdl::information::kl_of_gaussians";
    require(T(mean - mean) == T(0), where, mean_name, "must be finite", mean);
    require(T(0) < variance && T(variance - variance) == T(0), where, variance_name, "must be positive and finite",
            variance);
}

} // namespace detail

/// KL(N(mean_p, variance_p) || N(mean_q, variance_q)) of numbers, in nats.
///
/// - Throws: std::invalid_argument if a mean is not finite or a variance not positive and finite.
/// - Accuracy: 16 ULP, as good for nearly equal variances as for others, +inf where it overflows.
template <std::floating_point T>
T kl_of_gaussians(T mean_p, T variance_p, T mean_q, T variance_q) {
    detail::require_gaussian(mean_p, variance_p, "mean_p", "variance_p");
    detail::require_gaussian(mean_q, variance_q, "mean_q", "variance_q");
    return detail::kl_along_axis(mean_p, variance_p, mean_q, variance_q);
}

/// The same of d coordinates that are independent, each with its mean and variance. Throws also if lengths differ.
template <scalar T>
T kl_of_gaussians(std::span<const T> mean_p, std::span<const T> variances_p, std::span<const T> mean_q,
                  std::span<const T> variances_q) {
    constexpr auto where = "cdl::information::kl_of_gaussians";
    const std::size_t d = mean_p.size();
    require(variances_p.size() == d, where, "variances_p", "must be one for each mean", variances_p.size(), " for ", d);
    require(mean_q.size() == d, where, "mean_q", "must have the dimension of p", mean_q.size(), " for ", d);
    require(variances_q.size() == d, where, "variances_q", "must be one for each mean", variances_q.size(), " for ", d);
    for (std::size_t j = 0; j < d; ++j) {
        detail::require_gaussian(mean_p[j], variances_p[j], "mean_p", "variances_p");
        detail::require_gaussian(mean_q[j], variances_q[j], "mean_q", "variances_q");
    }
    T sum = T(0);
    for (std::size_t j = 0; j < d; ++j)
        sum = T(sum + detail::kl_along_axis(mean_p[j], variances_p[j], mean_q[j], variances_q[j]));
    return sum;
}
template <scalar T>
T kl_of_gaussians(const std::vector<T>& mean_p, const std::vector<T>& variances_p, const std::vector<T>& mean_q,
                  const std::vector<T>& variances_q) {
    using numbers = std::span<const T>;
    return kl_of_gaussians(numbers(mean_p), numbers(variances_p), numbers(mean_q), numbers(variances_q));
}

/// The same of full covariances, d x d Eigen matrices, beside means that are vectors of d numbers.
///
/// - Throws: std::invalid_argument if shapes do not fit, numbers are not finite, or a covariance is not positive definite; of a
///   covariance the lower triangle is read.
/// - Accuracy: a few d eps times the condition number of covariance_q; of the whole for nearly equal covariances, too.
/// - Cost: two factorisations and an eigenproblem, O(d^3).
template <class M, class S, class L, class R>
typename M::Scalar kl_of_gaussians(const Eigen::MatrixBase<M>& mean_p, const Eigen::MatrixBase<S>& covariance_p,
                                   const Eigen::MatrixBase<L>& mean_q, const Eigen::MatrixBase<R>& covariance_q) {
    using std::log;
    using T = typename M::Scalar;
    using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
    using vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;
    constexpr auto where = "cdl::information::kl_of_gaussians";
    const auto d = mean_p.size();
    const auto require_shape = [&](const auto& covariance, const char* argument) {
        require(covariance.rows() == d && covariance.cols() == d, where, argument, "must be as large as its mean",
                covariance.rows(), " x ", covariance.cols(), " for ", d);
        require(covariance.allFinite(), where, argument, "must be finite", "a covariance that is not");
    };
    require(d >= 1, where, "mean_p", "must have at least 1 coordinate", d);
    require(mean_q.size() == d, where, "mean_q", "must have the dimension of p", mean_q.size(), " for ", d);
    require(mean_p.allFinite(), where, "mean_p", "must be finite", "a mean that is not");
    require(mean_q.allFinite(), where, "mean_q", "must be finite", "a mean that is not");
    require_shape(covariance_p, "covariance_p");
    require_shape(covariance_q, "covariance_q");
    const auto symmetric = [](const auto& m) { return matrix(matrix(m).template selfadjointView<Eigen::Lower>()); };
    const matrix s = symmetric(covariance_p), r = symmetric(covariance_q);
    const Eigen::LLT<matrix> factor_p(s), factor_q(r);
    require(factor_p.info() == Eigen::Success, where, "covariance_p", "must be positive definite", "one that is not");
    require(factor_q.info() == Eigen::Success, where, "covariance_q", "must be positive definite", "one that is not");

    const vector offset = factor_q.matrixL().solve(vector(vector(mean_p) - vector(mean_q)));
    const matrix half = factor_q.matrixL().solve(matrix(s - r)); // L^-1 (S - R), R = L L^T
    const matrix u = factor_q.matrixL().solve(matrix(half.transpose()));
    const Eigen::SelfAdjointEigenSolver<matrix> solver(u, Eigen::EigenvaluesOnly);
    if (solver.info() != Eigen::Success) return std::numeric_limits<T>::quiet_NaN();
    T sum = T(0), log_determinant = T(0);
    if (solver.eigenvalues().cwiseAbs().maxCoeff() < T(0.5)) {
        for (const T& eigenvalue : solver.eigenvalues()) sum += detail::excess_over_log(eigenvalue);
    } else {
        for (Eigen::Index j = 0; j < d; ++j)
            log_determinant += T(2) * (log(factor_p.matrixLLT()(j, j)) - log(factor_q.matrixLLT()(j, j)));
        sum = u.trace() - log_determinant;
    }
    return T((offset.squaredNorm() + sum) / T(2));
}

} // namespace cdl::information
