// SPDX-License-Identifier: MIT
#include "classifier_model.hpp"

#include <cdl/adapter/torch_classifier.hpp>
#include <cdl/channel/noising.hpp>
#include <cdl/classifier/likelihood.hpp>
#include <cdl/objective/classification.hpp>
#include <cdl/objective/prepare.hpp>

#include "networks.hpp"

#include <algorithm>
#include <cmath>

namespace experiments::cdm {
namespace {

using namespace cdl;

constexpr index_t width = 64, blocks = 2, batch_size = 128;
constexpr index_t rows_at_a_time = 1024; ///< whose activations fit a cache

/// The network, part after part of a batch.
functions functions_of(const adapter::torch_classifier<float>& network) {
    const auto parts = [](index_t n, const auto& part) {
        for (index_t first = 0; first < n; first += rows_at_a_time) part(first, std::min(rows_at_a_time, n - first));
    };
    return {[=](batch_view<const float> z, batch_view<float> out) {
                parts(z.size(), [&](index_t first, index_t count) {
                    network.logits(policy, z.slice(first, count), out.slice(first, count));
                });
            },
            [=](batch_view<const float> z, std::span<const index_t> of_points, batch_view<float> out) {
                parts(z.size(), [&](index_t first, index_t count) {
                    network(policy, z.slice(first, count),
                            of_points.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
                            out.slice(first, count));
                });
            }};
}

} // namespace

const schedule::discrete_levels<float>& levels() {
    static const auto made = schedule::discrete_levels<float>::uniform_noise(steps_of_noise);
    return made;
}

training_settings training_of(const std::string& label, index_t steps, index_t seed) {
    training_settings t;
    t.label = label + ", " + std::to_string(steps_of_noise) + " levels of uniform noise, width " +
              std::to_string(width) + ", batch " + std::to_string(batch_size) + ", seed " + std::to_string(seed);
    t.steps = steps;
    t.rate = 5e-3;
    t.ema = 0.99;
    t.checkpoint_every = std::max<index_t>(1, steps / 20);
    return t;
}

functions trained(const source& data, loss_weights weights, const training_settings& settings, index_t seed,
                  const std::string& folder, progress& report) {
    const auto network = std::make_shared<classifier_mlp>(data.dim, classes, width, blocks);
    initialise(*network, static_cast<std::uint64_t>(seed));
    trainer training(*network, settings, folder);
    const adapter::torch_classifier<float> classifier(network, classes);
    numbers x(static_cast<std::size_t>(batch_size * data.dim));
    const objective::classification<float> loss{.levels = levels(),
                                                .cross_entropy_weight = weights.cross_entropy,
                                                .squared_error_weight = weights.squared_error};
    auto prepared = objective::prepare(policy, loss, as_batch(x, data.dim));
    const random::noise_stream stream{.seed = static_cast<std::uint64_t>(seed)};
    training.run(
        [&](index_t step) {
            data.draw(stream.seed, step, x);
            const auto value = adapter::backward(policy, prepared, classifier, as_batch(x, data.dim), stream, step);
            return static_cast<double>(value.value);
        },
        report);
    training.use_average();
    return functions_of(classifier);
}

numbers noised_to_step_1(const source& data, index_t seed, index_t n) {
    numbers x(static_cast<std::size_t>(n * data.dim)), eps(x.size());
    const random::noise_stream noise{.seed = static_cast<std::uint64_t>(seed), .use = random::purpose::user};
    data.draw(noise.seed, held_out + 1, x);
    channel::draw_noise(policy, noise, held_out + 1, as_batch(eps, data.dim));
    channel::add_noise(policy, as_batch(x, data.dim), levels().level(1), as_batch(eps, data.dim),
                       as_batch(x, data.dim));
    return x;
}

numbers log_density_at_step_1(const functions& classifier, const numbers& z, index_t dim) {
    const auto points = as_batch(z, dim);
    numbers logits(static_cast<std::size_t>(points.size() * classes)), logs(static_cast<std::size_t>(points.size()));
    classifier.logits(points, as_batch(logits, classes));
    static const classifier::noise_classes of_levels(policy, levels());
    classifier::log_likelihoods(policy, as_batch(logits, classes), of_levels, 1, points, as_batch(logs, 1));
    return logs;
}

void implied_denoiser::estimate(batch_view<const float> z, const level_view<float>& asked, batch_view<float> to) const {
    const auto n = static_cast<std::size_t>(z.size());
    std::vector<index_t> below(n), above(n); // steps; the cleaner, the noisier
    numbers share(n), fades(n), other(n * static_cast<std::size_t>(z.dim()));
    const auto last = levels().level(steps_of_noise);
    for (std::size_t i = 0; i < n; ++i) {
        const log_snr<float> a = asked[static_cast<index_t>(i)];
        const float step = levels().step_of(a);
        below[i] = static_cast<index_t>(step);
        above[i] = std::min(below[i] + 1, steps_of_noise);
        share[i] = step - static_cast<float>(below[i]);
        fades[i] = a.value < last.value ? signal_scale(a) / signal_scale(last) : 1.f;
    }
    const auto of_other = as_batch(other, z.dim());
    classifier_->gradient(z, below, to);
    classifier_->gradient(z, above, of_other);
    for (index_t i = 0; i < z.size(); ++i) {
        const auto k = static_cast<std::size_t>(i);
        const float noise = noise_scale(asked[i]);
        for (index_t j = 0; j < z.dim(); ++j) {
            const float gradient = fades[k] * ((1 - share[k]) * to(i, j) + share[k] * of_other(i, j));
            to(i, j) = noise * (gradient + z(i, j));
        }
    }
}

} // namespace experiments::cdm
