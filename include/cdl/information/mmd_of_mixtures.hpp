// SPDX-License-Identifier: MIT
#pragma once

// The MMD^2 of two Gaussian mixtures with a Gaussian kernel in closed form: what metric::mmd estimates from samples. For
// X ~ N(m, S) and Y ~ N(l, R), with k(x, y) = exp(-|x - y|^2 / (2 s^2)),
//
//     E k(X, Y) = det(A)^(-1/2) exp(-1/2 (m - l)^T (s^2 A)^-1 (m - l)),    A = I + (S + R) / s^2,
//
// the density of X - Y + N(0, s^2 I) at 0 times (2 pi s^2)^(d/2) [CDL app. B.1; Gretton et al. 2012].

#include <cdl/distribution/gaussian_mixture.hpp>

#include <Eigen/Cholesky>

namespace cdl::information {

namespace detail {

/// The covariance of component k over s^2.
template <class T, index_t D, distribution::covariance C>
auto scaled_covariance(const distribution::mixture_view<T, D, C>& p, index_t k, const T& s) {
    using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
    const index_t d = p.dim();
    matrix covariance = matrix::Zero(d, d);
    for (index_t j = 0; j < d; ++j) {
        const T variance = T(T(p.variance(k, j) / s) / s);
        if constexpr (C == distribution::covariance::full) {
            Eigen::Matrix<T, Eigen::Dynamic, 1> axis(d);
            for (index_t i = 0; i < d; ++i) axis(i) = p.axis(k, j, i);
            covariance += variance * axis * axis.transpose();
        } else {
            covariance(j, j) = variance;
        }
    }
    return covariance;
}

/// E k(X, Y) for independent X of p and Y of q.
template <class T, index_t D, distribution::covariance C, index_t E, distribution::covariance B>
T expected_kernel(const distribution::gaussian_mixture<T, D, C>& p, const distribution::gaussian_mixture<T, E, B>& q,
                  const T& s) {
    using std::exp;
    using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
    const auto of_p = p.view();
    const auto of_q = q.view();
    const matrix identity = matrix::Identity(p.dim(), p.dim());
    T sum = T(0);
    for (index_t k = 0; k < p.size(); ++k)
        for (index_t l = 0; l < q.size(); ++l) {
            const Eigen::LLT<matrix> a(identity + scaled_covariance(of_p, k, s) + scaled_covariance(of_q, l, s));
            Eigen::Matrix<T, Eigen::Dynamic, 1> offset(p.dim());
            for (index_t j = 0; j < p.dim(); ++j) offset(j) = T(T(p.mean(k, j) - q.mean(l, j)) / s);
            a.matrixL().solveInPlace(offset);
            const T root_of_determinant = a.matrixLLT().diagonal().prod();
            sum += p.weight(k) * q.weight(l) * T(exp(-offset.squaredNorm() / T(2))) / root_of_determinant;
        }
    return sum;
}

} // namespace detail

/// MMD^2 = E k(X, X') + E k(Y, Y') - 2 E k(X, Y) of the mixtures p of X and q of Y, with the Gaussian kernel of
/// metric::gaussian<T>::with_standard_deviation(s).
///
/// - Shapes: p and q have the same dimension, any; their covariances may have different shapes.
/// - Returns: a number from 0 to 2; 0 for equal mixtures.
/// - Accuracy: a few eps, absolute.
/// - Throws: std::invalid_argument if dimensions differ, or s is not positive and finite.
/// - Cost: O(d^3) for each pair of components of p and q together.
template <class T, index_t D, distribution::covariance C, index_t E, distribution::covariance B>
T mmd_of_mixtures(const distribution::gaussian_mixture<T, D, C>& p, const distribution::gaussian_mixture<T, E, B>& q,
                  const std::type_identity_t<T>& standard_deviation) {
    constexpr auto where = "cdl::information::mmd_of_mixtures";
    const T& s = standard_deviation;
    require(q.dim() == p.dim(), where, "q", "must have the dimension of p", q.dim(), " for ", p.dim());
    require(T(0) < s && T(s - s) == T(0), where, "standard_deviation", "must be positive and finite", s);
    const T mmd = T(detail::expected_kernel(p, p, s) + detail::expected_kernel(q, q, s) -
                    T(2) * detail::expected_kernel(p, q, s));
    return mmd < T(0) ? T(0) : mmd; // a NaN stays one
}

} // namespace cdl::information
