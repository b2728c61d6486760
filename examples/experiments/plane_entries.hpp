// SPDX-License-Identifier: MIT
#pragma once

// What the jobs in the plane left, training by training, for their report.

#include "cdl_report.hpp"
#include "plane.hpp"

#include <string>
#include <utility>
#include <vector>

namespace experiments {

constexpr double mmd_threshold = 0.002; ///< of the squared MMD, in the kernel of CDL's program [CDL table 1]

/// One training's samples in parallel, sweep by sweep.
struct run_of_sweeps {
    std::vector<std::vector<double>> rows;  ///< sweep, evaluations, MMD, its error
    std::vector<std::vector<double>> times; ///< sweep, seconds until then

    explicit run_of_sweeps(const std::string& folder);
    /// The MMD after a sweep; after the last it stays.
    double mmd_after(std::size_t sweep) const;
    /// The row where the MMD is first at or below the threshold, or nothing: rows.size().
    std::size_t reached() const;
};

/// A way of training on a set, and all that was found of it, seed by seed.
struct entry {
    std::string name, colour;
    std::vector<std::string> jobs;
    judged found;
    std::vector<run_of_sweeps> runs;
};

/// All losses, in their order, then the longer trainings.
std::vector<entry> entries_of(const settings& chosen, const point_law& law);

/// Which of them are compared, by their places: the losses, and the contrast that does best with a longer training for its price.
std::vector<std::pair<std::size_t, std::size_t>> pairs_of(const settings& chosen);

/// Mean over the seeds that reached the threshold, and how many did; NaN where none did.
struct reached_by {
    std::size_t seeds;
    mean_and_error sweeps, evaluations, seconds;
};
reached_by reached(const entry& e);
mean_and_error seconds_to_end(const entry& e);

/// plane_sweeps.svg: MMD against sweeps, a panel for each set.
void draw_sweeps(const std::vector<point_law>& laws, const std::vector<std::vector<entry>>& of_sets,
                 support::output& to);
/// plane_samples_SET.png: points of the data and samples of seed 1, of each loss and of its longest training.
void draw_samples(const settings& chosen, const point_law& law, const std::vector<entry>& entries, support::output& to);

} // namespace experiments
