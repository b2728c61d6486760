// SPDX-License-Identifier: MIT
#pragma once

// The log ratio of two noised densities from a denoiser alone [CDL eq. 8, with the factor 1/2 that is missing there]:
//
//     log p_zeta(x) - log p(x) = 1/2 int E[ |eps - eps_hat(z, a)|^2 - |eps - b eps_hat(z, beta)|^2 ] da.
//
// Both errors are taken at the same level and the same noise, and their difference is formed before anything is
// squared or summed. At large zeta the two densities nearly agree, and this is what keeps the digits: the ratio is of the order of
// e^-zeta, its relative error of the order of eps e^zeta, because the denoiser is asked at two levels that agree but for rounding.

#include <cdl/density/nll.hpp>

namespace cdl::density {

namespace detail {

/// The two halves under one integral, or, of independent draws, under two.
template <class P, class F, class X, class Rule>
auto ratio(const P& policy, F& denoiser, const X& x, log_snr<batch_scalar_t<X>> zeta,
           log_snr<batch_scalar_t<X>> reference, const Rule& rule) {
    using T = batch_scalar_t<X>;
    using std::sqrt;
    require(zeta == zeta, "cdl::density::log_density_ratio", "zeta", "must not be NaN", zeta.value);
    require(reference == reference, "cdl::density::log_density_ratio", "reference", "must not be NaN", reference.value);
    if constexpr (std::is_same_v<Rule, monte_carlo>) {
        if (!rule.common_random_numbers) {
            monte_carlo other = rule;
            check(rule, "cdl::density::log_density_ratio"); // before the work of the first half
            other.first_draw += rule.levels;
            check(other, "cdl::density::log_density_ratio");
            auto results = nll(policy, denoiser, x, reference, rule);
            const auto subtrahends = nll(policy, denoiser, x, zeta, other);
            for (std::size_t i = 0; i < results.size(); ++i) {
                const T s = results[i].standard_error, t = subtrahends[i].standard_error;
                results[i] = {T(results[i].value - subtrahends[i].value), T(sqrt(T(s * s + t * t))),
                              results[i].denoiser_calls + subtrahends[i].denoiser_calls};
            }
            return results;
        }
    }
    auto results = integrate(policy, denoiser, x, error_difference<T>{{reference, zeta}}, rule);
    for (auto& result : results) result = result.mapped(T(0), T(0.5));
    return results;
}

} // namespace detail

/// Computes log p_zeta(x) - log p_reference(x) in nats for each point of x, from a denoiser of the clean data.
///
/// With monte_carlo and common_random_numbers = false the two densities are estimated from independent draws and subtracted, as in
/// the published code of CDL; a single draw then has a standard deviation of a few nats at every zeta.
///
/// - Shapes, returns, rule: as `nll`.
/// - Throws: std::invalid_argument as `nll`, and if the reference is NaN.
/// - Cost: two denoiser evaluations for each draw or node.
/// - Reference: [CDL eq. 8].
template <exec::policy P, class F, batch X, class Rule>
auto log_density_ratio(const P& policy, F&& denoiser, const X& x, log_snr<batch_scalar_t<X>> zeta,
                       log_snr<batch_scalar_t<X>> reference, const Rule& rule) {
    require_rule<Rule>();
    denoiser::require_denoiser<F, P, X>();
    if constexpr (integrable<P, F, X, Rule>) return detail::ratio(policy, denoiser, x, zeta, reference, rule);
}

/// Computes log p_zeta(x) - log p(x) in nats for each point of x: the ratio to the clean data. [CDL eq. 8]
template <exec::policy P, class F, batch X, class Rule>
auto log_density_ratio(const P& policy, F&& denoiser, const X& x, log_snr<batch_scalar_t<X>> zeta, const Rule& rule) {
    require_rule<Rule>();
    denoiser::require_denoiser<F, P, X>();
    if constexpr (integrable<P, F, X, Rule>)
        return detail::ratio(policy, denoiser, x, zeta, clean<batch_scalar_t<X>>(), rule);
}

/// The former order of the arguments, the reference after the rule, for one version more.
template <exec::policy P, class F, batch X, integration_rule Rule>
[[deprecated("cdl: levels come before the rule: log_density_ratio(policy, denoiser, x, zeta, reference, rule)")]]
auto log_density_ratio(const P& policy, F&& denoiser, const X& x, log_snr<batch_scalar_t<X>> zeta, const Rule& rule,
                       log_snr<batch_scalar_t<X>> reference) {
    return log_density_ratio(policy, denoiser, x, zeta, reference, rule);
}

/// A call without a policy is refused.
template <class First, class... Rest>
    requires(!exec::policy<First>)
void log_density_ratio(const First&, const Rest&...) {
    exec::require_policy<First>();
}

} // namespace cdl::density
