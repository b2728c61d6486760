// SPDX-License-Identifier: MIT
#include <cdl/channel/sde.hpp>
#include <cdl/schedule/linear_beta.hpp>

#include "support/golden.hpp"
#include "support/ulp.hpp"

#include <doctest/doctest.h>

using namespace cdl;

TEST_CASE_TEMPLATE("Drift and diffusion agree with the golden values", T, float, double, long double) {
    test::worst_error drift("sde_drift"), diffusion("sde_diffusion_squared");
    for (const test::golden_row& row : test::golden("b_continuous.csv")) {
        const log_snr<T> a{static_cast<T>(row.number("log_snr"))};
        const T slope = static_cast<T>(row.number("dlog_snr_dt"));
        // rounding the level moves sigmoid(-a) by up to |a| / 2 units in the last place
        const double rounding = static_cast<double>(std::fabs(row.number("log_snr"))) / 2;
        drift.see(test::ulp_distance(channel::sde_drift(a, slope), row.number("vp_drift_f")) - rounding, row.where());
        diffusion.see(test::ulp_distance(channel::sde_diffusion_squared(a, slope), row.number("vp_diffusion_g2")) -
                          rounding,
                      row.where());
    }
    CAPTURE(drift.text());
    CAPTURE(diffusion.text());
    CHECK(drift.count() == 48);
    CHECK(drift.value() <= 4);
    CHECK(diffusion.value() <= 4);
}

TEST_CASE_TEMPLATE("The drift shrinks the signal and the two together preserve variance", T, float, double) {
    const auto schedule = schedule::linear_beta<T>::vp_sde();
    for (int i = 1; i < 32; ++i) {
        const T t = T(i) / 32, h = T(1) / 1024;
        const T f = channel::sde_drift(schedule.at(t), schedule.slope(t));
        const T g2 = channel::sde_diffusion_squared(schedule.at(t), schedule.slope(t));
        CHECK(f == -g2 / 2);
        // f = d log S / d t, and d N^2 / d t = 2 f N^2 + g^2
        const T growth = std::log(signal_scale(schedule.at(t + h)) / signal_scale(schedule.at(t - h))) / (2 * h);
        CHECK(std::abs(growth - f) <= T(1e-3) * std::abs(f));
        const T change = (noise_power(schedule.at(t + h)) - noise_power(schedule.at(t - h))) / (2 * h);
        CHECK(std::abs(change - (2 * f * noise_power(schedule.at(t)) + g2)) <= T(5e-3) * change + T(1e-4));
    }
}

TEST_CASE_TEMPLATE("At pure noise the slope alone decides, at clean data with a finite slope nothing happens", T, float,
                   double) {
    CHECK(channel::sde_drift(pure_noise<T>(), T(-4)) == -2);
    CHECK(channel::sde_diffusion_squared(pure_noise<T>(), T(-4)) == 4);
    CHECK(channel::sde_drift(clean<T>(), T(-4)) == 0);
    CHECK(channel::sde_diffusion_squared(clean<T>(), T(-4)) == 0);
    CHECK(channel::sde_diffusion_squared(log_snr{T(1)}, T(0)) == 0);
    const T steep = pure_noise<T>().value;
    CHECK(std::isnan(channel::sde_drift(clean<T>(), steep))); // as said: the schedule knows the limit
    CHECK(schedule::linear_beta<T>::vp_sde().beta(0) == T(0.1));
}
