// SPDX-License-Identifier: MIT

// Classification diffusion models [CDM]: a network that tells how noisy a point is, without being told, is a denoiser and knows
// the likelihood in one evaluation. What its two losses are needed for [CDM tab. 3, fig. 6], and the likelihood of uniform
// noise [CDM fig. 3].

#include "classifier_known.hpp"
#include "classifier_report.hpp"
#include "classifier_uniform.hpp"
#include "experiment.hpp"

namespace experiments {
namespace {

using namespace cdm;

/// What is trained and how; all of it decides the checkpoint.
std::string loss_text(const known_data& data, const variant& of) {
    return data.title + ", cross entropy * " + support::text(of.weights.cross_entropy) + " + squared error * " +
           support::text(of.weights.squared_error);
}

std::string settings_text(const settings& chosen, const known_data& data, const variant& of, index_t seed) {
    const auto sizes = sizes_of(chosen.full);
    const std::string judged = "; judged at " + std::to_string(sizes.held_out) + " points, likelihood at " +
                               std::to_string(sizes.likelihood) + " with " + std::to_string(sizes.draws) +
                               " draws, samples " + std::to_string(sizes.samples);
    if (of.exact) return data.title + ", exact classifier, seed " + std::to_string(seed) + judged;
    return training_of(loss_text(data, of), training_steps(chosen), seed).text() + judged;
}

void run(const settings& chosen, const known_data& data, const variant& of, index_t seed, const std::string& folder,
         progress& report) {
    const auto sizes = sizes_of(chosen.full);
    if (of.exact) return judge(data, data.exact, seed, sizes, folder);
    const auto training = training_of(loss_text(data, of), training_steps(chosen), seed);
    judge(data, trained(data.points, of.weights, training, seed, folder, report), seed, sizes, folder);
}

std::vector<job> jobs(const settings& chosen) {
    std::vector<job> all;
    for (const auto& data : known_sets())
        for (const auto& of : variants())
            for (index_t seed = 1; seed <= chosen.seeds; ++seed)
                all.push_back({known_job_name(data, of, seed), settings_text(chosen, data, of, seed),
                               [=, &data, &of](const std::string& folder, progress& report) {
                                   run(chosen, data, of, seed, folder, report);
                               },
                               of.exact ? 1 : 1 + training_seconds(chosen)});
    const auto others = uniform_jobs(chosen);
    all.insert(all.end(), others.begin(), others.end());
    return all;
}

std::string report(const settings& chosen, support::output& to) {
    return known_report(chosen, to) + uniform_report(chosen, to);
}

} // namespace

experiment classifier() {
    return {"classifier", "Classifiers of noise levels", jobs, report};
}

} // namespace experiments
