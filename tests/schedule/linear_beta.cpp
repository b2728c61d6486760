// SPDX-License-Identifier: MIT
#include <cdl/schedule/discrete_levels.hpp>
#include <cdl/schedule/linear_beta.hpp>

#include "golden_schedule.hpp"
#include "laws/schedule.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::linear_beta;

TEST_CASE_TEMPLATE("The VP SDE is a schedule", T, float, double, long double) {
    laws::schedule_laws(linear_beta<T>::vp_sde());
    laws::schedule_laws(linear_beta<T>::vp_sde(T(0.001), T(4)));
}
TEST_CASE_TEMPLATE("The fit of DDPM is a schedule", T, float, double, long double) {
    laws::schedule_laws(linear_beta<T>::vdm_fit_of_ddpm());
}
TEST_CASE_TEMPLATE("A rate of noise that is constant, falls to zero, or rises from it makes a schedule", T, float,
                   double, long double) {
    laws::schedule_laws(linear_beta<T>(0, 5, 0));
    laws::schedule_laws(linear_beta<T>(T(0.5), 0, 3));
    laws::schedule_laws(linear_beta<T>(0, 0, 3));
    laws::schedule_laws(linear_beta<T>(T(0.25), 8, -4), 8); // flat at t = 1: the root of a difference
}
TEST_CASE_TEMPLATE("A rate of noise that is very large or very small makes a schedule", T, float, double) {
    laws::schedule_laws(linear_beta<T>(0, 1000, 1000)); // e^y overflows
    laws::schedule_laws(linear_beta<T>(0, T(1e-6), T(1e-6)));
}

TEST_CASE_TEMPLATE("Levels that a linear rate of noise does not reach are at its ends", T, float, double) {
    laws::schedule_end_laws(linear_beta<T>::vp_sde());
    laws::schedule_end_laws(linear_beta<T>::vdm_fit_of_ddpm());
    laws::schedule_end_laws(linear_beta<T>(0, 5, 0));
    laws::schedule_end_laws(linear_beta<T>(T(0.25), 8, T(-4)));
}

TEST_CASE("Very clean levels are at the beginning, also where the squares of their times are too small for a number") {
    for (const float a : {101.f, 102.5f, 103.f, 104.f, 200.f})
        CHECK(linear_beta<float>(0, 0, 0.1f).time_of({a}) <= 1e-21f);
    for (const double a : {743., 744.5, 745., 800.}) CHECK(linear_beta<double>(0, 0, 0.1).time_of({a}) <= 1e-160);
    CHECK(linear_beta<double>(1e-300, 0, 1e-12).time_of({690.7755278982137}) == 0);
}

TEST_CASE("Schedules of a linear rate of noise lose a few roundings") {
    const auto check = [](const laws::schedule_errors& found) {
        CHECK(found.level <= 3);
        CHECK(found.slope <= 5);
        CHECK(found.time <= 5);
    };
    check(laws::errors_of_schedule("vp_sde", linear_beta<float>::vp_sde(0.125f), linear_beta<double>::vp_sde(0.125)));
    check(laws::errors_of_schedule("vp_sde", linear_beta<double>::vp_sde(0.125),
                                   linear_beta<long double>::vp_sde(0.125L)));
    check(laws::errors_of_schedule("linear_beta", linear_beta<float>(0.0001f, 0, 10),
                                   linear_beta<double>(double(0.0001f), 0, 10)));
    check(laws::errors_of_schedule("linear_beta", linear_beta<double>(0.0001, 0, 10),
                                   linear_beta<long double>(static_cast<long double>(0.0001), 0, 10)));
}

TEST_CASE_TEMPLATE("The fit of DDPM agrees with the golden values", T, float, double) {
    const auto found = test::against_golden("ddpm_continuous", linear_beta<T>::vdm_fit_of_ddpm());
    CHECK(found.rows == 10);
    CHECK(found.level <= 3);
    CHECK(found.slope <= 5);
    CHECK(found.scales <= 12); // |a| / 2 roundings of the level at a = -10
    CHECK(found.coefficients <= 12);
}

TEST_CASE_TEMPLATE("The rate of noise of the VP SDE is its drift and its diffusion", T, float, double, long double) {
    const auto schedule = linear_beta<T>::vp_sde();
    CHECK(schedule.beta(0) == T(0.1));
    CHECK(schedule.beta(1) == doctest::Approx(20));
    for (int i = 1; i <= 64; ++i) {
        const T t = T(i) / 64;
        const T drift = channel::sde_drift(schedule.at(t), schedule.slope(t));
        CHECK(std::abs(-2 * drift / schedule.beta(t) - 1) <= 20 * std::numeric_limits<T>::epsilon());
    }
}

TEST_CASE_TEMPLATE("Without noise at the start the VP SDE begins with clean data", T, float, double) {
    const auto schedule = linear_beta<T>::vp_sde();
    CHECK(schedule.at(0) == clean<T>());
    CHECK(schedule.time_of(clean<T>()) == 0);
    CHECK(schedule.slope(0) == pure_noise<T>().value);
    CHECK(linear_beta<T>(0, 0, 1).slope(0) == pure_noise<T>().value);
    CHECK(linear_beta<T>::vdm_fit_of_ddpm().slope(0) == 0);
}

TEST_CASE("A linear rate of noise refuses what would not be a schedule") {
    using linear = linear_beta<double>;
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH_AS(linear(-1, 0, 10), "cdl::schedule::linear_beta: c0: must be finite and not negative; got -1",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(linear(0, -1, 10), "cdl::schedule::linear_beta: c1: must be finite and not negative; got -1",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        linear(0, 1, -1),
        "cdl::schedule::linear_beta: c2: must be finite and at least -c1 / 2, the rate of noise must not "
        "be negative; got -1 with c1 = 1",
        std::invalid_argument);
    CHECK_THROWS_WITH_AS(linear(1, 0, 0), "cdl::schedule::linear_beta: c1, c2: must not both be 0; got 0, 0",
                         std::invalid_argument);
    for (const double bad : {inf, -inf, nan}) {
        CHECK_THROWS_AS(linear(bad, 1, 1), std::invalid_argument);
        CHECK_THROWS_AS(linear(0, bad, 1), std::invalid_argument);
        CHECK_THROWS_AS(linear(0, 1, bad), std::invalid_argument);
    }
    CHECK_THROWS_AS(linear::vp_sde(20, -1), std::invalid_argument);
}

TEST_CASE("The fit of VDM's appendix K is not close to DDPM at the clean end") {
    const auto fit = linear_beta<double>::vdm_fit_of_ddpm();
    const auto levels = schedule::discrete_levels<double>::ddpm_linear(1000);
    double largest = 0;
    index_t at = 0;
    for (index_t step = 1; step <= 1000; ++step) {
        const double off = std::fabs(fit.at(static_cast<double>(step) / 1000).value - levels.level(step).value);
        if (off > largest) largest = off, at = step;
    }
    CHECK(at == 4);
    CHECK(largest == doctest::Approx(0.6924).epsilon(1e-4));
    CHECK(std::fabs(fit.at(1).value - levels.level(1000).value) == doctest::Approx(0.118).epsilon(5e-3));
}
