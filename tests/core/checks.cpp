// SPDX-License-Identifier: MIT
#include <cdl/core/checks.hpp>

#include <doctest/doctest.h>

TEST_CASE("A refusal says where and which argument and what was required and what came") {
    CHECK_THROWS_WITH_AS(cdl::require(false, "cdl::room::function", "x", "must be 2 x 3", 4, " x ", 5.5),
                         "cdl::room::function: x: must be 2 x 3; got 4 x 5.5", std::invalid_argument);
}

TEST_CASE("What holds is not refused") {
    CHECK_NOTHROW(cdl::require(true, "here", "x", "must be", 1));
}
