// SPDX-License-Identifier: MIT
#include <cdl/math/normal_quantile.hpp>

#include "distribution/testing.hpp"

#include <cmath>
#include <numbers>

using namespace cdl;

namespace {

/// How far the distribution function, in long double, is from `tail` at the quantile, as a relative error of the quantile.
template <class T>
double relative_error(T tail) {
    const auto z = static_cast<long double>(math::normal_quantile(tail));
    const long double below = std::erfc(-z / std::numbers::sqrt2_v<long double>) / 2;
    const long double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi_v<long double>);
    return static_cast<double>(std::abs((below - static_cast<long double>(tail)) / density / z));
}

} // namespace

TEST_CASE("the normal quantile inverts the distribution function") {
    double worst = 0, worst_float = 0;
    for (double exponent = -300; exponent < std::log10(0.4999); exponent += 0.01) {
        const double tail = std::pow(10.0, exponent);
        test::keep_largest(worst, relative_error(tail));
        if (tail > 1e-37) test::keep_largest(worst_float, relative_error(static_cast<float>(tail)));
    }
    test::check_within("normal quantile, double", worst, 1e-15);
    test::check_within("normal quantile, float", worst_float, 5e-7);
}

TEST_CASE("the normal quantile has known values at its ends") {
    CHECK(math::normal_quantile(0.5) == 0);
    CHECK(math::normal_quantile(0.0) == -std::numeric_limits<double>::infinity());
    CHECK(math::normal_quantile(0.025) == doctest::Approx(-1.959963984540054).epsilon(1e-15));
    CHECK(math::normal_quantile(0.02500000000000000000L) == doctest::Approx(-1.959963984540054).epsilon(1e-15));
}
