// SPDX-License-Identifier: MIT
#include "classifier_uniform.hpp"

#include <cdl/density/mean_of.hpp>
#include <cdl/random/noise_stream.hpp>

#include "classifier_model.hpp"
#include "classifier_report.hpp"
#include "files.hpp"
#include "page.hpp"

#include <algorithm>
#include <cmath>

namespace experiments::cdm {
namespace {

using namespace cdl;

constexpr double widths[] = {0.25, 0.5, 1, 2, 3};
constexpr loss_weights weights{0.3, 1};

std::vector<index_t> dimensions(const settings& chosen) {
    return chosen.full ? std::vector<index_t>{2, 8} : std::vector<index_t>{2};
}

index_t points_of(const settings& chosen) {
    return chosen.full ? 8000 : 2000;
}

source uniform(double gamma, index_t d) {
    return {d, [=](std::uint64_t seed, index_t step, numbers& x) {
                const random::noise_stream stream{.seed = seed, .use = random::purpose::data};
                for (std::size_t i = 0; i < x.size(); ++i) {
                    const auto k = static_cast<index_t>(i);
                    x[i] = static_cast<float>(gamma * (random::uniform(stream, step, k / d, k % d) - 0.5));
                }
            }};
}

/// -log p_1 of each point: in each coordinate the uniform density between two ends, convolved with a normal one, is the
/// difference of two distribution functions. Erfc at the positive argument keeps its digits far out.
std::vector<double> true_nll(const numbers& z, index_t d, double gamma) {
    const auto level = log_snr<double>{static_cast<double>(levels().level(1).value)};
    const double half = signal_scale(level) * gamma / 2, noise = std::sqrt(2.0) * noise_scale(level);
    std::vector<double> nll(z.size() / static_cast<std::size_t>(d));
    for (std::size_t i = 0; i < z.size(); ++i) {
        const double at = std::abs(static_cast<double>(z[i]));
        const double between = 0.5 * (std::erfc((at - half) / noise) - std::erfc((at + half) / noise));
        nll[i / static_cast<std::size_t>(d)] -= std::log(between / (2 * half));
    }
    return nll;
}

std::string job_name(index_t d, double gamma, index_t seed) {
    return "classifier/uniform-" + std::to_string(d) + "d-" + support::text(gamma) + "/" + seed_name(seed);
}

training_settings settings_of(const settings& chosen, index_t d, double gamma, index_t seed) {
    return training_of("uniform noise in " + std::to_string(d) + " dimensions, gamma " + support::text(gamma) +
                           ", cross entropy * " + support::text(weights.cross_entropy) + " + squared error * " +
                           support::text(weights.squared_error),
                       training_steps(chosen), seed);
}

void run(const settings& chosen, index_t d, double gamma, index_t seed, const std::string& folder, progress& report) {
    const source data = uniform(gamma, d);
    const functions classifier = trained(data, weights, settings_of(chosen, d, gamma, seed), seed, folder, report);
    const numbers noised = noised_to_step_1(data, seed, points_of(chosen));
    numbers fresh(noised.size());
    data.draw(static_cast<std::uint64_t>(seed), held_out + 1, fresh);
    const std::vector<double> truth = true_nll(noised, d, gamma);
    std::vector<double> claimed, gap, of_data;
    for (const float v : log_density_at_step_1(classifier, noised, d)) {
        claimed.push_back(-static_cast<double>(v));
        gap.push_back(claimed.back() - truth[gap.size()]);
    }
    for (const float v : log_density_at_step_1(classifier, fresh, d)) of_data.push_back(-static_cast<double>(v));
    support::table rows{.header = "value,standard_error", .rows = {}};
    for (const std::vector<double>* values :
         std::initializer_list<const std::vector<double>*>{&claimed, &truth, &gap, &of_data}) {
        const auto e = density::mean_of(policy, values->data(), static_cast<index_t>(values->size()));
        rows.row({}, {e.value, e.standard_error});
    }
    write_whole(folder + "/numbers.csv", rows.header + "\n" + rows.rows);
}

} // namespace

std::vector<job> uniform_jobs(const settings& chosen) {
    std::vector<job> all;
    for (const index_t d : dimensions(chosen))
        for (const double gamma : widths)
            for (index_t seed = 1; seed <= chosen.seeds; ++seed)
                all.push_back(
                    {job_name(d, gamma, seed),
                     settings_of(chosen, d, gamma, seed).text() + "; judged at " + std::to_string(points_of(chosen)) +
                         " points",
                     [=](const std::string& folder, progress& report) { run(chosen, d, gamma, seed, folder, report); },
                     training_seconds(chosen)});
    return all;
}

std::string uniform_report(const settings& chosen, support::output& to) {
    constexpr const char* colours[] = {"#0072b2", "#d55e00"};
    constexpr const char* shapes[] = {"7", "9"};
    support::table rows{.header = "d,gamma,data,step_1,error,claimed_at_step_1,error,claimed_less_truth,error,"
                                  "claimed_without_noise,error",
                        .rows = {}};
    support::table cells{.header = "d,gamma,d_log_gamma,exact,classifier,less_exact,classifier_without_noise",
                         .rows = {}};
    std::string blocks, values, gaps;
    double largest = 0;
    std::size_t resolved = 0, count = 0;
    const auto dims = dimensions(chosen);
    for (std::size_t k = 0; k < dims.size(); ++k) {
        const auto d = static_cast<double>(dims[k]);
        const std::string name = "d" + std::to_string(dims[k]),
                          dot = std::string(" pt ") + shapes[k] + " ps 0.9 lw 2 lc rgb '" + colours[k] +
                                "' title 'classifier, d = " + std::to_string(dims[k]) + "'";
        support::data_block block(name);
        for (const double gamma : widths) {
            std::vector<std::vector<double>> of_seed(4);
            for (index_t seed = 1; seed <= chosen.seeds; ++seed) {
                const auto from = read_numbers(folder_of(chosen.out, job_name(dims[k], gamma, seed)) + "/numbers.csv");
                for (std::size_t m = 0; m < of_seed.size(); ++m) of_seed[m].push_back(from.at(m).at(0));
            }
            const auto claimed = over_seeds(of_seed[0]), truth = over_seeds(of_seed[1]), gap = over_seeds(of_seed[2]),
                       clean = over_seeds(of_seed[3]);
            const double entropy = d * std::log(gamma), bar = std::isfinite(gap.error) ? 2 * gap.error / d : 0;
            rows.row({}, {d, gamma, entropy, truth.mean, truth.error, claimed.mean, claimed.error, gap.mean, gap.error,
                          clean.mean, clean.error});
            cells.row({support::text(d), support::text(gamma), short_text(entropy), with_error(truth),
                       with_error(claimed), with_error(gap), with_error(clean)},
                      {});
            block.row({gamma, claimed.mean / d, truth.mean / d, gap.mean / d, bar});
            largest = std::max(largest, std::abs(gap.mean) / d);
            resolved += verdict(gap, chosen.seeds) != "not told apart";
            ++count;
        }
        blocks += block.text();
        if (k == 0)
            values += ", $" + name +
                      " using 1:3 with linespoints pt 4 ps 1.3 lw 1 dt 2 lc rgb '#333333' title 'exact, at step 1'";
        values += ", $" + name + " using 1:2 with points" + dot;
        gaps += ", $" + name + " using 1:4:5 with yerrorbars" + dot;
    }
    to.csv("classifier_uniform", rows);
    to.csv("classifier_uniform_table", cells);
    to.svg(
        "classifier_uniform",
        blocks +
            "set logscale x 2\nset xrange [0.22:3.4]\nset xtics (0.25, 0.5, 1, 2, 3)\nset key left top reverse Left\n"
            "set xlabel 'gamma'\nset ylabel 'nats for each dimension' offset 1\n"
            "set multiplot layout 1,2 margins 0.075,0.985,0.14,0.92 spacing 0.1,0\n"
            "set title 'negative log likelihood'\n"
            "plot log(x) with lines lw 2 lc rgb '#888888' title 'log gamma, of the data'" +
            values +
            "\nset title 'classifier less exact'\nset key right top\nset yrange [*<-0.05:0.1<*]\n"
            "plot 0 with lines lw 2 lc rgb '#888888' notitle" +
            gaps + "\nunset multiplot",
        1000, 440);
    const std::string seeds = std::to_string(chosen.seeds) + " seeds";
    return "<h3>Uniform noise: the likelihood in one step</h3>\n" +
           paragraph(
               "After [CDM fig. 3]: a classifier for each gamma, trained on uniform noise in [-gamma/2, gamma/2]^d, "
               "says in one evaluation how likely points are. The entropy of the data is d log gamma. What a "
               "classifier knows is the density at step 1, where noise of scale 1/" +
               std::to_string(classes) +
               " makes the edges soft; that density is known, too. The largest difference of a classifier "
               "from it, on the mean, is " +
               short_text(largest) + " nats for each dimension" +
               (chosen.seeds > 1 ? "; " + std::to_string(resolved) + " of " + std::to_string(count) +
                                       " differences are larger than chance alone would have them in 5 % of all cases"
                                 : std::string()) +
               ".") +
           figure(to, "classifier_uniform",
                  "Mean negative log likelihood of points at step 1, means over " + seeds +
                      ". Left: as claimed, and exact. Right: the difference at the same points; bars are two standard "
                      "errors over seeds.") +
           table_of(to, "classifier_uniform_table",
                    "Mean negative log likelihoods of whole points, nats, at " + std::to_string(points_of(chosen)) +
                        " points. Exact, classifier and the difference: at points at step 1. Classifier without noise: "
                        "asked for step 1 at points of the data themselves, as the paper does. Means over " +
                        seeds + " ± standard error over seeds.");
}

} // namespace experiments::cdm
