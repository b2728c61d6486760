// SPDX-License-Identifier: MIT
#pragma once

// The user's files. What is wrong with a file is one line: FILE: key: requirement; got value.

#include "../support/input.hpp"
#include "../support/points.hpp"
#include "data_set.hpp"

#include <optional>
#include <string_view>

namespace verify {

using support::bad_input;

/// Reads {"weights": [..], "means": [..], "covariances": [..]}: means are lists, on a line also numbers.
///
/// - A covariance is a number (a variance for all coordinates), a list (a variance for each) or a positive definite
///   matrix, symmetric to 1e-5 of sqrt(S_ii S_jj), as float32 leaves it, and symmetrised. A d x d matrix in place of the list holds for all components.
/// - "covariance_type", optional: full, tied, diag or spherical, as in scikit-learn. It decides where a list can be read two ways.
/// - Throws: bad_input, also for keys that are unknown or given twice, and for what takes hours.
data_set mixture_of(std::string_view text, const std::string& file);
data_set read_mixture(const std::string& file);

/// Makes each point one isotropic Gaussian of standard deviation `width`; without one, 0.05 times the standard deviation
/// of the cloud (1 where all points are the same).
data_set cloud_of(support::points points, const std::string& file, std::optional<double> width);
data_set read_points(const std::string& file, std::optional<double> width);

} // namespace verify
