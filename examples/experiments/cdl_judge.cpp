// SPDX-License-Identifier: MIT
#include "cdl_judge.hpp"

#include <cdl/adapter/torch_denoiser.hpp>
#include <cdl/classifier/confusion.hpp>
#include <cdl/classifier/noise_levels.hpp>
#include <cdl/metric/frechet.hpp>
#include <cdl/metric/mmd.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/picard.hpp>
#include <cdl/sampler/record.hpp>
#include <cdl/schedule/discrete_grids.hpp>

#include "../support/fast_policy.hpp"
#include "files.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace experiments {
namespace {

using namespace cdl;
using network_denoiser = adapter::torch_denoiser<float>;
using const_points = batch_view<const float, dynamic>;

const support::single_thread policy{};
constexpr double trained_within = 9;

/// Counts the points that a denoiser is asked at.
struct counted {
    const network_denoiser& denoiser;
    index_t& calls;

    template <exec::policy P, batch Z, writable_batch E>
    void operator()(const P& run_by, const Z& z, level_view<float> levels, E&& eps_hat) const {
        calls += z.size();
        denoiser(run_by, z, levels, eps_hat);
    }
};

/// A network where it was trained, and beyond the denoiser of a Gaussian N(0, v I), N z / (S^2 v + N^2).
struct with_gaussian_ends {
    const network_denoiser& denoiser;
    double location;

    template <exec::policy P, batch Z, writable_batch E>
    void operator()(const P& run_by, const Z& z, level_view<float> levels, E&& eps_hat) const {
        denoiser(run_by, z, levels, eps_hat);
        const double variance = std::exp(-location);
        for (index_t i = 0; i < z.size(); ++i) {
            const log_snr<double> a{static_cast<double>(levels[i].value)};
            if (std::abs(a.value - location) <= trained_within) continue;
            const double noise = noise_scale(a), signal = signal_scale(a);
            const double factor = noise / (signal * signal * variance + noise * noise);
            for (index_t j = 0; j < z.dim(); ++j)
                eps_hat(i, j) = static_cast<float>(factor * static_cast<double>(z(i, j)));
        }
    }
};

const_points as_points(const std::vector<float>& x, index_t d) {
    return {x.data(), static_cast<index_t>(x.size()) / d, d};
}
points_view as_points(std::vector<float>& x, index_t d) {
    return {x.data(), static_cast<index_t>(x.size()) / d, d};
}

std::vector<log_snr<float>> grid_of(index_t steps) {
    return schedule::trailing(schedule::discrete_levels<float>::ddpm_linear(1000), steps);
}

void write(const std::string& file, const support::table& rows) {
    write_whole(file, rows.header + "\n" + rows.rows);
}

/// The start and the noise of the samples of a seed.
random::noise_stream noise_of(index_t seed) {
    return {.seed = static_cast<std::uint64_t>(seed), .use = random::purpose::sampler};
}

std::vector<float> start_of(index_t n, index_t d, index_t seed) {
    std::vector<float> z(static_cast<std::size_t>(n * d));
    sampler::draw_start(policy, noise_of(seed), as_points(z, d));
    return z;
}

/// Samples in parallel, judged after each sweep.
void judge_parallel(const network_denoiser& eps_hat, const judge_settings& s, index_t seed, const const_points& truth,
                    std::vector<double>& found, const std::string& folder) {
    using clock = std::chrono::steady_clock;
    support::table curve{.header = "sweep,evaluations,mmd,mmd_error", .rows = {}},
        times{.header = "sweep,seconds", .rows = {}};
    const index_t d = truth.dim();
    auto z = start_of(s.parallel, d, seed);
    index_t calls = 0;
    double seconds = 0;
    auto since = clock::now();
    const auto watch = [&](index_t sweep, const auto& path) {
        seconds += std::chrono::duration<double>(clock::now() - since).count();
        const auto m = metric::mmd(policy, s.kernels[0], path.level(path.steps), truth);
        found[parallel_mmd] = m.unbiased, found[parallel_mmd_error] = m.standard_error;
        found[evaluations] = static_cast<double>(calls) / static_cast<double>(s.parallel);
        curve.row({}, {static_cast<double>(sweep), found[evaluations], m.unbiased, m.standard_error});
        times.row({}, {static_cast<double>(sweep), seconds});
        since = clock::now();
    };
    const auto report = sampler::picard(policy, sampler::ancestral{}, counted{eps_hat, calls}, grid_of(s.steps),
                                        as_points(z, d), noise_of(seed), {.together = true}, watch);
    found[sweeps] = static_cast<double>(report.sweeps);
    write(folder + "/sweeps.csv", curve);
    write(folder + "/times.csv", times);
}

/// -log p of held-out points, and the guesses of their noise levels.
void judge_density(const network_denoiser& eps_hat, const point_law& law, const judge_settings& s, index_t seed,
                   std::vector<double>& found) {
    const with_gaussian_ends whole{eps_hat, law.location};
    const auto number = static_cast<std::uint64_t>(seed);
    const auto x = drawn(law, held_out_seed + number, s.held_out);
    const schedule::logistic_levels draws{.location = law.location, .scale = 2};
    const auto nlls = density::nll(policy, whole, as_points(x, law.d),
                                   density::monte_carlo{.levels = s.levels, .law = draws, .seed = number});
    std::vector<double> values;
    for (const auto& one : nlls) values.push_back(static_cast<double>(one.value));
    const auto mean = density::mean_of(policy, values.data(), static_cast<index_t>(values.size()));
    found[nll] = mean.value, found[nll_error] = mean.standard_error;

    const auto told = noised(law, seed, s.classified);
    const auto posteriors =
        classifier::noise_levels(policy, whole, as_points(told.z, law.d), std::span<const log_snr<float>>(told.levels),
                                 density::monte_carlo{.levels = s.class_levels, .law = draws, .seed = number});
    std::vector<float> logs;
    for (const auto& one : posteriors) logs.insert(logs.end(), one.log_posterior.begin(), one.log_posterior.end());
    const auto scores = classifier::confusion(policy, as_points(logs, static_cast<index_t>(told.levels.size())),
                                              std::span<const index_t>(told.classes));
    found[accuracy] = static_cast<double>(scores.accuracy.value);
    found[accuracy_error] = static_cast<double>(scores.accuracy.standard_error);
    found[cross_entropy] = static_cast<double>(scores.cross_entropy.value);
}

} // namespace

std::string judge_settings::text() const {
    const auto number = [](index_t n) { return std::to_string(n); };
    return "judged by " + number(samples) + " samples in " + number(steps) + " steps against " + number(truth) +
           " fresh points; " + number(parallel) + " of them in parallel; " + number(held_out) + " held-out points at " +
           number(levels) + " levels; " + number(classified) + " classified at " + number(class_levels) + " levels";
}

std::vector<float> drawn(const point_law& law, std::uint64_t seed, index_t n) {
    std::vector<float> x(static_cast<std::size_t>(n * law.d));
    law.draw(seed, 0, as_points(x, law.d));
    return x;
}

noised_points noised(const point_law& law, index_t seed, index_t n) {
    noised_points told;
    for (std::size_t k = 0; k < told.levels.size(); ++k)
        told.levels[k] = {static_cast<float>(law.location - 6 + 3 * static_cast<double>(k))};
    const auto x = drawn(law, classified_seed + static_cast<std::uint64_t>(seed), n);
    std::vector<float> eps(x.size());
    told.z.resize(x.size());
    std::vector<log_snr<float>> each;
    for (index_t i = 0; i < n; ++i) {
        const index_t k = i % static_cast<index_t>(told.levels.size());
        told.classes.push_back(k + 1);
        each.push_back(told.levels[static_cast<std::size_t>(k)]);
    }
    const random::noise_stream stream{.seed = classified_seed + static_cast<std::uint64_t>(seed),
                                      .use = random::purpose::channel};
    channel::draw_noise(policy, stream, 0, as_points(eps, law.d));
    channel::add_noise(policy, as_points(x, law.d), level_view<float>(each), as_points(std::as_const(eps), law.d),
                       as_points(told.z, law.d));
    return told;
}

void judge(const std::shared_ptr<residual_mlp>& network, const point_law& law, const judge_settings& s, index_t seed,
           const std::string& folder) {
    const network_denoiser eps_hat(network);
    const auto number = static_cast<std::uint64_t>(seed);
    std::vector<double> found(measures);
    const auto truth = drawn(law, truth_seed + number, s.truth);
    const auto true_points = as_points(truth, law.d);

    auto z = start_of(s.samples, law.d, seed);
    sampler::run(policy, sampler::ancestral{}, eps_hat, grid_of(s.steps), as_points(z, law.d), noise_of(seed));
    support::table samples{.header = law.d == 1 ? "x" : "x,y", .rows = {}};
    for (std::size_t i = 0; i < z.size(); i += static_cast<std::size_t>(law.d)) {
        std::vector<double> point;
        for (std::size_t j = i; j < i + static_cast<std::size_t>(law.d); ++j)
            point.push_back(static_cast<double>(z[j]));
        samples.row({}, point);
    }
    write(folder + "/samples.csv", samples);

    const auto compare = [&](const std::vector<float>& x, std::array<measure, 4> mmds, measure moments) {
        for (std::size_t k = 0; k < 2; ++k) {
            const auto m = metric::mmd(policy, s.kernels[k], as_points(x, law.d), true_points);
            found[mmds[2 * k]] = m.unbiased, found[mmds[2 * k + 1]] = m.standard_error;
        }
        found[moments] = metric::frechet(policy, as_points(x, law.d), true_points);
    };
    compare(z, {mmd, mmd_error, other_mmd, other_mmd_error}, frechet_distance);
    compare(drawn(law, fresh_seed + number, s.samples),
            {fresh_mmd, fresh_mmd_error, fresh_other_mmd, fresh_other_mmd_error}, fresh_frechet);
    judge_parallel(eps_hat, s, seed, true_points, found, folder);
    judge_density(eps_hat, law, s, seed, found);

    support::table row{.header = "mmd,mmd_error,other_mmd,other_mmd_error,parallel_mmd,parallel_mmd_error,frechet,nll,"
                                 "nll_error,accuracy,accuracy_error,cross_entropy,sweeps,evaluations,fresh_mmd,"
                                 "fresh_mmd_error,fresh_other_mmd,fresh_other_mmd_error,fresh_frechet",
                       .rows = {}};
    row.row({}, found);
    write(folder + "/measures.csv", row);
}

void write_paths(const std::shared_ptr<residual_mlp>& network, index_t steps, index_t seed, const std::string& folder) {
    const network_denoiser eps_hat(network);
    const auto grid = grid_of(steps);
    support::table rows{.header = "sweep,log_snr,x", .rows = {}};
    const auto put = [&](double sweep, std::size_t k, float x) {
        if (std::isfinite(grid[k].value))
            rows.row({}, {sweep, static_cast<double>(grid[k].value), static_cast<double>(x)});
    };
    auto z = start_of(1, 1, seed);
    const auto start = z;
    sampler::run(policy, sampler::ancestral{}, eps_hat, grid, z, noise_of(seed),
                 [&](index_t k, log_snr<float>, const auto& x) { put(-1, static_cast<std::size_t>(k), x(0, 0)); });
    z = start;
    const auto watch = [&](index_t sweep, const auto& path) {
        if (std::ranges::find(shown_sweeps, sweep) == std::end(shown_sweeps)) return;
        for (std::size_t k = 0; k < grid.size(); ++k)
            put(static_cast<double>(sweep), k, path.level(static_cast<index_t>(k))(0, 0));
    };
    sampler::picard(policy, sampler::ancestral{}, eps_hat, grid, z, noise_of(seed), {.together = true}, watch);
    write(folder + "/paths.csv", rows);
}

} // namespace experiments
