// SPDX-License-Identifier: MIT
#include <cdl/denoiser/trainable_mixture.hpp>
#include <cdl/objective/variational.hpp>
#include <cdl/schedule/linear_log_snr.hpp>
#include <cdl/schedule/monotone_network.hpp>

#include "../support/adam.hpp"
#include "../support/fast_policy.hpp"
#include "figures.hpp"

#include <cmath>
#include <cstdio>

namespace figures {
namespace {

using namespace cdl;
using points_of_plane = std::vector<std::array<double, 2>>;
using network = denoiser::trainable_mixture<double, 2, distribution::covariance::isotropic>;

struct found {
    double bound, error, deviation;
};

/// The bound on new points with new noise, and the standard deviation of a point's diffusion loss.
template <class Schedule>
found judge(const Schedule& schedule, const network& f, const points_of_plane& x, std::uint64_t seed) {
    const support::fast_policy policy;
    auto training =
        objective::prepare(policy, objective::variational{schedule, density::continuous_data{}, 0, false}, x);
    const auto q = training.queries(policy, x, random::noise_stream{seed}, 0);
    points_of_plane answers(x.size());
    f(policy, q.z, q.levels, answers);
    training.value(policy, answers);
    const auto parts = training.evaluator().parts(policy);
    return {parts.total.value, parts.total.standard_error,
            parts.diffusion.standard_error * std::sqrt(static_cast<double>(x.size()))};
}

} // namespace

void learned_schedule::draw(output& to) const {
    const support::fast_policy policy;
    const distribution::gaussian_mixture<double, 2, distribution::covariance::isotropic> blobs(
        {1, 2, 1}, {-1, 0.5, 1, -0.25, 0, 1.5}, {0.05, 0.2, 0.02});
    const network f(blobs);
    const log_snr cleanest{5.0}, noisiest{-10.0};
    schedule::monotone_network<double> learned(cleanest, noisiest, hidden);
    points_of_plane x(static_cast<std::size_t>(batch)), z_cotangent(x.size()), answers(x.size()), fresh(100000);
    std::vector<double> level_cotangent(x.size()), of_network(f.parameters().size());
    blobs.draw(policy, random::noise_stream{seed + 1}, 0, fresh);
    const found fixed = judge(schedule::linear_log_snr<double>(cleanest, noisiest), f, fresh, seed + 2);

    auto training =
        objective::prepare(policy, objective::variational{learned, density::continuous_data{}, 0, false}, x);
    support::adam optimiser(learned.parameters().size());
    table rows{.header = "step,bound,standard_error,standard_deviation", .rows = {}};
    data_block curve("curve"), shapes("shapes");
    std::printf(
        "A schedule learned for the variance of the bound; linear: bound %.4f +- %.4f, standard deviation %.3f\n"
        "%6s %20s %20s\n",
        fixed.bound, fixed.error, fixed.deviation, "step", "bound", "standard deviation");
    for (index_t step = 0; step <= steps; ++step) {
        if (step % (steps / 20) == 0) {
            const found now = judge(learned, f, fresh, seed + 2);
            std::printf("%6d %11.4f +- %.4f %16.3f\n", static_cast<int>(step), now.bound, now.error, now.deviation);
            curve.row({static_cast<double>(step), now.deviation});
            rows.row({}, {static_cast<double>(step), now.bound, now.error, now.deviation});
        }
        blobs.draw(policy, random::noise_stream{seed}, step, x);
        const auto q = training.queries(policy, x, random::noise_stream{seed}, step);
        f(policy, q.z, q.levels, answers);
        training.value_and_cotangent(policy, answers, answers);
        f.pull_back(policy, q.z, q.levels, answers, of_network, z_cotangent, level_cotangent);
        const auto cotangents = training.evaluator().level_cotangents(policy, x, z_cotangent, level_cotangent);
        std::vector<double> gradient(learned.parameters().size()), parameters = learned.parameters();
        objective::pull_back(learned, objective::of_squares(cotangents, training.evaluator().diffusion_losses(policy)),
                             gradient);
        gradient[0] = gradient[1] = 0; // the ends are the bound's
        optimiser.step(parameters, gradient, 0.03);
        learned.set_parameters(parameters);
        training.evaluator().set_schedule(learned);
    }
    for (double t = 0; t <= 1.0001; t += 0.01) {
        const double at = t < 1 ? t : 1;
        shapes.row({at, learned.at(at).value, 5 - 15 * at});
    }
    to.csv("learned_schedule", rows);
    to.svg("learned_schedule",
           curve.text() + shapes.text() + "linear = " + text(fixed.deviation) +
               "\nset bmargin 6\nset multiplot layout 1,2\nset key top right\nset xlabel 'time'\nset ylabel 'log-SNR'\n"
               "set title 'Schedules between the same ends'\nplot $shapes using 1:3 with lines lw 1.6 lc rgb '#888888' "
               "title "
               "'linear', $shapes using 1:2 with lines lw 2.2 lc rgb '#1b4f9c' title 'learned'\n"
               "set xlabel 'step of training'\nset ylabel 'standard deviation of a point’s loss'\nset yrange "
               "[0:*]\nset title 'Judged by "
               "new points and new noise'\nplot linear with lines dt 2 lw 1.6 lc rgb '#888888' title 'linear', "
               "$curve using 1:2 with linespoints pt 7 ps 0.5 lw 1.8 lc rgb '#1b4f9c' title 'learned'\nunset multiplot",
           1060, 420);
}

} // namespace figures
