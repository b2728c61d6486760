// SPDX-License-Identifier: MIT
#pragma once

// Ancestral sampling: draw from p(z_s | z_t) = q(z_s | z_t, x = x_hat), the chain that was trained, run backwards
// [VDM eqs. 28, 31-33; DDPM alg. 2]. c = -expm1(a_t - a_s) is the share of the noise that is new.

#include <cdl/channel/posterior.hpp>
#include <cdl/sampler/affine_update.hpp>

namespace cdl::sampler {

/// The variance of one step of `ancestral`, the two extremes of [DDPM sec. 3.2].
enum class step_variance {
    posterior, ///< N_s^2 c, that of q(z_s | z_t, x), DDPM's beta tilde: exact for data that is one point
    forward,   ///< N_t^2 c, that of q(z_t | z_s), DDPM's beta: exact for data that is N(0, I)
};

/// Ancestral sampling of VDM and DDPM.
struct ancestral {
    step_variance variance = step_variance::posterior;

    static constexpr int order = 1; ///< weak: of expectations
    static constexpr int denoiser_calls = 1;
    bool stochastic() const { return true; }

    /// A = S_s / S_t,   B = -A N_t c,   C^2 = the variance; the step to clean data (to = +inf) adds no noise, with either
    /// variance, and gives x_hat. Finite from <= to. Errors <= 5 ULP.
    template <scalar T>
    CDL_HD affine_update<T> coefficients(const log_snr<T>& from, const log_snr<T>& to) const {
        using std::sqrt;
        const auto p = channel::posterior_from_noise(to, from);
        const T none_at_clean = select(to.value < clean<T>().value, noise_scale(from), T(0));
        const T spread = variance == step_variance::posterior ? noise_scale(to) : none_at_clean;
        return {p.from_z, p.from_other, T(spread * sqrt(channel::new_noise_share(to, from)))};
    }
};

} // namespace cdl::sampler
