// SPDX-License-Identifier: MIT
#include "classifier_report.hpp"

#include "classifier_figures.hpp"
#include "page.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace experiments::cdm {
namespace {

/// Measures of all seeds of one set and one variant, and their errors within a seed.
struct results {
    std::vector<std::vector<double>> of_seed{measures}, within{measures};

    mean_and_error operator[](measure m) const { return over_seeds(of_seed[m]); }
    /// How far above those of another variant, seed by seed: both saw the same points.
    mean_and_error above(const results& other, measure m) const { return difference(of_seed[m], other.of_seed[m]); }
    double error_within(measure m) const { return over_seeds(within[m]).mean; }
};

results results_of(const settings& chosen, const known_data& data, const variant& of) {
    results all;
    for (index_t seed = 1; seed <= chosen.seeds; ++seed) {
        const auto rows = read_numbers(folder_of(chosen.out, known_job_name(data, of, seed)) + "/numbers.csv");
        for (std::size_t m = 0; m < measures; ++m) {
            all.of_seed[m].push_back(rows.at(m).at(0));
            all.within[m].push_back(rows.at(m).at(1));
        }
    }
    return all;
}

constexpr const char* name_of_measure[measures] = {"accuracy",
                                                   "cross_entropy",
                                                   "squared_error",
                                                   "nll_one_step",
                                                   "nll_true",
                                                   "one_step_less_true",
                                                   "one_step_absolute_error",
                                                   "nll_integrated",
                                                   "integrated_less_true",
                                                   "mmd_squared",
                                                   "frechet",
                                                   "log_mass"};

} // namespace

const std::vector<variant>& variants() {
    static const std::vector<variant> all{
        {"cross-entropy", "cross entropy alone", "#d55e00", {1, 0}},
        {"squared-error", "squared error alone", "#cc79a7", {0, 1}},
        {"both-paper", "both: 0.001 and 1", "#56b4e9", {0.001, 1}},
        {"both", "both: 0.3 and 1", "#0072b2", {0.3, 1}},
        {"exact", "exact classifier", "#555555", {0, 0}, true},
    };
    return all;
}

std::string known_job_name(const known_data& data, const variant& of, index_t seed) {
    return "classifier/" + data.name + "-" + of.name + "/" + seed_name(seed);
}

index_t training_steps(const settings& chosen) {
    return chosen.steps_of(2500, 7500);
}

double training_seconds(const settings& chosen) {
    return 1.7e-3 * static_cast<double>(training_steps(chosen));
}

std::string known_report(const settings& chosen, support::output& to) {
    support::table rows{.header = "set,classifier,measure,mean,error_over_seeds,error_within_a_seed", .rows = {}};
    support::table scores{.header = "set,loss,accuracy,cross_entropy,above_exact,squared_error,above_exact",
                          .rows = {}};
    support::table likelihoods{.header = "set,loss,one_step,integrated,one_step_less_truth,integrated_less_truth,"
                                         "size_of_difference,log_of_mass",
                               .rows = {}};
    support::table samples{.header = "set,loss,MMD^2,error_within_a_seed,Frechet", .rows = {}};
    std::string said;
    for (const auto& data : known_sets()) {
        std::vector<results> all;
        for (const auto& of : variants()) all.push_back(results_of(chosen, data, of));
        const auto& exact = all.back();
        for (std::size_t v = 0; v < all.size(); ++v) {
            const auto& of = variants()[v];
            const auto& r = all[v];
            for (std::size_t m = 0; m < measures; ++m) {
                const auto e = r[static_cast<measure>(m)];
                rows.row({data.name, of.name, name_of_measure[m]},
                         {e.mean, e.error, r.error_within(static_cast<measure>(m))});
            }
            const auto above = [&](measure m) { return of.exact ? "-" : with_error(r.above(exact, m)); };
            scores.row({data.title, of.title, with_error(r[accuracy]), with_error(r[cross_entropy]),
                        above(cross_entropy), with_error(r[squared_error]), above(squared_error)},
                       {});
            likelihoods.row({data.title, of.title, with_error(r[nll_one_step]), with_error(r[nll_integrated]),
                             of.exact ? "-" : with_error(r[one_step_gap]), with_error(r[integrated_gap]),
                             of.exact ? "-" : with_error(r[one_step_error]), with_error(r[log_mass])},
                            {});
            samples.row(
                {data.title, of.title, with_error(r[mmd]), short_text(r.error_within(mmd)), with_error(r[frechet])},
                {});
        }
        const auto& ce = all[0];
        const auto& mse = all[1];
        const auto& paper = all[2];
        const auto& both = all[3];
        const auto against = [&](const results& one, const results& other, measure m) {
            return "is " + told(one.above(other, m), chosen.seeds);
        };
        said += paragraph(
            "Of " + data.title + ". The squared error with cross entropy alone, compared with both (0.3 and 1), " +
            against(ce, both, squared_error) + "; the cross entropy with the squared error alone " +
            against(mse, both, cross_entropy) + ". Point by point the likelihood in one step is off by " +
            with_error(both[one_step_error]) + " nats with both, by " + with_error(paper[one_step_error]) +
            " with the paper's weights, by " + with_error(ce[one_step_error]) + " with cross entropy alone, by " +
            with_error(mse[one_step_error]) +
            " with the squared error alone. On the mean, the likelihood in one step with both is off by " +
            with_error(both[one_step_gap]) + ", that by integration by " + with_error(both[integrated_gap]) +
            ". MMD^2 of samples with both, compared with the exact "
            "classifier, " +
            against(both, exact, mmd) + "; with cross entropy alone it " + against(ce, exact, mmd) + ".");
    }
    to.csv("classifier_numbers", rows);
    to.csv("classifier_scores", scores);
    to.csv("classifier_likelihoods", likelihoods);
    to.csv("classifier_samples", samples);
    const auto sizes = sizes_of(chosen.full);
    const std::string over = "Means over " + std::to_string(chosen.seeds) +
                             " seeds ± standard error over seeds; those within a seed are in classifier_numbers.csv.";
    const std::string about =
        "A network sees a noisy point and tells to which of " + std::to_string(steps_of_noise) +
        " steps of noise it belongs, or to pure noise [CDM alg. 1]. The noise of step k has the scale k/" +
        std::to_string(classes) +
        ", which [CDM sec. 4.3] takes for likelihoods; in one or two dimensions neighbouring steps look so much alike "
        "that "
        "even the exact classifier is seldom right. The network is trained for the class (cross entropy), for its "
        "gradient to "
        "be a denoiser (squared error), or for both. The paper's weights are 0.001 and 1, for with images that makes "
        "both "
        "parts of one size [CDM app. B.2]; here the squared error is not small, and 0.3 and 1 make them of one size. "
        "Two modes: "
        "0.5 N(-5, 1) + 0.5 N(5, 1), divided by the standard deviation, the root of 26. Eight Gaussians: on a circle "
        "of radius "
        "1.4, standard deviation 0.175. Of both the exact classifier is known.";
    return paragraph(about) + said +
           table_of(
               to, "classifier_scores",
               "The classifier and the denoiser that is its gradient, at " + std::to_string(sizes.held_out) +
                   " held-out points of all classes. Above exact: the difference at the same points. Cross entropy in "
                   "nats; squared error summed over coordinates, 0 where there is nothing to denoise. " +
                   over) +
           density_figure(chosen, to) + posterior_figure(chosen, to) + confusion_figure(chosen, to) +
           table_of(
               to, "classifier_likelihoods",
               "Negative log likelihood at " + std::to_string(sizes.likelihood) +
                   " points at step 1, nats. One step: by two logits [CDM eq. 8]; the size of the difference is the "
                   "mean "
                   "of |claimed - true| over points. Integrated: over the squared errors of the denoiser at all levels "
                   "[CDL eq. 3, which is eq. 2 for the data at step 1], " +
                   std::to_string(sizes.draws) +
                   " draws for each point; between two steps the denoiser is interpolated, and the row of the exact "
                   "classifier shows what that does. Log of mass: of the integral of the claimed density over "
                   "[-4, 4]^d, 0 for a density, which a classifier need not claim. " +
                   over) +
           clouds_figure(chosen, to) +
           table_of(to, "classifier_samples",
                    "Ancestral sampling along the " + std::to_string(steps_of_noise) + " steps, " +
                        std::to_string(sizes.samples) +
                        " samples against as many fresh points. MMD^2: unbiased, kernel exp(-|x - y|^2 / (2 s^2)) with "
                        "s = " +
                        support::text(kernel_width) +
                        ". Frechet: squared distance, above 0 for two samples of the same data, too. " + over +
                        " For MMD^2 also the mean standard error within a seed.");
}

} // namespace experiments::cdm
