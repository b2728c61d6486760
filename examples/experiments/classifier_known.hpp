// SPDX-License-Identifier: MIT
#pragma once

// Classifiers judged on data about which everything is known: two modes on the line and eight Gaussians in the plane.

#include "classifier_model.hpp"

namespace experiments::cdm {

/// Data with their exact classifier.
struct known_data {
    std::string name;  ///< of files: "two_modes"
    std::string title; ///< of figures
    source points;
    functions exact;
};

/// Both sets.
const std::vector<known_data>& known_sets();

/// How many points see how much.
struct sample_sizes {
    index_t held_out;   ///< points of all classes
    index_t likelihood; ///< points at step 1
    index_t draws;      ///< of level and noise, for the integral over all levels at each of these
    index_t samples;    ///< drawn and compared with as many of the data
};
sample_sizes sizes_of(bool full);

/// The numbers of NUMBERS.csv, in this order: a value and its standard error within the seed, where there is one.
enum measure : std::size_t {
    accuracy,
    cross_entropy,
    squared_error,
    nll_one_step,   ///< by the logits at step 1
    nll_true,       ///< of the same points
    one_step_gap,   ///< their difference
    one_step_error, ///< the mean of its size, point by point
    nll_integrated, ///< by the integral over the squared errors of the denoiser
    integrated_gap, ///< less the truth at the same points
    mmd,
    frechet,
    log_mass, ///< the logarithm of the integral of the claimed density over [-4, 4]^d, 0 for a density
    measures
};

inline constexpr double kernel_width = 0.2; ///< the standard deviation of the kernel of the MMD, about that of a mode

/// Judges a classifier. Writes into FOLDER: numbers.csv, value and error of each measure; confusion.csv, the mean predicted
/// probabilities, a row for each class; samples.csv; on the line also density.csv, x and log p_1; all whole.
void judge(const known_data& data, const functions& classifier, index_t seed, const sample_sizes& sizes,
           const std::string& folder);

/// The step whose points posterior.csv is about: mean log p(k | z) over these, for all k.
inline constexpr index_t step_of_posterior = 2;

} // namespace experiments::cdm
