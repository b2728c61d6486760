// SPDX-License-Identifier: MIT
#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/diffusion_loss.hpp>
#include <cdl/distribution/quadrature_points.hpp>
#include <cdl/schedule/grids.hpp>
#include <cdl/schedule/linear_log_snr.hpp>

#include "../support/fast_policy.hpp"
#include "figures.hpp"

#include <cstdio>

namespace figures {

void bound::draw(output& to) const {
    using namespace cdl;
    const support::single_thread policy;
    const distribution::gaussian_mixture<double, 1> data({1, 1}, {-5, 5}, {1, 1});
    const denoiser::optimal exact(data);
    const log_snr cleanest{8.0}, noisiest{-6.0};
    const schedule::linear_log_snr<double> linear(cleanest, noisiest);
    const distribution::quadrature_points<double, 1> x(data, clean<double>(), 120);
    const std::vector<double> odd{0.25, -4.5};

    const auto values = [](const auto& results) {
        std::vector<double> found;
        for (const auto& r : results) found.push_back(r.value);
        return found;
    };
    const double mean =
        x.mean(values(density::continuous_diffusion_loss(policy, exact, x.points(), noisiest, cleanest)));
    const auto at = values(density::continuous_diffusion_loss(policy, exact, odd, noisiest, cleanest));
    std::printf(
        "L_T in nats; two modes at +-5, log-SNR from -6 to 8; L_inf is %.6f on average, %.6f at 0.25, %.6f at -4.5\n"
        "%6s %14s %14s %14s\n",
        mean, at[0], at[1], "T", "average", "x = 0.25", "x = -4.5");
    table rows{.header = "T,mean,x=0.25,x=-4.5", .rows = {}};
    data_block curves("curves");
    for (index_t steps = 1; steps <= 1024; steps *= 2) {
        const auto grid = schedule::uniform_in_time(linear, steps);
        const double average = x.mean(values(density::diffusion_loss(policy, exact, x.points(), grid)));
        const auto here = values(density::diffusion_loss(policy, exact, odd, grid));
        const auto count = static_cast<double>(steps);
        std::printf("%6.0f %14.6f %14.6f %14.6f\n", count, average, here[0], here[1]);
        curves.row({count, average - mean, here[0] - at[0], here[1] - at[1]});
        rows.row({}, {count, average, here[0], here[1]});
    }
    rows.row({"inf"}, {mean, at[0], at[1]});
    to.csv("variational_bound", rows);
    to.svg("variational_bound",
           curves.text() +
               "set logscale xy\nset bmargin 8\nset xrange [1:1024]\nset xlabel 'steps T'\nset ylabel 'L_T − L_∞, "
               "nats'\nset format y '10^{%T}'\nset key "
               "below\nset title 'The diffusion loss of the exact denoiser above its limit'\n"
               "plot $curves using 1:2 with linespoints pt 7 ps 0.6 lw 1.8 lc rgb '#1b4f9c' title 'average over the "
               "data', "
               "$curves using 1:3 with linespoints pt 5 ps 0.6 lw 1.8 lc rgb '#b3202c' title 'at x = 0.25, where T = 2 "
               "is worse than "
               "1', $curves using 1:4 with linespoints pt 9 ps 0.7 lw 1.8 lc rgb '#2a8f5b' title 'at x = −4.5', "
               "10/x with lines dt 2 lc rgb '#888888' title '10 / T'",
           820, 500);
}

} // namespace figures
