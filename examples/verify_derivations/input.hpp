// SPDX-License-Identifier: MIT
#pragma once

// The user's files. What is wrong with a file is one line: FILE: key: requirement; got value.

#include "../support/input.hpp"
#include "data_set.hpp"

#include <optional>

namespace verify {

using support::bad_input;

/// {"weights": [..], "means": [..], "covariances": [..]}: means are lists, on a line also numbers; a covariance is a
/// number (a variance for all coordinates), a list (a variance for each) or a symmetric positive definite matrix.
data_set read_mixture(const std::string& file);

/// One point a line, comma separated, after an optional line of names. Each point becomes one isotropic Gaussian of
/// standard deviation `width`; without one, 0.05 times the standard deviation of the cloud (1 where all points are
/// the same).
data_set read_points(const std::string& file, std::optional<double> width);

} // namespace verify
