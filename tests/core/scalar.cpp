// SPDX-License-Identifier: MIT
#include <cdl/core/scalar.hpp>

#include "support/scalars.hpp"

#include <doctest/doctest.h>

using namespace cdl;

namespace {
static_assert(scalar<float> && scalar<double> && scalar<long double>);
static_assert(!scalar<int> && !scalar<bool> && !scalar<char> && !scalar<const char*> && !scalar<void*>);
static_assert(lane_traits<double>::size == 1 && std::is_same_v<lane_t<long double>, long double>);
#if defined(CDL_HAS_SIMD)
static_assert(scalar<exec::simd_pack<float>> && scalar<exec::simd_pack<double>>);
static_assert(std::is_same_v<lane_t<exec::simd_pack<float>>, float>);
#endif

const auto larger = [](const auto& u, const auto& v) { return max_of(u, v); };
const auto larger_or_nan = [](const auto& u, const auto& v) { return max_or_nan(u, v); };
const auto smaller = [](const auto& u, const auto& v) { return min_of(u, v); };
} // namespace

TEST_CASE_TEMPLATE("select and the extremes decide lane by lane", S, CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    std::vector<T> u, v;
    for (int i = 0; i < 40; ++i) {
        u.push_back(T(i % 7));
        v.push_back(T(i % 5));
    }
    const auto max = test::map_lanes<S>(larger, u, v), min = test::map_lanes<S>(smaller, u, v);
    const auto chosen = test::map_lanes<S>([](const S& a, const S& b) { return select(a < b, S(1), S(-1)); }, u, v);
    for (std::size_t i = 0; i < u.size(); ++i) {
        CHECK(max[i] == std::max(u[i], v[i]));
        CHECK(min[i] == std::min(u[i], v[i]));
        CHECK(chosen[i] == (u[i] < v[i] ? 1 : -1));
    }
}

TEST_CASE_TEMPLATE("Where numbers do not compare the first one is the larger and the smaller one", S,
                   CDL_TEST_SCALARS) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(test::apply<S>(larger, none, 1)));
    CHECK(std::isnan(test::apply<S>(smaller, none, 1)));
    CHECK(test::apply<S>(larger, 1, none) == 1);
    CHECK(test::apply<S>(smaller, 1, none) == 1);
}

TEST_CASE_TEMPLATE("The larger of two numbers is NaN where either is one, on request", S, CDL_TEST_SCALARS) {
    const double none = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
    CHECK(std::isnan(test::apply<S>(larger_or_nan, none, 1)));
    CHECK(std::isnan(test::apply<S>(larger_or_nan, 1, none)));
    CHECK(std::isnan(test::apply<S>(larger_or_nan, none, none)));
    CHECK(test::apply<S>(larger_or_nan, 2, 1) == 2);
    CHECK(test::apply<S>(larger_or_nan, 1, 2) == 2);
    CHECK(test::apply<S>(larger_or_nan, -inf, inf) == inf);
}
