// SPDX-License-Identifier: MIT
#pragma once

// The user's files. What is wrong with a file is one line: FILE: place: requirement; got value.

#include <fstream>
#include <stdexcept>
#include <string>

namespace support {

/// A complaint about a file or an argument, one line.
struct bad_input : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A value as the complaint shows it: one short line.
std::string shown(std::string text);

[[noreturn]] void complain(const std::string& file, const std::string& place, const std::string& requirement,
                           const std::string& got);

/// A file for reading, or a complaint.
std::ifstream open(const std::string& file);

/// All of a file, at most 256 MiB, or a complaint.
std::string contents(const std::string& file);

} // namespace support
