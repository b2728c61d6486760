// SPDX-License-Identifier: MIT
#include <cdl/math/constants.hpp>

#include "support/scalars.hpp"
#include "support/ulp.hpp"

#include <doctest/doctest.h>

using namespace cdl;

TEST_CASE_TEMPLATE("log 2 pi is good to the last digit of every scalar", S, CDL_TEST_SCALARS, long double) {
    const auto got = test::apply<S>([](const S&) { return math::log_two_pi<S>(); }, 0);
    CHECK(test::ulp_distance(got, 1.83787706640934548356065947281123527L) <= 1);
}
