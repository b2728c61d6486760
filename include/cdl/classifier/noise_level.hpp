// SPDX-License-Identifier: MIT
#pragma once

// A denoiser is a noise classifier [CDL eq. 6]. Flip a fair coin y = +-1, draw x from the data for y = 1 and from the
// data noised to level zeta for y = -1; the optimal guess of y from x is
//
//     log q(y | x) = -softplus(y (log p_zeta(x) - log p(x))),
//
// and the ratio comes out of the denoiser by eq. 8.

#include <cdl/density/log_density_ratio.hpp>

namespace cdl::classifier {

/// The log posterior probabilities of the two labels; their exponentials sum to 1.
template <class T>
struct label_posterior {
    T log_clean; ///< log q(y = +1 | x): x is clean data, or at the reference level
    T log_noisy; ///< log q(y = -1 | x): x is noised to zeta

    /// log q(y | x) for y = +1 or -1.
    CDL_HD T operator[](int y) const { return y > 0 ? log_clean : log_noisy; }
};

/// The posterior of the labels given log p_zeta(x) - log p(x). Error <= 3 ULP; exact at infinite ratios. [CDL eq. 6]
template <scalar T>
CDL_HD label_posterior<T> posterior_of_label(const T& log_density_ratio) {
    return {T(-math::softplus(log_density_ratio)), T(-math::softplus(T(-log_density_ratio)))};
}

/// The posterior of the labels at one point, and the ratio it was made of with what is known of its error.
template <class T, class Ratio>
struct classified : label_posterior<T> {
    Ratio log_density_ratio; ///< density::estimate or density::quadrature_result
};

/// Computes the posterior of the labels for each point of x: y = +1, x is at the reference level, or y = -1, x is noised to zeta.
///
/// Under Monte Carlo the ratio is unbiased, but its softplus is biased upwards by about half its variance times q(+1) q(-1); common
/// random numbers make that negligible.
///
/// - Shapes, rule, throws, cost: as `density::log_density_ratio`, of which it is a function.
/// - Returns: a std::vector of n `classified`.
/// - Reference: [CDL eqs. 6, 8].
template <exec::policy P, class F, batch X, class Rule>
auto noise_level(const P& policy, F&& denoiser, const X& x, log_snr<batch_scalar_t<X>> zeta,
                 log_snr<batch_scalar_t<X>> reference, const Rule& rule) {
    density::require_rule<Rule>();
    denoiser::require_denoiser<F, P, X>();
    if constexpr (density::integrable<P, F, X, Rule>) {
        const auto ratios = density::log_density_ratio(policy, denoiser, x, zeta, reference, rule);
        using result = classified<batch_scalar_t<X>, typename decltype(ratios)::value_type>;
        std::vector<result> posteriors;
        for (const auto& ratio : ratios) posteriors.push_back({posterior_of_label(ratio.value), ratio});
        return posteriors;
    }
}

/// Computes the posterior of the labels for each point of x: y = +1, x is clean, or y = -1, x is noised to zeta. [CDL eqs. 6, 8]
template <exec::policy P, class F, batch X, class Rule>
auto noise_level(const P& policy, F&& denoiser, const X& x, log_snr<batch_scalar_t<X>> zeta, const Rule& rule) {
    density::require_rule<Rule>();
    denoiser::require_denoiser<F, P, X>();
    if constexpr (density::integrable<P, F, X, Rule>)
        return noise_level(policy, denoiser, x, zeta, clean<batch_scalar_t<X>>(), rule);
}

/// The former order of the arguments, the reference after the rule, for one version more.
template <exec::policy P, class F, batch X, density::integration_rule Rule>
[[deprecated("cdl: levels come before the rule: noise_level(policy, denoiser, x, zeta, reference, rule)")]]
auto noise_level(const P& policy, F&& denoiser, const X& x, log_snr<batch_scalar_t<X>> zeta, const Rule& rule,
                 log_snr<batch_scalar_t<X>> reference) {
    return noise_level(policy, denoiser, x, zeta, reference, rule);
}

/// A call without a policy is refused.
template <class First, class... Rest>
    requires(!exec::policy<First>)
void noise_level(const First&, const Rest&...) {
    exec::require_policy<First>();
}

} // namespace cdl::classifier
