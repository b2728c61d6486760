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
