// SPDX-License-Identifier: MIT
#include <cdl/schedule/detail/require_grid.hpp>

#include <doctest/doctest.h>

#include <array>
#include <vector>

using namespace cdl;
using schedule::detail::require_grid;

namespace {
constexpr double inf = std::numeric_limits<double>::infinity();
using grid = std::vector<log_snr<double>>;

void check(const grid& levels) {
    require_grid(levels, "cdl::sampler::run");
}
} // namespace

TEST_CASE("A grid that does not decrease is accepted") {
    check({{0}});
    check({{-3}, {0}, {0}, {7}});
    check({{-inf}, {-inf}, {0}, {inf}, {inf}});
    check({{1}, {2}});
    require_grid(std::array<log_snr<float>, 2>{{{-1}, {1}}}, "here");
    const grid levels = {{1}, {2}};
    require_grid(std::span(levels), "here");
    require_grid(std::span<const log_snr<double>>(levels), "here");
}

TEST_CASE("A grid that decreases is refused with both levels and where they are") {
    CHECK_THROWS_WITH_AS(
        check({{-3}, {0}, {5}, {4.5}, {6}}),
        "cdl::sampler::run: grid: must not decrease: levels go from noisy to clean; got grid[3] = 4.5 after 5",
        std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        check({{inf}, {0}}),
        "cdl::sampler::run: grid: must not decrease: levels go from noisy to clean; got grid[1] = 0 after inf",
        std::invalid_argument);
    CHECK_THROWS_AS(check({{0}, {-inf}}), std::invalid_argument);
}

TEST_CASE("A grid with a NaN or without a level is refused") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH_AS(check({{0}, {nan}}), "cdl::sampler::run: grid: must have no NaN; got grid[1] = nan",
                         std::invalid_argument);
    CHECK_THROWS_AS(check({{nan}}), std::invalid_argument);
    CHECK_THROWS_WITH_AS(check({}), "cdl::sampler::run: grid: must have a level; got none", std::invalid_argument);
}
