// SPDX-License-Identifier: MIT
#pragma once

// What CDL's experiments measure of a trained denoiser: its samples, in sequence and in parallel, its likelihood by eq. 2, and
// the noise classifier that it implies. All of it is computed by cdl; here it is asked and written down.

#include <cdl/metric/kernel.hpp>

#include "cdl_losses.hpp"
#include "experiment.hpp"

#include <array>
#include <span>
#include <string>
#include <vector>

namespace experiments {

/// A Gaussian kernel, with a factor.
using scaled_kernel = cdl::metric::scaled<cdl::metric::gaussian<float>, float>;

/// How much is measured.
struct judge_settings {
    index_t steps = 1000;                 ///< that a sampler takes, of DDPM's 1000
    index_t samples = 2000;               ///< in sequence
    index_t parallel = 400;               ///< trajectories in parallel: the first of these
    index_t truth = 4000;                 ///< fresh points that samples are compared with
    index_t held_out = 500;               ///< points whose likelihood is estimated
    index_t levels = 128;                 ///< draws of the level for each
    index_t classified = 200;             ///< points whose noise level is guessed
    index_t class_levels = 64;            ///< draws of the level for each and each class
    std::array<scaled_kernel, 2> kernels; ///< the one that thresholds are for, and another

    std::string text() const;
};

/// The columns of measures.csv, which has one row. Errors are those within this seed.
enum measure : std::size_t {
    mmd,
    mmd_error,
    other_mmd,
    other_mmd_error, ///< samples in sequence against fresh points
    parallel_mmd,
    parallel_mmd_error, ///< samples in parallel, fewer of them
    frechet_distance,   ///< samples in sequence
    nll,
    nll_error, ///< held-out points, eq. 2, nats
    accuracy,
    accuracy_error,
    cross_entropy, ///< of the implied classifier of five noise levels
    sweeps,
    evaluations, ///< until all trajectories have settled
    fresh_mmd,
    fresh_mmd_error,
    fresh_other_mmd,
    fresh_other_mmd_error,
    fresh_frechet, ///< fresh points as samples
    measures
};

/// Seeds of data that no training sees.
constexpr std::uint64_t truth_seed = 1000000, fresh_seed = 2000000, held_out_seed = 3000000, classified_seed = 4000000;

/// n points of a law, one after the other.
std::vector<float> drawn(const point_law& law, std::uint64_t seed, index_t n);

/// Five noise levels around the location of the law, and points that were noised to them in turn.
struct noised_points {
    std::array<cdl::log_snr<float>, 5> levels;
    std::vector<float> z;
    std::vector<index_t> classes; ///< 1 to 5
};
noised_points noised(const point_law& law, index_t seed, index_t n);

/// Measures, and writes FOLDER/measures.csv, sweeps.csv (sweep, calls for a trajectory so far, MMD, its error), samples.csv and,
/// for it is never twice the same, times.csv (sweep, seconds so far, measuring left out). The likelihood and the classifier take
/// the network within 9 of the location, where all losses train it, and beyond the denoiser of a Gaussian of the data's variance,
/// without which a likelihood would have no value.
void judge(const std::shared_ptr<residual_mlp>& network, const point_law& law, const judge_settings& settings,
           index_t seed, const std::string& folder);

/// The sweeps whose paths are kept.
constexpr int shown_sweeps[] = {0, 1, 2, 4, 8};

/// The path of one trajectory on the line in sequence, as sweep -1, and as it is after some sweeps of sampling in parallel:
/// FOLDER/paths.csv, rows of sweep, level, x.
void write_paths(const std::shared_ptr<residual_mlp>& network, index_t steps, index_t seed, const std::string& folder);

} // namespace experiments
