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

#include <cdl/density/monte_carlo.hpp>
#include <cdl/density/quadrature.hpp>

namespace cdl::density {

/// -log p_zeta(x) in nats for each point of x (n x d), by `quadrature` (exact to its tolerance, d <= 2) or `monte_carlo`
/// (unbiased, with standard error). The denoiser is a point or a batch denoiser for the data. Throws
/// std::invalid_argument on options out of range. Cost: see `integrate`. [CDL eq. 2; eq. 3 for finite zeta]
template <exec::policy P, class F, batch X, class Rule>
auto nll(const P& policy, F&& denoiser, const X& x, const Rule& rule,
         log_snr<batch_scalar_t<X>> zeta = clean<batch_scalar_t<X>>()) {
    using T = batch_scalar_t<X>;
    require(zeta == zeta, "cdl::density::nll", "zeta", "must not be NaN", zeta.value);
    auto results = integrate(policy, denoiser, x, excess_error<T>{{zeta}}, rule);
    const T at_standard_normal = T(T(static_cast<double>(as_batch(x).dim())) * T(math::log_two_pi<T>() + T(1)) / T(2));
    for (auto& result : results) result = result.mapped(at_standard_normal, T(0.5));
    return results;
}

/// Nats of a whole point as bits for each of its d dimensions.
template <scalar T>
CDL_HD T bits_per_dim(const T& nats, index_t d) {
    using std::log;
    return T(nats / T(T(static_cast<double>(d)) * log(T(2))));
}

} // namespace cdl::density
