// SPDX-License-Identifier: MIT
#pragma once

// Where points in the plane come from: a toy set, or a file. All are moved and scaled so that both coordinates have
// mean 0 and variance 1, as CDL does with its data and as the channel likes it.

#include <cdl/core/index.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace support {

using cdl::index_t;
using cloud = std::vector<std::array<float, 2>>;

struct plane_set {
    std::string name;
    /// n points, or fewer where a file has no more. Parts 0, 1, ... of a toy set are independent of each other; those
    /// of a file are shares of its points, and after the last comes the first again.
    std::function<cloud(index_t part, index_t n)> draw;
};

/// The names of the toy sets.
const std::vector<std::string>& toy_names();

/// One of them.
plane_set toy(const std::string& name, std::uint64_t seed);

/// The points of a CSV file with two columns, in `parts` shares of at least 4 points. What is wrong with it is a
/// support::bad_input.
plane_set set_of_file(const std::string& file, index_t parts, std::uint64_t seed);

} // namespace support
