// SPDX-License-Identifier: MIT
#include <cdl/schedule/geometric.hpp>

#include "golden_schedule.hpp"
#include "laws/schedule.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::geometric;

TEST_CASE_TEMPLATE("The geometric noise levels of NCSN are a schedule", T, float, double, long double) {
    laws::schedule_laws(geometric(T(0.01), T(50)));
}

TEST_CASE_TEMPLATE("The geometric noise levels agree with the golden values", T, float, double) {
    const auto found = test::against_golden("ncsnv2_geometric", geometric(T(0.01), T(50)));
    CHECK(found.rows == 10);
    CHECK(found.level <= 3);
    CHECK(found.slope <= 3);
    CHECK(found.scales <= 12); // |a| / 2 roundings of the level
    CHECK(found.coefficients <= 16);
}

TEST_CASE_TEMPLATE("The noise scale grows by the same factor in equal times", T, float, double) {
    const auto schedule = geometric(T(0.01), T(100));
    for (const T t : {T(0), T(0.25), T(0.5), T(0.75)})
        CHECK(to_edm_sigma(schedule.at(t + T(0.25))) / to_edm_sigma(schedule.at(t)) ==
              doctest::Approx(10).epsilon(1e-5));
}

TEST_CASE("Geometric noise levels are refused where they do not grow") {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH_AS(geometric(0.0, 1.0),
                         "cdl::schedule::geometric: edm_sigma_min: must be finite and positive; got 0",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        geometric(2.0, 1.0),
        "cdl::schedule::geometric: edm_sigma_max: must be finite and above edm_sigma_min; got 1 against 2",
        std::invalid_argument);
    for (const double bad : {inf, -1.0, nan}) {
        CHECK_THROWS_AS(geometric(bad, 80.0), std::invalid_argument);
        CHECK_THROWS_AS(geometric(1.0, bad), std::invalid_argument);
    }
}
