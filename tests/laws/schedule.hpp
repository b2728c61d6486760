// SPDX-License-Identifier: MIT
#pragma once

// What every noise schedule must satisfy, whatever its formula.

#include <cdl/schedule/noise_schedule.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

namespace cdl::laws {

/// `rounding`: how many epsilons of the largest level the schedule may be off.
template <schedule::noise_schedule Schedule>
void schedule_laws(const Schedule& schedule, double rounding = 4) {
    using T = typename Schedule::value_type;
    constexpr int steps = 257;
    const auto time = [](int i) { return T(i) / T(steps - 1); };
    const T clean_end = schedule.at(T(0)).value, noisy_end = schedule.at(T(1)).value;
    const T size = std::max(std::abs(clean_end), std::abs(noisy_end));
    const T tolerance = T(rounding) * size * std::numeric_limits<T>::epsilon();
    CAPTURE(tolerance);

    for (int i = 0; i + 1 < steps; ++i) {
        CAPTURE(i);
        const T t = time(i), next = time(i + 1);
        const log_snr<T> a = schedule.at(t);
        // time runs from clean to noisy
        CHECK(schedule.at(next) < a);
        CHECK(schedule.slope(t) < 0);
        // the inverse is one: back in level to rounding, back in time to rounding over the slope
        CHECK(std::abs(schedule.at(schedule.time_of(a)).value - a.value) <= tolerance);
        CHECK(std::abs(schedule.time_of(a) - t) <= tolerance / std::abs(schedule.slope(t)));
        // the channel preserves variance
        const T signal = signal_scale(a), noise = noise_scale(a);
        CHECK(std::abs(signal * signal + noise * noise - T(1)) <= 3 * std::numeric_limits<T>::epsilon());
        // the slope is the derivative: central difference, its error the rounding over the step plus its square
        if (i > 0) {
            const T h = time(1);
            const T difference = (schedule.at(t + h).value - schedule.at(t - h).value) / (2 * h);
            CHECK(std::abs(difference - schedule.slope(t)) <= tolerance / h + h * h * std::abs(schedule.slope(t)));
        }
    }
}

} // namespace cdl::laws
