// SPDX-License-Identifier: MIT
#include <cdl/view/point.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace cdl;

namespace {
static_assert(std::is_trivially_copyable_v<point_view<float, 3>>);
static_assert(std::is_convertible_v<point_view<float, 3>, point_view<float>>);
static_assert(std::is_convertible_v<point_view<float, 3>, point_view<const float, 3>>);
static_assert(!std::is_constructible_v<point_view<float, 3>, point_view<float>>);
static_assert(!std::is_constructible_v<point_view<float, 3>, point_view<float, 2>>);
static_assert(!std::is_constructible_v<point_view<float>, point_view<const float>>);
static_assert(!std::is_constructible_v<point_view<float>, point_view<double>>);

// a point that goes away has no view
static_assert(std::is_convertible_v<local_point<float, 3>&, point_view<float>> &&
              std::is_convertible_v<const local_point<float, 3>&, point_view<const float, 3>> &&
              std::is_convertible_v<local_point<float, 3>&, point_view<const float>>);
static_assert(!std::is_convertible_v<local_point<float, 3>, point_view<const float, 3>> &&
              !std::is_convertible_v<local_point<float, 3>, point_view<float>> &&
              !std::is_convertible_v<const local_point<float>, point_view<const float>>);

static_assert(point<point_view<const double>> && point<local_point<float, 2>> && point<std::array<double, 3>>);
static_assert(!point<std::array<int, 3>> && !point<double>);
static_assert(std::is_same_v<coordinate_t<point_view<const double>>, double>);
} // namespace

TEST_CASE("A view of a point reads and writes the numbers it points to") {
    std::vector<double> v{0, 1, 2, 3, 4, 5};
    const point_view<double> odd(v.data() + 1, 3, 2);
    CHECK(odd.size() == 3);
    CHECK(&odd[2] == &v[5]);
    odd[1] = 30;
    CHECK(v[3] == 30);
    const point_view<const double> same = odd;
    CHECK(&same[2] == &v[5]);
    CHECK(same.stride() == 2);
    CHECK((point_view<double, 2>(v.data(), 2).size()) == 2);
}

TEST_CASE("A local point holds its coordinates by value") {
    local_point<float, 3> p(3);
    for (index_t j = 0; j < 3; ++j) p[j] = static_cast<float>(j);
    const local_point<float, 3> copy = p;
    p[0] = 9;
    CHECK(copy[0] == 0);
    CHECK(copy[2] == 2);
    CHECK(copy.size() == 3);
    CHECK(local_point<double>(local_point_capacity).size() == local_point_capacity);
    CHECK(sizeof(local_point<double>) >= static_cast<std::size_t>(local_point_capacity) * sizeof(double));
}
