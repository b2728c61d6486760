// SPDX-License-Identifier: MIT
#pragma once

// Exponential integrators of the probability-flow ODE in the half log-SNR lambda = a / 2 [Lu et al. 2022a, 2022b]. With
// h = lambda' - lambda, the first-order step is `ddim`; the second order comes from the midpoint in lambda, or from the
// estimate of the step before.

#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/grid.hpp>
#include <cdl/sampler/stepper.hpp>

namespace cdl::sampler {

namespace detail {

/// z' = A z + B eps_hat + w (x_hat - x_hat_before) with x_hat = a z + b eps_hat, which takes the place of the one before.
template <class T, class Z, class E, class X>
struct extrapolated_step {
    affine_update<T> to_next, to_x;
    T weight; ///< w; where 0, nothing is read of the step before
    Z z;
    E eps_hat;
    X x_hat;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        for (index_t j = 0; j < z.dim(); ++j) {
            const S here = load(z, i, j), eps = load(eps_hat, i, j);
            const S x = multiply_add(S(to_x.from_eps_hat), eps, S(S(to_x.from_z) * here));
            S next = multiply_add(S(to_next.from_eps_hat), eps, S(S(to_next.from_z) * here));
            if (weight != T(0)) next = multiply_add(S(weight), S(x - load(x_hat, i, j)), next);
            store(x_hat, i, j, x);
            store(z, i, j, next);
        }
    }
};

} // namespace detail

template <class T, index_t D, class Space>
class dpm_solver_2_stepper;
template <class T, index_t D, class Space>
class dpm_solver_pp_2m_stepper;

/// DPM-Solver-2: the midpoint rule in lambda [Lu et al. 2022a, alg. 1],
///     z' = (S'/S) z - N' (e^h - 1) eps_hat(u, a + h),   u the `ddim` step to the level a + h, halfway.
/// Order 2, two calls a step. The steps to clean data and from pure noise have no midpoint: they are steps of `ddim` with
/// one call.
struct dpm_solver_2 {
    static constexpr int order = 2;
    static constexpr int denoiser_calls = 2;
    bool stochastic() const { return false; }

    template <class T, index_t D, exec::policy P>
    dpm_solver_2_stepper<T, D, typename P::space> stepper(const P& policy, index_t size, index_t dim) const {
        return {policy, size, dim};
    }
};

/// The memory of `dpm_solver_2`: two batches.
template <class T, index_t D, class Space>
class dpm_solver_2_stepper {
public:
    template <exec::policy P>
    dpm_solver_2_stepper(const P& policy, index_t size, index_t dim)
        : eps_hat_(policy, size, dim), halfway_(policy, size, dim) {}

    template <exec::policy P, class F, class Z, class N>
    index_t step(const P& policy, F& denoiser, const Z& z, const level_step<T>& s, const N&) {
        const auto eps_hat = eps_hat_.packed(), halfway = halfway_.packed();
        const auto u = detail::rounded_coefficients(ddim{}, s.from, s.to);
        const log_snr<T> middle{T(s.from.value + (s.to.value - s.from.value) / T(2))};
        const bool has_middle = noisiest_usable<T>() < s.from && s.from < middle && s.to < clean<T>();
        denoiser::denoise(policy, denoiser, z, level_view<T, Space>(s.from), eps_hat);
        if (has_middle) {
            const auto half = detail::rounded_coefficients(ddim{}, s.from, middle);
            detail::combine<P, T, D, Space>(policy, {{half.from_z, z}, {half.from_eps_hat, eps_hat}}, halfway);
            denoiser::denoise(policy, denoiser, halfway, level_view<T, Space>(middle), eps_hat);
        }
        detail::combine<P, T, D, Space>(policy, {{u.from_z, z}, {u.from_eps_hat, eps_hat}}, z);
        return has_middle ? 2 : 1;
    }

private:
    detail::scratch<T, D, Space> eps_hat_, halfway_;
};

/// DPM-Solver++(2M): extrapolates x_hat linearly in lambda from the step before [Lu et al. 2022b, alg. 2],
///     z' = (N'/N) z + S' (1 - e^-h) (x_hat + (x_hat - x_hat_before) h / (2 h_before)).
/// Order 2, one call a step. The first step, and the one to clean data, where h is infinite and the exact limit of the
/// first-order step is x_hat, do not extrapolate; nor does one that is 1 / sqrt(epsilon) times as long as the one before,
/// as the difference of estimates at nearly equal levels is rounding.
struct dpm_solver_pp_2m {
    static constexpr int order = 2;
    static constexpr int denoiser_calls = 1;
    bool stochastic() const { return false; }

    template <class T, index_t D, exec::policy P>
    dpm_solver_pp_2m_stepper<T, D, typename P::space> stepper(const P& policy, index_t size, index_t dim) const {
        return {policy, size, dim};
    }
};

/// The memory of `dpm_solver_pp_2m`: two batches, one of them the estimate of the step before.
template <class T, index_t D, class Space>
class dpm_solver_pp_2m_stepper {
public:
    template <exec::policy P>
    dpm_solver_pp_2m_stepper(const P& policy, index_t size, index_t dim)
        : eps_hat_(policy, size, dim), x_hat_(policy, size, dim) {}

    template <exec::policy P, class F, class Z, class N>
    index_t step(const P& policy, F& denoiser, const Z& z, const level_step<T>& s, const N&) {
        const auto eps_hat = eps_hat_.packed(), x_hat = x_hat_.packed();
        denoiser::denoise(policy, denoiser, z, level_view<T, Space>(s.from), eps_hat);
        const auto to_next = detail::rounded_coefficients(ddim{}, s.from, s.to);
        const auto to_x = detail::rounded_coefficients(ddim{}, s.from, clean<T>());
        const auto move = [&](const auto& at, const auto& eps, const auto& x) {
            policy.template for_each_lanes<T>(at.size(),
                                              detail::extrapolated_step{to_next, to_x, weight_of(s), at, eps, x});
        };
        if (detail::lies_flat(z))
            move(detail::flat(z), detail::flat(eps_hat), detail::flat(x_hat));
        else
            move(z, eps_hat, x_hat);
        before_ = s.from;
        return 1;
    }

private:
    /// S' (1 - e^-h) h / (2 h_before), or 0 where there is nothing to extrapolate from.
    T weight_of(const level_step<T>& s) const {
        const T h = T((s.to.value - s.from.value) / T(2)), h_before = T((s.from.value - before_.value) / T(2));
        const bool known = before_ < s.from && s.to < clean<T>();
        if (!known || std::sqrt(std::numeric_limits<T>::epsilon()) * h >= h_before) return T(0);
        return T(signal_scale(s.to) * -std::expm1(-h) * (h / h_before) / T(2));
    }

    detail::scratch<T, D, Space> eps_hat_, x_hat_;
    log_snr<T> before_ = clean<T>(); ///< the level of x_hat; clean where there is none
};

} // namespace cdl::sampler
