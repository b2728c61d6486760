// SPDX-License-Identifier: MIT
#pragma once

// Denoising diffusion implicit models: keep the estimate of x, move the noise to the next level [Song et al. 2021a,
// eq. 12]. With S, N and S', N' the scales at both levels, d = a' - a and c = 1 - e^-d:
//
//     z' = S' x_hat + sqrt(N'^2 - v) eps_hat + sqrt(v) noise,   x_hat = (z - N eps_hat) / S,   v = eta^2 N'^2 c.
//
// For eta = 0 this is Euler's method for dy / dsigma = eps_hat, y = z / S, sigma = N / S, the probability-flow ODE.

#include <cdl/channel/posterior.hpp>
#include <cdl/sampler/affine_update.hpp>

namespace cdl::sampler {

/// DDIM with eta in the meaning of its paper and of diffusers: the standard deviation of the noise is eta times that of
/// the posterior, so 0 is deterministic and 1 is `ancestral`. (azula scales the variance by its eta.)
struct ddim {
    double eta = 0; ///< in [0, 1]

    static constexpr int order = 1;
    static constexpr int denoiser_calls = 1; ///< a step
    bool stochastic() const { return eta != 0; }
    void check(const char* where) const { require(eta >= 0 && eta <= 1, where, "eta", "must be in [0, 1]", eta); }

    /// A = S' / S,   B = -N' (expm1(d / 2) + k / (1 + sqrt(1 - k))),   C = eta N' sqrt(c),   k = eta^2 c: sums of
    /// numbers of one sign. Finite from <= to; at to = +inf, A z + B eps_hat is x_hat. Errors <= 5 ULP.
    template <scalar T>
    CDL_HD affine_update<T> coefficients(const log_snr<T>& from, const log_snr<T>& to) const {
        using std::expm1, std::sqrt;
        const T stretch = channel::signal_ratio(from, to), c = channel::new_noise_share(to, from);
        const T d = select(from.value == to.value, T(0), T(to.value - from.value));
        const T share = T(static_cast<lane_t<T>>(eta));
        const T k = T(share * share * c);
        // a long step's d has lost digits that the exponential would show
        const T half = T(0.5);
        const T grown = select(d < T(2), T(expm1(T(half * d))),
                               T(math::exp_difference(T(half * to.value), T(half * from.value)) - T(1)));
        const T shrunk = T(k / T(T(1) + sqrt(T(T(1) - k))));
        // beyond 100, N' eps_hat is gone and the rest is x_hat
        const T B = select(d < T(100), T(noise_scale(to) * T(grown + shrunk)), T(stretch * noise_scale(from)));
        return {stretch, T(-B), T(share * noise_scale(to) * sqrt(c))};
    }
};

} // namespace cdl::sampler
