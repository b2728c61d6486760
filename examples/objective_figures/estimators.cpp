// SPDX-License-Identifier: MIT
#include <cdl/denoiser/optimal.hpp>
#include <cdl/objective/contrastive.hpp>

#include "../support/fast_policy.hpp"
#include "figures.hpp"

#include <cmath>
#include <cstdio>

namespace figures {
namespace {

using namespace cdl;
using mixture = distribution::gaussian_mixture<double, 1, distribution::covariance::isotropic>;

/// Root mean squares over the points, and how far the mean of the softplus is from that of the true ratios.
struct found {
    double ratio, deviation, bias;
};

found estimate(const mixture& data, const objective::contrastive<schedule::fixed_level>& loss, index_t points,
               std::uint64_t seed) {
    const support::fast_policy policy;
    std::vector<double> x(static_cast<std::size_t>(points));
    data.draw(policy, random::noise_stream{seed}, 0, x);
    auto training = objective::prepare(policy, loss, x);
    const auto q = training.queries(policy, x, random::noise_stream{seed}, 0);
    std::vector<double> eps_hat(static_cast<std::size_t>(q.size()));
    const denoiser::optimal exact(data);
    exact(policy, q.z, q.levels, eps_hat);
    training.value(policy, eps_hat);
    const auto ratios = training.evaluator().log_density_ratios(policy);
    const auto w = training.evaluator().classified_points(policy), y = training.evaluator().labels(policy);
    found mean{0, 0, 0};
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::array at{w[i]};
        const double truth = data.log_density(at, log_snr{loss.zetas.value}) - data.log_density(at);
        mean.ratio += truth * truth / static_cast<double>(points);
        mean.deviation += std::pow(ratios[i].standard_error, 2) / static_cast<double>(points);
        mean.bias +=
            (math::softplus(y[i] * ratios[i].value) - math::softplus(y[i] * truth)) / static_cast<double>(points);
    }
    return {std::sqrt(mean.ratio), std::sqrt(mean.deviation), mean.bias};
}

} // namespace

void estimators::draw(output& to) const {
    struct data_set {
        const char* name;
        mixture data;
        double center; ///< of the law of levels: the scale of the data
    };
    const data_set sets[] = {{"two modes at ±5 of standard deviation 1", mixture({1, 1}, {-5, 5}, {1, 1}), 0},
                             {"four modes of standard deviation 0.01",
                              mixture({1, 1, 1, 1}, {-1.2, -0.4, 0.4, 1.2}, {1e-4, 1e-4, 1e-4, 1e-4}), 7}};
    table rows{.header = "data,zeta,ratio,common random numbers,bias,independent,bias", .rows = {}};
    std::string blocks, plots;
    for (std::size_t k = 0; k < 2; ++k) {
        std::printf("%s: root mean squares over %d points, %d levels each\n%6s %10s %24s %24s\n", sets[k].name,
                    static_cast<int>(points), static_cast<int>(levels), "zeta", "|LLR|", "common: error, bias",
                    "independent: error, bias");
        data_block curve("curve" + std::to_string(k));
        for (double zeta = -2; zeta <= 15.01; zeta += 1) {
            objective::contrastive<schedule::fixed_level> loss{.zetas = {zeta}, .levels = levels};
            loss.law = {sets[k].center, 2};
            const found common = estimate(sets[k].data, loss, points, seed);
            loss.common_random_numbers = false;
            const found independent = estimate(sets[k].data, loss, points, seed);
            std::printf("%6.1f %10.2e %12.2e %11.1e %12.2e %11.1e\n", zeta, common.ratio, common.deviation, common.bias,
                        independent.deviation, independent.bias);
            curve.row({zeta, common.ratio, common.deviation, independent.deviation});
            rows.row({sets[k].name},
                     {zeta, common.ratio, common.deviation, common.bias, independent.deviation, independent.bias});
        }
        blocks += curve.text();
        const std::string name = "$curve" + std::to_string(k);
        plots +=
            std::string("set title '") + sets[k].name + "'\nplot " + name +
            " using 1:2 with lines lw 6 lc rgb '#d0d0d0' title 'the ratio itself', " + name +
            " using 1:3 with linespoints pt 7 ps 0.5 lw 1.6 lc rgb '#1b4f9c' title 'error, common random numbers', " +
            name + " using 1:4 with linespoints pt 5 ps 0.5 lw 1.6 lc rgb '#b3202c' title 'error, independent draws'\n";
    }
    to.csv("contrastive_estimators", rows);
    to.svg("contrastive_estimators",
           blocks +
               "set logscale y\nset bmargin 8\nset format y '10^{%T}'\nset yrange [1e-7:2000]\nset xlabel 'zeta'\nset "
               "ylabel 'nats, root mean "
               "square'\nset key below\nset multiplot layout 1,2\n" +
               plots + "unset multiplot",
           1060, 460);
}

} // namespace figures
