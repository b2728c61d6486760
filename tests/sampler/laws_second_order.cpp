// SPDX-License-Identifier: MIT
// The laws of samplers for the methods of second order.

#include <cdl/sampler/dpm_solver.hpp>
#include <cdl/sampler/heun.hpp>

#include "laws/sampler.hpp"

using namespace cdl;

namespace {
template <class Grid>
index_t steps(const Grid& grid) {
    return static_cast<index_t>(grid.size()) - 1;
}
/// Two calls a step but one to clean data, as EDM counts, and one from pure noise: 2 T, 2 T - 1 or 2 T - 2.
constexpr auto twice_but_at_the_ends = [](const auto& grid) {
    return 2 * steps(grid) - (std::isinf(grid.front().value) ? 1 : 0) - (std::isinf(grid.back().value) ? 1 : 0);
};
constexpr auto each_step = [](const auto& grid) { return steps(grid); };
} // namespace

TEST_CASE_TEMPLATE("Heun obeys the laws of samplers", T, float, double) {
    laws::sampler_laws<T>(sampler::heun{}, twice_but_at_the_ends);
    // so much churn that its cap decides, whatever the number of steps
    laws::sampler_laws<T>(sampler::heun{.s_churn = 1000, .s_noise = 1.007}, twice_but_at_the_ends);
}

TEST_CASE_TEMPLATE("DPM-Solver-2 obeys the laws of samplers", T, float, double) {
    laws::sampler_laws<T>(sampler::dpm_solver_2{}, twice_but_at_the_ends);
}

TEST_CASE_TEMPLATE("DPM-Solver++ 2M obeys the laws of samplers", T, float, double) {
    laws::sampler_laws<T>(sampler::dpm_solver_pp_2m{}, each_step);
}

TEST_CASE_TEMPLATE("Heun and DPM-Solver-2 keep nothing from step to step", T, float, double) {
    laws::memoryless_laws<T>(sampler::heun{});
    laws::memoryless_laws<T>(sampler::heun{.s_churn = 1000});
    laws::memoryless_laws<T>(sampler::dpm_solver_2{});
}
