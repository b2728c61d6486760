// SPDX-License-Identifier: MIT
#pragma once

// The schedule of classification diffusion models in continuous time: the scale of the noise is the time itself. CDM
// and telescoping density-ratio estimation space their levels so [CDM; Rhodes et al. 2020].

#include <cdl/schedule/noise_schedule.hpp>

namespace cdl::schedule {

/// noise_scale(a(t)) = t, that is a(t) = log((1 - t^2) / t^2); clean data at t = 0, pure noise at t = 1. The level is off
/// by a few eps max(1, |a|). The discrete levels of CDM are at t / (T + 1): `discrete_levels::uniform_noise`.
template <scalar T>
class uniform_noise {
public:
    using value_type = T;

    /// The level at time t.
    CDL_HD log_snr<T> at(const T& t) const {
        using std::log;
        return {T(log(T(T(T(1) - t) / t)) + log(T(T(T(1) + t) / t)))};
    }

    /// The inverse of `at`, the scale of the noise.
    CDL_HD T time_of(const log_snr<T>& a) const { return noise_scale(a); }

    /// d a / d t = -2 / (t (1 - t^2)), negative; -inf at both ends.
    CDL_HD T slope(const T& t) const { return T(T(-2) / T(t * T(T(T(1) - t) * T(T(1) + t)))); }
};

} // namespace cdl::schedule
