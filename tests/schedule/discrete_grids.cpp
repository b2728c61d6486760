// SPDX-License-Identifier: MIT
#include <cdl/schedule/detail/require_grid.hpp>
#include <cdl/schedule/discrete_grids.hpp>

#include <doctest/doctest.h>

using namespace cdl;
using schedule::discrete_levels;

namespace {
using steps = std::vector<index_t>;

/// The steps of a grid that ends with clean data.
template <class T>
steps visited(const discrete_levels<T>& levels, const std::vector<log_snr<T>>& grid) {
    schedule::detail::require_grid(grid, "test");
    CHECK(grid.size() >= 2);
    CHECK(grid.back() == clean<T>());
    steps found;
    for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
        found.push_back(levels.nearest_step(grid[i]));
        CHECK(grid[i] == levels.level(found.back()));
    }
    return found;
}

/// The first and the last three.
steps ends(const steps& all) {
    return {all[0], all[1], all[2], all[all.size() - 3], all[all.size() - 2], all[all.size() - 1]};
}
} // namespace

TEST_CASE_TEMPLATE("Of 1000 steps 25 are those of Lin and others, table 2", T, float, double) {
    const auto levels = discrete_levels<T>::ddpm_linear();
    CHECK(ends(visited(levels, schedule::linspace(levels, 25))) == steps{1000, 958, 917, 84, 43, 1});
    CHECK(ends(visited(levels, schedule::leading(levels, 25))) == steps{961, 921, 881, 81, 41, 1});
    CHECK(ends(visited(levels, schedule::trailing(levels, 25))) == steps{1000, 960, 920, 120, 80, 40});
    CHECK(schedule::trailing(levels, 25).size() == 26);
}

TEST_CASE("Numbers of steps that do not divide the steps of the model") {
    const auto levels = discrete_levels<double>::ddpm_linear();
    CHECK(visited(levels, schedule::trailing(levels, 3)) == steps{1000, 667, 333});
    CHECK(visited(levels, schedule::leading(levels, 3)) == steps{667, 334, 1});
    CHECK(visited(levels, schedule::leading(levels, 3, 1)) == steps{668, 335, 2});
    CHECK(visited(levels, schedule::linspace(levels, 3)) == steps{1000, 501, 1}); // timestep 499.5: the even 500
    const auto ten = discrete_levels<double>::uniform_noise(10);
    CHECK(visited(ten, schedule::trailing(ten, 4)) == steps{10, 8, 5, 2}); // 7.5 and 2.5
    CHECK(visited(ten, schedule::trailing(ten, 7)) == steps{10, 9, 7, 6, 4, 3, 1});
    CHECK(visited(ten, schedule::leading(ten, 4)) == steps{7, 5, 3, 1});
    CHECK(visited(ten, schedule::linspace(ten, 4)) == steps{10, 7, 4, 1});
}

TEST_CASE("All steps, one step, and a model of one step") {
    const auto ten = discrete_levels<double>::uniform_noise(10);
    const steps all{10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    CHECK(visited(ten, schedule::all_steps(ten)) == all);
    CHECK(visited(ten, schedule::trailing(ten, 10)) == all);
    CHECK(visited(ten, schedule::leading(ten, 10)) == all);
    CHECK(visited(ten, schedule::linspace(ten, 10)) == all);
    CHECK(visited(ten, schedule::trailing(ten, 1)) == steps{10});
    CHECK(visited(ten, schedule::leading(ten, 1)) == steps{1});
    CHECK(visited(ten, schedule::leading(ten, 1, 9)) == steps{10});
    const auto one = discrete_levels<double>::uniform_noise(1);
    CHECK(visited(one, schedule::all_steps(one)) == steps{1});
}

TEST_CASE("A rescaled model is sampled from pure noise on") {
    const auto levels = discrete_levels<double>::ddpm_linear().zero_terminal();
    CHECK(schedule::trailing(levels, 10).front() == pure_noise<double>());
    CHECK(schedule::leading(levels, 10).front() == levels.level(901));
}

TEST_CASE("More steps than the model has are refused, and fewer than the spacing needs") {
    const auto ten = discrete_levels<double>::uniform_noise(10);
    CHECK_THROWS_WITH_AS(
        schedule::trailing(ten, 11),
        "cdl::schedule::trailing: steps: must be from 1 to the number of steps of the model; got 11 of 10",
        std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        schedule::linspace(ten, 1),
        "cdl::schedule::linspace: steps: must be from 2 to the number of steps of the model; got 1 of 10",
        std::invalid_argument);
    CHECK_THROWS_WITH_AS(schedule::leading(ten, 3, 4),
                         "cdl::schedule::leading: offset: must not be negative nor lead beyond the last step; got 4",
                         std::invalid_argument);
    CHECK_THROWS_AS(schedule::leading(ten, 3, -1), std::invalid_argument);
    for (const index_t bad : {-1, 0, 11}) {
        CHECK_THROWS_AS(schedule::trailing(ten, bad), std::invalid_argument);
        CHECK_THROWS_AS(schedule::leading(ten, bad), std::invalid_argument);
        CHECK_THROWS_AS(schedule::linspace(ten, bad), std::invalid_argument);
    }
}
