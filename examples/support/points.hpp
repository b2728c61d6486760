// SPDX-License-Identifier: MIT
#pragma once

// Points in a text, as spreadsheets, pandas, NumPy and R write them, and people. One reader for all programs.

#include <cdl/core/index.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace support {

/// Points of a file, one after the other.
struct points {
    cdl::index_t dim = 0;
    std::vector<double> numbers; ///< n x dim
};

/// Reads one point a line: at least one, all of the same dimension, finite. All of the text is read, or bad_input names
/// line and cause.
///
/// - Separators: commas, semicolons, tabs or blanks, one kind in a text; a separator may end every line.
/// - Numbers: 1, -1.5, +1., .5, 1e-3; with a decimal comma where commas do not separate. Cells may be quoted.
/// - Skipped: what follows a #, blank lines, a byte order mark.
/// - Names: the first line, if it has words and no numbers. Or 0,1,... after an empty cell, which pandas writes over its index.
/// - Index: the first column is none of the coordinates if its name is empty or missing, as in pandas and R, and its
///   cells are different integers, or words.
/// - Throws: bad_input, also for what can be read two ways: a first column that counts without a name; a first line
///   0,1,...; decimal commas that may be commas of thousands.
points points_of(std::string_view text, const std::string& file);

/// The points of a file.
points read_points(const std::string& file);

} // namespace support
