// SPDX-License-Identifier: MIT
#pragma once

// The other side of the comparisons: the same mixture, written down a second time in long double and without the
// library. Densities come from Cholesky factors of the noised covariances (the library uses eigenvectors), scales from
// the definitions as the papers print them, and posterior means from brute force: the integral over all clean points.

#include "data_set.hpp"
#include "result.hpp" // and its word on promotion

#include <cmath>

namespace verify {

using real = long double;
using reals = std::vector<real>;

/// sigmoid and friends as their definitions say; long double has the digits to spare at moderate levels.
inline real sigmoid(real u) {
    return 1 / (1 + std::exp(-u));
}
inline real signal(real a) {
    return std::sqrt(sigmoid(a));
}
inline real noise(real a) {
    return std::sqrt(sigmoid(-a));
}
/// log(1 + e^u), not overflowing.
inline real softplus(real u) {
    return u > 0 ? u + std::log1p(std::exp(-u)) : std::log1p(std::exp(u));
}

inline constexpr real pi = 3.141592653589793238462643383279502884L;

/// log N(z; mean, variance) on a line.
inline real log_normal(real z, real mean, real variance) {
    return -(z - mean) * (z - mean) / (2 * variance) - std::log(2 * pi * variance) / 2;
}

/// A mixture at one level.
class reference_density {
public:
    /// The mixture with means S mu and covariances S^2 Sigma + N^2 I.
    reference_density(const data_set& data, real signal_power, real noise_power);

    real log_density(const real* z) const;
    /// The density without guard against underflow, for long sums.
    real density(const real* z) const;
    /// -(gradient of the log density).
    reals pull(const real* z) const;

private:
    real log_term(index_t k, const real* z) const;

    index_t d_;
    reals log_weights_, means_, inverse_factors_; // inverse Cholesky factors, K x d x d, lower triangular
};

class reference {
public:
    explicit reference(const data_set& data) : data_(data), clean_(data, 1, 0) {}

    /// log p_a(z); a = +inf is the data.
    real log_density(const std::vector<double>& z, real a) const;

    /// The gradient of log p_a(z) by central differences of order 8.
    reals score_by_differences(const std::vector<double>& z, real a) const;

    /// What integration over all clean points x gives: p_a(z) = int p(x) N(z; S x, N^2) dx and the means of
    /// eps = (z - S x) / N and of x under the posterior of x.
    struct posterior {
        real log_density;
        reals eps, x;
    };
    /// How many evaluations of the data density brute force takes; huge where it cannot be done.
    double brute_force_cost(real a) const;
    posterior brute_force(const std::vector<double>& z, real a) const;

    const reference_density& clean() const { return clean_; }
    reference_density at(real a) const { return {data_, sigmoid(a), sigmoid(-a)}; }
    const data_set& data() const { return data_; }

private:
    data_set data_;
    reference_density clean_;
    scales scales_ = scales_of(data_);
};

} // namespace verify
