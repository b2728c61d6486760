// SPDX-License-Identifier: MIT
#pragma once

// What a denoiser with a schedule is worth as a model of bytes: its bound, how much a point's loss varies, its samples, and how
// well it tells levels of noise apart. Everything goes into CSV files of a folder.

#include <cdl/channel/noising.hpp>
#include <cdl/classifier/confusion.hpp>
#include <cdl/classifier/noise_levels.hpp>
#include <cdl/denoiser/empirical.hpp>
#include <cdl/density/monte_carlo.hpp>
#include <cdl/metric/frechet.hpp>
#include <cdl/metric/mmd.hpp>
#include <cdl/objective/variational.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/run.hpp>
#include <cdl/schedule/grids.hpp>
#include <cdl/schedule/linear_log_snr.hpp>

#include "../support/fast_policy.hpp"
#include "files.hpp"
#include "variational.hpp"

#include <algorithm>
#include <cmath>

namespace experiments::vdm {

using namespace cdl;

inline constexpr support::single_thread policy{};
inline constexpr index_t bins = 40; ///< of time, for spread.csv
/// Seeds of what judges, beyond those of training.
inline constexpr std::uint64_t judging = 1'000'000;

inline void write(const std::string& file, const support::table& rows) {
    write_whole(file, rows.header + "\n" + rows.rows);
}

inline density::estimate<double> mean(const std::vector<double>& numbers) {
    return density::mean_of(policy, numbers.data(), static_cast<index_t>(numbers.size()));
}

/// The bound and its parts, bits per dimension, for each number of steps. A repeat is an estimate from all points with times
/// that are spread evenly; its spread over the repeats is the error.
template <class F, class Schedule>
void judge_bound(const effort& e, const F& eps_hat, const Schedule& schedule, const byte_cloud& x, std::uint64_t seed,
                 const std::string& folder) {
    support::table rows{.header = "steps,bits,standard_error,prior,reconstruction,diffusion", .rows = {}};
    byte_cloud answers(x.size());
    for (const index_t steps : bound_steps()) {
        auto training = objective::prepare(policy, objective::variational{schedule, density::eight_bit(), steps}, x);
        std::vector<double> total, prior, reconstruction, diffusion;
        for (index_t repeat = 0; repeat < e.repeats; ++repeat) {
            const auto q = training.queries(policy, x, {.seed = judging + seed}, repeat);
            eps_hat(policy, q.z, q.levels, answers);
            training.value(policy, answers);
            const auto parts = training.evaluator().parts(policy);
            const auto bits = [](const auto& part) {
                return static_cast<double>(density::in_bits<density::discrete_data<256>>(part, 2).value);
            };
            total.push_back(static_cast<double>(parts.bits_per_dim().value));
            prior.push_back(bits(parts.prior)), reconstruction.push_back(bits(parts.reconstruction));
            diffusion.push_back(bits(parts.diffusion));
        }
        const auto bound = mean(total);
        rows.row({}, {static_cast<double>(steps), bound.value, bound.standard_error, mean(prior).value,
                      mean(reconstruction).value, mean(diffusion).value});
    }
    write(folder + "/bound.csv", rows);
}

/// The diffusion loss of a point at a random time, bits per dimension: its mean and variance, and the root of its mean square by
/// time.
struct spread {
    density::estimate<double> loss;
    double variance;
    std::vector<double> by_time;

    /// The least variance that a schedule with the same ends can have, as far as the bins of time tell: where all times have the
    /// same mean square.
    double least() const {
        double sum = 0;
        for (const double root : by_time) sum += root / bins;
        return sum * sum - loss.value * loss.value;
    }
};

template <class F, class Schedule>
spread spread_of(const effort& e, const F& eps_hat, const Schedule& schedule, const byte_cloud& x, std::uint64_t seed) {
    auto training = objective::prepare(policy, objective::variational{schedule, density::eight_bit()}, x);
    byte_cloud answers(x.size());
    std::vector<double> all, squares(bins), counts(bins);
    for (index_t repeat = 0; repeat < e.repeats; ++repeat) {
        const auto q = training.queries(policy, x, {.seed = 2 * judging + seed}, repeat);
        eps_hat(policy, q.z, q.levels, answers);
        training.value(policy, answers);
        const auto losses = training.evaluator().diffusion_losses(policy);
        for (std::size_t i = 0; i < losses.size(); ++i) {
            const double loss = density::bits_per_dim(static_cast<double>(losses[i]), 2);
            const double time =
                schedule.time_of(log_snr<double>{static_cast<double>(q.levels[static_cast<index_t>(i)].value)});
            const auto bin = static_cast<std::size_t>(std::clamp(time * bins, 0.0, bins - 1.0));
            all.push_back(loss), squares[bin] += loss * loss, counts[bin] += 1;
        }
    }
    const auto loss = mean(all);
    for (std::size_t b = 0; b < squares.size(); ++b) squares[b] = std::sqrt(squares[b] / counts[b]);
    return {loss, loss.standard_error * loss.standard_error * static_cast<double>(all.size()), squares};
}

/// With the schedule, and with a straight one between the same ends.
template <class F, class Schedule>
void judge_spread(const effort& e, const F& eps_hat, const Schedule& schedule, const byte_cloud& x, std::uint64_t seed,
                  const std::string& folder) {
    const schedule::linear_log_snr<double> straight(schedule.at(0.0), schedule.at(1.0));
    const auto own = spread_of(e, eps_hat, schedule, x, seed), line = spread_of(e, eps_hat, straight, x, seed);
    support::table rows{.header = "time,log_snr,root_mean_square,root_mean_square_straight", .rows = {}};
    for (std::size_t b = 0; b < own.by_time.size(); ++b) {
        const double time = (static_cast<double>(b) + 0.5) / bins;
        rows.row({}, {time, schedule.at(time).value, own.by_time[b], line.by_time[b]});
    }
    write(folder + "/spread.csv", rows);
    support::table whole{.header = "cleanest,noisiest,variance,variance_straight,variance_least", .rows = {}};
    whole.row({}, {schedule.at(0.0).value, schedule.at(1.0).value, own.variance, line.variance, line.least()});
    write(folder + "/schedule.csv", whole);
}

/// Ancestral samples, rounded to bytes: the share that is one of the points, how many of the points were met, and distances.
template <class F, class Schedule>
void judge_samples(const effort& e, const F& eps_hat, const Schedule& schedule, const byte_cloud& x, std::uint64_t seed,
                   const std::string& folder) {
    support::table rows{.header = "steps,on_a_point,standard_error,points_met,mmd,mmd_standard_error,frechet",
                        .rows = {}};
    const distribution::empirical<float, 2> data(x, distribution::kernel_width{0.0f});
    byte_cloud fresh(static_cast<std::size_t>(4 * e.samples)), z(static_cast<std::size_t>(e.samples));
    data.draw(policy, {.seed = 3 * judging + seed}, 0, fresh);
    auto sorted = x;
    std::sort(sorted.begin(), sorted.end());
    for (const index_t steps : e.sampled_in) {
        std::vector<log_snr<float>> grid;
        for (const auto& a : schedule::uniform_in_time(schedule, steps)) grid.push_back({static_cast<float>(a.value)});
        const random::noise_stream noise{3 * judging + seed, random::purpose::sampler};
        sampler::draw_start(policy, noise, z);
        sampler::run(policy, sampler::ancestral{}, eps_hat, std::span<const log_snr<float>>(grid), z, noise);
        std::vector<double> hits;
        byte_cloud met;
        for (auto& point : z) {
            for (float& v : point) { // the most probable byte
                const auto bytes = density::eight_bit();
                const auto k = bytes.index_of(v / signal_scale(grid.back()));
                v = bytes.value(static_cast<float>(k));
            }
            hits.push_back(std::binary_search(sorted.begin(), sorted.end(), point) ? 1 : 0);
            if (hits.back() > 0) met.push_back(point);
        }
        std::sort(met.begin(), met.end());
        met.erase(std::unique(met.begin(), met.end()), met.end());
        const auto share = mean(hits);
        const auto mmd = metric::mmd(policy, metric::gaussian<float>::with_standard_deviation(0.03f), z, fresh);
        rows.row({}, {static_cast<double>(steps), share.value, share.standard_error, static_cast<double>(met.size()),
                      mmd.unbiased, mmd.standard_error, metric::frechet(policy, z, x)});
        support::table points{.header = "x,y", .rows = {}};
        for (const auto& point : z) points.row({}, {static_cast<double>(point[0]), static_cast<double>(point[1])});
        write(folder + "/samples_" + std::to_string(steps) + ".csv", points);
    }
    write(folder + "/samples.csv", rows);
}

/// How well the classifier that the denoiser implies tells the levels apart, and how well the best one does.
template <class F>
void judge_classifier(const effort& e, const F& eps_hat, const byte_cloud& x, std::uint64_t seed,
                      const std::string& folder) {
    const auto levels = classified_levels();
    const auto classes = static_cast<index_t>(levels.size()), n = classes * e.classified;
    const distribution::empirical<float, 2> data(x, distribution::kernel_width{0.0f});
    byte_cloud clean_points(static_cast<std::size_t>(n)), z(clean_points.size()), eps(clean_points.size());
    const random::noise_stream stream{.seed = 4 * judging + seed};
    data.draw(policy, stream, 0, clean_points);
    std::vector<log_snr<float>> of_points;
    std::vector<index_t> truth;
    for (index_t i = 0; i < n; ++i) {
        truth.push_back(i % classes + 1);
        of_points.push_back(levels[static_cast<std::size_t>(i % classes)]);
    }
    channel::draw_noise(policy, stream.for_purpose(random::purpose::channel), 0, eps);
    channel::add_noise(policy, clean_points, level_view<float>(of_points.data(), n), eps, z);

    std::vector<double> implied, exact;
    const density::monte_carlo rule{.levels = 256, .law = {4, 2}, .seed = 4 * judging + seed};
    const auto posteriors = classifier::noise_levels(policy, eps_hat, z, std::span<const log_snr<float>>(levels), rule);
    for (std::size_t i = 0; i < posteriors.size(); ++i)
        for (std::size_t k = 0; k < levels.size(); ++k) {
            implied.push_back(static_cast<double>(posteriors[i].log_posterior[k]));
            exact.push_back(static_cast<double>(data.log_density(z[i], levels[k])));
        }
    const auto told = classifier::confusion(policy, as_batch(implied, classes), truth),
               best = classifier::confusion(policy, as_batch(exact, classes), truth);
    support::table rows{.header = "accuracy,standard_error,cross_entropy,standard_error,best_accuracy,"
                                  "standard_error,best_cross_entropy,standard_error",
                        .rows = {}};
    rows.row({}, {told.accuracy.value, told.accuracy.standard_error, told.cross_entropy.value,
                  told.cross_entropy.standard_error, best.accuracy.value, best.accuracy.standard_error,
                  best.cross_entropy.value, best.cross_entropy.standard_error});
    write(folder + "/classifier.csv", rows);
}

template <class F, class Schedule>
void judge(const effort& e, const F& eps_hat, const Schedule& schedule, const byte_cloud& x, std::uint64_t seed,
           const std::string& folder) {
    judge_bound(e, eps_hat, schedule, x, seed, folder);
    judge_spread(e, eps_hat, schedule, x, seed, folder);
    judge_samples(e, eps_hat, schedule, x, seed, folder);
    judge_classifier(e, eps_hat, x, seed, folder);
}

} // namespace experiments::vdm
