// SPDX-License-Identifier: MIT
#include <cdl/math/quadrature.hpp>

#include "support/ulp.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace cdl;
using math::gauss_legendre;
using math::normal_trapezoid;

namespace {
template <class T, class F>
T integral(const math::quadrature_rule<T>& rule, const F& f) {
    T sum = 0;
    for (std::size_t i = 0; i < rule.nodes.size(); ++i) sum += rule.weights[i] * f(rule.nodes[i]);
    return sum;
}
} // namespace

TEST_CASE_TEMPLATE("Gauss-Legendre with n nodes integrates powers up to 2n - 1 and not 2n", T, float, double,
                   long double) {
    for (const index_t n : {1, 2, 3, 4, 7, 12}) {
        CAPTURE(n);
        const auto rule = gauss_legendre<T>(n);
        for (index_t k = 0; k < 2 * n; ++k) {
            CAPTURE(k);
            const T got = integral(rule, [k](T x) { return std::pow(x, T(k)); });
            CHECK(std::abs(got * T(k + 1) - 1) <= T(8 + k) * std::numeric_limits<T>::epsilon());
        }
        // the remainder for x^2n is (n!)^4 (2n)! / ((2n+1) (2n)!^3) times (2n)!: visible for few nodes
        if (n <= 4) {
            const T got = integral(rule, [n](T x) { return std::pow(x, T(2 * n)); });
            CHECK(std::abs(got * T(2 * n + 1) - 1) > T(1e-5));
        }
    }
}

TEST_CASE_TEMPLATE("Gauss-Legendre nodes are ordered inside and symmetric with positive weights", T, float, double,
                   long double) {
    for (const index_t n : {1, 2, 5, 40, 301}) {
        CAPTURE(n);
        const auto rule = gauss_legendre<T>(n);
        CHECK(std::is_sorted(rule.nodes.begin(), rule.nodes.end()));
        CHECK(rule.nodes.front() > 0);
        CHECK(rule.nodes.back() < 1);
        T sum = 0;
        for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
            const std::size_t mirrored = rule.nodes.size() - 1 - i;
            CHECK(rule.weights[i] > 0);
            CHECK(rule.weights[i] == rule.weights[mirrored]);
            CHECK(std::abs(rule.nodes[i] + rule.nodes[mirrored] - 1) <= std::numeric_limits<T>::epsilon());
            sum += rule.weights[i];
        }
        CHECK(std::abs(sum - 1) <= (4 + std::sqrt(T(n))) * std::numeric_limits<T>::epsilon());
    }
}

TEST_CASE("Gauss-Legendre in long double agrees with the known rule of five nodes and in double with long double") {
    const auto rule = gauss_legendre<long double>(5);
    const long double outer = std::sqrt(5 + 2 * std::sqrt(10 / 7.0L)) / 3,
                      inner = std::sqrt(5 - 2 * std::sqrt(10 / 7.0L)) / 3;
    CHECK(std::fabs(rule.nodes[0] - (1 - outer) / 2) <= 2e-19L);
    CHECK(std::fabs(rule.nodes[1] - (1 - inner) / 2) <= 2e-19L);
    CHECK(std::fabs(rule.nodes[2] - 0.5L) <= 1e-19L);
    CHECK(std::fabs(rule.weights[0] - (322 - 13 * std::sqrt(70.0L)) / 1800) <= 4e-19L);
    CHECK(std::fabs(rule.weights[2] - 64 / 225.0L) <= 4e-19L);

    test::worst_error nodes("gauss_legendre nodes"), weights("gauss_legendre weights");
    for (const index_t n : {2, 17, 40, 120, 300, 1000}) {
        const auto full = gauss_legendre<long double>(n);
        const auto rounded = gauss_legendre<double>(n);
        for (std::size_t i = 0; i < full.nodes.size(); ++i) {
            nodes.see(test::ulp_distance(rounded.nodes[i], full.nodes[i]), std::to_string(n));
            weights.see(test::ulp_distance(rounded.weights[i], full.weights[i]) /
                            (4 * std::sqrt(static_cast<double>(n))),
                        std::to_string(n));
        }
    }
    CAPTURE(nodes.text());
    CAPTURE(weights.text());
    CHECK(nodes.value() <= 8);
    CHECK(weights.value() <= 1);
}

TEST_CASE("Gauss-Legendre converges geometrically for an entire function") {
    double before = 2;
    for (const index_t n : {1, 2, 3, 4, 5}) {
        const double error =
            std::abs(integral(gauss_legendre<double>(n), [](double x) { return std::exp(x); }) - std::expm1(1.0));
        CHECK(error < before / 25);
        before = error;
    }
    CHECK(before < 1e-11);
}

TEST_CASE("The trapezoid under the normal density knows the moments of the normal law") {
    const auto rule = normal_trapezoid<double>(64, 9.0);
    CHECK(rule.nodes.size() == 65);
    CHECK(rule.nodes.front() == -9);
    CHECK(rule.nodes[32] == 0);
    CHECK(rule.nodes.back() == 9);
    const double moments[] = {1, 0, 1, 0, 3, 0, 15};
    for (int k = 0; k < 7; ++k) {
        CAPTURE(k);
        CHECK(std::abs(integral(rule, [k](double e) { return std::pow(e, k); }) - moments[k]) <= 4e-14);
    }
    CHECK(integral(rule, [](double e) { return std::cos(e); }) == doctest::Approx(std::exp(-0.5)).epsilon(1e-14));
}

TEST_CASE("The trapezoid converges geometrically and not faster than the nearest singularity allows") {
    // 1 / (1 + (e/w)^2) has poles at +-i w, so doubling the nodes squares the error: e^(-2 pi w n / (2 range))
    const double w = 1, range = 8;
    const auto value = [&](index_t n) {
        return integral(normal_trapezoid<double>(n, range), [&](double e) { return 1 / (1 + e * e / (w * w)); });
    };
    const double exact = std::sqrt(std::numbers::pi / 2) * std::exp(0.5) * std::erfc(std::sqrt(0.5));
    double log_error[5];
    const index_t nodes[] = {8, 16, 24, 32, 40};
    for (int i = 0; i < 5; ++i) log_error[i] = std::log(std::abs(value(nodes[i]) - exact));
    for (int i = 0; i + 1 < 5; ++i) {
        const double rate = (log_error[i] - log_error[i + 1]) / 8 * (2 * range);
        CAPTURE(rate);
        CHECK(rate == doctest::Approx(2 * std::numbers::pi * w).epsilon(0.03));
    }
}

TEST_CASE("The even nodes of the trapezoid with doubled weights are the rule with half as many") {
    const auto fine = normal_trapezoid<double>(48, 7.5), coarse = normal_trapezoid<double>(24, 7.5);
    for (std::size_t i = 0; i < coarse.nodes.size(); ++i) {
        CHECK(fine.nodes[2 * i] == coarse.nodes[i]);
        CHECK(2 * fine.weights[2 * i] == coarse.weights[i]);
    }
}

TEST_CASE("Quadrature rules refuse sizes that make no sense") {
    CHECK_THROWS_WITH_AS(gauss_legendre<double>(0), "cdl::math::gauss_legendre: n: must be at least 1; got 0",
                         std::invalid_argument);
    CHECK_THROWS_AS(gauss_legendre<double>(-3), std::invalid_argument);
    CHECK_THROWS_WITH_AS(normal_trapezoid<double>(7, 1.0),
                         "cdl::math::normal_trapezoid: n: must be even and at least 2; got 7", std::invalid_argument);
    CHECK_THROWS_AS(normal_trapezoid<double>(0, 1.0), std::invalid_argument);
    CHECK_THROWS_WITH_AS(normal_trapezoid<double>(8, 0.0),
                         "cdl::math::normal_trapezoid: range: must be finite and positive; got 0",
                         std::invalid_argument);
    CHECK_THROWS_AS(normal_trapezoid<double>(8, std::nan("")), std::invalid_argument);
    CHECK_THROWS_AS(normal_trapezoid<double>(8, std::numeric_limits<double>::infinity()), std::invalid_argument);
}
