// SPDX-License-Identifier: MIT
#include <cdl/schedule/linear_log_snr.hpp>

#include "laws/schedule.hpp"
#include "support/accuracy.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::linear_log_snr;

TEST_CASE_TEMPLATE("The linear schedule of VDM is a schedule", T, float, double, long double) {
    laws::schedule_laws(linear_log_snr<T>({T(13.25)}, {T(-5)}));
}
TEST_CASE_TEMPLATE("A linear schedule on one side of zero is a schedule", T, float, double, long double) {
    laws::schedule_laws(linear_log_snr<T>({T(-1)}, {T(-40)}));
    laws::schedule_laws(linear_log_snr<T>({T(40)}, {T(1)}));
}
TEST_CASE_TEMPLATE("A linear schedule that hardly falls is a schedule", T, float, double) {
    laws::schedule_laws(linear_log_snr<T>({T(0.0625)}, {T(-0.0625)}));
}

TEST_CASE_TEMPLATE("The linear schedule agrees with the golden values", T, float, double, long double) {
    test::worst_error level("linear_log_snr at"), signal("linear_log_snr signal_scale"),
        noise("linear_log_snr noise_scale");
    for (const test::golden_row& row : test::golden("b_continuous.csv").where("schedule", "vdm_linear")) {
        const linear_log_snr<T> schedule({-row.input<T>("p1")}, {-row.input<T>("p2")});
        const T t = row.input<T>("t");
        level.see(test::ulp_distance(schedule.at(t).value, row.number("log_snr")), row.where());
        signal.see(test::ulp_distance(signal_scale(schedule.at(t)), row.number("signal_scale")), row.where());
        noise.see(test::ulp_distance(noise_scale(schedule.at(t)), row.number("noise_scale")), row.where());
        CHECK(schedule.slope(t) == static_cast<T>(row.number("dlog_snr_dt")));
        // the drift and the diffusion of the stochastic differential equation: f = a' sigmoid(-a) / 2, g^2 = -a' sigmoid(-a)
        const T power = noise_power(schedule.at(t));
        CHECK(test::ulp_distance(T(schedule.slope(t) * power / 2), row.number("vp_drift_f")) <= 5);
        CHECK(test::ulp_distance(T(-schedule.slope(t) * power), row.number("vp_diffusion_g2")) <= 5);
    }
    CHECK(level.count() == 10);
    CHECK(level.value() <= 1);
    CHECK(signal.value() <= 3);
    CHECK(noise.value() <= 3);
}

TEST_CASE_TEMPLATE("The linear schedule is exact at both ends", T, float, double) {
    const linear_log_snr<T> schedule({T(13.3)}, {T(-5.1)});
    CHECK(schedule.at(0).value == T(13.3));
    CHECK(schedule.at(1).value == T(-5.1));
    CHECK(schedule.time_of({T(13.3)}) == 0);
    CHECK(schedule.time_of({T(-5.1)}) == 1);
}

TEST_CASE("A linear schedule refuses ends that are not finite or not in order") {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    using linear = linear_log_snr<double>;
    CHECK_THROWS_WITH_AS(linear({inf}, {0}), "cdl::schedule::linear_log_snr: cleanest: must be finite; got inf",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(linear({0}, {-inf}), "cdl::schedule::linear_log_snr: noisiest: must be finite; got -inf",
                         std::invalid_argument);
    CHECK_THROWS_AS(linear({nan}, {0}), std::invalid_argument);
    CHECK_THROWS_AS(linear({0}, {nan}), std::invalid_argument);
    CHECK_THROWS_WITH_AS(linear({1}, {1}),
                         "cdl::schedule::linear_log_snr: noisiest: must be below cleanest; got 1 against 1",
                         std::invalid_argument);
    CHECK_THROWS_AS(linear({1}, {2}), std::invalid_argument);
    CHECK_THROWS_WITH_AS(linear({1e308}, {-1e308}),
                         "cdl::schedule::linear_log_snr: noisiest: must be at a finite distance from cleanest; got "
                         "-1e+308 against 1e+308",
                         std::invalid_argument);
}
