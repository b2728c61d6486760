// SPDX-License-Identifier: MIT
#pragma once

// The user's files. What is wrong with a file is one line: FILE: key: requirement; got value.

#include <cdl/core/index.hpp>

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace support {

/// A complaint about a file or an argument, one line.
struct bad_input : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A value as the complaint shows it: one short line.
std::string shown(std::string text);

[[noreturn]] void complain(const std::string& file, const std::string& key, const std::string& requirement,
                           const std::string& got);

/// A file for reading, or a complaint.
std::ifstream open(const std::string& file);

/// Points of a file, one after the other.
struct points {
    cdl::index_t dim = 0;
    std::vector<double> numbers; ///< n x dim
};

/// One point a line, comma separated, after an optional line of names: at least one point, all of the same dimension,
/// finite.
points read_points(const std::string& file);

} // namespace support
