// SPDX-License-Identifier: MIT
#include <cdl/math/log_sum_exp.hpp>

#include "support/scalars.hpp"
#include "support/ulp.hpp"

#include <doctest/doctest.h>

using namespace cdl;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity(),
                 not_a_number = std::numeric_limits<double>::quiet_NaN();

/// log sum exp of the list, the same list in every lane.
template <class S>
lane_t<S> total(const std::vector<double>& terms) {
    return test::apply<S>(
        [&](const S&) {
            math::log_sum_exp<S> sum;
            for (const double l : terms) sum.add(S(static_cast<lane_t<S>>(l)));
            return sum.value();
        },
        0.0);
}

template <class T>
long double reference(const std::vector<T>& terms) {
    T largest = terms[0];
    for (const T l : terms) largest = std::max(largest, l);
    long double sum = 0;
    for (const T l : terms) sum += std::exp(static_cast<long double>(l) - static_cast<long double>(largest));
    return static_cast<long double>(largest) + std::log(sum);
}
} // namespace

TEST_CASE_TEMPLATE("The log of a sum of nothing or of zeros is minus infinity", S, CDL_TEST_SCALARS) {
    CHECK(total<S>({}) == lane_t<S>(-infinity));
    CHECK(total<S>({-infinity}) == lane_t<S>(-infinity));
    CHECK(total<S>({-infinity, -infinity, -infinity}) == lane_t<S>(-infinity));
}

TEST_CASE_TEMPLATE("An infinite term makes the sum infinite wherever it comes", S, CDL_TEST_SCALARS) {
    CHECK(total<S>({infinity}) == lane_t<S>(infinity));
    CHECK(total<S>({0, infinity}) == lane_t<S>(infinity));
    CHECK(total<S>({infinity, 0}) == lane_t<S>(infinity));
    CHECK(total<S>({infinity, -infinity, 3}) == lane_t<S>(infinity));
    CHECK(total<S>({infinity, infinity}) == lane_t<S>(infinity));
}

TEST_CASE_TEMPLATE("A NaN makes the sum NaN wherever it comes", S, CDL_TEST_SCALARS) {
    CHECK(std::isnan(total<S>({not_a_number})));
    CHECK(std::isnan(total<S>({not_a_number, 0})));
    CHECK(std::isnan(total<S>({0, not_a_number})));
    CHECK(std::isnan(total<S>({0, not_a_number, infinity})));
    CHECK(std::isnan(total<S>({infinity, not_a_number})));
    CHECK(std::isnan(total<S>({-infinity, not_a_number})));
}

TEST_CASE_TEMPLATE("Terms of any size are added without overflow where the naive form has none left", S,
                   CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    for (const double shift : {-5e11, -1e6, -800.0, 0.0, 800.0, 1e6}) {
        CAPTURE(shift);
        std::vector<double> terms;
        std::vector<T> rounded;
        double naive = 0;
        for (const double l : {0.0, -1.0, 2.0, -30.0, 1.5}) {
            terms.push_back(shift + l);
            rounded.push_back(static_cast<T>(shift + l));
            naive += std::exp(shift + l);
        }
        const long double want = reference(rounded);
        // the result to its own rounding, and the sum to that of the exponentials
        const double tolerance = 3 * static_cast<double>(std::numeric_limits<T>::epsilon()) * (1 + std::abs(shift) / 2);
        CHECK(std::fabs(static_cast<double>(static_cast<long double>(total<S>(terms)) - want)) <= tolerance);
        if (std::abs(shift) >= 800) CHECK(std::isinf(std::log(naive)));
    }
}

TEST_CASE_TEMPLATE("The order of the terms does not matter beyond rounding", T, float, double, long double) {
    std::vector<double> rising, falling;
    for (int i = 0; i < 200; ++i) rising.push_back(-100 + i * 0.731);
    falling.assign(rising.rbegin(), rising.rend());
    std::vector<T> rounded(rising.begin(), rising.end());
    const T up = total<T>(rising), down = total<T>(falling);
    CHECK(test::ulp_distance(up, reference(rounded)) <= 3);
    CHECK(test::ulp_distance(down, reference(rounded)) <= 3);
}

TEST_CASE("What was accumulated before is rescaled by the factor that raise returns") {
    // a weighted mean of 1, 2, 3 with log weights that grow: carried along as a sum
    math::log_sum_exp<double> total;
    double carried = 0;
    const double logs[] = {-1000, 5, 1000}, values[] = {1, 2, 3};
    for (int k = 0; k < 3; ++k) {
        carried *= total.raise(logs[k]);
        carried += total.weigh(logs[k]) * values[k];
    }
    CHECK(carried / total.sum == 3);
    CHECK(total.value() == 1000);

    math::log_sum_exp<double> even;
    carried = 0;
    for (int k = 0; k < 3; ++k) {
        carried *= even.raise(-2.0);
        carried += even.weigh(-2.0) * values[k];
    }
    CHECK(carried / even.sum == 2);
    CHECK(even.value() == doctest::Approx(-2 + std::log(3.0)).epsilon(1e-15));
}
