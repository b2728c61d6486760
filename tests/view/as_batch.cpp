// SPDX-License-Identifier: MIT
#include <cdl/view/as_batch.hpp>

#include "laws/view.hpp"

#include <doctest/doctest.h>

#include <list>
#include <string>
#include <utility>

using namespace cdl;

namespace {
static_assert(batch<std::vector<double>> && batch<const std::vector<double>> && batch<std::span<const float>>);
static_assert(batch<std::array<double, 3>> && batch<std::vector<std::array<float, 2>>> && batch<batch_view<double>>);
static_assert(writable_batch<std::vector<double>&> && writable_batch<std::span<double>>);
static_assert(!writable_batch<const std::vector<double>&> && !writable_batch<std::span<const double>>);
static_assert(!writable_batch<batch_view<const double>> && writable_batch<const batch_view<double>&>);
static_assert(!batch<double> && !batch<std::list<double>> && !batch<std::vector<int>> && !batch<std::string>);
static_assert(!batch<std::vector<std::vector<double>>>);
static_assert(std::is_same_v<batch_scalar_t<const std::vector<float>&>, float>);

template <class C>
concept viewable = requires(C&& c) { as_batch(static_cast<C&&>(c)); };
// an owner that goes away is refused, a view that goes away is not
static_assert(viewable<std::vector<double>&> && viewable<const std::vector<double>&> && !viewable<std::vector<double>>);
static_assert(!viewable<const std::vector<double>>);
static_assert(!viewable<std::array<double, 2>> && !viewable<std::vector<std::array<double, 2>>>);
static_assert(viewable<std::span<double>> && viewable<batch_view<double>>);
} // namespace

TEST_CASE("A vector of numbers is as many points on a line") {
    std::vector<double> v{1, 2, 3};
    const auto address = [&](index_t i, index_t) { return v.data() + i; };
    laws::view_laws(as_batch(v), 3, 1, address);
    laws::view_laws(as_batch(std::as_const(v)), 3, 1, address);
    laws::view_laws(as_batch(std::span(v)), 3, 1, address);
    static_assert(decltype(as_batch(v))::static_dim == 1);
    static_assert(std::is_same_v<decltype(as_batch(std::as_const(v)))::element_type, const double>);
}

TEST_CASE("An array is one point and a vector of arrays is points") {
    std::array<float, 3> p{1, 2, 3};
    laws::view_laws(as_batch(p), 1, 3, [&](index_t, index_t j) { return &p[static_cast<std::size_t>(j)]; });
    laws::view_laws(as_batch(std::as_const(p)), 1, 3,
                    [&](index_t, index_t j) { return &p[static_cast<std::size_t>(j)]; });
    std::vector<std::array<float, 2>> v{{1, 2}, {3, 4}, {5, 6}};
    const auto address = [&](index_t i, index_t j) {
        return &v[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
    };
    laws::view_laws(as_batch(v), 3, 2, address);
    laws::view_laws(as_batch(std::as_const(v)), 3, 2, address);
    static_assert(decltype(as_batch(v))::static_dim == 2);
    v.clear();
    CHECK(as_batch(v).size() == 0);
}

TEST_CASE("Numbers are read as points of the dimension that is given") {
    std::vector<double> v{1, 2, 3, 4, 5, 6};
    const auto address = [&](index_t i, index_t j) { return v.data() + 3 * i + j; };
    laws::view_laws(as_batch(v, 3), 2, 3, address);
    laws::view_laws(as_batch(std::as_const(v), 3), 2, 3, address);
    laws::view_laws(as_batch(std::span<const double>(v), 3), 2, 3, address);
    CHECK_THROWS_WITH_AS(as_batch(v, 4),
                         "cdl::as_batch: numbers: must be a whole number of points; got 6 numbers for dimension 4",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(as_batch(v, 0), "cdl::as_batch: dim: must be at least 1; got 0", std::invalid_argument);
    CHECK_THROWS_AS(as_batch(v, -1), std::invalid_argument);
}

TEST_CASE("A view is a view of itself") {
    std::vector<double> v{1, 2, 3, 4};
    const batch_view<double, dynamic, coord_major> batch(v.data(), 2, 2);
    laws::view_laws(as_batch(batch), 2, 2, [&](index_t i, index_t j) { return v.data() + i + 2 * j; });
}
