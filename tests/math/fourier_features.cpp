// SPDX-License-Identifier: MIT
#include <cdl/math/fourier_features.hpp>
#include <cdl/random/noise_stream.hpp>

#include "distribution/testing.hpp"
#include "support/ulp.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using math::fourier_feature;

TEST_CASE_TEMPLATE("Fourier features agree with the angle reduced in long double", T, float, double) {
    test::worst_error sine("fourier_feature sine"), cosine("fourier_feature cosine");
    for (index_t i = 0; i < 20000; ++i) {
        const T z = static_cast<T>(8 * random::uniform({.seed = 3}, 0, i) - 4);
        const int n = static_cast<int>(i % 60) - 20;
        const long double angle =
            std::numbers::pi_v<long double> * std::remainder(std::ldexp(static_cast<long double>(z), n), 2.0L);
        const auto f = fourier_feature(z, n);
        const std::string where = "z = " + std::to_string(z) + ", n = " + std::to_string(n);
        // where the reference is next to a zero it has lost digits itself, by pi
        if (std::fabs(std::sin(angle)) > 1e-3L) sine.see(test::ulp_distance(f.sine, std::sin(angle)), where);
        if (std::fabs(std::cos(angle)) > 1e-3L) cosine.see(test::ulp_distance(f.cosine, std::cos(angle)), where);
    }
    CAPTURE(sine.text());
    CAPTURE(cosine.text());
    CHECK(sine.count() > 10000);
    CHECK(sine.value() <= 2);
    CHECK(cosine.value() <= 2);
}

TEST_CASE_TEMPLATE("Fourier features are exact at quarters of a turn", T, float, double) {
    const T sines[] = {0, 1, 0, -1}, cosines[] = {1, 0, -1, 0};
    for (int k = -9; k <= 9; ++k)
        for (const int n : {0, 7, 8, 40}) {
            const auto f = fourier_feature(std::ldexp(T(k) / 2, -n), n);
            CAPTURE(k);
            CHECK(f.sine == sines[((k % 4) + 4) % 4]);
            CHECK(f.cosine == cosines[((k % 4) + 4) % 4]);
        }
}

TEST_CASE("Small angles keep their digits") {
    for (const double z : {1e-3, -1e-10, 1e-300})
        CHECK(fourier_feature(z, 0).sine == doctest::Approx(std::numbers::pi * z).epsilon(2e-6));
    CHECK(fourier_feature(1e-300, 0).sine / (std::numbers::pi * 1e-300) == doctest::Approx(1).epsilon(1e-15));
    CHECK(fourier_feature(0.75, 0).sine == doctest::Approx(std::sqrt(0.5)).epsilon(1e-15));
    CHECK(fourier_feature(0.75, 0).cosine == doctest::Approx(-std::sqrt(0.5)).epsilon(1e-15));
}

TEST_CASE_TEMPLATE("A frequency beyond all digits of z sees an even integer", T, float, double) {
    for (const int n : {2000, 100000, 1 << 30})
        for (const T z : {T(0.3), T(-1e20), std::numeric_limits<T>::denorm_min(), (std::numeric_limits<T>::max)()}) {
            CHECK(fourier_feature(z, n).sine == 0);
            CHECK(fourier_feature(z, n).cosine == 1);
        }
    CHECK(fourier_feature(T(0.3), -100000).sine == 0);
    CHECK(fourier_feature(T(0.3), -100000).cosine == 1);
    CHECK(std::isnan(fourier_feature(std::numeric_limits<T>::infinity(), 3).sine));
    CHECK(std::isnan(fourier_feature(std::numeric_limits<T>::quiet_NaN(), 3).cosine));
}

TEST_CASE("The naive formula loses digits where the reduced one does not") {
    const double z = 0.7;
    double naive = 0, reduced = 0;
    for (int n = 20; n <= 40; ++n) {
        const long double angle =
            std::numbers::pi_v<long double> * std::remainder(std::ldexp(static_cast<long double>(z), n), 2.0L);
        test::keep_largest(
            naive, static_cast<double>(std::fabs(
                       static_cast<long double>(std::sin(std::ldexp(std::numbers::pi * z, n))) - std::sin(angle))));
        test::keep_largest(reduced, static_cast<double>(std::fabs(static_cast<long double>(fourier_feature(z, n).sine) -
                                                                  std::sin(angle))));
    }
    CHECK(naive > 1e-5);
    CHECK(reduced < 2e-16);
}
