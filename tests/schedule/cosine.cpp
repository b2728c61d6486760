// SPDX-License-Identifier: MIT
#include <cdl/schedule/cosine.hpp>

#include "golden_schedule.hpp"
#include "laws/schedule.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::cosine;

TEST_CASE_TEMPLATE("The cosine schedule is a schedule", T, float, double, long double) {
    laws::schedule_laws(cosine<T>());
}
TEST_CASE_TEMPLATE("The cosine schedule without offset is a schedule", T, float, double, long double) {
    laws::schedule_laws(cosine<T>(0));
}
TEST_CASE_TEMPLATE("The cosine schedule with a tiny or a large offset is a schedule", T, float, double) {
    laws::schedule_laws(cosine<T>(T(1e-6)));
    laws::schedule_laws(cosine<T>(2));
    laws::schedule_laws(cosine<T>(1000));
}
TEST_CASE_TEMPLATE("Levels beyond the last digits of a time are at the ends of the cosine", T, float, double) {
    laws::schedule_end_laws(cosine<T>());
    laws::schedule_end_laws(cosine<T>(0));
}

TEST_CASE("The cosine schedule loses a few roundings") {
    const auto check = [](const laws::schedule_errors& found) {
        CHECK(found.level <= 4);
        CHECK(found.slope <= 6);
        CHECK(found.time <= 6);
    };
    const auto wide = [](auto number) { return static_cast<long double>(number); };
    check(laws::errors_of_schedule("cosine", cosine<float>(0.008f), cosine<double>(double(0.008f))));
    check(laws::errors_of_schedule("cosine", cosine<double>(0.008), cosine<long double>(wide(0.008))));
    check(laws::errors_of_schedule("cosine_unshifted", cosine<float>(0), cosine<double>(0)));
    check(laws::errors_of_schedule("cosine_unshifted", cosine<double>(0), cosine<long double>(0)));
}

TEST_CASE_TEMPLATE("The cosine schedule agrees with the golden values", T, float, double) {
    for (const char* name : {"cosine", "cosine_unshifted"}) {
        const T offset = name == std::string("cosine") ? T(0.008) : T(0);
        const auto found = test::against_golden(name, cosine<T>(offset));
        CAPTURE(name);
        CHECK(found.rows == 9);
        CHECK(found.level <= 4); // in double 4 eps of the largest, 13.9, are 1.2e-14; the largest found is 2e-15
        CHECK(found.slope <= 6);
        CHECK(found.scales <= 12);
        CHECK(found.coefficients <= 16);
    }
}

TEST_CASE_TEMPLATE("The time of a level of the cosine without offset keeps its digits as far as the data are clean", T,
                   float, double) {
    for (int i = 0; i <= 160; ++i) { // tan(pi t / 2) = e^(-a / 2)
        const T a = T(i) / 2;
        const long double t = std::atan(std::exp(-static_cast<long double>(a) / 2)) / std::atan(1.0L) / 2;
        CAPTURE(a);
        CHECK(test::ulp_distance(cosine<T>(0).time_of({a}), t) <= 6);
    }
}

TEST_CASE_TEMPLATE("The cosine runs from clean data to pure noise", T, float, double, long double) {
    for (const T offset : {T(0), T(0.008), T(1)}) {
        const cosine<T> schedule(offset);
        CHECK(schedule.at(0) == clean<T>());
        CHECK(schedule.at(1) == pure_noise<T>());
        CHECK(schedule.time_of(clean<T>()) == 0);
        CHECK(schedule.time_of(pure_noise<T>()) == 1);
        CHECK(schedule.slope(0) == pure_noise<T>().value);
        CHECK(schedule.slope(1) == pure_noise<T>().value);
    }
}

TEST_CASE("The cosine refuses a negative offset and one that is not finite") {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH_AS(cosine<double>(-0.5),
                         "cdl::schedule::cosine: offset: must be finite and not negative; got -0.5",
                         std::invalid_argument);
    CHECK_THROWS_AS(cosine<double>{inf}, std::invalid_argument);
    CHECK_THROWS_AS(cosine<double>{nan}, std::invalid_argument);
}
