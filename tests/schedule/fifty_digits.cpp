// SPDX-License-Identifier: MIT
// Schedules of fifty digits: the closed forms are each other's inverses and derivatives, not just to the rounding of a
// double, and what a double gives is right to its last digits.

#include <cdl/schedule/cosine.hpp>
#include <cdl/schedule/discrete_levels.hpp>
#include <cdl/schedule/karras.hpp>
#include <cdl/schedule/linear_beta.hpp>
#include <cdl/schedule/sigmoid_alpha_bar.hpp>
#include <cdl/schedule/uniform_noise.hpp>

#include "support/golden.hpp"

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <doctest/doctest.h>

using namespace cdl;
using number = boost::multiprecision::cpp_bin_float_50;

namespace {
template <class Schedule, class InDouble>
void check(const Schedule& schedule, const InDouble& in_double) {
    const number h("1e-12");
    for (const char* text : {"0.0009765625", "0.125", "0.5", "0.8125", "0.9990234375"}) {
        const number t(text);
        const log_snr<number> a = schedule.at(t);
        CAPTURE(text);
        CHECK(abs(number(schedule.time_of(a) - t)) < 1e-45);
        const number slope = schedule.slope(t);
        const number difference = number(schedule.at(number(t + h)).value - schedule.at(number(t - h)).value) / (2 * h);
        CHECK(abs(number(difference / slope - 1)) < 1e-17);
        const double time = static_cast<double>(t);
        CHECK(in_double.at(time).value == doctest::Approx(static_cast<double>(a.value)).epsilon(1e-14));
        CHECK(in_double.slope(time) == doctest::Approx(static_cast<double>(slope)).epsilon(1e-14));
    }
}
} // namespace

TEST_CASE("In fifty digits schedules, their inverses and their slopes are one") {
    using namespace schedule;
    check(linear_beta<number>(0, number(0.125), 10), linear_beta<double>(0, 0.125, 10));
    check(cosine<number>(number(0.008)), cosine<double>(0.008));
    check(karras<number>(number(0.002)), karras<double>(0.002));
    check(uniform_noise<number>(), uniform_noise<double>());
    check(sigmoid_alpha_bar<number>(), sigmoid_alpha_bar<double>());
}

TEST_CASE("In fifty digits DDPM's levels are the golden values to the last digit printed") {
    const auto levels =
        schedule::discrete_levels<number>::ddpm_linear(1000, number(1) / number(10000), number(1) / number(50));
    for (const auto& row : test::golden("b_discrete.csv").where("schedule", "ddpm_linear")) {
        const number want(row.text("log_snr"));
        CHECK(abs(number(levels.level(row.integer("t")).value / want - 1)) < 1e-30);
    }
    CHECK(abs(number(levels.step_of(levels.level_at(number(500.25))) - number(500.25))) < 1e-45);
}
