// SPDX-License-Identifier: MIT
#include <cdl/core/lanes.hpp>

#include "support/scalars.hpp"

#include <doctest/doctest.h>

using namespace cdl;

TEST_CASE_TEMPLATE("A group of points is gathered and scattered in order", S, CDL_TEST_SCALARS, long double) {
    using T = lane_t<S>;
    for (index_t count = 1; count <= lanes<S>::width; ++count) {
        CAPTURE(count);
        const lanes<S> group{10, count};
        const S value = gather(group, [](index_t i) {
            CHECK(i >= 10);
            return static_cast<T>(i * i);
        });
        index_t next = 10;
        scatter(group, S(value + S(1)), [&](index_t i, const auto& number) {
            CHECK(i == next++);
            CHECK(number == static_cast<T>(i * i + 1));
        });
        CHECK(next == 10 + count);
    }
}

TEST_CASE_TEMPLATE("Spare lanes repeat the last point and are never asked for another", S, CDL_TEST_SCALARS) {
    const lanes<S> group{5, 1};
    gather(group, [](index_t i) {
        CHECK(i == 5);
        return lane_t<S>(0);
    });
    for (index_t l = 0; l < lanes<S>::width; ++l) CHECK(group[l] == 5);
    if constexpr (lanes<S>::width >= 2) {
        const lanes<S> two{5, 2};
        CHECK(two[0] == 5);
        for (index_t l = 1; l < lanes<S>::width; ++l) CHECK(two[l] == 6);
    }
}

TEST_CASE("A group is full unless it is said to be shorter") {
    CHECK(lanes<double>{}.count == 1);
    CHECK(lanes<double>{3}.first == 3);
#if defined(CDL_HAS_SIMD)
    CHECK(lanes<exec::simd_pack<float>>{}.count == lane_traits<exec::simd_pack<float>>::size);
#endif
}

TEST_CASE_TEMPLATE("Pairs are gathered from one call for each point", S, CDL_TEST_SCALARS, long double) {
    using T = lane_t<S>;
    struct pair {
        double first, second;
    };
    const index_t count = lanes<S>::width - (lanes<S>::width > 1);
    index_t calls = 0;
    const auto both = gather_pairs(lanes<S>{3, count}, [&](index_t i) {
        ++calls;
        return pair{static_cast<double>(i), static_cast<double>(-2 * i)};
    });
    CHECK(calls == lanes<S>::width);
    scatter(lanes<S>{3, count}, both.first, [](index_t i, const auto& v) { CHECK(v == static_cast<T>(i)); });
    scatter(lanes<S>{3, count}, both.second, [](index_t i, const auto& v) { CHECK(v == static_cast<T>(-2 * i)); });
}
