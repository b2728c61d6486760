// SPDX-License-Identifier: MIT
#pragma once

// The noise levels of NCSN and of the VE SDE: EDM's sigma grows by the same factor in equal times, so the log-SNR falls
// linearly and the schedule is that of VDM.

#include <cdl/schedule/linear_log_snr.hpp>

namespace cdl::schedule {

/// edm_sigma(t) = min (max / min)^t [Song & Ermon 2019; Song et al. 2021, app. C], the schedule that is linear in
/// log-SNR from -2 log min to -2 log max. 0 < min < max, both finite, else std::invalid_argument.
template <scalar T>
linear_log_snr<T> geometric(const T& edm_sigma_min, const T& edm_sigma_max) {
    constexpr auto where = "cdl::schedule::geometric";
    require(T(0) < edm_sigma_min && edm_sigma_min - edm_sigma_min == T(0), where, "edm_sigma_min",
            "must be finite and positive", edm_sigma_min);
    require(edm_sigma_min < edm_sigma_max && edm_sigma_max - edm_sigma_max == T(0), where, "edm_sigma_max",
            "must be finite and above edm_sigma_min", edm_sigma_max, " against ", edm_sigma_min);
    return linear_log_snr<T>(from_edm_sigma(edm_sigma_min), from_edm_sigma(edm_sigma_max));
}

} // namespace cdl::schedule
