// SPDX-License-Identifier: MIT
#include <cdl/schedule/level_sampling.hpp>

#include "support/scalars.hpp"
#include "support/ulp.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::logistic_levels;

TEST_CASE_TEMPLATE("The logistic law has the tail that it is asked for on both sides", T, float, double, long double) {
    const logistic_levels law{1.5, 2};
    for (const T tail : {T(0.5), T(0.25), T(1e-3), T(1e-6), T(1e-30)}) {
        // P(a' < a) = sigmoid((a - location) / scale)
        const T below = law.at(tail, T(1)).value, above = law.at(tail, T(-1)).value;
        const T size = 1 + std::abs((below - T(1.5)) / 2); // the tail is as good as e^rounding of the level
        CHECK(std::abs(math::sigmoid(T((below - T(1.5)) / 2)) / tail - 1) <=
              8 * size * std::numeric_limits<T>::epsilon());
        CHECK(std::abs(math::sigmoid(T(-(above - T(1.5)) / 2)) / tail - 1) <=
              8 * size * std::numeric_limits<T>::epsilon());
        CHECK(below + above == doctest::Approx(3));
        CHECK(below <= above);
    }
}

TEST_CASE("The inverse density of the logistic law is one over the derivative of its distribution function") {
    const logistic_levels law{-0.5, 1.75};
    for (const double a : {-9.0, -1.0, 0.0, 0.75, 6.0}) {
        const auto distribution = [](double level) { return math::sigmoid((level + 0.5) / 1.75); };
        const double h = 1e-4, density = (distribution(a + h) - distribution(a - h)) / (2 * h);
        // central difference: relative error h^2 / 6 f''' / f', here below 2e-9, and rounding below 1e-10 in f'
        CHECK(1 / law.inverse_density(distribution(a), 1.0) == doctest::Approx(density).epsilon(1e-7));
    }
}

TEST_CASE("The midpoint rule on tails integrates over all levels") {
    // the integral of sigmoid(a) sigmoid(-a) is 1, and 1 = E_q [integrand / q] under the law
    const logistic_levels law{0.25, 2};
    const int n = 20000;
    double sum = 0;
    for (int i = 0; i < n; ++i)
        for (const double side : {1.0, -1.0}) {
            const double tail = (i + 0.5) / n / 2;
            const log_snr<double> a = law.at(tail, side);
            sum += signal_power(a) * noise_power(a) * law.inverse_density(tail, side) / (2 * n);
        }
    CHECK(sum == doctest::Approx(1).epsilon(1e-6));
}

TEST_CASE("The logistic law refuses locations and scales that make no sense") {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_NOTHROW((logistic_levels{0, 2}.check("here")));
    CHECK_THROWS_WITH_AS((logistic_levels{0, 0}.check("here")), "here: scale: must be finite and positive; got 0",
                         std::invalid_argument);
    CHECK_THROWS_AS((logistic_levels{0, -1}.check("here")), std::invalid_argument);
    CHECK_THROWS_AS((logistic_levels{0, inf}.check("here")), std::invalid_argument);
    CHECK_THROWS_AS((logistic_levels{0, nan}.check("here")), std::invalid_argument);
    CHECK_THROWS_WITH_AS((logistic_levels{inf, 1}.check("here")), "here: location: must be finite; got inf",
                         std::invalid_argument);
    CHECK_THROWS_AS((logistic_levels{nan, 1}.check("here")), std::invalid_argument);
}

namespace {

/// The density is the slope of the probability, by differences of `at`: da / du = 1 / q.
template <class Law>
void check_density(const Law& law) {
    for (const double side : {1.0, -1.0})
        for (const double tail : {0.02, 0.2, 0.45}) {
            const double h = 1e-5;
            const double slope = side * (law.at(tail + h, side).value - law.at(tail - h, side).value) / (2 * h);
            CHECK(law.inverse_density(tail, side) == doctest::Approx(slope).epsilon(1e-5));
        }
}

/// The probability of the levels below a.
template <class Law>
double probability_below(const Law& law, double a) {
    double low = 0, high = 1;
    for (int i = 0; i < 60; ++i) {
        const double u = (low + high) / 2;
        (law.at(u < 0.5 ? u : 1 - u, u < 0.5 ? 1.0 : -1.0).value < a ? low : high) = u;
    }
    return low;
}

} // namespace

TEST_CASE("the densities of laws are the slopes of their levels") {
    using namespace schedule;
    check_density(logistic_levels{0.5, 1.5});
    check_density(truncated_logistic_levels{});
    check_density(uniform_levels{-3, 5});
    check_density(normal_levels{});
}

TEST_CASE("laws are those of their papers") {
    using namespace schedule;
    // CDL's logistic[6, 15] and Uniform[6, 15] have these ends; the mean weight is the width
    CHECK(truncated_logistic_levels{}.at(0.0, 1.0).value == doctest::Approx(6));
    CHECK(truncated_logistic_levels{}.at(0.0, -1.0).value == doctest::Approx(15));
    CHECK(truncated_logistic_levels{}.at(0.5, 1.0).value == doctest::Approx(10.5));
    CHECK(uniform_levels{}.at(0.0, 1.0).value == 6);
    CHECK(uniform_levels{}.at(0.0, -1.0).value == 15);
    double mean_weight = 0;
    const int n = 200000;
    for (int i = 0; i < n; ++i)
        mean_weight += truncated_logistic_levels{1, 3, 3}.inverse_density((i + 0.5) / n / 2, 1.0) / n;
    CHECK(mean_weight == doctest::Approx(18).epsilon(1e-6)); // 2 clip scale
    // EDM: log sigma ~ N(-1.2, 1.2^2), one standard deviation above is u = 0.158655 of the levels below
    const double one_sigma = 0.15865525393145705;
    CHECK(normal_levels{}.at(one_sigma, 1.0).value == doctest::Approx(-2 * (-1.2 + 1.2)).scale(1).epsilon(1e-12));
    CHECK(fixed_level{3}.at(0.2, 1.0).value == 3);
}

TEST_CASE("a law in the middle joins: both sides meet at the median") {
    using namespace schedule;
    const auto meets = [](const auto& law) {
        CHECK(law.at(0.5, 1.0).value == doctest::Approx(law.at(0.5, -1.0).value));
    };
    meets(logistic_levels{1, 2});
    meets(truncated_logistic_levels{1, 2, 3});
    meets(uniform_levels{-1, 4});
    meets(normal_levels{2, 3});
    CHECK(probability_below(uniform_levels{-1, 4}, 0.0) == doctest::Approx(0.2));
}

TEST_CASE_TEMPLATE("the truncated logistic law keeps its digits however little of it is kept", T, float, double) {
    for (const double clip : {1e-16, 1e-9, 1e-3, 1., 3.}) { // the middle is where 1 / q is 4 scale tanh(clip / 2)
        const T got = schedule::truncated_logistic_levels{0, 1.5, clip}.inverse_density(T(0.5), T(1));
        CHECK(static_cast<double>(got) == doctest::Approx(6 * std::tanh(clip / 2))
                                              .epsilon(4 * static_cast<double>(std::numeric_limits<T>::epsilon())));
    }
}

// u = P(a' < a) over what is kept, so 1 - 2 u tanh(clip / 2) = tanh(distance / 2) of the median, here in long double.
TEST_CASE_TEMPLATE("the levels of the truncated logistic law invert its distribution function, within its ends", T,
                   float, double) {
    for (const double clip : {1e-16, 1e-9, 1e-4, 0.1, 1., 3., 40., 700.})
        for (const T tail : {T(0), T(1e-30), T(1e-9), T(1e-3), T(0.1), T(0.25), T(0.4), T(0.4999), T(0.5)})
            for (const T side : {T(1), T(-1)}) {
                CAPTURE(clip);
                CAPTURE(tail);
                const long double kept = std::tanh(static_cast<long double>(clip) / 2),
                                  u = static_cast<long double>(tail);
                const long double p = 1 / (1 + std::exp(static_cast<long double>(clip))) + kept * u;
                const long double want = -static_cast<long double>(side) * std::log1p(kept * (1 - 2 * u) / p);
                const T got = schedule::truncated_logistic_levels{0, 1, clip}.at(tail, side).value;
                CHECK(std::abs(got) <= T(clip));
                CHECK(std::abs(static_cast<long double>(got) - want) <=
                      4 * static_cast<long double>(std::numeric_limits<T>::epsilon()) *
                          std::min(static_cast<long double>(clip), 1 + std::abs(want)));
            }
}

TEST_CASE_TEMPLATE("levels of laws at NaN are NaN", T, float, double) {
    const T nan = std::numeric_limits<T>::quiet_NaN(), one = T(1);
    CHECK(std::isnan(schedule::logistic_levels{}.at(nan, one).value));
    CHECK(std::isnan(schedule::truncated_logistic_levels{}.at(nan, one).value));
    CHECK(std::isnan(schedule::uniform_levels{}.at(nan, one).value));
    CHECK(std::isnan(schedule::normal_levels{}.at(nan, one).value));
    CHECK(std::isnan(math::logit(nan)));
    CHECK(std::isnan(math::normal_quantile(nan)));
}

TEST_CASE("laws refuse parameters that make no sense, in their own words") {
    using namespace schedule;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH_AS((truncated_logistic_levels{0, 1, -1}.check("here")),
                         "here: clip: must be finite and positive; got -1", std::invalid_argument);
    CHECK_THROWS_WITH_AS((truncated_logistic_levels{0, 0, 1}.check("here")),
                         "here: scale: must be finite and positive; got 0", std::invalid_argument);
    CHECK_THROWS_WITH_AS((uniform_levels{nan, 1}.check("here")), "here: low: must be finite; got nan",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((uniform_levels{1, 1}.check("here")),
                         "here: high: must be finite and above low; got 1 against 1", std::invalid_argument);
    CHECK_THROWS_WITH_AS((uniform_levels{-1e308, 1e308}.check("here")),
                         "here: high: must be finite and above low; got 1e+308 against -1e+308", std::invalid_argument);
    CHECK_THROWS_WITH_AS((normal_levels{0, 0}.check("here")), "here: scale: must be finite and positive; got 0",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((fixed_level{nan}.check("here")), "here: value: must not be NaN; got nan",
                         std::invalid_argument);
}
