// SPDX-License-Identifier: MIT
#include <cdl/classifier/confusion.hpp>
#include <cdl/classifier/exact.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/objective/classification.hpp>

#include "../support/fast_policy.hpp"
#include "figures.hpp"

#include <cmath>
#include <cstdio>

namespace figures {
namespace {

using namespace cdl;
using schedule::discrete_levels;

constexpr index_t steps = 10;

/// p(k | z) of all classes along the line, for two modes.
data_block posteriors(const std::string& name, const discrete_levels<double>& levels, table& rows) {
    const distribution::gaussian_mixture<double, 1> data({1, 1}, {-5, 5}, {1, 1});
    const classifier::noise_classes classes(exec::serial{}, levels);
    const classifier::exact exact{denoiser::optimal(data), classes};
    data_block curves(name);
    std::vector<double> log_posterior(static_cast<std::size_t>(classes.size()));
    for (double z = -9; z <= 9.001; z += 0.1) {
        exact.log_posterior(std::array{z}, log_posterior);
        std::vector<double> numbers{z};
        for (const double l : log_posterior) numbers.push_back(std::exp(l));
        curves.row(numbers);
        rows.row({name}, numbers);
    }
    return curves;
}

/// The mean predicted probabilities of the exact classifier by the true class: two modes in 32 dimensions.
data_block confusions(const std::string& name, const discrete_levels<double>& levels, index_t points,
                      std::uint64_t seed, table& rows) {
    constexpr index_t d = 32;
    const support::fast_policy policy;
    std::vector<double> means(d, -1.0);
    means.insert(means.end(), d, 1.0);
    const distribution::gaussian_mixture<double, d, distribution::covariance::isotropic> data({1, 1}, means,
                                                                                              {0.09, 0.09});
    std::vector<std::array<double, d>> x(static_cast<std::size_t>(points));
    data.draw(policy, random::noise_stream{seed}, 0, x);
    auto training = objective::prepare(policy, objective::classification{levels}, x);
    const auto asked = training.queries(policy, x, random::noise_stream{seed}, 0);
    const classifier::noise_classes classes(policy, levels);
    const classifier::exact exact{denoiser::optimal(data), classes};
    std::vector<double> logits(static_cast<std::size_t>(points * classes.size()));
    classifier::logits(policy, exact, asked.z, as_batch(logits, classes.size()));
    const std::vector<index_t> truth(asked.classes.begin(), asked.classes.end());
    const auto matrix = classifier::confusion(policy, as_batch(logits, classes.size()), truth);
    std::printf("%s: accuracy %.3f +- %.3f, cross entropy %.3f +- %.3f nats\n", name.c_str(), matrix.accuracy.value,
                matrix.accuracy.standard_error, matrix.cross_entropy.value, matrix.cross_entropy.standard_error);
    data_block cells(name);
    for (index_t k = 1; k <= classes.size(); ++k) {
        for (index_t predicted = 1; predicted <= classes.size(); ++predicted) {
            const auto& cell = matrix.probability(k, predicted);
            cells.row({static_cast<double>(k), static_cast<double>(predicted), cell.value});
            rows.row({name}, {static_cast<double>(k), static_cast<double>(predicted), cell.value, cell.standard_error});
        }
        cells.gap();
    }
    return cells;
}

} // namespace

void noise_classifier::draw(output& to) const {
    const auto uniform = discrete_levels<double>::uniform_noise(steps);
    const auto all = discrete_levels<double>::ddpm_linear();
    std::vector<double> hundredths;
    for (index_t k = 1; k <= steps; ++k) hundredths.push_back(all.level(100 * k).value);
    const auto ddpm = discrete_levels<double>::from_log_snrs(hundredths);

    table curves{.header = "levels,z,p1,p2,p3,p4,p5,p6,p7,p8,p9,p10,p11", .rows = {}};
    table cells{.header = "levels,class,predicted,probability,standard_error", .rows = {}};
    std::puts("The exact classifier of ten steps and pure noise: two modes in 32 dimensions");
    const std::string data = posteriors("ddpm", ddpm, curves).text() + posteriors("uniform", uniform, curves).text() +
                             confusions("ddpm_confused", ddpm, points, seed, cells).text() +
                             confusions("uniform_confused", uniform, points, seed, cells).text();
    const auto of_lines = [](const char* name, const char* title) {
        return std::string("set title '") + title +
               "'\nset xrange [-9:9]\nset yrange [0:1]\nset xlabel 'z'\nset ylabel 'p(step | "
               "z)'\nplot for [k=2:12] $" +
               name + " using 1:k with lines lw 1.5 lc palette frac (k-2)/10.0 notitle\n";
    };
    const auto of_cells = [](const char* name, const char* title) {
        return std::string("set title '") + title +
               "'\nset xrange [0.5:11.5]\nset yrange [11.5:0.5]\nset xlabel 'predicted'\nset ylabel 'true class'\nplot "
               "$" +
               name + " using 2:1:3 with image notitle\n";
    };
    to.csv("noise_classifier_posteriors", curves);
    to.csv("noise_classifier_confusion", cells);
    to.png("noise_classifier",
           data +
               "set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 '#fde725')\nset "
               "cbrange [0:1]\nset multiplot layout 2,2\nunset colorbox\n" +
               of_lines("ddpm", "1-D, every hundredth step of DDPM, step 1 dark") +
               of_lines("uniform", "noise scale growing evenly") + "set colorbox\nset grid front\n" +
               of_cells("ddpm_confused", "32-D, mean probabilities, DDPM [CDM fig. 6b]") +
               of_cells("uniform_confused", "noise scale growing evenly [CDM fig. 8]") + "unset multiplot",
           1060, 860);
}

} // namespace figures
