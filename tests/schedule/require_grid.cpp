// SPDX-License-Identifier: MIT
#include <cdl/schedule/require_grid.hpp>

#include <doctest/doctest.h>

#include <array>
#include <vector>

using namespace cdl;
using schedule::require_grid;

namespace {
constexpr double inf = std::numeric_limits<double>::infinity();
using grid = std::vector<log_snr<double>>;

void check(const grid& levels, std::size_t least = 1) {
    require_grid(levels, "cdl::sampler::run", least);
}
} // namespace

TEST_CASE("A grid that does not decrease is accepted") {
    check({{0}});
    check({{-3}, {0}, {0}, {7}});
    check({{-inf}, {-inf}, {0}, {inf}, {inf}});
    check({}, 0);
    check({{1}, {2}}, 2);
    require_grid(std::array<log_snr<float>, 2>{{{-1}, {1}}}, "here");
    const grid levels = {{1}, {2}};
    require_grid(std::span(levels), "here");
    require_grid(std::span<const log_snr<double>>(levels), "here");
}

TEST_CASE("A grid that decreases is refused with both levels and where they are") {
    CHECK_THROWS_WITH_AS(check({{-3}, {0}, {5}, {4.5}, {6}}),
                         "cdl::sampler::run: grid: must not decrease; got 4.5 at index 3 after 5",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(check({{inf}, {0}}), "cdl::sampler::run: grid: must not decrease; got 0 at index 1 after inf",
                         std::invalid_argument);
    CHECK_THROWS_AS(check({{0}, {-inf}}), std::invalid_argument);
}

TEST_CASE("A grid with a NaN or with too few levels is refused") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH_AS(check({{0}, {nan}}), "cdl::sampler::run: grid: must not be NaN; got nan at index 1",
                         std::invalid_argument);
    CHECK_THROWS_AS(check({{nan}}), std::invalid_argument);
    CHECK_THROWS_WITH_AS(check({}), "cdl::sampler::run: grid: must have at least 1 level(s); got 0",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(check({{1}}, 2), "cdl::sampler::run: grid: must have at least 2 level(s); got 1",
                         std::invalid_argument);
}
