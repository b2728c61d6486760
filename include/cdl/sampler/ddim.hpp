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

    /// A = S' / S,   B = -(A N (1 - e^(-d/2)) + N' k / (1 + sqrt(1 - k))),   C = eta N' sqrt(c),   k = eta^2 c: terms
    /// of one sign, and no factor overflows or underflows before the result does. Finite from <= to; at to = +inf,
    /// A z + B eps_hat is x_hat. Errors <= 5 ULP.
    template <scalar T>
    CDL_HD affine_update<T> coefficients(const log_snr<T>& from, const log_snr<T>& to) const {
        using std::expm1, std::sqrt;
        const T stretch = channel::signal_ratio(from, to), c = channel::new_noise_share(to, from);
        const T d = select(from.value == to.value, T(0), T(to.value - from.value));
        const T share = T(static_cast<lane_t<T>>(eta));
        const T k = T(share * share * c);
        const T gone = T(stretch * T(noise_scale(from) * T(-expm1(T(-d / T(2))))));
        const T replaced = T(noise_scale(to) * T(k / T(T(1) + sqrt(T(T(1) - k)))));
        return {stretch, T(-T(gone + replaced)), T(share * noise_scale(to) * sqrt(c))};
    }
};

} // namespace cdl::sampler
