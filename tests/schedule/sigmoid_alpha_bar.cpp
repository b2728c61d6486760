// SPDX-License-Identifier: MIT
#include <cdl/schedule/sigmoid_alpha_bar.hpp>

#include "laws/schedule.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::sigmoid_alpha_bar;

TEST_CASE_TEMPLATE("A signal that falls like a sigmoid is a schedule", T, float, double, long double) {
    laws::schedule_laws(sigmoid_alpha_bar<T>());
    laws::schedule_end_laws(sigmoid_alpha_bar<T>());
}
TEST_CASE_TEMPLATE("A signal that falls like any piece of a sigmoid is a schedule", T, float, double, long double) {
    laws::schedule_laws(sigmoid_alpha_bar<T>(0, 3, T(0.5)));
    laws::schedule_laws(sigmoid_alpha_bar<T>(-3, 0, T(0.25)));
    laws::schedule_laws(sigmoid_alpha_bar<T>(-3, 3, T(0.05))); // e^-w is no float
    laws::schedule_laws(sigmoid_alpha_bar<T>(-3, 3, T(1e4)));  // all but linear in alpha_bar
}
TEST_CASE_TEMPLATE("Levels beyond the last digits of a time are at the ends of the sigmoid", T, float, double) {
    laws::schedule_end_laws(sigmoid_alpha_bar<T>());
    laws::schedule_end_laws(sigmoid_alpha_bar<T>(-3, 3, T(1e4)));
}

TEST_CASE("A signal that falls like a sigmoid loses a few roundings") {
    const auto check = [](const laws::schedule_errors& found) {
        CHECK(found.level <= 6);
        CHECK(found.slope <= 6);
        CHECK(found.time <= 6);
    };
    using f = sigmoid_alpha_bar<float>;
    using d = sigmoid_alpha_bar<double>;
    using l = sigmoid_alpha_bar<long double>;
    check(laws::errors_of_schedule("sigmoid_alpha_bar", f(), d()));
    check(laws::errors_of_schedule("sigmoid_alpha_bar", d(), l()));
    check(laws::errors_of_schedule("sigmoid_alpha_bar 0..3", f(0, 3, 0.5f), d(0, 3, 0.5)));
    check(laws::errors_of_schedule("sigmoid_alpha_bar 0..3", d(0, 3, 0.5), l(0, 3, 0.5L)));
}

TEST_CASE("The power of the signal is the stretched piece of the sigmoid that it is said to be") {
    const auto sigmoid = [](long double u) { return 1 / (1 + std::exp(-u)); };
    for (const double tau : {0.25, 0.5, 1.0, 2.0})
        for (const double start : {-3.0, -1.0, 0.0, 2.0}) {
            const double end = start + 3;
            const sigmoid_alpha_bar<double> schedule(start, end, tau);
            for (int i = 0; i <= 64; ++i) {
                const double t = i / 64.0;
                const auto v = [&](double u) { return sigmoid(static_cast<long double>(u / tau)); };
                const auto want = (v(end) - v(start + t * (end - start))) / (v(end) - v(start));
                CHECK(std::abs(static_cast<double>(want) - signal_power(schedule.at(t))) <= 4e-15);
            }
        }
}

TEST_CASE_TEMPLATE("A symmetric piece of the sigmoid is half noise at half time, and runs from end to end", T, float,
                   double) {
    const sigmoid_alpha_bar<T> schedule;
    CHECK(std::abs(schedule.at(T(0.5)).value) <= 8 * std::numeric_limits<T>::epsilon());
    CHECK(schedule.at(0) == clean<T>());
    CHECK(schedule.at(1) == pure_noise<T>());
    CHECK(schedule.time_of(clean<T>()) == 0);
    CHECK(schedule.time_of(pure_noise<T>()) == 1);
    CHECK(schedule.slope(0) == pure_noise<T>().value);
    CHECK(schedule.slope(1) == pure_noise<T>().value);
}

TEST_CASE("A piece of the sigmoid is refused where it does not fall") {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    using s = sigmoid_alpha_bar<double>;
    CHECK_THROWS_WITH_AS(s(1, 1),
                         "cdl::schedule::sigmoid_alpha_bar: end: must be finite and above start; got 1 against 1",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(s(0, 1, 0), "cdl::schedule::sigmoid_alpha_bar: tau: must be finite and positive; got 0",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        s(0, 1e300, 1e-300),
        "cdl::schedule::sigmoid_alpha_bar: tau: must leave (end - start) / tau positive and finite; got "
        "1e-300",
        std::invalid_argument);
    for (const double bad : {inf, -inf, nan}) {
        CHECK_THROWS_AS(s(bad, 1), std::invalid_argument);
        CHECK_THROWS_AS(s(0, bad), std::invalid_argument);
        CHECK_THROWS_AS(s(0, 1, bad), std::invalid_argument);
    }
}
