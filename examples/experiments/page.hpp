// SPDX-License-Identifier: MIT
#pragma once

// One HTML page with everything inside, made of sections that are kept as files: an experiment that is run writes its own, and
// the page shows those that are there.

#include "../support/output.hpp"
#include "experiment.hpp"

#include <string>
#include <utility>
#include <vector>

namespace experiments {

/// Text as HTML shows it.
std::string escaped(const std::string& text);

/// <p>text</p>; the text is escaped, `backquotes` become code.
std::string paragraph(const std::string& text);

/// NAME.svg or NAME.png of the folder, whichever is there, inside the page; a sentence where neither is, for want of gnuplot. The
/// caption is escaped and serves those who cannot see the figure.
std::string figure(const support::output& from, const std::string& name, const std::string& caption);

/// NAME.csv of the folder as a table, with a caption; columns of numbers are shown with 4 digits and aligned on the right.
std::string table_of(const support::output& from, const std::string& name, const std::string& caption);

/// Writes OUT/sections/NAME.html: title, body, and below it the facts of the run: what was chosen, seeds, seconds of the
/// jobs, machine, date, version, command.
void write_section(const experiment& of, const settings& chosen, const std::vector<job>& jobs, const std::string& body,
                   const std::string& command);

/// Writes OUT/index.html from the sections that are there, in the order of the experiments. Returns its name; where there are none
/// support::bad_input.
std::string write_page(const std::string& out);

} // namespace experiments
