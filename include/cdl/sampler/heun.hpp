// SPDX-License-Identifier: MIT
#pragma once

// The sampler of EDM: Heun's method for dy / dsigma = eps_hat, y = z / S, sigma = e^(-a/2), with churn, which first adds
// noise and so goes back to a noisier level [Karras et al. 2022, alg. 2].

#include <cdl/channel/posterior.hpp>
#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/grid.hpp>
#include <cdl/sampler/stepper.hpp>

#include <optional>

namespace cdl::sampler {

template <class T, index_t D, class Space>
class heun_stepper;

/// EDM's Heun sampler, order 2; deterministic with the default settings. Two calls a step; the step to clean data, and one
/// from pure noise, where sigma is infinite and its average with a finite one means nothing, are steps of `ddim` with one.
/// The names are those of the paper: from edm_sigma s_min to s_max, both included, each of N steps first
/// raises edm_sigma by the factor 1 + min(s_churn / N, sqrt(2) - 1) with noise of standard deviation s_noise.
struct heun {
    double s_churn = 0;
    double s_min = 0;
    double s_max = std::numeric_limits<double>::infinity();
    double s_noise = 1;

    static constexpr int order = 2;
    static constexpr int denoiser_calls = 2;
    bool stochastic() const { return s_churn != 0; }
    void check(const char* where) const {
        require(s_churn >= 0 && s_churn - s_churn == 0, where, "s_churn", "must be finite and not negative", s_churn);
        require(s_min >= 0, where, "s_min", "must not be negative", s_min);
        require(s_max >= s_min, where, "s_max", "must not be below s_min", s_max);
        require(s_noise >= 0 && s_noise - s_noise == 0, where, "s_noise", "must be finite and not negative", s_noise);
    }

    /// The level after churn: a - 2 log(1 + gamma).
    template <scalar T>
    log_snr<T> churned(const log_snr<T>& a, index_t steps) const {
        using std::abs, std::exp, std::log1p;
        const double level = static_cast<double>(a.value), edm_sigma = exp(-level / 2);
        // a level that was made of s_min or s_max is rounded
        const double eps = (std::max)(static_cast<double>(std::numeric_limits<T>::epsilon()), 0x1p-52);
        const double slack = 1 + eps * (1 + abs(level));
        if (s_churn == 0 || edm_sigma * slack < s_min || edm_sigma > s_max * slack) return a;
        const double gamma = (std::min)(s_churn / static_cast<double>(steps), std::numbers::sqrt2 - 1);
        return {T(a.value - T(2) * T(log1p(gamma)))};
    }

    template <class T, index_t D, exec::policy P>
    heun_stepper<T, D, typename P::space> stepper(const P& policy, index_t size, index_t dim) const {
        return {policy, *this, size, dim};
    }
};

/// The memory of `heun`: three batches, four with churn.
template <class T, index_t D, class Space>
class heun_stepper {
public:
    template <exec::policy P>
    heun_stepper(const P& policy, const heun& method, index_t size, index_t dim)
        : method_(method), here_(policy, size, dim), there_(policy, size, dim), ahead_(policy, size, dim) {
        if (method.stochastic()) churned_.emplace(policy, size, dim);
    }

    /// Moves z, n x d, in place, after the last call of the denoiser. Returns the number of its calls.
    template <exec::policy P, class F, class Z, class N>
    index_t step(const P& policy, F& denoiser, const Z& z, const level_step<T>& s, const N& noise) {
        const auto start = method_.churned(s.from, s.count);
        if (!(start < s.from)) return step_from<P, F>(policy, denoiser, z, start, s.to, z);
        // y + sqrt(sigma_start^2 - sigma^2) s_noise n, in z: the channel's transition
        using W = detail::wide<T>;
        const log_snr<W> from{W(s.from.value)}, to{W(start.value)};
        const W spread = W(W(method_.s_noise) * noise_scale(to) * W(std::sqrt(channel::new_noise_share(from, to))));
        const auto churned = churned_->packed();
        detail::combine<P, T, D, Space>(policy, {{T(channel::signal_ratio(from, to)), z}}, churned, T(spread), noise,
                                        s.index);
        return step_from<P, F>(policy, denoiser, churned, start, s.to, z);
    }

private:
    /// The step from the points `from` at level a to z.
    template <exec::policy P, class F, class From, class Z>
    index_t step_from(const P& policy, F& denoiser, const From& from, log_snr<T> a, log_snr<T> to, const Z& z) {
        const auto eps_hat = here_.packed(), eps_hat_ahead = there_.packed(), ahead = ahead_.packed();
        const auto u = detail::rounded_coefficients(ddim{}, a, to);
        denoiser::denoise(policy, denoiser, from, level_view<T, Space>(a), eps_hat);
        if (to == clean<T>() || !(noisiest_usable<T>() < a)) {
            detail::combine<P, T, D, Space>(policy, {{u.from_z, from}, {u.from_eps_hat, eps_hat}}, z);
            return 1;
        }
        detail::combine<P, T, D, Space>(policy, {{u.from_z, from}, {u.from_eps_hat, eps_hat}}, ahead);
        denoiser::denoise(policy, denoiser, ahead, level_view<T, Space>(to), eps_hat_ahead);
        const T half = T(u.from_eps_hat / T(2));
        detail::combine<P, T, D, Space>(policy, {{u.from_z, from}, {half, eps_hat}, {half, eps_hat_ahead}}, z);
        return 2;
    }

    heun method_;
    detail::scratch<T, D, Space> here_, there_, ahead_;
    std::optional<detail::scratch<T, D, Space>> churned_;
};

} // namespace cdl::sampler
