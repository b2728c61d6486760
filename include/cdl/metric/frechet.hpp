// SPDX-License-Identifier: MIT
#pragma once

// The Frechet distance of two distributions as their means and covariances see it: the squared Wasserstein distance of
// the two Gaussians that have them [Dowson & Landau 1982]. Of features of images it is the FID [Heusel et al. 2017].

#include <cdl/metric/moments.hpp>

#include <Eigen/Eigenvalues>

namespace cdl::metric {

// The functions of moments are templates of them, so that eigenvalues are compiled only where they are asked for.

namespace detail {

/// Throws std::invalid_argument unless the mean and the covariance are finite, fit each other, and the covariance is
/// symmetric but for rounding.
template <class M>
void require_moments(const M& p, const char* where, const char* argument) {
    const auto d = p.mean.size();
    require(d >= 1, where, argument, "must have at least 1 coordinate", d);
    require(p.covariance.rows() == d && p.covariance.cols() == d, where, argument,
            "must have a covariance as large as its mean", p.covariance.rows(), " x ", p.covariance.cols(), " for ", d);
    require(p.mean.allFinite(), where, argument, "must have a finite mean", "a mean that is not");
    require(p.covariance.allFinite(), where, argument, "must have a finite covariance", "a covariance that is not");
    const double asymmetry = (p.covariance - p.covariance.transpose()).cwiseAbs().maxCoeff();
    require(asymmetry <= 1e-6 * p.covariance.cwiseAbs().maxCoeff(), where, argument, "must have a symmetric covariance",
            "entries that differ by ", asymmetry);
}

/// A with A A^T = the covariance, from its eigenvalues and eigenvectors; a column for each eigenvalue that is not zero
/// but for rounding. Throws std::invalid_argument where one is clearly negative, or where they do not converge.
template <class M>
M factor_of(const M& covariance, const char* where, const char* argument) {
    const Eigen::SelfAdjointEigenSolver<M> solver(covariance / 2 + covariance.transpose() / 2);
    require(solver.info() == Eigen::Success, where, argument, "must have a covariance whose eigenvalues converge",
            "one where they do not");
    const Eigen::VectorXd& lambda = solver.eigenvalues(); // ascending
    const auto d = lambda.size();
    const double largest = lambda(d - 1);
    require(lambda(0) >= -1e-6 * (std::max)(largest, 0.0), where, argument,
            "must have a covariance without negative eigenvalues", lambda(0));
    const double zero = std::numeric_limits<double>::epsilon() * static_cast<double>(d) * largest;
    Eigen::Index zeros = 0;
    while (zeros < d && lambda(zeros) <= zero) ++zeros;
    return solver.eigenvectors().rightCols(d - zeros) * lambda.tail(d - zeros).cwiseSqrt().asDiagonal();
}

/// The sum of the singular values of M: half the sum of the absolute eigenvalues of [0 M; M^T 0]. Nothing is squared, so
/// small ones keep their digits.
template <class M>
double sum_of_singular_values(const M& m) {
    const auto rows = m.rows(), size = m.rows() + m.cols();
    if (m.size() == 0) return 0;
    M symmetric = M::Zero(size, size);
    symmetric.topRightCorner(rows, m.cols()) = m;
    symmetric.bottomLeftCorner(m.cols(), rows) = m.transpose();
    const Eigen::SelfAdjointEigenSolver<M> solver(symmetric, Eigen::EigenvaluesOnly);
    if (solver.info() != Eigen::Success) return std::numeric_limits<double>::quiet_NaN();
    return solver.eigenvalues().cwiseAbs().sum() / 2;
}

} // namespace detail

/// The squared Frechet distance |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), in squares of the unit of a coordinate; not its
/// root. With S1 = A A^T and S2 = B B^T the trace of the root is the sum of the singular values of A^T B, so singular
/// covariances are as good as others. Eigenvalues below d 2^-52 of the largest count as zero, negative ones included.
/// Throws std::invalid_argument for shapes that do not fit, numbers that are not finite, and a covariance that is not
/// symmetric or has eigenvalues below -1e-6 of the largest.
/// NaN where sums overflow. Error: a few eps (tr S1 + tr S2 + |m1 - m2|^2), never negative; where one covariance is all but singular and the other is not,
/// what counts as zero, an eigenvalue l, counts for 2 sqrt(l u), u the variance of the other along it: at most about
/// 2 sqrt(eps d tr S1 tr S2). Cost: three symmetric eigenproblems, the last one of
/// size 2 d at most. Eigen solves them, and its own threads, where it has some, may change last bits for d above 200.
template <std::same_as<mean_and_covariance> M = mean_and_covariance>
double frechet(const std::type_identity_t<M>& p, const std::type_identity_t<M>& q) {
    constexpr auto where = "cdl::metric::frechet";
    detail::require_moments(p, where, "p");
    detail::require_moments(q, where, "q");
    require(p.mean.size() == q.mean.size(), where, "q", "must have the dimension of p", q.mean.size(), " for ",
            p.mean.size());
    const auto a = detail::factor_of(p.covariance, where, "p");
    const auto b = detail::factor_of(q.covariance, where, "q");
    const double trace_of_root = detail::sum_of_singular_values(Eigen::MatrixXd(a.transpose() * b));
    const double distance =
        (p.mean - q.mean).squaredNorm() + p.covariance.trace() + q.covariance.trace() - 2 * trace_of_root;
    return distance < 0 ? 0 : distance; // a NaN stays one
}

/// The squared Frechet distance of the moments of two samples x, n x d, and y, m x d. It is no unbiased estimate: two
/// samples of one distribution are a distance of order d / n apart.
/// Throws std::invalid_argument for fewer than 2 points in either, dimensions that differ, numbers that are not finite.
template <exec::policy P, batch X, batch Y>
double frechet(const P& policy, const X& x, const Y& y) {
    const auto xs = exec::view_on(policy, x);
    const auto ys = exec::view_on(policy, y);
    constexpr auto where = "cdl::metric::frechet";
    require(xs.dim() >= 1, where, "x", "must have at least 1 coordinate", xs.dim());
    require(ys.dim() == xs.dim(), where, "y", "must have the dimension of x", ys.dim(), " for ", xs.dim());
    require(xs.size() >= 2, where, "x", "must have at least 2 points", xs.size());
    require(ys.size() >= 2, where, "y", "must have at least 2 points", ys.size());
    return frechet(moments(policy, xs), moments(policy, ys));
}

} // namespace cdl::metric
