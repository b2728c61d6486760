// SPDX-License-Identifier: MIT
#pragma once

// Means over the noise about a clean point, in long double: what the variational bound is made of.

#include "checks.hpp"

#include <array>
#include <utility>

namespace verify {

/// Whether the sums of long doubles below take seconds and not minutes.
inline bool few_components(const setting& s) {
    return s.by_quadrature && s.data.size() <= 32;
}

/// The ends of the schedules: VDM's gamma from -8 to 6, moved to where the data have their details.
inline double shift_of(const setting& s) {
    return s.data.built_in ? 0 : std::round(s.scale.middle);
}
inline cdl::log_snr<double> cleanest(const setting& s) {
    return {8 + shift_of(s)};
}
inline cdl::log_snr<double> noisiest(const setting& s) {
    return {-6 + shift_of(s)};
}

/// E f(z, eps) over z = S x + N eps at a level, by the trapezoid; in one or two dimensions. f returns one number or a few.
class noise_mean {
public:
    noise_mean(const setting& s, const numbers& x, real a) : s_(s), x_(x), a_(a) {}

    template <class F>
    real operator()(const F& f) const {
        return of<1>([&](const reals& z, const reals& eps) { return std::array{f(z, eps)}; })[0];
    }
    template <std::size_t M, class F>
    std::array<real, M> of(const F& f) const {
        const long enough = s_.data.d == 1 ? 288 : 72, most = s_.data.d == 1 ? 4608 : 576;
        auto mean = with_intervals<M>(enough, f);
        if (s_.data.built_in) return mean; // enough: twice as many change nothing
        for (long intervals = 2 * enough;; intervals *= 2) {
            const auto before = std::exchange(mean, with_intervals<M>(intervals, f));
            bool same = true;
            for (std::size_t m = 0; m < M; ++m)
                same = same && std::fabs(mean[m] - before[m]) <= 1e-13L * std::fmax(1, std::fabs(mean[m]));
            if (same || intervals >= most) return mean;
        }
    }

private:
    template <std::size_t M, class F>
    std::array<real, M> with_intervals(long intervals, const F& f) const {
        const real h = 19 / static_cast<real>(intervals), S = signal(a_), N = noise(a_);
        const bool plane = s_.data.d == 2;
        reals nodes, weights;
        for (long i = 0; i <= intervals; ++i) {
            nodes.push_back(-9.5L + h * static_cast<real>(i));
            weights.push_back(h * std::exp(log_normal(nodes.back(), 0, 1)));
        }
        std::array<real, M> sums{};
        reals eps(x_.size()), z(x_.size());
        for (std::size_t i = 0; i < nodes.size(); ++i)
            for (std::size_t j = 0; j < (plane ? nodes.size() : 1); ++j) {
                eps[0] = nodes[i];
                real weight = weights[i];
                if (plane) eps[1] = nodes[j], weight *= weights[j];
                if (weight < 1e-20L) continue;
                for (std::size_t c = 0; c < z.size(); ++c) z[c] = S * x_[c] + N * eps[c];
                const auto terms = f(z, eps);
                for (std::size_t m = 0; m < M; ++m) sums[m] += weight * terms[m];
            }
        return sums;
    }

    const setting& s_;
    const numbers& x_;
    real a_;
};

/// E|x - x_hat|^2 of the optimal denoiser about a clean point, and E|eps - eps_hat|^2 and ^4.
struct errors_about {
    real of_x, of_noise, fourth;

    errors_about(const setting& s, const numbers& x, real a) {
        const auto density = s.truth.at(a);
        const real S = signal(a), N = noise(a);
        const auto means = noise_mean(s, x, a).of<3>([&](const reals& z, const reals& eps) {
            const auto pull = density.pull(z.data());
            real of_x_hat = 0, of_eps_hat = 0;
            for (std::size_t j = 0; j < z.size(); ++j) {
                const real x_error = x[j] - (z[j] - N * N * pull[j]) / S, eps_error = eps[j] - N * pull[j];
                of_x_hat += x_error * x_error;
                of_eps_hat += eps_error * eps_error;
            }
            return std::array{of_x_hat, of_eps_hat, of_eps_hat * of_eps_hat};
        });
        of_x = means[0], of_noise = means[1], fourth = means[2];
    }
};

using grid = std::vector<cdl::log_snr<double>>;

/// L_T(x) of the optimal denoiser [VDM eqs. 50, 55]: 1/2 sum of (SNR(s) - SNR(t)) E|x - x_hat|^2.
inline real sum_of_errors(const setting& s, const numbers& x, const grid& levels) {
    real sum = 0;
    for (std::size_t i = 0; i + 1 < levels.size(); ++i)
        sum += (std::exp(static_cast<real>(levels[i + 1].value)) - std::exp(static_cast<real>(levels[i].value))) / 2 *
               errors_about(s, x, levels[i].value).of_x;
    return sum;
}

/// L_2T - L_T [VDM eq. 58]: 1/2 sum of (SNR(s) - SNR(t')) (E|x - x_hat(z_t')|^2 - E|x - x_hat(z_t)|^2), t' half a step before t.
inline real gain_of_doubling(const setting& s, const numbers& x, const grid& twice) {
    real sum = 0;
    for (std::size_t i = 0; i + 2 < twice.size(); i += 2)
        sum += (std::exp(static_cast<real>(twice[i + 2].value)) - std::exp(static_cast<real>(twice[i + 1].value))) / 2 *
               (errors_about(s, x, twice[i + 1].value).of_x - errors_about(s, x, twice[i].value).of_x);
    return sum;
}

/// KL(q(z | x) || p_a), z at level a: how far a noisy version of x is from noisy data.
inline real divergence_from_data(const setting& s, const numbers& x, real a) {
    const auto density = s.truth.at(a);
    return noise_mean(s, x, a)([&](const reals& z, const reals& eps) {
        real log_q = 0;
        for (const real e : eps) log_q += log_normal(e, 0, 1) - std::log(noise(a));
        return log_q - density.log_density(z.data());
    });
}

/// L_inf(x) of the optimal denoiser without any denoiser: the continuous chain, run back from the noised data themselves, loses
/// nothing, so that the divergences of its ends differ by what it costs.
inline real continuous_loss(const setting& s, const numbers& x) {
    return divergence_from_data(s, x, cleanest(s).value) - divergence_from_data(s, x, noisiest(s).value);
}

/// Whether integrals over all points are affordable on a grid with a few nodes for each component's width.
inline bool grid_is_small(const setting& s) {
    const double cells = 8 * (s.scale.largest + 9 * s.scale.spread + 9) / s.scale.narrowest;
    return s.data.d <= 2 && std::pow(cells, static_cast<double>(s.data.d)) * static_cast<double>(s.data.size()) < 1e6;
}
/// visit(z, weight) for all nodes of it, h apart.
template <class Visit>
void over_grid(const setting& s, real h, const Visit& visit) {
    const auto half = static_cast<long>((s.scale.largest + 9 * s.scale.spread + 9) / h),
               rows = s.data.d == 2 ? half : 0;
    for (long i = -half; i <= half; ++i)
        for (long j = -rows; j <= rows; ++j)
            visit(reals{static_cast<real>(i) * h, static_cast<real>(j) * h}, s.data.d == 2 ? h * h : h);
}

} // namespace verify
