// SPDX-License-Identifier: MIT
#pragma once

// The losses that CDL's experiments compare, and its network trained by each of them. For one seed all see the same data, the same
// start and the same noise, so that they can be compared seed by seed.

#include <cdl/view/batch_view.hpp>

#include "networks.hpp"
#include "progress.hpp"
#include "trainer.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace experiments {

using points_view = cdl::batch_view<float, cdl::dynamic>; ///< n x d, dense

/// Data to train on, drawn by address, and of about unit scale or not.
struct point_law {
    std::string name;
    index_t d = 1;
    double location = 0; ///< minus the mean logarithm of the eigenvalues of the covariance: a level
    std::string source;  ///< what else decides the points, in a few words
    std::function<void(std::uint64_t seed, index_t step, const points_view& x)> draw;
};

/// In the order of the tables.
enum class loss_kind {
    ddpm,         ///< plain squared error at the steps of DDPM
    itd,          ///< its integral over all levels, the bound on the likelihood: the "standard" loss of CDL's program
    cdl,          ///< and the contrastive loss with draws of their own for both densities, as in CDL's program
    cdl_common,   ///< the same with common random numbers for both
    whole,        ///< as `cdl` with weight 1 instead of 1/64, its queries spent on four times the points
    whole_common, ///< the same with common random numbers
    cdl_paper     ///< as `cdl`, with zeta from logistic[6, 15], as CDL's paper has it
};

/// What it is called in tables, files and figures.
std::string name_of(loss_kind kind);
/// In one sentence, without its end.
std::string sentence_of(loss_kind kind);
/// Of its lines: colours that all eyes can tell apart.
std::string colour_of(loss_kind kind);

/// What decides a loss besides its kind and the data.
struct loss_settings {
    index_t batch = 128; ///< also the divisor of the sum of the contrastive loss over its two points
    index_t contrast_levels =
        128; ///< of the integral for each of two points, as in CDL's program; of more points fewer
    std::string text(loss_kind kind) const;
    double seconds_of_step(loss_kind kind) const; ///< of training, about, on one core
};

/// How CDL's experiments train, but for the label: the rate rises for a twentieth of the steps, then falls along a cosine; the
/// average of the parameters is over the last steps, of which there may be few.
training_settings training_for(index_t steps);

/// Trains residual_mlp, and leaves it with its averaged parameters.
std::shared_ptr<residual_mlp> trained(loss_kind kind, const loss_settings& loss, const training_settings& training,
                                      const point_law& law, index_t seed, const std::string& folder, progress& report);

} // namespace experiments
