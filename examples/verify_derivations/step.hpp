// SPDX-License-Identifier: MIT
#pragma once

// One step of the noising chain, from the cleaner time s to the noisier time t, by its definitions in long double.

#include "reference.hpp"

namespace verify {

/// alpha, sigma of s and t and what the paper defines from them [VDM eqs. 21, 22], as printed.
struct defined {
    real alpha_s, sigma_s, alpha_t, sigma_t, alpha_ts, variance_ts;
    defined(real a_s, real a_t)
        : alpha_s(signal(a_s)), sigma_s(noise(a_s)), alpha_t(signal(a_t)), sigma_t(noise(a_t)),
          alpha_ts(alpha_t / alpha_s), variance_ts(sigma_t * sigma_t - alpha_ts * alpha_ts * sigma_s * sigma_s) {}

    /// z_s given z_t and x by conditioning their joint Gaussian given x: means alpha_s x and alpha_t x, variances
    /// sigma_s^2 and sigma_t^2, covariance alpha_ts sigma_s^2.
    real gain() const { return alpha_ts * sigma_s * sigma_s / (sigma_t * sigma_t); }
    real conditional_mean(real z_t, real x) const { return alpha_s * x + gain() * (z_t - alpha_t * x); }
    real conditional_variance() const { return sigma_s * sigma_s - gain() * alpha_ts * sigma_s * sigma_s; }
};

/// The limit of f(h) for h -> 0, f having an expansion in powers of h: Richardson's, from f(h), f(h/2), ...
template <class F>
real limit(real h, int count, const F& f) {
    reals row;
    for (int i = 0; i < count; ++i, h /= 2) {
        row.push_back(f(h));
        for (int j = i - 1; j >= 0; --j) {
            const auto k = static_cast<std::size_t>(j);
            row[k] = row[k + 1] + (row[k + 1] - row[k]) / (std::exp2(static_cast<real>(i - j)) - 1);
        }
    }
    return row[0];
}

/// The derivative of f at 0 by central differences of order 8.
template <class F>
real derivative(real h, const F& f) {
    const auto apart = [&](int k) { return f(k * h) - f(-k * h); };
    return (apart(1) * 4 / 5 - apart(2) / 5 + apart(3) * 4 / 105 - apart(4) / 280) / h;
}

} // namespace verify
