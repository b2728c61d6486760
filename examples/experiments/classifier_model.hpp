// SPDX-License-Identifier: MIT
#pragma once

// Classifiers of noise levels [CDM], learned and exact, as two functions that are called in batches, and what both experiments
// with them share: the levels, the training, the denoiser that a classifier is.

#include <cdl/schedule/discrete_levels.hpp>
#include <cdl/schedule/level_view.hpp>
#include <cdl/view/as_batch.hpp>

#include "../support/fast_policy.hpp"
#include "progress.hpp"
#include "trainer.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace experiments::cdm {

using cdl::index_t;
using numbers = std::vector<float>; ///< n x d, one point after the other

inline constexpr support::single_thread policy{};

/// Of noise: the scale of the noise of step k is k / (T + 1), as in [CDM sec. 4.3].
inline constexpr index_t steps_of_noise = 30, classes = steps_of_noise + 1;
/// Where the draws of training have their steps, there are none that judge it.
inline constexpr index_t held_out = index_t{1} << 30;

const cdl::schedule::discrete_levels<float>& levels();

/// A classifier. Points z: n x d; logits: n x classes; gradient: n x d, of F(z, k) at the class k of each point.
struct functions {
    std::function<void(cdl::batch_view<const float>, cdl::batch_view<float>)> logits;
    std::function<void(cdl::batch_view<const float>, std::span<const index_t>, cdl::batch_view<float>)> gradient;
};

/// Data that can be drawn, n x d, at a step of a seed.
struct source {
    index_t dim;
    std::function<void(std::uint64_t seed, index_t step, numbers& x)> draw;
};

/// The weights of the two parts of the loss.
struct loss_weights {
    double cross_entropy, squared_error;
};

/// What decides a training; `label` says data and loss.
training_settings training_of(const std::string& label, index_t steps, index_t seed);

/// Trains a network of 64 units in FOLDER, or goes on there, and returns it, its averaged parameters in place.
functions trained(const source& data, loss_weights weights, const training_settings& settings, index_t seed,
                  const std::string& folder, progress& report);

/// Points of the data at step 1 of noise, the level at which a classifier knows the density of the data; n x d.
numbers noised_to_step_1(const source& data, index_t seed, index_t n);

/// log p_1 of n points by the logits of the classifier [CDM thm 3.2], nats.
numbers log_density_at_step_1(const functions& classifier, const numbers& z, index_t dim);

/// The denoiser that a classifier is, at every level that is not cleaner than step 1, where it knows nothing. Between two
/// steps the gradient of F is taken as linear in the log-SNR; beyond the last it falls with the scale of the signal, as that of
/// any data does in the end. It satisfies cdl::denoiser::batch_denoiser.
class implied_denoiser {
public:
    explicit implied_denoiser(const functions& classifier) : classifier_(&classifier) {}

    template <class P, class Z, class E>
    void operator()(const P&, const Z& z, const cdl::level_view<float>& asked, E&& eps_hat) const {
        estimate(z, asked, eps_hat);
    }

private:
    void estimate(cdl::batch_view<const float> z, const cdl::level_view<float>& asked, cdl::batch_view<float> to) const;

    const functions* classifier_;
};

} // namespace experiments::cdm
