// SPDX-License-Identifier: MIT
#pragma once

// Files that are whole or not there, whenever the program is killed.

#include <cstdint>
#include <string>
#include <string_view>

namespace experiments {

/// The bytes of a file; where it cannot be read, support::bad_input.
std::string read_file(const std::string& file);

/// Writes a file under another name beside it, to the disk, and renames it: whoever looks finds the old bytes or the new ones.
/// Where that cannot be, support::bad_input.
void write_whole(const std::string& file, std::string_view bytes);

/// Makes a folder and those above it; where that cannot be, support::bad_input.
void make_folder(const std::string& folder);

/// FNV-1a, 64 bits: a number that damaged or exchanged bytes change.
std::uint64_t checksum(std::string_view bytes);

} // namespace experiments
