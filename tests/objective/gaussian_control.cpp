// SPDX-License-Identifier: MIT
// The matched Gaussian of a control variate: its exact ratio at all variances and levels.

#include <cdl/objective/gaussian_control.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace cdl;

namespace {

/// log N(x; S m, S^2 v + N^2) - log N(x; m, v), straight from the densities, in long double.
long double straight(long double x, long double mean, long double variance, long double zeta) {
    const log_snr<long double> level{zeta};
    const long double total = signal_power(level) * variance + noise_power(level);
    const long double noisy = (x - signal_scale(level) * mean) / std::sqrt(total),
                      clean = (x - mean) / std::sqrt(variance);
    return (std::log(variance) - std::log(total) - noisy * noisy + clean * clean) / 2;
}

} // namespace

TEST_CASE_TEMPLATE("the log density ratio of a Gaussian is right at every variance and level", T, float, double) {
    const T inf = std::numeric_limits<T>::infinity(), epsilon = std::numeric_limits<T>::epsilon();
    for (int exponent = -std::numeric_limits<T>::max_exponent10 + 2; exponent < std::numeric_limits<T>::max_exponent10;
         exponent += 3)
        for (const T zeta : {-inf, T(-100), T(-20), T(-1), T(0), T(3), T(30), inf})
            for (const T mean : {T(0), T(0.5), T(-3)})
                for (const T deviations : {T(0), T(0.25), T(-2)}) {
                    const T variance = std::pow(T(10), T(exponent)), x = T(mean + deviations * std::sqrt(variance));
                    CAPTURE(variance);
                    CAPTURE(zeta);
                    CAPTURE(x);
                    const auto got = static_cast<long double>(
                        objective::gaussian_coordinate<T>{mean, variance}.log_density_ratio(x, {zeta}));
                    const auto w = [](T number) { return static_cast<long double>(number); };
                    const long double want = straight(w(x), w(mean), w(variance), w(zeta));
                    // the rounding of x and of the terms, none of which is larger than these
                    const long double offset = std::abs(static_cast<long double>(x) - static_cast<long double>(mean));
                    const long double size = std::abs(want) + 1 +
                                             offset * (offset + std::abs(static_cast<long double>(mean))) /
                                                 static_cast<long double>(variance);
                    if (size > static_cast<long double>(std::numeric_limits<T>::max())) continue;
                    CHECK(std::abs(got - want) <= 16 * static_cast<long double>(epsilon) * size);
                }
}

// Wide data: total / variance - 1 rounds to -1, whose log1p is -inf.
TEST_CASE("a variance that makes the noise vanish beside it has a finite ratio") {
    const objective::gaussian_coordinate<double> wide{0, 1e20};
    CHECK(wide.log_density_ratio(0, pure_noise<double>()) == doctest::Approx(std::log(1e20) / 2).epsilon(1e-15));
    CHECK(wide.log_density_ratio(0, {-20.}) ==
          doctest::Approx(static_cast<double>(straight(0, 0, 1e20L, -20))).epsilon(1e-14));
    CHECK(wide.log_density_ratio(1e10, clean<double>()) == 0);
}
