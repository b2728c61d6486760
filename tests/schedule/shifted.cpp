// SPDX-License-Identifier: MIT
#include <cdl/schedule/cosine.hpp>
#include <cdl/schedule/linear_beta.hpp>
#include <cdl/schedule/shifted.hpp>

#include "laws/schedule.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::cosine;
using schedule::linear_beta;
using schedule::shifted;

static_assert(schedule::noise_schedule<shifted<cosine<float>>>);
static_assert(std::is_trivially_copyable_v<shifted<cosine<float>>>); // may be taken to a device

TEST_CASE_TEMPLATE("A shifted schedule is a schedule", T, float, double, long double) {
    laws::schedule_laws(shifted(cosine<T>(), T(-3)), 12); // subtracting the shift loses up to its digits
    laws::schedule_laws(shifted(linear_beta<T>::vp_sde(), T(2)), 12);
    laws::schedule_laws(shifted(shifted(linear_beta<T>::vdm_fit_of_ddpm(), T(1)), T(-2)), 12);
    laws::schedule_end_laws(shifted(cosine<T>(), T(-3)));
}

TEST_CASE_TEMPLATE("A shift is a constant, at the ends too", T, float, double) {
    const cosine<T> base;
    const shifted schedule(base, T(1.5));
    for (const T t : {T(0), T(0.25), T(0.5), T(0.75), T(1)}) {
        CHECK(schedule.at(t).value == base.at(t).value + T(1.5));
        CHECK(schedule.slope(t) == base.slope(t));
    }
    CHECK(schedule.time_of(clean<T>()) == 0);
    CHECK(schedule.time_of(pure_noise<T>()) == 1);
    const volatile T time = T(0.3); // not known when it is compiled, where sines have other roundings
    const T t = time;
    CHECK(shifted(base, T(0)).at(t) == base.at(t));
}

TEST_CASE_TEMPLATE("Twice the resolution has the noise that blocks of four pixels leave", T, float, double) {
    const cosine<T> base;
    const auto schedule = schedule::for_resolution(base, T(128), T(64));
    // the mean of four pixels has a quarter of the variance of the noise: its log-SNR is that of the base
    for (const T t : {T(0.25), T(0.5), T(0.75)})
        CHECK(std::abs(schedule.at(t).value + std::log(T(4)) - base.at(t).value) <=
              8 * std::numeric_limits<T>::epsilon());
    CHECK(schedule::for_resolution(base, T(64), T(64)).at(T(0.5)) == base.at(T(0.5)));
}

TEST_CASE("A shift that is not finite and a resolution that is not positive are refused") {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    const cosine<double> base;
    CHECK_THROWS_WITH_AS(shifted(base, inf), "cdl::schedule::shifted: shift: must be finite; got inf",
                         std::invalid_argument);
    CHECK_THROWS_AS(shifted(base, nan), std::invalid_argument);
    CHECK_THROWS_WITH_AS(schedule::for_resolution(base, 0, 64),
                         "cdl::schedule::for_resolution: resolution: must be finite and positive; got 0",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(schedule::for_resolution(base, 64, -1),
                         "cdl::schedule::for_resolution: base_resolution: must be finite and positive; got -1",
                         std::invalid_argument);
    CHECK_THROWS_AS(schedule::for_resolution(base, inf, 64), std::invalid_argument);
    CHECK_THROWS_AS(schedule::for_resolution(base, 64, nan), std::invalid_argument);
}
