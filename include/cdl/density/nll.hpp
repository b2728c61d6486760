// SPDX-License-Identifier: MIT
#pragma once

// The negative log likelihood from a denoiser alone [CDL eqs. 2, 3]:
//
//     -log p_zeta(x) = d/2 log(2 pi e) + 1/2 int E[ |eps - b eps_hat(z, beta)|^2 - d sigmoid(a) ] da,
//     z = signal_scale(a) x + noise_scale(a) eps,  beta = compose(a, zeta),  b = noise_scale(a) / noise_scale(beta).
//
// zeta = +inf is the data itself (beta = a, b = 1: eq. 2). The paper takes the constant d sigmoid(a) out of the integral
// and integrates it from 0, where both parts diverge; it belongs under the integral, over all levels. With the optimal
// denoiser the identity is exact; with any other, the result is the negative log likelihood that the denoiser claims.

#include <cdl/density/integration_rule.hpp>

namespace cdl::density {

/// Computes -log p_zeta(x) in nats for each point of x, from a denoiser of the clean data.
///
/// Exact for the optimal denoiser; for any other, the value that the denoiser implies.
///
/// - Shapes: x is n x d. The denoiser is one of points or of batches.
/// - Returns: a std::vector of n results, `quadrature_result` or `estimate`.
/// - Rule: `quadrature` (d <= 2), exact to its tolerance; `monte_carlo` (any d), unbiased, with a standard error.
/// - Throws: std::invalid_argument if zeta is NaN, an option is out of range, d > 2 for `quadrature`, or the denoiser has another
///   dimension.
/// - Cost: see `integrate`.
/// - Reference: [CDL eq. 2]; [CDL eq. 3] for finite zeta.
template <exec::policy P, class F, batch X, class Rule>
auto nll(const P& policy, F&& denoiser, const X& x, log_snr<batch_scalar_t<X>> zeta, const Rule& rule) {
    using T = batch_scalar_t<X>;
    require_rule<Rule>();
    denoiser::require_denoiser<F, P, X>();
    if constexpr (integrable<P, F, X, Rule>) {
        require(zeta == zeta, "cdl::density::nll", "zeta", "must not be NaN", zeta.value);
        auto results = integrate(policy, denoiser, x, detail::excess_error<T>{{zeta}}, rule);
        const T d = T(static_cast<double>(as_batch(x).dim()));
        const T at_standard_normal = T(d * T(math::log_two_pi<T>() + T(1)) / T(2));
        for (auto& result : results) result = result.mapped(at_standard_normal, T(0.5));
        return results;
    }
}

/// Computes -log p(x) in nats for each point of x: nll at zeta = +inf, the clean data. [CDL eq. 2]
template <exec::policy P, class F, batch X, class Rule>
auto nll(const P& policy, F&& denoiser, const X& x, const Rule& rule) {
    require_rule<Rule>();
    denoiser::require_denoiser<F, P, X>();
    if constexpr (integrable<P, F, X, Rule>) return nll(policy, denoiser, x, clean<batch_scalar_t<X>>(), rule);
}

/// The former order of the arguments, the level after the rule, for one version more.
template <exec::policy P, class F, batch X, integration_rule Rule>
[[deprecated("cdl: the level comes before the rule: nll(policy, denoiser, x, zeta, rule)")]]
auto nll(const P& policy, F&& denoiser, const X& x, const Rule& rule, log_snr<batch_scalar_t<X>> zeta) {
    return nll(policy, denoiser, x, zeta, rule);
}

/// A call without a policy is refused.
template <class First, class... Rest>
    requires(!exec::policy<First>)
void nll(const First&, const Rest&...) {
    exec::require_policy<First>();
}

/// Nats of a whole point as bits for each of its d dimensions.
template <scalar T>
CDL_HD T bits_per_dim(const T& nats, index_t d) {
    using std::log;
    return T(nats / T(T(static_cast<double>(d)) * log(T(2))));
}

} // namespace cdl::density
