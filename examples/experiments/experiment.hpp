// SPDX-License-Identifier: MIT
#pragma once

// An experiment is a list of jobs and a report of what they left in their folders. To add one: a file with a function that
// returns it, declared below and named in experiments.cpp.

#include "../support/input.hpp"
#include "../support/output.hpp"
#include "jobs.hpp"
#include "over_seeds.hpp"

#include <functional>
#include <string>
#include <vector>

namespace experiments {

/// What the user chose, the same for all experiments.
struct settings {
    bool full = false;  ///< the papers' size, hours; else a small one, minutes
    index_t seeds = 0;  ///< trainings of each kind; seed 1, 2, ...
    index_t steps = 0;  ///< of each training; 0: the experiment's own number
    std::string out;    ///< folder of everything
    std::string points; ///< file of a cloud in the plane that support::set_of_file takes; empty: none

    /// `small` or `full` steps, unless the user chose a number.
    index_t steps_of(index_t when_small, index_t when_full) const {
        return steps > 0 ? steps : full ? when_full : when_small;
    }
};

struct experiment {
    std::string name;  ///< of the command: "two-modes"
    std::string title; ///< of the section
    /// Each job's settings must say all that decides its result. Bad settings: std::invalid_argument or support::bad_input.
    std::function<std::vector<job>(const settings&)> jobs;
    /// Reads what the jobs left (`folder_of`), writes CSV and SVG files into `to`, and returns the HTML of the section, without
    /// its heading: page.hpp has `paragraph`, `figure` and `table_of`.
    std::function<std::string(const settings&, support::output& to)> report;
};

experiment two_modes();
experiment plane();
experiment classifier();
experiment variational();

/// Those that there are, in the order of the page.
std::vector<experiment> all_experiments();

/// seed 1, 2, ..., of `seeds`, as text: "seed-1".
std::string seed_name(index_t seed);

/// The numbers of a CSV file, row by row, without its header.
std::vector<std::vector<double>> read_numbers(const std::string& file);

} // namespace experiments
