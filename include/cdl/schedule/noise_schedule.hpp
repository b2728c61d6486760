// SPDX-License-Identifier: MIT
#pragma once

// What every schedule offers. At t = 0 or t = 1 some are clean data or pure noise itself, a = +-inf with an infinite slope:
// those are values like others.

#include <cdl/schedule/log_snr.hpp>

namespace cdl::schedule {

/// Satisfied by decreasing maps from time t in [0, 1], 0 = clean, to log-SNR, with inverse and derivative.
template <class S>
concept noise_schedule =
    requires(const S schedule, const typename S::value_type t, const log_snr<typename S::value_type> a) {
        { schedule.at(t) } -> std::same_as<log_snr<typename S::value_type>>;
        { schedule.time_of(a) } -> std::same_as<typename S::value_type>;
        { schedule.slope(t) } -> std::same_as<typename S::value_type>;
    };

namespace detail {
/// The nearest time in [0, 1]: where `time_of` puts levels that the schedule does not reach. NaN stays NaN.
template <scalar T>
CDL_HD T nearest_time(const T& t) {
    return min_of(T(max_of(t, T(0))), T(1));
}

/// The time t of level a, with rounding kept away from the ends of a schedule from `first` at t = 0 to `last` at t = 1.
template <scalar T>
CDL_HD T time_between(const T& t, const log_snr<T>& a, const log_snr<T>& first, const log_snr<T>& last) {
    return select(a.value < first.value, select(last.value < a.value, t, T(1)), select(a.value == a.value, T(0), t));
}
} // namespace detail

/// Refuses to compile, in one sentence, what is given where a schedule belongs and is none.
template <class S>
constexpr bool require_schedule() {
    constexpr bool good = noise_schedule<S>;
    static_assert(good,
                  "cdl: a schedule has a value_type T and, constant, log_snr<T> at(T t), T time_of(log_snr<T>) and "
                  "T slope(T t), which is da/dt");
    return true; // the sentence is enough
}

} // namespace cdl::schedule
