// SPDX-License-Identifier: MIT

// Two modes on the line, 0.5 N(-5, 1) + 0.5 N(5, 1) [CDL A.3], scaled to variance 1: a network trained by denoising against the
// exact denoiser.

#include <cdl/adapter/torch_training.hpp>
#include <cdl/denoiser/lift.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/distribution/gaussian_mixture.hpp>
#include <cdl/objective/denoising.hpp>

#include "../support/fast_policy.hpp"
#include "experiment.hpp"
#include "files.hpp"
#include "networks.hpp"
#include "page.hpp"
#include "trainer.hpp"

#include <cmath>

namespace experiments {
namespace {

using namespace cdl;

constexpr index_t batch_size = 256, across = 321;
constexpr double scale = 5.0990195135927845; ///< sqrt(26), the standard deviation of the data
const support::single_thread policy{};

template <class T>
distribution::gaussian_mixture<T, 1> data() {
    const T mode = T(5 / scale), variance = T(1 / (scale * scale));
    return distribution::gaussian_mixture<T, 1>({1, 1}, {-mode, mode}, {variance, variance});
}

/// Mean squared errors of a network at some levels: over the noised data, and over the line.
void write_errors(const adapter::torch_denoiser<float>& trained, const std::string& file) {
    support::table rows{.header = "log_snr,on_data,on_the_line", .rows = {}};
    const auto p = data<double>();
    const denoiser::optimal exact(p);
    std::vector<float> z(across), answer(across);
    std::vector<double> z_exact(across), best(across);
    for (std::size_t i = 0; i < z.size(); ++i) {
        z[i] = static_cast<float>(-4 + 8 * static_cast<double>(i) / (across - 1));
        z_exact[i] = static_cast<double>(z[i]);
    }
    for (int a = -6; a <= 10; a += 2) {
        const auto level = static_cast<double>(a);
        trained(policy, as_batch(z, 1), log_snr<float>{static_cast<float>(a)}, as_batch(answer, 1));
        denoiser::lift(exact)(policy, z_exact, log_snr<double>{level}, best);
        double on_data = 0, weights = 0, on_line = 0;
        for (std::size_t i = 0; i < z.size(); ++i) {
            const double error = static_cast<double>(answer[i]) - best[i];
            const double weight = std::exp(p.log_density(std::array{z_exact[i]}, log_snr<double>{level}));
            on_data += weight * error * error, weights += weight, on_line += error * error;
        }
        rows.row({}, {level, on_data / weights, on_line / across});
    }
    write_whole(file, rows.header + "\n" + rows.rows);
}

training_settings training_of(const settings& chosen, index_t seed) {
    training_settings t;
    t.label = "two modes, denoising, batch 256, seed " + std::to_string(seed);
    t.steps = chosen.steps_of(3000, 30000);
    t.checkpoint_every = std::max<index_t>(1, t.steps / 50);
    return t;
}

void train(const settings& chosen, index_t seed, const std::string& folder, progress& report) {
    const auto network = std::make_shared<residual_mlp>(1);
    initialise(*network, static_cast<std::uint64_t>(seed));
    trainer training(*network, training_of(chosen, seed), folder);
    const adapter::torch_denoiser<float> eps_hat(network);
    std::vector<float> x(batch_size);
    const objective::denoising loss{schedule::logistic_levels{0, 2}, objective::simple()};
    auto prepared = objective::prepare(policy, loss, x);
    const auto p = data<float>();
    const random::noise_stream stream{.seed = static_cast<std::uint64_t>(seed)};
    training.run(
        [&](index_t step) {
            p.draw(policy, stream.for_purpose(random::purpose::data), step, x);
            return static_cast<double>(adapter::backward(policy, prepared, eps_hat, x, stream, step).value);
        },
        report);
    training.use_average();
    write_errors(eps_hat, folder + "/errors.csv");
}

std::string job_name(index_t seed) {
    return "two-modes/" + seed_name(seed);
}

std::vector<job> jobs(const settings& chosen) {
    std::vector<job> all;
    for (index_t seed = 1; seed <= chosen.seeds; ++seed)
        all.push_back(
            {job_name(seed), training_of(chosen, seed).text(),
             [chosen, seed](const std::string& folder, progress& report) { train(chosen, seed, folder, report); }});
    return all;
}

std::string report(const settings& chosen, support::output& to) {
    std::vector<std::vector<std::vector<double>>> of_seed;
    for (index_t seed = 1; seed <= chosen.seeds; ++seed)
        of_seed.push_back(read_numbers(folder_of(chosen.out, job_name(seed)) + "/errors.csv"));
    support::table rows{.header = "log_snr,on_data,standard_error,on_the_line,standard_error", .rows = {}};
    support::data_block block("errors");
    for (std::size_t i = 0; i < of_seed[0].size(); ++i) {
        std::vector<double> on_data, on_line;
        for (const auto& table : of_seed) on_data.push_back(table[i][1]), on_line.push_back(table[i][2]);
        const auto d = over_seeds(on_data), l = over_seeds(on_line);
        rows.row({}, {of_seed[0][i][0], d.mean, d.error, l.mean, l.error});
        block.row({of_seed[0][i][0], d.mean, l.mean});
    }
    to.csv("two_modes", rows);
    to.svg("two_modes",
           block.text() +
               "set logscale y\nset format y '10^{%T}'\nset xlabel 'log-SNR'\nset ylabel 'mean squared error'\n"
               "plot $errors using 1:2 with linespoints lw 2 title 'on the noised data', "
               "$errors using 1:3 with linespoints lw 2 title 'on the line'\n",
           820, 420);
    return paragraph(
               "A network trained by denoising, against the exact denoiser of the same data. On the noised data it is "
               "right; between the modes and far out it was not trained.") +
           figure(to, "two_modes", "Mean squared error of eps_hat at each level, mean over seeds.") +
           table_of(to, "two_modes", "The same numbers.");
}

} // namespace

experiment two_modes() {
    return {"two-modes", "Two modes on the line", jobs, report};
}

} // namespace experiments
