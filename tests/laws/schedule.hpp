// SPDX-License-Identifier: MIT
#pragma once

// What every noise schedule must satisfy, whatever its formula.

#include <cdl/schedule/noise_schedule.hpp>

#include "support/ulp.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace cdl::laws {

/// How far a level may be off: roundings of the level, and of the time that it belongs to.
template <class T>
T level_tolerance(T t, log_snr<T> a, T slope, double rounding) {
    return T(rounding) * std::numeric_limits<T>::epsilon() * (1 + std::abs(a.value) + t * std::abs(slope));
}

/// `rounding`: how many roundings the schedule may be off. Ends at t = 0 and t = 1 may be infinite.
template <schedule::noise_schedule Schedule>
void schedule_laws(const Schedule& schedule, double rounding = 4) {
    using T = typename Schedule::value_type;
    constexpr int steps = 257;
    const auto time = [](int i) { return T(i) / T(steps - 1); };
    const int bits = std::numeric_limits<T>::digits;
    const T reach = std::ldexp(T(1), bits < 30 ? -3 : -7); // a compromise between the rounding and the truncation

    for (int i = 0; i < steps; ++i) {
        CAPTURE(i);
        const T t = time(i);
        const log_snr<T> a = schedule.at(t);
        const T slope = schedule.slope(t);
        CAPTURE(a.value);
        // time runs from clean to noisy
        if (i + 1 < steps) CHECK(schedule.at(time(i + 1)) < a);
        const bool at_end = i == 0 || i + 1 == steps;
        CHECK((slope < 0 || (at_end && slope == 0)));
        if (std::isinf(a.value)) { // an end that is clean data, or pure noise
            CHECK(a == (i == 0 ? clean<T>() : pure_noise<T>()));
            CHECK(at_end);
            CHECK(std::isinf(slope));
            CHECK(schedule.time_of(a) == t);
            continue;
        }
        // the inverse is one: back in level to rounding, back in time to rounding over the slope
        const T tolerance = level_tolerance(t, a, slope, rounding);
        CAPTURE(tolerance);
        CHECK(std::abs(schedule.at(schedule.time_of(a)).value - a.value) <= tolerance);
        CHECK(std::abs(schedule.time_of(a) - t) * std::abs(slope) <= tolerance);
        // the channel preserves variance
        const T signal = signal_scale(a), noise = noise_scale(a);
        CHECK(std::abs(signal * signal + noise * noise - T(1)) <= 3 * std::numeric_limits<T>::epsilon());
        // the slope is the derivative: a difference of fourth order, over a small part of the way to the next end,
        // where all schedules have their singularities
        if (!at_end) {
            const T h = reach * std::min(t, 1 - t);
            const auto level = [&](int k) { return schedule.at(t + T(k) * h).value; };
            const T difference = (8 * (level(1) - level(-1)) - (level(2) - level(-2))) / (12 * h);
            const T truncation = 16 * reach * reach * reach * reach;
            CHECK(std::abs(difference - slope) <= 3 * tolerance / h + truncation * std::abs(slope));
        }
    }
}

/// The ends of `time_of` are exact, levels that the schedule does not reach are at the nearer end, and NaN stays NaN.
template <schedule::noise_schedule Schedule>
void schedule_end_laws(const Schedule& schedule) {
    using T = typename Schedule::value_type;
    const T first = schedule.at(T(0)).value, last = schedule.at(T(1)).value, infinity = clean<T>().value;
    CHECK(schedule.time_of({first}) == 0);
    CHECK(schedule.time_of({last}) == 1);
    CHECK(schedule.time_of({std::nextafter(first, infinity)}) == 0);
    CHECK(schedule.time_of({std::nextafter(last, -infinity)}) == 1);
    for (const T more : {T(1e-3), T(1), T(50), T(1e6), std::numeric_limits<T>::max(), infinity}) {
        CAPTURE(more);
        CHECK(schedule.time_of({first + more}) == 0);
        CHECK(schedule.time_of({last - more}) == 1);
    }
    const T nan = std::numeric_limits<T>::quiet_NaN();
    CHECK(std::isnan(schedule.time_of({nan})));
    CHECK(std::isnan(schedule.at(nan).value));
}

/// `time_of` inverts `at` to the conditioning of both, for times from the least normal number of the type to 1 - epsilon / 2, and
/// `at` inverts `time_of` for every level that the schedule has. `rounding`: as above.
template <schedule::noise_schedule Schedule>
void schedule_inverse_laws(const Schedule& schedule, double rounding = 6) {
    using T = typename Schedule::value_type;
    const T epsilon = std::numeric_limits<T>::epsilon(), first = schedule.at(T(0)).value,
            last = schedule.at(T(1)).value;
    const T least = std::numeric_limits<T>::min();
    const auto of_time = [&](T t) {
        const log_snr<T> a = schedule.at(t);
        const T slope = std::abs(schedule.slope(t)), back = schedule.time_of(a);
        if (!std::isfinite(a.value) || !std::isfinite(slope)) return;
        CAPTURE(t);
        CAPTURE(a.value);
        CHECK(std::abs(back - t) * slope <= level_tolerance(t, a, slope, rounding));
    };
    for (int i = 0; i <= 512; ++i) of_time(T(i) / T(512));
    for (int k = 1; k < -std::numeric_limits<T>::min_exponent; k = k < 70 ? k + 1 : k + k / 16) {
        of_time(std::ldexp(T(1), -k));
        if (k <= std::numeric_limits<T>::digits) of_time(1 - std::ldexp(T(1), -k));
    }
    for (int i = -4000; i <= 4000; ++i) {
        const T level = T(i) * std::abs(T(i)) / T(40000) + T(i) / T(700);
        if (!(last < level && level < first)) continue;
        const T t = schedule.time_of({level}), back = schedule.at(t).value, slope = std::abs(schedule.slope(t));
        if (t < least) { // no normal number is its time
            CHECK(level > schedule.at(2 * least).value);
            continue;
        }
        if (T(1) - t <= 32 * epsilon) continue; // so near to pure noise that times are too coarse for the slope to tell
        CAPTURE(level);
        CAPTURE(t);
        CHECK(std::abs(back - level) <= level_tolerance(std::min(t, T(1)), log_snr<T>{level}, slope, rounding));
    }
}

/// The largest errors of a schedule against the same schedule in a type that has more digits, in epsilons of max(size, |a|) for
/// the level, of the slope, and of the time plus what an epsilon of the level is worth in time. At times that
/// both types hold, close to the ends too.
struct schedule_errors {
    double level = 0, slope = 0, time = 0;
};

template <schedule::noise_schedule Low, schedule::noise_schedule High>
schedule_errors errors_of_schedule(const std::string& name, const Low& low, const High& high, double size = 1) {
    using T = typename Low::value_type;
    using U = typename High::value_type;
    static_assert(std::numeric_limits<T>::digits < std::numeric_limits<U>::digits);
    const U epsilon = static_cast<U>(std::numeric_limits<T>::epsilon());
    const std::string type = std::is_same_v<T, float> ? " float" : " double";
    test::worst_error level(name + " at" + type), slope(name + " slope" + type), time(name + " time_of" + type);
    std::vector<T> times;
    for (int i = 1; i < 256; ++i) times.push_back(T(i) / T(256));
    for (int k = 9; k <= 20; ++k) {
        times.push_back(std::ldexp(T(1), -k));
        times.push_back(1 - std::ldexp(T(1), -k));
    }
    for (const T t : times) {
        const std::string where = "t = " + std::to_string(t);
        const U a = high.at(U(t)).value, da = high.slope(U(t)), one = std::max(static_cast<U>(size), std::abs(a));
        const log_snr<T> rounded{static_cast<T>(a)};
        const U time_of = high.time_of({U(rounded.value)});
        level.see(static_cast<double>(std::abs(U(low.at(t).value) - a) / (epsilon * one)), where);
        slope.see(static_cast<double>(std::abs(U(low.slope(t)) - da) / (epsilon * std::abs(da))), where);
        time.see(static_cast<double>(std::abs(U(low.time_of(rounded)) - time_of) /
                                     (epsilon * (time_of + one / std::abs(da)))),
                 where);
    }
    CAPTURE(level.text());
    CAPTURE(slope.text());
    CAPTURE(time.text());
    CHECK(level.count() == static_cast<int>(times.size()));
    return {level.value(), slope.value(), time.value()};
}

} // namespace cdl::laws
