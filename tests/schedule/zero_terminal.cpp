// SPDX-License-Identifier: MIT
#include <cdl/schedule/cosine.hpp>
#include <cdl/schedule/geometric.hpp>
#include <cdl/schedule/karras.hpp>
#include <cdl/schedule/linear_beta.hpp>
#include <cdl/schedule/zero_terminal.hpp>

#include "laws/schedule.hpp"
#include "support/ulp.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::linear_beta;
using schedule::linear_log_snr;
using schedule::zero_terminal;

TEST_CASE_TEMPLATE("A schedule that is rescaled to end in pure noise is a schedule", T, float, double, long double) {
    // near t = 1 the difference of two levels of size 10 decides, over a slope of 20
    laws::schedule_laws(zero_terminal(linear_beta<T>::vdm_fit_of_ddpm()), 8);
    laws::schedule_laws(zero_terminal(linear_beta<T>::vp_sde()), 8);
    laws::schedule_laws(zero_terminal(schedule::karras<T>()), 16);
    laws::schedule_laws(zero_terminal(schedule::geometric(T(0.01), T(50))), 16);
    laws::schedule_laws(zero_terminal(linear_log_snr<T>({T(13.25)}, {T(-5)})), 16);
}
TEST_CASE_TEMPLATE("A schedule that ends in much signal can be rescaled, too", T, float, double, long double) {
    laws::schedule_laws(zero_terminal(linear_log_snr<T>({T(3)}, {T(1)})), 16);
    laws::schedule_laws(zero_terminal(linear_log_snr<T>({T(-3)}, {T(-6)})), 16);
}
TEST_CASE_TEMPLATE("Levels that a rescaled schedule does not reach are at its ends", T, float, double) {
    laws::schedule_end_laws(zero_terminal(linear_beta<T>::vdm_fit_of_ddpm()));
    laws::schedule_end_laws(zero_terminal(linear_beta<T>::vp_sde()));
}

TEST_CASE("Rescaled schedules agree with the formula of the paper in long double") {
    const auto check = [](const std::string& name, const auto& base, const auto& wide) {
        using T = typename std::remove_cvref_t<decltype(base)>::value_type;
        const zero_terminal rescaled(base);
        const long double first = signal_scale(wide.at(0)), last = signal_scale(wide.at(1));
        const long double unit = static_cast<long double>(std::numeric_limits<T>::epsilon());
        test::worst_error worst("zero_terminal " + name + " at");
        for (int i = 1; i < 256; ++i) {
            const T t = T(i) / 256;
            const long double signal =
                (signal_scale(wide.at(static_cast<long double>(t))) - last) * first / (first - last);
            const long double a = 2 * std::log(signal) - std::log1p(-signal * signal);
            const auto off = std::fabs(static_cast<long double>(rescaled.at(t).value) - a);
            worst.see(static_cast<double>(off / (unit * std::max(1.0L, std::fabs(a)))), std::to_string(i));
        }
        CAPTURE(worst.text());
        CHECK(worst.value() <= 16);
    };
    using wide = linear_beta<long double>;
    check("float", linear_beta<float>::vp_sde(0.125f), wide::vp_sde(0.125L));
    check("double", linear_beta<double>::vp_sde(0.125), wide::vp_sde(0.125L));
    check("middle float", linear_log_snr<float>({6}, {-2}), linear_log_snr<long double>({6}, {-2}));
    check("middle double", linear_log_snr<double>({6}, {-2}), linear_log_snr<long double>({6}, {-2}));
}

TEST_CASE("A rescaled schedule loses a few roundings of the time") {
    const auto check = [](const laws::schedule_errors& found) {
        // At t = 1 - 2^-20 two levels of size 10 differ by 2e-5: that costs 5e5 / |a| eps of the level, and the slope
        // 5e5 eps. The time, for which this is divided by the slope, loses nothing.
        CHECK(found.level <= 3e4);
        CHECK(found.slope <= 5e5);
        CHECK(found.time <= 3);
    };
    check(laws::errors_of_schedule("zero_terminal vp_sde", zero_terminal(linear_beta<double>::vp_sde(0.125)),
                                   zero_terminal(linear_beta<long double>::vp_sde(0.125L))));
}

TEST_CASE_TEMPLATE("A rescaled schedule begins where it began and ends in pure noise", T, float, double, long double) {
    const auto base = linear_beta<T>::vdm_fit_of_ddpm();
    const zero_terminal schedule(base);
    CHECK(std::abs(schedule.at(0).value - base.at(0).value) <= 8 * std::numeric_limits<T>::epsilon());
    CHECK(schedule.at(1) == pure_noise<T>());
    CHECK(schedule.time_of(clean<T>()) == 0);
    CHECK(schedule.time_of(pure_noise<T>()) == 1);
    CHECK(schedule.slope(1) == pure_noise<T>().value);
    // clean data stay clean
    const zero_terminal from_clean(linear_beta<T>::vp_sde());
    CHECK(from_clean.at(0) == clean<T>());
    CHECK(from_clean.slope(0) == pure_noise<T>().value);
}

TEST_CASE_TEMPLATE("A schedule that ends in pure noise is not changed by rescaling", T, float, double) {
    const schedule::cosine<T> base;
    const zero_terminal schedule(base);
    for (int i = 0; i <= 64; ++i) {
        const T t = T(i) / 64, a = base.at(t).value;
        CAPTURE(a);
        CHECK((schedule.at(t).value == a ||
               std::abs(schedule.at(t).value - a) <= 6 * std::numeric_limits<T>::epsilon() * (1 + std::abs(a))));
    }
}

namespace {
struct flat { // a schedule by its words only
    using value_type = double;
    log_snr<double> at(double) const { return {1}; }
    double time_of(log_snr<double>) const { return 0; }
    double slope(double) const { return 0; }
};
} // namespace

TEST_CASE("A schedule that does not fall cannot be rescaled") {
    CHECK_THROWS_WITH_AS(zero_terminal(flat{}),
                         "cdl::schedule::zero_terminal: base: must fall from t = 0 to 1; got 1 and 1",
                         std::invalid_argument);
}

TEST_CASE("A schedule whose signal does not change in the scalar cannot be rescaled") {
    CHECK_THROWS_WITH_AS(
        zero_terminal(linear_log_snr<float>({150.f}, {120.f})),
        "cdl::schedule::zero_terminal: base: must have a signal that falls by more than the scalar can "
        "tell from nothing; got levels from 150 to 120",
        std::invalid_argument);
    CHECK_THROWS_AS(zero_terminal(linear_log_snr<float>({-210.f}, {-220.f})), std::invalid_argument);
    CHECK_THROWS_AS(zero_terminal(linear_log_snr<double>({900.}, {800.})), std::invalid_argument);
    CHECK(zero_terminal(linear_log_snr<double>({700.}, {650.})).at(0.).value == 700);
}
