// SPDX-License-Identifier: MIT
#pragma once

// What the jobs of the experiment on two modes and its report both know.

#include "cdl_judge.hpp"

#include <string>
#include <vector>

namespace experiments {

std::vector<loss_kind> two_modes_losses(const settings& chosen);
loss_settings two_modes_loss(const settings& chosen);
/// Kernels of standard deviation 1 and 5.
judge_settings two_modes_judge(const settings& chosen);
std::string two_modes_job(loss_kind kind, index_t seed);

// The map: places across the line, levels along.
constexpr std::size_t across = 129, along = 77;
constexpr double widest = 16, noisiest = -10, cleanest = 9;
double place_across(std::size_t i);
double level_along(std::size_t k);

/// The density of the noised data across a level, and whether each place is among those with most of its mass.
struct slice {
    std::vector<double> density;
    std::vector<bool> inside;
};
slice slice_at(double level);

std::string two_modes_report(const settings& chosen, support::output& to);

} // namespace experiments
