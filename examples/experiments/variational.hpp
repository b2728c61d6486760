// SPDX-License-Identifier: MIT
#pragma once

// The parts of the experiment about the variational bound: the swirl, the kinds of models, how much is drawn to judge them. For
// variational*.cpp alone.

#include <cdl/density/data_scale.hpp>
#include <cdl/distribution/empirical.hpp>
#include <cdl/schedule/log_snr.hpp>

#include "experiment.hpp"

#include <array>
#include <string>
#include <vector>

namespace experiments::vdm {

using byte_cloud = std::vector<std::array<float, 2>>;

/// 1024 points of bytes in a band along a spiral, as values of density::eight_bit().
byte_cloud swirl();
/// The entropy of a draw from these points, bits per dimension: what no code needs less than.
double entropy(const byte_cloud& points);

/// The two ends of the schedule that VDM starts with.
inline constexpr cdl::log_snr<double> cleanest{13.3}, noisiest{-5.0};

/// Where a denoiser and its schedule come from.
struct model {
    std::string name, title;
    bool trained;         ///< else the exact denoiser of the points
    bool learned = false; ///< the schedule between its ends, for variance
    bool ends = false;    ///< and its ends, by the bound
};
const std::vector<model>& models();

/// "variational/fixed/seed-1".
std::string job_name(const model& of, index_t seed);

/// How much is drawn to judge a model.
struct effort {
    index_t repeats;                 ///< of all points, for the bound
    index_t samples;                 ///< for each number of steps
    std::vector<index_t> sampled_in; ///< the numbers of steps
    index_t classified;              ///< noisy points for each level
    std::string text() const;
};
effort effort_of(const settings& chosen);

/// The numbers of steps of the bound; 0 is continuous time.
std::vector<index_t> bound_steps();
/// The levels that are to be told apart.
std::vector<cdl::log_snr<float>> classified_levels();

std::string report(const settings& chosen, support::output& to);

} // namespace experiments::vdm
