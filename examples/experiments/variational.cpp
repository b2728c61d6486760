// SPDX-License-Identifier: MIT

// The variational bound in bits [VDM]: 1024 points of bytes, of which all is known, and networks that are trained by the bound
// in continuous time with a fixed schedule, with one that is learned for variance between its ends, and with ends that are
// learned, too.

#include "variational.hpp"

#include <cdl/adapter/torch_training.hpp>
#include <cdl/schedule/monotone_network.hpp>

#include "../support/adam.hpp"
#include "networks.hpp"
#include "trainer.hpp"
#include "variational_judge.hpp"

#include <memory>

namespace experiments {
namespace vdm {

namespace {

constexpr index_t schedule_units = 24;
constexpr double schedule_haste = 5; ///< its rate over that of the network

struct size {
    index_t width, batch;
};
size size_of(const settings& chosen) {
    return chosen.full ? size{256, 256} : size{128, 256};
}

training_settings training_of(const settings& chosen, const model& of, index_t seed) {
    const auto [width, batch] = size_of(chosen);
    training_settings t;
    t.label = "variational bound of the 8-bit swirl, log-SNR 13.3 to -5, network with " + of.title;
    if (of.learned)
        t.label +=
            " of " + std::to_string(schedule_units) + " units at " + support::text(schedule_haste) + " times the rate";
    t.label += ", width " + std::to_string(width) + ", batch " + std::to_string(batch) + ", seed " +
               std::to_string(seed) + "; " + effort_of(chosen).text();
    t.steps = chosen.steps_of(4000, 20000);
    t.rate = 3e-3;
    t.warmup = std::min<index_t>(100, t.steps / 10);
    t.square_decay = 0.99;
    t.weight_decay = 1e-4;
    t.checkpoint_every = std::max<index_t>(1, t.steps / 50);
    return t;
}

/// A schedule with its optimiser, kept in numbers that a checkpoint holds: parameters, then the optimiser's state.
class learned_schedule {
public:
    explicit learned_schedule(bool ends)
        : network_(cleanest, noisiest, schedule_units), optimiser_(network_.parameters().size()), ends_(ends) {
        keep();
    }

    std::vector<double>& kept() { return kept_; }
    const schedule::monotone_network<double>& network() const { return network_; }

    /// After a trainer has put numbers of its checkpoint into `kept`.
    void restore() {
        const std::span<const double> all(kept_);
        const auto count = network_.parameters().size();
        network_.set_parameters(all.first(count));
        optimiser_.restore(all.subspan(count));
    }

    /// A step against the gradients of the mean square of the diffusion losses and, for the ends, of the bound [VDM app. I.2].
    template <class Training, class Z, class A>
    void step(const Training& training, const byte_cloud& x, const Z& z_cotangent, const A& level_cotangent,
              double rate) {
        const auto& evaluator = training.evaluator();
        const auto cotangents = evaluator.level_cotangents(policy, x, z_cotangent, level_cotangent);
        auto parameters = network_.parameters();
        std::vector<double> gradient(parameters.size()), of_ends(parameters.size());
        objective::pull_back(network_, objective::of_squares(cotangents, evaluator.diffusion_losses(policy)),
                             std::span<double>(gradient));
        if (ends_) {
            objective::pull_back(network_, cotangents, std::span<double>(of_ends));
            objective::pull_back(network_, evaluator.end_cotangents(policy, x), std::span<double>(of_ends));
        }
        for (std::size_t p : {0, 1}) gradient[p] = of_ends[p]; // the two ends come first
        for (std::size_t p : {2, 3}) gradient[p] = 0; // w and b say nothing new, and can move all units out of [0, 1]
        optimiser_.step(parameters, gradient, rate);
        network_.set_parameters(parameters);
        keep();
    }

private:
    void keep() {
        kept_ = network_.parameters();
        const auto state = optimiser_.state();
        kept_.insert(kept_.end(), state.begin(), state.end());
    }

    schedule::monotone_network<double> network_;
    support::adam optimiser_;
    bool ends_;
    std::vector<double> kept_;
};

/// The loss that the log shows, bits per dimension.
template <class Estimate>
double in_bits(const Estimate& nats) {
    return static_cast<double>(density::in_bits<density::discrete_data<256>>(nats, 2).value);
}

void train(const settings& chosen, const model& of, index_t seed, const std::string& folder, progress& report) {
    const auto of_seed = static_cast<std::uint64_t>(seed);
    const auto [width, batch] = size_of(chosen);
    const auto points = swirl();
    const distribution::empirical<float, 2> data(points, distribution::kernel_width{0.0f});
    const auto network = std::make_shared<fourier_mlp>(2, cleanest, noisiest, width);
    initialise(*network, of_seed);
    const adapter::torch_denoiser<float> eps_hat(network);
    learned_schedule learned(of.ends);
    const auto plan = training_of(chosen, of, seed);
    trainer training(*network, plan, folder, of.learned ? &learned.kept() : nullptr);
    learned.restore();

    const random::noise_stream stream{.seed = of_seed};
    byte_cloud x(static_cast<std::size_t>(batch)), z_cotangent(x.size());
    std::vector<float> level_cotangent(x.size());
    if (of.learned) {
        auto prepared = objective::prepare(policy, objective::variational{learned.network(), density::eight_bit()}, x);
        training.run(
            [&](index_t step) {
                data.draw(policy, stream, step, x);
                const auto value =
                    adapter::backward(policy, prepared, eps_hat, x, stream, step, z_cotangent, level_cotangent.data());
                learned.step(prepared, x, z_cotangent, level_cotangent, schedule_haste * plan.rate_at(step));
                prepared.evaluator().set_schedule(learned.network());
                return in_bits(value);
            },
            report);
        training.use_average();
        judge(effort_of(chosen), eps_hat, learned.network(), points, of_seed, folder);
    } else {
        const schedule::linear_log_snr<double> fixed(cleanest, noisiest);
        auto prepared = objective::prepare(policy, objective::variational{fixed, density::eight_bit()}, x);
        training.run(
            [&](index_t step) {
                data.draw(policy, stream, step, x);
                return in_bits(adapter::backward(policy, prepared, eps_hat, x, stream, step));
            },
            report);
        training.use_average();
        judge(effort_of(chosen), eps_hat, fixed, points, of_seed, folder);
    }
}

/// The exact denoiser is cheap.
effort effort_of_exact(const settings& chosen) {
    auto e = effort_of(chosen);
    e.repeats *= 8;
    return e;
}

void judge_exact(const settings& chosen, index_t seed, const std::string& folder) {
    const auto points = swirl();
    const distribution::empirical<float, 2> data(points, distribution::kernel_width{0.0f});
    const denoiser::empirical exact(data);
    judge(effort_of_exact(chosen), exact, schedule::linear_log_snr<double>(cleanest, noisiest), points,
          static_cast<std::uint64_t>(seed), folder);
}

std::vector<job> jobs(const settings& chosen) {
    std::vector<job> all;
    for (const auto& of : models())
        for (index_t seed = 1; seed <= chosen.seeds; ++seed) {
            if (of.trained)
                all.push_back(
                    {job_name(of, seed), training_of(chosen, of, seed).text(),
                     [=](const std::string& folder, progress& report) { train(chosen, of, seed, folder, report); },
                     (chosen.full ? 55.0 : 11.0) * (of.learned ? 1.35 : 1)});
            else
                all.push_back({job_name(of, seed),
                               "8-bit swirl, " + of.title + ", seed " + std::to_string(seed) + "; " +
                                   effort_of_exact(chosen).text(),
                               [=](const std::string& folder, progress&) { judge_exact(chosen, seed, folder); },
                               chosen.full ? 18.0 : 7.0});
        }
    return all;
}

} // namespace
} // namespace vdm

experiment variational() {
    return {"variational", "The variational bound of bytes", vdm::jobs, vdm::report};
}

} // namespace experiments
