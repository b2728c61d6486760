// SPDX-License-Identifier: MIT
#include <cdl/view/batch_view.hpp>

#include "laws/view.hpp"
#include "support/scalars.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <vector>

using namespace cdl;

namespace {
using fixed = batch_view<float, 3>;
using any = batch_view<float>;

// forgetting is implicit, claiming is explicit, and constness is never cast away
static_assert(std::is_convertible_v<fixed, any>);
static_assert(!std::is_convertible_v<any, fixed> && std::is_constructible_v<fixed, any>);
static_assert(!std::is_convertible_v<fixed, batch_view<float, 2>>);
static_assert(std::is_convertible_v<any, batch_view<const float>>);
static_assert(!std::is_constructible_v<any, batch_view<const float>>);
static_assert(std::is_convertible_v<any, batch_view<float, dynamic, strided>>);
static_assert(!std::is_convertible_v<batch_view<float, dynamic, strided>, any>);
static_assert(std::is_constructible_v<any, batch_view<float, dynamic, strided>>);
static_assert(!std::is_convertible_v<any, batch_view<float, dynamic, coord_major>>);
static_assert(!std::is_constructible_v<any, batch_view<double>>);
static_assert(!std::is_constructible_v<any, batch_view<float, dynamic, point_major, device>>);
static_assert(!std::is_constructible_v<batch_view<float, dynamic, point_major, device>, any>);
static_assert(std::is_convertible_v<batch_view<float, dynamic, point_major, device>,
                                    batch_view<const float, dynamic, strided, device>>);

std::vector<double> counting(std::size_t n) {
    std::vector<double> numbers(n);
    std::iota(numbers.begin(), numbers.end(), 0.0);
    return numbers;
}
} // namespace

TEST_CASE("A point-major batch has the coordinates of a point side by side") {
    auto v = counting(15);
    const auto address = [&](index_t i, index_t j) { return v.data() + i * 3 + j; };
    laws::view_laws(batch_view<double>(v.data(), 5, 3), 5, 3, address);
    laws::view_laws(batch_view<double, 3>(v.data(), 5), 5, 3, address);
    laws::view_laws(batch_view<const double, 3>(v.data(), 5), 5, 3, address);
}

TEST_CASE("A coord-major batch has the same coordinate of all points side by side") {
    auto v = counting(15);
    const auto address = [&](index_t i, index_t j) { return v.data() + i + j * 5; };
    laws::view_laws(batch_view<double, dynamic, coord_major>(v.data(), 5, 3), 5, 3, address);
    laws::view_laws(batch_view<double, 3, coord_major>(v.data(), 5), 5, 3, address);
}

TEST_CASE("A strided batch reads every other point and coordinate and runs backwards if told so") {
    auto v = counting(64);
    laws::view_laws(batch_view<double, dynamic, strided>(v.data() + 1, 4, 3, 16, 2), 4, 3,
                    [&](index_t i, index_t j) { return v.data() + 1 + 16 * i + 2 * j; });
    laws::view_laws(batch_view<double, 2, strided>(v.data() + 63, 4, 2, -10, -1), 4, 2,
                    [&](index_t i, index_t j) { return v.data() + 63 - 10 * i - j; });
    laws::view_laws(batch_view<double, dynamic, point_major>(v.data(), 4, 3, 16, 1), 4, 3, // padded points
                    [&](index_t i, index_t j) { return v.data() + 16 * i + j; });
}

TEST_CASE("A batch of no points or of one number is a batch") {
    double one = 4;
    laws::view_laws(batch_view<double>(nullptr, 0, 3), 0, 3,
                    [](index_t, index_t) { return static_cast<double*>(nullptr); });
    laws::view_laws(batch_view<double, 1>(&one, 1), 1, 1, [&](index_t, index_t) { return &one; });
    CHECK(batch_view<double>().size() == 0);
    CHECK(batch_view<double, 4>().dim() == 4);
    CHECK(batch_view<double>(&one, 1).dim() == 1); // numbers are points on a line
}

TEST_CASE("Claiming a dimension that a batch does not have is refused with a sentence") {
    auto v = counting(12);
    const batch_view<double> two(v.data(), 6, 2);
    CHECK(&batch_view<double, 2>(two)(5, 1) == &v[11]);
    CHECK_THROWS_WITH_AS((batch_view<double, 3>(two)),
                         "cdl::batch_view::batch_view: dim: must equal the static dimension; got 2",
                         std::invalid_argument);
}

TEST_CASE("Claiming a layout that a batch does not have is refused with a sentence") {
    auto v = counting(12);
    const batch_view<double, dynamic, strided> wide(v.data(), 3, 2, 4, 2);
    CHECK_THROWS_WITH_AS((batch_view<double>(wide)),
                         "cdl::batch_view::batch_view: layout: point_major needs coordinate stride 1; got 2",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((batch_view<double, dynamic, coord_major>(wide)),
                         "cdl::batch_view::batch_view: layout: coord_major needs point stride 1; got 4",
                         std::invalid_argument);
    const batch_view<double, dynamic, strided> tall(v.data(), 6, 2, 2, 1), columns(v.data(), 6, 2, 1, 6);
    CHECK(&batch_view<double>(tall)(5, 1) == &v[11]);
    CHECK(&batch_view<double, dynamic, coord_major>(columns)(5, 1) == &v[11]);
    // one coordinate or one point fits every layout that its stride does not matter to
    CHECK(&batch_view<double>(batch_view<double, dynamic, strided>(v.data(), 3, 1, 4, 9))(2, 0) == &v[8]);
    CHECK(&batch_view<double, dynamic, coord_major>(batch_view<double, dynamic, strided>(v.data(), 1, 2, 9, 5))(0, 1) ==
          &v[5]);
}

TEST_CASE("Points that share memory may be read and not written") {
    auto v = counting(12);
    using view = batch_view<double, dynamic, strided>;
    const auto writable = [](const view& batch) { require_writable(batch, "here", "z"); };
    CHECK_NOTHROW(writable({v.data(), 4, 3, 3, 1}));
    CHECK_NOTHROW(writable({v.data(), 4, 3, 1, 4}));
    CHECK_NOTHROW(writable({v.data() + 11, 4, 3, -3, -1}));
    CHECK_THROWS_WITH_AS(writable({v.data(), 4, 3, 0, 1}), "here: z: points must not share memory; got point stride 0",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(writable({v.data(), 4, 3, 3, 0}),
                         "here: z: coordinates must not share memory; got coordinate stride 0", std::invalid_argument);
    // sliding windows: coordinate 1 of a point is coordinate 0 of the next
    CHECK_THROWS_WITH_AS(writable({v.data(), 4, 3, 1, 1}),
                         "here: z: points must not share memory; got point stride 1 and coordinate stride 1",
                         std::invalid_argument);
    CHECK_THROWS_AS(writable({v.data(), 4, 3, 2, 1}), std::invalid_argument);
    CHECK_THROWS_AS(writable({v.data() + 6, 4, 3, -2, 1}), std::invalid_argument);
    CHECK_THROWS_AS(writable({v.data(), 4, 3, 4, 6}), std::invalid_argument); // 3 points on is 2 coordinates on
    CHECK_NOTHROW(writable({v.data(), 3, 3, 4, 6}));                          // there is no such point
    CHECK_NOTHROW(writable({v.data(), 1, 3, 0, 1}));                          // a single point shares nothing
    CHECK_NOTHROW(writable({v.data(), 4, 1, 1, 0}));
    CHECK_NOTHROW(writable({v.data(), 0, 3, 0, 0}));
}

TEST_CASE("A batch is writable exactly when no two of its addresses are equal") {
    std::vector<double> v(400);
    int refused = 0, accepted = 0;
    for (index_t n = 1; n <= 4; ++n)
        for (index_t d = 1; d <= 4; ++d)
            for (index_t ps = -6; ps <= 6; ++ps)
                for (index_t cs = -6; cs <= 6; ++cs) {
                    const batch_view<double, dynamic, strided> batch(v.data() + 200, n, d, ps, cs);
                    std::vector<const double*> addresses;
                    for (index_t i = 0; i < n; ++i)
                        for (index_t j = 0; j < d; ++j) addresses.push_back(&batch(i, j));
                    std::sort(addresses.begin(), addresses.end());
                    const bool shared = std::adjacent_find(addresses.begin(), addresses.end()) != addresses.end();
                    bool thrown = false;
                    try {
                        require_writable(batch, "here", "z");
                    } catch (const std::invalid_argument&) {
                        thrown = true;
                    }
                    CAPTURE(n);
                    CAPTURE(d);
                    CAPTURE(ps);
                    CAPTURE(cs);
                    CHECK(thrown == shared);
                    ++(thrown ? refused : accepted);
                }
    CHECK(refused > 500);
    CHECK(accepted > 500);
}

TEST_CASE_TEMPLATE("Groups of points are loaded and stored coordinate by coordinate", S, CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    std::vector<T> v(2 * 37);
    std::iota(v.begin(), v.end(), T(0));
    std::vector<T> out(v.size(), T(-1));
    const batch_view<const T, 2> from(v.data(), 37);
    const batch_view<T, 2, coord_major> to(out.data(), 37);
    for (index_t first = 0; first < 37; first += lanes<S>::width) {
        const lanes<S> group{first, std::min(lanes<S>::width, 37 - first)};
        for (index_t j = 0; j < 2; ++j) store(to, group, j, S(load(from, group, j) * S(2)));
    }
    for (index_t i = 0; i < 37; ++i)
        for (index_t j = 0; j < 2; ++j) CHECK(to(i, j) == 2 * from(i, j));
}
