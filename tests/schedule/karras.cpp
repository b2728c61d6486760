// SPDX-License-Identifier: MIT
#include <cdl/schedule/karras.hpp>

#include "laws/schedule.hpp"
#include "support/golden.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::karras;

TEST_CASE_TEMPLATE("The noise levels of EDM are a schedule", T, float, double, long double) {
    laws::schedule_laws(karras<T>());
}
TEST_CASE_TEMPLATE("The noise levels of EDM are a schedule for every order of the root", T, float, double,
                   long double) {
    laws::schedule_laws(karras<T>(T(0.002), T(80), T(0.5)));
    laws::schedule_laws(karras<T>(T(0.002), T(80), T(1)));
    laws::schedule_laws(karras<T>(T(0.01), T(50), T(1000)), 12); // nearly geometric: w t of 0.017 decides about a
    laws::schedule_laws(karras<T>(T(1), T(1.125), T(7)));
}
TEST_CASE_TEMPLATE("Levels that EDM does not reach are at its ends", T, float, double) {
    laws::schedule_end_laws(karras<T>());
}

TEST_CASE("The noise levels of EDM lose a few roundings") {
    const auto check = [](const laws::schedule_errors& found) {
        CHECK(found.level <= 3); // of a(0) = 12.4
        CHECK(found.slope <= 6);
        CHECK(found.time <= 6);
    };
    check(laws::errors_of_schedule("karras", karras<float>(0.002f), karras<double>(double(0.002f)), 12.4));
    check(laws::errors_of_schedule("karras", karras<double>(0.002),
                                   karras<long double>(static_cast<long double>(0.002)), 12.4));
}

TEST_CASE_TEMPLATE("The noise levels of EDM agree with the golden grid", T, float, double) {
    test::worst_error worst("golden karras at");
    for (const test::golden_row& row : test::golden("b_sigma_grids.csv").where("grid", "karras")) {
        const T t = T(row.integer("N") - 1 - row.integer("i")) / T(row.integer("N") - 1);
        const long double want = row.number("log_snr");
        const auto off = std::fabs(static_cast<long double>(karras<T>().at(t).value) - want);
        const auto unit = 12.4L * static_cast<long double>(std::numeric_limits<T>::epsilon());
        worst.see(static_cast<double>(off / unit), row.where());
    }
    CAPTURE(worst.text());
    CHECK(worst.count() == 18);
    CHECK(worst.value() <= 3); // of a(0) = 12.4; in double 8e-15
}

TEST_CASE_TEMPLATE("The noise levels of EDM begin at the least sigma and end at the largest", T, float, double) {
    const karras<T> schedule;
    CHECK(schedule.at(0) == from_edm_sigma(T(0.002)));
    CHECK(to_edm_sigma(schedule.at(1)) == doctest::Approx(80).epsilon(1e-5));
    CHECK(schedule.time_of(clean<T>()) == 0);
    CHECK(schedule.time_of(pure_noise<T>()) == 1);
}

TEST_CASE("The noise levels of EDM may be further apart than a number is large") {
    const karras<double> k(1e-300, 1e300, 7);
    CHECK(k.at(0).value == doctest::Approx(600 * std::log(10)).epsilon(1e-15));
    CHECK(k.at(1).value == doctest::Approx(-600 * std::log(10)).epsilon(1e-14));
}

TEST_CASE("The noise levels of EDM are refused where they make no schedule") {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    using k = karras<double>;
    CHECK_THROWS_WITH_AS(k(0, 80), "cdl::schedule::karras: edm_sigma_min: must be finite and positive; got 0",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        k(80, 80), "cdl::schedule::karras: edm_sigma_max: must be finite and above edm_sigma_min; got 80 against 80",
        std::invalid_argument);
    CHECK_THROWS_WITH_AS(k(1, 80, 0), "cdl::schedule::karras: rho: must be finite and positive; got 0",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(k(1e-3, 80, 1e-3),
                         "cdl::schedule::karras: rho: must let (edm_sigma_max / edm_sigma_min)^(1/rho) be finite and "
                         "above 1; got 0.001",
                         std::invalid_argument);
    for (const double bad : {inf, -1.0, nan}) {
        CHECK_THROWS_AS(k(bad, 80), std::invalid_argument);
        CHECK_THROWS_AS(k(1, bad), std::invalid_argument);
        CHECK_THROWS_AS(k(1, 80, bad), std::invalid_argument);
    }
}
