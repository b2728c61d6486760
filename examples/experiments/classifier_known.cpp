// SPDX-License-Identifier: MIT
#include "classifier_known.hpp"

#include <cdl/classifier/confusion.hpp>
#include <cdl/classifier/exact.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/mean_of.hpp>
#include <cdl/density/nll.hpp>
#include <cdl/distribution/toy_mixture.hpp>
#include <cdl/metric/frechet.hpp>
#include <cdl/metric/mmd.hpp>
#include <cdl/objective/classification.hpp>
#include <cdl/objective/prepare.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/run.hpp>
#include <cdl/schedule/discrete_grids.hpp>

#include "../support/output.hpp"
#include "files.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace experiments::cdm {
namespace {

using namespace cdl;
using found = std::array<density::estimate<double>, measures>;
constexpr double no_error = std::numeric_limits<double>::quiet_NaN();

template <class T>
density::estimate<double> widened(const density::estimate<T>& e) {
    return {static_cast<double>(e.value), static_cast<double>(e.standard_error), 0};
}

density::estimate<double> mean(const std::vector<double>& values) {
    return density::mean_of(policy, values.data(), static_cast<index_t>(values.size()));
}

/// A mixture, drawn and classified exactly; it lasts as long as what is returned.
template <index_t D, distribution::covariance C>
known_data of_mixture(const std::string& name, const std::string& title,
                      distribution::gaussian_mixture<float, D, C> mixture) {
    struct kept {
        distribution::gaussian_mixture<float, D, C> mixture;
        classifier::noise_classes<float> of_levels{policy, levels()};
    };
    const auto all = std::make_shared<const kept>(kept{std::move(mixture)});
    const auto exact = [all] { return classifier::exact(denoiser::optimal(all->mixture), all->of_levels); };
    return {name,
            title,
            {D,
             [all](std::uint64_t seed, index_t step, numbers& x) {
                 all->mixture.draw(policy, {.seed = seed, .use = random::purpose::data}, step, as_batch(x, D));
             }},
            {[exact](batch_view<const float> z, batch_view<float> out) { classifier::logits(policy, exact(), z, out); },
             [exact](batch_view<const float> z, std::span<const index_t> of_points, batch_view<float> out) {
                 classifier::ratio_gradients(policy, exact(), z, of_points, out);
             }}};
}

/// How well it tells classes, how well it tells noise; and the matrix, and the posterior of one class.
void judge_classes(const known_data& data, const functions& classifier, index_t seed, index_t n,
                   const std::string& folder, found& into) {
    const index_t d = data.points.dim;
    const random::noise_stream stream{.seed = static_cast<std::uint64_t>(seed)};
    numbers x(static_cast<std::size_t>(n * d)), gradient(x.size()), logits(static_cast<std::size_t>(n * classes));
    data.points.draw(stream.seed, held_out, x);
    auto prepared = objective::prepare(policy, objective::classification<float>{levels()}, as_batch(x, d));
    const auto asked = prepared.queries(policy, as_batch(x, d), stream, held_out);
    classifier.logits(asked.z, as_batch(logits, classes));
    classifier.gradient(asked.z, asked.classes, as_batch(gradient, d));
    const auto value = prepared.value(policy, as_batch(logits, classes), as_batch(gradient, d));
    const auto matrix = classifier::confusion(policy, as_batch(logits, classes), asked.classes);
    into[accuracy] = widened(matrix.accuracy);
    into[cross_entropy] = widened(matrix.cross_entropy);
    into[squared_error] = widened(value.squared_error);

    support::table cells{.header = "class,predicted,probability", .rows = {}};
    for (index_t truth = 1; truth <= classes; ++truth)
        for (index_t k = 1; k <= classes; ++k)
            cells.row({}, {static_cast<double>(truth), static_cast<double>(k),
                           static_cast<double>(matrix.probability(truth, k).value)});
    write_whole(folder + "/confusion.csv", cells.header + "\n" + cells.rows);

    // logits less the logarithm of the sum of their exponentials
    support::table curve{.header = "class,log_probability", .rows = {}};
    std::vector<std::vector<double>> logs(static_cast<std::size_t>(classes));
    for (index_t i = 0; i < n; ++i) {
        if (asked.classes[static_cast<std::size_t>(i)] != step_of_posterior) continue;
        math::log_sum_exp<double> total;
        const auto logit = [&](index_t k) {
            return static_cast<double>(logits[static_cast<std::size_t>(i * classes + k - 1)]);
        };
        for (index_t k = 1; k <= classes; ++k) total.add(logit(k));
        for (index_t k = 1; k <= classes; ++k)
            logs[static_cast<std::size_t>(k - 1)].push_back(logit(k) - total.value());
    }
    for (index_t k = 1; k <= classes; ++k)
        if (const auto& of_class = logs[static_cast<std::size_t>(k - 1)]; !of_class.empty())
            curve.row({}, {static_cast<double>(k), mean(of_class).value});
    write_whole(folder + "/posterior.csv", curve.header + "\n" + curve.rows);
}

/// The likelihood in one step, and by the integral over all levels, against the truth.
void judge_likelihood(const known_data& data, const functions& classifier, index_t seed, const sample_sizes& sizes,
                      found& into) {
    const index_t d = data.points.dim;
    const numbers z = noised_to_step_1(data.points, seed, sizes.likelihood);
    const numbers claimed = log_density_at_step_1(classifier, z, d), truth = log_density_at_step_1(data.exact, z, d);
    std::vector<double> one_step, true_nll, gap, size_of_gap;
    for (std::size_t i = 0; i < claimed.size(); ++i) {
        one_step.push_back(-static_cast<double>(claimed[i]));
        true_nll.push_back(-static_cast<double>(truth[i]));
        gap.push_back(one_step.back() - true_nll.back());
        size_of_gap.push_back(std::abs(gap.back()));
    }
    into[nll_one_step] = mean(one_step);
    into[nll_true] = mean(true_nll);
    into[one_step_gap] = mean(gap);
    into[one_step_error] = mean(size_of_gap);

    const density::monte_carlo rule{.levels = sizes.draws, .seed = static_cast<std::uint64_t>(seed)};
    const auto integrals = density::nll(policy, implied_denoiser(classifier), as_batch(z, d), levels().level(1), rule);
    std::vector<double> integrated, of_gap;
    for (std::size_t i = 0; i < integrals.size(); ++i) {
        integrated.push_back(static_cast<double>(integrals[i].value));
        of_gap.push_back(integrated.back() - true_nll[i]);
    }
    into[nll_integrated] = mean(integrated);
    into[integrated_gap] = mean(of_gap);
}

/// Samples by the classifier's own steps [CDM alg. 2], against fresh points of the data.
void judge_samples(const known_data& data, const functions& classifier, index_t seed, index_t n,
                   const std::string& folder, found& into) {
    const index_t d = data.points.dim;
    const random::noise_stream noise{.seed = static_cast<std::uint64_t>(seed), .use = random::purpose::sampler};
    numbers z(static_cast<std::size_t>(n * d)), fresh(z.size());
    data.points.draw(noise.seed, held_out + 2, fresh);
    const auto gradient = [&](const auto&, batch_view<const float> at, std::span<const index_t> steps,
                              batch_view<float> out) { classifier.gradient(at, steps, out); };
    denoiser::from_batch_classifier eps_hat(
        policy, denoiser::sorted_levels<float>(levels().levels().data(), steps_of_noise), gradient);
    sampler::draw_start(policy, noise, as_batch(z, d));
    sampler::run(policy, sampler::ancestral{}, eps_hat, schedule::all_steps(levels()), as_batch(z, d), noise);
    const auto kernel = metric::gaussian<float>::with_standard_deviation(static_cast<float>(kernel_width));
    const auto distance = metric::mmd(policy, kernel, as_batch(z, d), as_batch(fresh, d));
    into[mmd] = {distance.unbiased, distance.standard_error, 0};
    into[frechet] = {metric::frechet(policy, as_batch(z, d), as_batch(fresh, d)), no_error, 0};

    support::table points{.header = d == 1 ? "x" : "x,y", .rows = {}};
    for (index_t i = 0; i < n; ++i) {
        const auto at = z.begin() + i * d;
        points.row({}, std::vector<double>(at, at + d));
    }
    write_whole(folder + "/samples.csv", points.header + "\n" + points.rows);
}

/// How much probability the claimed density has in [-4, 4]^d, on a grid; on the line the density itself.
void judge_density(const known_data& data, const functions& classifier, const std::string& folder, found& into) {
    const index_t d = data.points.dim, across = d == 1 ? 401 : 161;
    const double end = 4, apart = 2 * end / static_cast<double>(across - 1);
    const auto at = [&](index_t i) { return static_cast<float>(-end + apart * static_cast<double>(i)); };
    numbers grid;
    for (index_t i = 0; i < across; ++i)
        for (index_t j = 0; j < (d == 1 ? 1 : across); ++j) {
            grid.push_back(at(i));
            if (d == 2) grid.push_back(at(j));
        }
    const numbers logs = log_density_at_step_1(classifier, grid, d);
    math::log_sum_exp<double> total;
    for (const float v : logs) total.add(static_cast<double>(v));
    into[log_mass] = {total.value() + static_cast<double>(d) * std::log(apart), no_error, 0};
    if (d != 1) return;
    support::table curve{.header = "x,log_density", .rows = {}};
    for (std::size_t i = 0; i < logs.size(); ++i)
        curve.row({}, {static_cast<double>(grid[i]), static_cast<double>(logs[i])});
    write_whole(folder + "/density.csv", curve.header + "\n" + curve.rows);
}

} // namespace

const std::vector<known_data>& known_sets() {
    static const std::vector<known_data> sets = [] {
        const float scale = std::sqrt(26.f);
        return std::vector{
            of_mixture<1, distribution::covariance::full>(
                "two_modes", "two modes",
                distribution::gaussian_mixture<float, 1>({1, 1}, {-5 / scale, 5 / scale}, {1 / 26.f, 1 / 26.f})),
            of_mixture<2, distribution::covariance::isotropic>(
                "eight_gaussians", "eight Gaussians",
                distribution::as_mixture<float>(distribution::eight_gaussians{}))};
    }();
    return sets;
}

sample_sizes sizes_of(bool full) {
    if (full) return {.held_out = 16000, .likelihood = 8000, .draws = 32, .samples = 2000};
    return {.held_out = 4000, .likelihood = 2000, .draws = 24, .samples = 1000};
}

void judge(const known_data& data, const functions& classifier, index_t seed, const sample_sizes& sizes,
           const std::string& folder) {
    found all;
    judge_classes(data, classifier, seed, sizes.held_out, folder, all);
    judge_likelihood(data, classifier, seed, sizes, all);
    judge_samples(data, classifier, seed, sizes.samples, folder, all);
    judge_density(data, classifier, folder, all);
    support::table rows{.header = "value,standard_error", .rows = {}};
    for (const auto& e : all) rows.row({}, {e.value, e.standard_error});
    write_whole(folder + "/numbers.csv", rows.header + "\n" + rows.rows);
}

} // namespace experiments::cdm
