// SPDX-License-Identifier: MIT
#pragma once

// The data of the experiment in the plane: three sets of cdl, and the points of a file as CDL takes its dinosaur.

#include "cdl_losses.hpp"

#include <string>
#include <vector>

namespace experiments {

/// Moons, spirals and eight Gaussians, both coordinates of mean 0 and variance 1.
std::vector<point_law> built_in_laws();

/// The points of a file, each drawn as often as the others, and normal jitter: 1/141 of the geometric mean of both standard
/// deviations, which for the dinosaur is the 0.15 of its authors' program. Then both coordinates get mean 0 and variance 1. What is
/// wrong with the file is a support::bad_input.
point_law law_of_file(const std::string& file);

} // namespace experiments
