// SPDX-License-Identifier: MIT
#pragma once

// The results as text, CSV and JSON.

#include "result.hpp"

#include <iosfwd>

namespace verify {

/// 1.2e-14; an error that is not a number is shown as inf.
std::string scientific(double number);

/// What a line claims, with what the printed form misses by where there is a misprint.
std::string quantity(const line& l);

/// The table on the terminal; colours only if asked for.
void print_section(std::ostream& out, const section& s, bool colours);
void print_summary(std::ostream& out, const std::vector<section>& sections, double seconds);

/// Columns equation,quantity,points,max_error,bound,holds.
void write_csv(std::ostream& out, const std::vector<section>& sections);
/// The same, with the errors of printed forms as numbers of their own.
void write_json(std::ostream& out, const std::vector<section>& sections);

} // namespace verify
