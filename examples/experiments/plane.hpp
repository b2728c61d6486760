// SPDX-License-Identifier: MIT
#pragma once

// What the jobs of the experiment in the plane and its report both know.

#include "cdl_judge.hpp"
#include "plane_data.hpp"

#include <string>
#include <vector>

namespace experiments {

std::vector<loss_kind> plane_losses();
/// The set of the user's file, where there is one, then those built in.
std::vector<point_law> plane_laws(const settings& chosen);
loss_settings plane_loss(const settings& chosen);
/// kernels: that of CDL's program and that of the paper.
judge_settings plane_judge(const settings& chosen);
std::string plane_job(const point_law& law, loss_kind kind, index_t seed);

/// One loss is also trained longer: how much of an error is for want of steps? Thrice is about the price of the contrast with
/// weight 1; the set of the user's file also has `longest_times`, with all its samples in parallel, too. None in the small setting.
constexpr loss_kind longer_loss = loss_kind::itd;
constexpr index_t longest_times = 8;
std::vector<index_t> longer_times(const settings& chosen, const point_law& law);
judge_settings longer_judge(const settings& chosen, index_t times);
/// "itd-x3"
std::string longer_name(index_t times);
std::string longer_job(const point_law& law, index_t times, index_t seed);

std::string plane_report(const settings& chosen, support::output& to);

} // namespace experiments
