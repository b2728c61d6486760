// SPDX-License-Identifier: MIT
#pragma once

// The samplers once more, as their papers print them, in long double, for one point of one coordinate: EDM in (x, sigma),
// the exponential integrators in half the log-SNR lambda, DPM-Solver++ on estimates of x. Nothing here includes a sampler.

#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <vector>

namespace cdl::oracle {

using real = long double;

inline real signal(real a) {
    return 1 / std::sqrt(1 + std::exp(-a));
}
inline real noise(real a) {
    return 1 / std::sqrt(1 + std::exp(a));
}
inline real sigma(real a) {
    return std::exp(-a / 2);
}

/// eps_hat(z, a).
using denoiser = std::function<real(real, real)>;
/// The noise of a step, a standard normal number.
using noise_of_step = std::function<real(std::size_t)>;

/// N(mean, variance) data: E[eps | z] = N (z - S mean) / (S^2 variance + N^2).
struct gaussian {
    real mean, variance;
    real operator()(real z, real a) const {
        const real s = signal(a), n = noise(a);
        return n * (z - s * mean) / (s * s * variance + n * n);
    }
};

/// [Song et al. 2021a, eq. 12].
inline real ddim(const denoiser& f, const std::vector<real>& a, real z, real eta, const noise_of_step& xi) {
    for (std::size_t k = 0; k + 1 < a.size(); ++k) {
        const real s = signal(a[k]), n = noise(a[k]), eps = f(z, a[k]), x_hat = (z - n * eps) / s;
        if (std::isinf(a[k + 1])) return x_hat;
        const real n_to = noise(a[k + 1]);
        const real sd = eta * n_to * std::sqrt(-std::expm1(a[k] - a[k + 1]));
        z = signal(a[k + 1]) * x_hat + std::sqrt(n_to * n_to - sd * sd) * eps + sd * xi(k);
    }
    return z;
}

/// [VDM eqs. 25-28] in x_hat: mean alpha_{t|s} sigma_s^2 / sigma_t^2 z + alpha_s sigma_{t|s}^2 / sigma_t^2 x_hat;
/// `forward` takes the variance sigma_{t|s}^2 instead of the posterior's.
inline real ancestral(const denoiser& f, const std::vector<real>& a, real z, bool forward, const noise_of_step& xi) {
    for (std::size_t k = 0; k + 1 < a.size(); ++k) {
        const real s_t = signal(a[k]), n_t = noise(a[k]), x_hat = (z - n_t * f(z, a[k])) / s_t;
        if (std::isinf(a[k + 1])) return x_hat;
        const real s_s = signal(a[k + 1]), n_s = noise(a[k + 1]);
        const real added = n_t * n_t * -std::expm1(a[k] - a[k + 1]); // sigma_{t|s}^2
        const real variance = forward ? added : added * n_s * n_s / (n_t * n_t);
        z = (s_t / s_s) * (n_s * n_s) / (n_t * n_t) * z + s_s * added / (n_t * n_t) * x_hat +
            std::sqrt(variance) * xi(k);
    }
    return z;
}

/// The settings of [EDM alg. 2].
struct churn {
    real amount = 0, s_min = 0, s_max = std::numeric_limits<real>::infinity(), s_noise = 1;
};

/// [EDM alg. 2] in (x, sigma), with D(x, sigma) = x - sigma eps_hat. z = S x at both ends.
inline real heun(const denoiser& f, const std::vector<real>& a, real z, const churn& settings,
                 const noise_of_step& xi) {
    const auto direction = [&](real x, real level) { return f(signal(level) * x, level); }; // (x - D) / sigma = eps_hat
    real x = z / signal(a[0]);
    const auto steps = static_cast<real>(a.size() - 1);
    for (std::size_t k = 0; k + 1 < a.size(); ++k) {
        const real t = sigma(a[k]), t_next = std::isinf(a[k + 1]) ? 0 : sigma(a[k + 1]);
        const bool inside = settings.s_min <= t && t <= settings.s_max;
        const real gamma = inside ? std::fmin(settings.amount / steps, std::sqrt(2.0L) - 1) : 0;
        const real t_hat = t + gamma * t;
        const real x_hat = x + std::sqrt(t_hat * t_hat - t * t) * settings.s_noise * xi(k);
        const real d = direction(x_hat, -2 * std::log(t_hat));
        x = x_hat + (t_next - t_hat) * d;
        if (t_next != 0) {
            const real d_next = direction(x, a[k + 1]);
            x = x_hat + (t_next - t_hat) * (d + d_next) / 2;
        }
    }
    return std::isinf(a.back()) ? x : signal(a.back()) * x;
}

/// [Lu et al. 2022a, alg. 1, DPM-Solver-2 with r_1 = 1/2], lambda = a / 2; the step to clean data is of first order.
inline real dpm_solver_2(const denoiser& f, const std::vector<real>& a, real z) {
    for (std::size_t k = 0; k + 1 < a.size(); ++k) {
        const real eps = f(z, a[k]);
        if (std::isinf(a[k + 1])) return (z - noise(a[k]) * eps) / signal(a[k]);
        const real lambda = a[k] / 2, lambda_next = a[k + 1] / 2, h = lambda_next - lambda, s = lambda + h / 2;
        const real u = signal(2 * s) / signal(a[k]) * z - noise(2 * s) * (std::exp(h / 2) - 1) * eps;
        z = signal(a[k + 1]) / signal(a[k]) * z - noise(a[k + 1]) * (std::exp(h) - 1) * f(u, 2 * s);
    }
    return z;
}

/// [Lu et al. 2022b, alg. 2, DPM-Solver++(2M)]: D = (1 + 1 / 2r) x_hat - (1 / 2r) x_hat before, r = h before / h.
inline real dpm_solver_pp_2m(const denoiser& f, const std::vector<real>& a, real z) {
    real before = 0;
    for (std::size_t k = 0; k + 1 < a.size(); ++k) {
        const real x_hat = (z - noise(a[k]) * f(z, a[k])) / signal(a[k]);
        if (std::isinf(a[k + 1])) return x_hat;
        const real h = (a[k + 1] - a[k]) / 2;
        const real r = k == 0 ? 0 : (a[k] - a[k - 1]) / 2 / h;
        const real d = k == 0 ? x_hat : (1 + 1 / (2 * r)) * x_hat - 1 / (2 * r) * before;
        z = noise(a[k + 1]) / noise(a[k]) * z - signal(a[k + 1]) * (std::exp(-h) - 1) * d;
        before = x_hat;
    }
    return z;
}

/// Mean and variance.
struct law {
    real mean, variance;
};

/// The law of the output of a map that is affine in the start and in the noise of each step, for a start N(m, v) and
/// standard normal noise: `run(z, noise_of_step)` is evaluated at units.
template <class Run>
law output_law(const Run& run, std::size_t steps, law start) {
    const auto none = [](std::size_t) { return real(0); };
    const real at_0 = run(real(0), none), slope = run(real(1), none) - at_0;
    law out{at_0 + slope * start.mean, slope * slope * start.variance};
    for (std::size_t k = 0; k < steps; ++k) {
        const real response = run(real(0), [k](std::size_t step) { return real(step == k ? 1 : 0); }) - at_0;
        out.variance += response * response;
    }
    return out;
}

} // namespace cdl::oracle
