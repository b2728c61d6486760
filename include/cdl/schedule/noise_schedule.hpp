// SPDX-License-Identifier: MIT
#pragma once

// What every schedule offers.

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

} // namespace cdl::schedule
