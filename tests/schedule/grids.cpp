// SPDX-License-Identifier: MIT
#include <cdl/schedule/cosine.hpp>
#include <cdl/schedule/detail/require_grid.hpp>
#include <cdl/schedule/grids.hpp>
#include <cdl/schedule/linear_beta.hpp>
#include <cdl/schedule/linear_log_snr.hpp>

#include "support/golden.hpp"
#include "support/ulp.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::cosine;
using schedule::karras_grid;
using schedule::linear_log_snr;
using schedule::uniform_in_log_snr;
using schedule::uniform_in_time;

TEST_CASE_TEMPLATE("Levels at equal distances of time run from the noisy end of a schedule to the clean one", T, float,
                   double, long double) {
    const linear_log_snr<T> linear({T(13.25)}, {T(-5)});
    for (const index_t steps : {1, 2, 7, 50}) {
        const auto grid = uniform_in_time(linear, steps);
        REQUIRE(grid.size() == static_cast<std::size_t>(steps + 1));
        schedule::detail::require_grid(grid, "test");
        CHECK(grid.front().value == T(-5));
        CHECK(grid.back().value == T(13.25));
        for (std::size_t i = 0; i < grid.size(); ++i)
            CHECK(grid[i].value == doctest::Approx(-5 + 18.25 * static_cast<double>(i) / static_cast<double>(steps)));
    }
    const auto ends = uniform_in_time(cosine<T>(), 10);
    CHECK(ends.front() == pure_noise<T>());
    CHECK(ends.back() == clean<T>());
    CHECK(ends[5] == cosine<T>().at(T(0.5)));
}

TEST_CASE_TEMPLATE("Levels at equal distances of time may leave out the ends of a schedule", T, float, double) {
    const cosine<T> schedule;
    const auto grid = uniform_in_time(schedule, 4, T(0.75), T(0.25));
    REQUIRE(grid.size() == 5);
    CHECK(grid[0] == schedule.at(T(0.75)));
    CHECK(grid[1] == schedule.at(T(0.625)));
    CHECK(grid[2] == schedule.at(T(0.5)));
    CHECK(grid[4] == schedule.at(T(0.25)));
}

TEST_CASE("A schedule as flat as rounding gives a grid that does not decrease") {
    const auto grid = uniform_in_time(schedule::linear_beta<float>(1e-4f, 0, 10), 100000);
    schedule::detail::require_grid(grid, "test");
    CHECK(grid.size() == 100001);
}

TEST_CASE_TEMPLATE("Levels at equal distances of log-SNR", T, float, double, long double) {
    const auto grid = uniform_in_log_snr(log_snr<T>{T(-10.1)}, log_snr<T>{T(9.7)}, 66);
    REQUIRE(grid.size() == 67);
    schedule::detail::require_grid(grid, "test");
    CHECK(grid.front().value == T(-10.1));
    CHECK(grid.back().value == T(9.7));
    for (std::size_t i = 1; i < grid.size(); ++i)
        CHECK(grid[i].value - grid[i - 1].value == doctest::Approx(0.3).epsilon(1e-4));
    const auto still = uniform_in_log_snr(log_snr<T>{T(0.1)}, log_snr<T>{T(0.1)}, 3);
    schedule::detail::require_grid(still, "test");
    for (const auto& a : still) CHECK(a.value == doctest::Approx(0.1));
}

TEST_CASE_TEMPLATE("The grid of EDM agrees with the golden values", T, float, double) {
    const auto grid = karras_grid<T>(18);
    REQUIRE(grid.size() == 19);
    schedule::detail::require_grid(grid, "test");
    test::worst_error worst("golden karras_grid in epsilons of 12.4");
    for (const test::golden_row& row : test::golden("b_sigma_grids.csv").where("grid", "karras")) {
        const long double a = static_cast<long double>(grid[static_cast<std::size_t>(row.integer("i"))].value);
        worst.see(static_cast<double>(std::fabs(a - row.number("log_snr")) /
                                      (12.4L * static_cast<long double>(std::numeric_limits<T>::epsilon()))),
                  row.where());
    }
    CAPTURE(worst.text());
    CHECK(worst.count() == 18);
    CHECK(worst.value() <= 3); // in double 8e-15
    CHECK(grid.back() == clean<T>());
}

TEST_CASE_TEMPLATE("The grid of EDM ends with clean data after any number of steps", T, float, double) {
    const auto one = karras_grid<T>(1);
    REQUIRE(one.size() == 2);
    CHECK(to_edm_sigma(one[0]) == doctest::Approx(80).epsilon(1e-5));
    CHECK(one[1] == clean<T>());
    const auto two = karras_grid<T>(2, T(0.5), T(2), T(1));
    REQUIRE(two.size() == 3);
    CHECK(to_edm_sigma(two[0]) == doctest::Approx(2).epsilon(1e-5));
    CHECK(to_edm_sigma(two[1]) == doctest::Approx(0.5).epsilon(1e-5));
    static_assert(std::is_same_v<decltype(karras_grid(18)), std::vector<log_snr<double>>>);
    static_assert(std::is_same_v<decltype(karras_grid<float>(18)), std::vector<log_snr<float>>>);
}

TEST_CASE("Grids refuse numbers of steps and ends that make none") {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    const cosine<double> schedule;
    const log_snr noisy{-1.0}, clear{1.0};
    CHECK_THROWS_WITH_AS(uniform_in_time(schedule, 0),
                         "cdl::schedule::uniform_in_time: steps: must be at least 1; got 0", std::invalid_argument);
    CHECK_THROWS_WITH_AS(uniform_in_time(schedule, 5, 1.5, 0),
                         "cdl::schedule::uniform_in_time: t_noisiest: must be in (0, 1]; got 1.5",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(uniform_in_time(schedule, 5, 0.5, 0.5),
                         "cdl::schedule::uniform_in_time: t_cleanest: must be in [0, t_noisiest); got 0.5 against 0.5",
                         std::invalid_argument);
    CHECK_THROWS_AS(uniform_in_time(schedule, 5, nan, 0), std::invalid_argument);
    CHECK_THROWS_AS(uniform_in_time(schedule, 5, 1, nan), std::invalid_argument);
    CHECK_THROWS_AS(uniform_in_time(schedule, 5, 1, -0.1), std::invalid_argument);
    CHECK_THROWS_WITH_AS(uniform_in_log_snr(noisy, clear, 0),
                         "cdl::schedule::uniform_in_log_snr: steps: must be at least 1; got 0", std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        uniform_in_log_snr(clear, noisy, 3),
        "cdl::schedule::uniform_in_log_snr: cleanest: must be finite and not below noisiest; got -1 against 1",
        std::invalid_argument);
    CHECK_THROWS_AS(uniform_in_log_snr(log_snr{-inf}, clear, 3), std::invalid_argument);
    CHECK_THROWS_AS(uniform_in_log_snr(noisy, log_snr{nan}, 3), std::invalid_argument);
    CHECK_THROWS_WITH_AS(karras_grid(0), "cdl::schedule::karras_grid: steps: must be at least 1; got 0",
                         std::invalid_argument);
    CHECK_THROWS_AS(karras_grid(5, 80.0, 0.002), std::invalid_argument);
}

TEST_CASE("A level that a schedule cannot tell is not replaced by the one before it") {
    struct torn {
        using value_type = double;
        log_snr<double> at(double t) const { return {t == 0.5 ? std::nan("") : 1 - 2 * t}; }
        double time_of(log_snr<double> a) const { return (1 - a.value) / 2; }
        double slope(double) const { return -2; }
    };
    const auto grid = schedule::uniform_in_time(torn{}, 4);
    CHECK(grid[1].value == -0.5);
    CHECK(std::isnan(grid[2].value));
    CHECK_THROWS_AS(schedule::detail::require_grid(grid, "here"), std::invalid_argument);
}
