// SPDX-License-Identifier: MIT
#include <cdl/exec/buffer.hpp>

#include <doctest/doctest.h>

#include <type_traits>

using namespace cdl;

static_assert(!std::is_copy_constructible_v<exec::buffer<float, host>>);
static_assert(std::is_nothrow_move_constructible_v<exec::buffer<float, host>>);

TEST_CASE("A buffer holds as many numbers as it was made for and moves without copying") {
    exec::buffer<double, host> first(3);
    for (index_t i = 0; i < 3; ++i) first[i] = static_cast<double>(i);
    const double* address = first.data();
    const exec::buffer<double, host> second = std::move(first);
    CHECK(second.data() == address);
    CHECK(second.size() == 3);
    CHECK(second[2] == 2);
    CHECK(first.size() == 0); // NOLINT: what is left is empty
    first = exec::buffer<double, host>(5);
    CHECK(first.size() == 5);
    CHECK((exec::buffer<float, host>(0).size()) == 0);
}
