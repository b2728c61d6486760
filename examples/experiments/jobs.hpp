// SPDX-License-Identifier: MIT
#pragma once

// Pieces of work that know nothing of each other, such as the trainings of all seeds, a few at a time. Each has a folder; what is
// in it when the program is killed is where it goes on.

#include "progress.hpp"

#include <functional>
#include <string>
#include <vector>

namespace experiments {

/// Work whose results are files in its folder, and a function of its name and settings alone.
struct job {
    std::string name;     ///< unique: "two-modes/contrastive/seed-1"; its folder is OUT/runs/NAME
    std::string settings; ///< what decides the results, in one line
    std::function<void(const std::string& folder, progress& report)> run;
    double cost = 1; ///< about how long it takes, in any unit that all jobs share: for the time that is left
};

/// OUT/runs/NAME.
std::string folder_of(const std::string& out, const std::string& job_name);

/// The seconds of a job that ended, all its sessions together.
double seconds_of(const std::string& out, const job& done);

/// Runs all jobs, `workers` at a time, each on one thread. One that ended, which its file `done` says, is not run again; one whose
/// file tells other settings is a support::bad_input. How far it is goes to standard error: one line that changes on a terminal, a
/// line now and then elsewhere. The first job that throws stops all: its sentence is thrown with its name before it, as
/// support::bad_input where bad input was the reason, else as std::runtime_error.
void run_jobs(const std::vector<job>& jobs, const std::string& out, index_t workers);

} // namespace experiments
