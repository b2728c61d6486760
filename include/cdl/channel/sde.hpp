// SPDX-License-Identifier: MIT
#pragma once

// The variance-preserving stochastic differential equation dx = f x dt + g dw whose solution at time t has the law of
// the channel at level a(t) [CDL eq. 10; Song et al. 2021]. With S and N the scales of the level,
//     f = S' / S = N^2 a' / 2,   g^2 = -N^2 a',
// so both follow from the level and the slope of its schedule, and f = -g^2 / 2.

#include <cdl/schedule/log_snr.hpp>

namespace cdl::channel {

/// f = N^2 a' / 2 <= 0, per unit of time, from the level and d a / d t <= 0. Error <= 4 ULP. Where the schedule is clean at
/// t = 0 and its slope infinite, the limit is not a function of these two and the result is NaN:
/// `schedule::linear_beta::beta` knows it.
template <scalar T>
CDL_HD T sde_drift(const log_snr<T>& a, const T& slope) {
    return T(T(noise_power(a) * slope) / T(2));
}

/// g^2 = -N^2 a' >= 0, per unit of time, from the level and d a / d t <= 0. Error <= 4 ULP; NaN where `sde_drift` is.
template <scalar T>
CDL_HD T sde_diffusion_squared(const log_snr<T>& a, const T& slope) {
    return T(-T(noise_power(a) * slope));
}

} // namespace cdl::channel
