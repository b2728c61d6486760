// SPDX-License-Identifier: MIT
#pragma once

// A schedule says which level belongs to a time t in [0, 1], 0 = clean. Only schedules and samplers speak of time.

#include <cdl/core/checks.hpp>
#include <cdl/schedule/noise_schedule.hpp>

namespace cdl::schedule {

/// The log-SNR falls linearly from `at(0)` to `at(1)`: the fixed schedule of VDM, gamma(t) = gamma_0 + (gamma_1 -
/// gamma_0) t with gamma = -a [VDM app. I.2 with a linear network].
template <scalar T>
class linear_log_snr {
public:
    using value_type = T;

    /// Both ends and their distance finite and cleanest > noisiest, else std::invalid_argument.
    linear_log_snr(log_snr<T> cleanest, log_snr<T> noisiest) : cleanest_(cleanest), noisiest_(noisiest) {
        constexpr auto where = "cdl::schedule::linear_log_snr";
        require(T(cleanest.value - cleanest.value) == T(0), where, "cleanest", "must be finite", cleanest.value);
        require(T(noisiest.value - noisiest.value) == T(0), where, "noisiest", "must be finite", noisiest.value);
        require(noisiest.value < cleanest.value, where, "noisiest", "must be below cleanest", noisiest.value,
                " against ", cleanest.value);
        const T distance = T(cleanest.value - noisiest.value);
        require(T(distance - distance) == T(0), where, "noisiest", "must be at a finite distance from cleanest",
                noisiest.value, " against ", cleanest.value);
    }

    /// The level at time t; exact at t = 0 and t = 1.
    CDL_HD log_snr<T> at(const T& t) const { return {T(cleanest_.value * T(T(1) - t) + noisiest_.value * t)}; }

    /// The inverse of `at`; 0 for levels cleaner than at(0), 1 for noisier ones than at(1).
    CDL_HD T time_of(const log_snr<T>& a) const {
        const T t = T(T(cleanest_.value - a.value) / T(cleanest_.value - noisiest_.value));
        return detail::time_between(t, a, cleanest_, noisiest_);
    }

    /// d a / d t at time t, negative.
    CDL_HD T slope(const T&) const { return T(noisiest_.value - cleanest_.value); }

private:
    log_snr<T> cleanest_, noisiest_;
};

} // namespace cdl::schedule
