// SPDX-License-Identifier: MIT
#include <cdl/exec/serial.hpp>

#include "laws/policy.hpp"

#include <doctest/doctest.h>

using namespace cdl;

TEST_CASE("The serial policy satisfies the laws of a policy") {
    laws::policy_laws(exec::serial{});
}

TEST_CASE("The serial policy takes the indices in order") {
    index_t next = 0;
    exec::serial{}.for_each_index(100, [&](index_t i) { CHECK(i == next++); });
    CHECK(next == 100);
}

TEST_CASE("An exception thrown by a body under the serial policy reaches the caller") {
    CHECK_THROWS_WITH_AS(exec::serial{}.for_each_index(9,
                                                       [](index_t i) {
                                                           if (i == 5) throw std::runtime_error("five");
                                                       }),
                         "five", std::runtime_error);
}
