// SPDX-License-Identifier: MIT
#include "cdl_losses.hpp"

#include <cdl/adapter/torch_training.hpp>
#include <cdl/objective/contrastive.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/objective/weighted_sum.hpp>
#include <cdl/schedule/uniform_times.hpp>

#include "../support/fast_policy.hpp"

#include <algorithm>

namespace experiments {

using namespace cdl;

namespace {

constexpr double scale = 3, clip = 3;    ///< of the levels of the integral, in CDL's program
constexpr index_t contrasted_points = 2; ///< of a batch, in CDL's program
constexpr index_t more_points = 8;       ///< of `whole` and `whole_common`
const schedule::truncated_logistic_levels zetas_of_paper{10.5, 1.5, 3};

bool is_whole(loss_kind kind) {
    return kind == loss_kind::whole || kind == loss_kind::whole_common;
}

index_t points_of(loss_kind kind) {
    return is_whole(kind) ? more_points : contrasted_points;
}

/// So that all ask the network as often.
index_t levels_of(loss_kind kind, index_t contrast_levels) {
    return contrast_levels * contrasted_points / points_of(kind);
}

} // namespace

std::string name_of(loss_kind kind) {
    switch (kind) {
    case loss_kind::ddpm:
        return "ddpm";
    case loss_kind::itd:
        return "itd";
    case loss_kind::cdl:
        return "itd+cdl";
    case loss_kind::cdl_common:
        return "itd+cdl-common";
    case loss_kind::whole:
        return "itd+cdl-whole";
    case loss_kind::whole_common:
        return "itd+cdl-whole-common";
    default:
        return "itd+cdl-paper";
    }
}

std::string sentence_of(loss_kind kind) {
    switch (kind) {
    case loss_kind::ddpm:
        return "the squared error at the 1000 steps of DDPM, all weighted alike";
    case loss_kind::itd:
        return "the integral of the squared error over the log-SNR, levels from a logistic law of scale 3 cut to 18 "
               "around that of the data";
    case loss_kind::cdl:
        return "the same and 1/64 of the contrastive loss, zeta from the same law, both densities from draws of their "
               "own, as in the program of CDL";
    case loss_kind::cdl_common:
        return "the same with common random numbers for both densities";
    case loss_kind::whole:
        return "as `itd+cdl` with weight 1, of four times the points at a quarter of the levels";
    case loss_kind::whole_common:
        return "the same with common random numbers for both densities";
    default:
        return "as `itd+cdl` with zeta from logistic[6 15], as in the paper of CDL";
    }
}

std::string colour_of(loss_kind kind) {
    switch (kind) {
    case loss_kind::ddpm:
        return "#000000";
    case loss_kind::itd:
        return "#0072b2";
    case loss_kind::cdl:
        return "#d55e00";
    case loss_kind::cdl_common:
        return "#009e73";
    case loss_kind::whole:
        return "#e69f00";
    case loss_kind::whole_common:
        return "#56b4e9";
    default:
        return "#cc79a7";
    }
}

std::string loss_settings::text(loss_kind kind) const {
    std::string words = "loss " + name_of(kind) + ", batch " + std::to_string(batch);
    if (kind != loss_kind::ddpm && kind != loss_kind::itd)
        words += ", contrast of " + std::to_string(points_of(kind)) + " points at " +
                 std::to_string(levels_of(kind, contrast_levels)) + " levels";
    return words;
}

training_settings training_for(index_t steps) {
    training_settings t;
    t.steps = steps;
    t.rate = 2e-3;
    t.warmup = std::min<index_t>(500, steps / 20);
    t.ema = std::clamp(1 - 20 / static_cast<double>(steps), 0.5, 0.999);
    t.checkpoint_every = std::max<index_t>(1, steps / 20);
    return t;
}

double loss_settings::seconds_of_step(loss_kind kind) const {
    const bool contrasted = kind != loss_kind::ddpm && kind != loss_kind::itd;
    const index_t queries = batch + (contrasted ? 2 * contrasted_points * contrast_levels : 0);
    return 0.6e-3 + 6e-6 * static_cast<double>(queries);
}

std::shared_ptr<residual_mlp> trained(loss_kind kind, const loss_settings& loss, const training_settings& training,
                                      const point_law& law, index_t seed, const std::string& folder, progress& report) {
    const support::single_thread policy{};
    const auto number = static_cast<std::uint64_t>(seed);
    const auto network = std::make_shared<residual_mlp>(law.d);
    initialise(*network, number);
    trainer work(*network, training, folder);
    const adapter::torch_denoiser<float> eps_hat(network);
    std::vector<float> numbers(static_cast<std::size_t>(loss.batch * law.d));
    const points_view x(numbers.data(), loss.batch, law.d);
    const auto run = [&](const auto& objective) {
        auto prepared = objective::prepare(policy, objective, x);
        const random::noise_stream stream{.seed = number};
        work.run(
            [&](index_t step) {
                law.draw(number, step, x);
                return static_cast<double>(adapter::backward(policy, prepared, eps_hat, x, stream, step).value);
            },
            report);
    };

    const schedule::truncated_logistic_levels around_data{law.location, scale, clip};
    const objective::denoising itd{around_data, objective::vlb(), true};
    if (kind == loss_kind::ddpm) {
        const auto steps = schedule::discrete_levels<float>::ddpm_linear(1000);
        run(objective::denoising{schedule::uniform_over_steps<float>(steps), objective::simple(), true});
    } else if (kind == loss_kind::itd) {
        run(itd);
    } else {
        const bool common = kind == loss_kind::cdl_common || kind == loss_kind::whole_common;
        const objective::contrastive contrast{.zetas = kind == loss_kind::cdl_paper ? zetas_of_paper : around_data,
                                              .law = around_data,
                                              .levels = levels_of(kind, loss.contrast_levels),
                                              .common_random_numbers = common,
                                              .points = points_of(kind)};
        const double weight = static_cast<double>(contrasted_points) / static_cast<double>(loss.batch);
        run(objective::weighted_sum{itd, 1.0, contrast, is_whole(kind) ? 1.0 : weight});
    }
    work.use_average();
    return network;
}

} // namespace experiments
