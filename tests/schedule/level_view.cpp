// SPDX-License-Identifier: MIT
#include <cdl/schedule/level_view.hpp>

#include "support/scalars.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

using namespace cdl;

static_assert(std::is_trivially_copyable_v<level_view<float>>);
static_assert(std::is_convertible_v<log_snr<double>, level_view<double>>);
static_assert(!std::is_convertible_v<double, level_view<double>>);
static_assert(std::is_convertible_v<const std::vector<log_snr<float>>&, level_view<float>>);
static_assert(!std::is_convertible_v<const std::vector<log_snr<double>>&, level_view<float>>);
static_assert(!std::is_convertible_v<const std::vector<float>&, level_view<float>>);
// an owner that goes away is refused, a view that goes away is not
static_assert(!std::is_constructible_v<level_view<float>, std::vector<log_snr<float>>>);
static_assert(!std::is_constructible_v<level_view<float>, const std::vector<log_snr<float>>>);
static_assert(!std::is_constructible_v<level_view<float>, std::array<log_snr<float>, 2>>);
static_assert(std::is_convertible_v<std::array<log_snr<float>, 2>&, level_view<float>>);
static_assert(std::is_convertible_v<std::span<const log_snr<float>>, level_view<float>>);
static_assert(std::is_convertible_v<std::span<log_snr<float>>, level_view<float>>);
static_assert(std::is_convertible_v<level_view<float>, level_view<float>>);

TEST_CASE("A single level is the level of every point of a batch of any size") {
    const level_view<double> levels = log_snr{3.0};
    CHECK(levels.is_common());
    CHECK(levels.common() == log_snr{3.0});
    CHECK(levels[0] == log_snr{3.0});
    CHECK(levels[123456] == log_snr{3.0});
    CHECK(levels.fits(0));
    CHECK(levels.fits(7));
    CHECK(levels.size() == 1);
}

TEST_CASE("A list of levels belongs to as many points and no others") {
    const std::vector<log_snr<float>> list{{1}, {2}, {3}, {4}};
    const level_view<float> levels(list);
    CHECK(!levels.is_common());
    CHECK(levels.size() == 4);
    CHECK(levels.fits(4));
    CHECK(!levels.fits(3));
    CHECK(!levels.fits(5));
    CHECK(levels[3] == list[3]);
    const level_view<float> second(list.data() + 1, 2, 2);
    CHECK(second[0] == list[1]);
    CHECK(second[1] == list[3]);
}

TEST_CASE("An empty list of levels is not one level for all") {
    const std::vector<log_snr<double>> none;
    const level_view<double> levels{std::span<const log_snr<double>>(none)};
    CHECK(!levels.is_common());
    CHECK(levels.fits(0));
    CHECK(!levels.fits(3));
}

TEST_CASE("A stride of zero repeats one level") {
    const log_snr<double> one{5};
    const level_view<double> levels(&one, 9, 0);
    CHECK(levels.fits(9));
    CHECK(levels[8] == one);
}

TEST_CASE_TEMPLATE("Loading a group of points gives each lane the level of its point", S, CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    std::vector<log_snr<T>> list;
    for (int i = 0; i < 37; ++i) list.push_back({T(i)});
    const level_view<T> levels(list.data(), 18, 2);
    for (index_t first = 0; first < 18; first += lanes<S>::width) {
        const lanes<S> group{first, std::min(lanes<S>::width, 18 - first)};
        scatter(group, load(levels, group).value, [&](index_t i, const auto& a) { CHECK(a == T(2 * i)); });
        scatter(group, load(level_view<T>(log_snr<T>{T(7)}), group).value,
                [](index_t, const auto& a) { CHECK(a == T(7)); });
    }
}
