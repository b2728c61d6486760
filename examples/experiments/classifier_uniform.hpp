// SPDX-License-Identifier: MIT
#pragma once

// The likelihood in one step of uniform noise in [-gamma / 2, gamma / 2]^d, whose entropy is d log gamma [CDM fig. 3]. The
// paper's has d = 3072.

#include "experiment.hpp"

#include <string>
#include <vector>

namespace experiments::cdm {

/// The trainings for all gamma, dimensions and seeds.
std::vector<job> uniform_jobs(const settings& chosen);

/// The figure, its table and what they say.
std::string uniform_report(const settings& chosen, support::output& to);

} // namespace experiments::cdm
