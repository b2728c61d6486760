// SPDX-License-Identifier: MIT
#include <cdl/schedule/uniform_noise.hpp>

#include "laws/schedule.hpp"
#include "support/golden.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::uniform_noise;

TEST_CASE_TEMPLATE("Noise that grows with time is a schedule", T, float, double, long double) {
    laws::schedule_laws(uniform_noise<T>());
    laws::schedule_end_laws(uniform_noise<T>());
}

TEST_CASE("Noise that grows with time loses a few roundings") {
    const auto check = [](const laws::schedule_errors& found) {
        CHECK(found.level <= 3);
        CHECK(found.slope <= 3);
        CHECK(found.time <= 3);
    };
    check(laws::errors_of_schedule("uniform_noise", uniform_noise<float>(), uniform_noise<double>()));
    check(laws::errors_of_schedule("uniform_noise", uniform_noise<double>(), uniform_noise<long double>()));
}

TEST_CASE_TEMPLATE("Noise that grows with time has that scale", T, float, double, long double) {
    for (int i = 0; i <= 64; ++i) {
        const T t = T(i) / 64;
        CHECK(std::abs(noise_scale(uniform_noise<T>().at(t)) - t) <= 2 * std::numeric_limits<T>::epsilon());
    }
}

TEST_CASE("Noise that grows with time agrees with the golden levels of CDM") {
    for (const auto& row : test::golden("b_discrete.csv").where("schedule", "cdm_uniform")) {
        const double t = static_cast<double>(row.integer("t")) / static_cast<double>(row.integer("T") + 1);
        CAPTURE(row.where());
        // t is rounded: eps / 2 of it, times the slope
        CHECK(std::abs(uniform_noise<double>().at(t).value - static_cast<double>(row.number("log_snr"))) <=
              1e-15 * std::abs(t * uniform_noise<double>().slope(t)) + 8e-15);
    }
}

TEST_CASE_TEMPLATE("Noise that grows with time runs from clean data to pure noise", T, float, double) {
    const uniform_noise<T> schedule;
    CHECK(schedule.at(0) == clean<T>());
    CHECK(schedule.at(1) == pure_noise<T>());
    CHECK(schedule.time_of(clean<T>()) == 0);
    CHECK(schedule.time_of(pure_noise<T>()) == 1);
    CHECK(schedule.slope(0) == pure_noise<T>().value);
    CHECK(schedule.slope(1) == pure_noise<T>().value);
}
