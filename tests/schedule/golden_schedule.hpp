// SPDX-License-Identifier: MIT
#pragma once

// A schedule against its rows of the golden file of continuous schedules.

#include <cdl/channel/sde.hpp>
#include <cdl/schedule/noise_schedule.hpp>

#include "support/accuracy.hpp"

namespace cdl::test {

/// The largest errors: of the level in epsilons of max(1, |a|), of the rest in units in the last place.
struct golden_errors {
    int rows = 0;
    double level = 0, slope = 0, scales = 0, coefficients = 0;
};

template <class Schedule>
golden_errors against_golden(const std::string& name, const Schedule& schedule) {
    using T = typename Schedule::value_type;
    worst_error level("golden " + name + " at " + scalar_name<T>()), slope("golden " + name + " slope"),
        scales("golden " + name + " scales"), coefficients("golden " + name + " sde coefficients");
    for (const golden_row& row : golden("b_continuous.csv").where("schedule", name)) {
        const T t = row.input<T>("t");
        const log_snr<T> a = schedule.at(t);
        const long double want = row.number("log_snr");
        const long double unit = static_cast<long double>(std::numeric_limits<T>::epsilon());
        level.see(static_cast<double>(std::fabs(static_cast<long double>(a.value) - want) /
                                      (unit * std::max(1.0L, std::fabs(want)))),
                  row.where());
        slope.see(ulp_distance(schedule.slope(t), row.number("dlog_snr_dt")), row.where());
        scales.see(ulp_distance(signal_scale(a), row.number("signal_scale")), row.where());
        scales.see(ulp_distance(noise_scale(a), row.number("noise_scale")), row.where());
        coefficients.see(ulp_distance(channel::sde_drift(a, schedule.slope(t)), row.number("vp_drift_f")), row.where());
        coefficients.see(
            ulp_distance(channel::sde_diffusion_squared(a, schedule.slope(t)), row.number("vp_diffusion_g2")),
            row.where());
    }
    return {level.count(), level.value(), slope.value(), scales.value(), coefficients.value()};
}

} // namespace cdl::test
