// SPDX-License-Identifier: MIT
#include <cdl/channel/noising.hpp>
#include <cdl/metric/bandwidth.hpp>

#include "../support/fast_policy.hpp"
#include "figures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace figures {

void bandwidth::draw(output& to, const std::vector<plane_set>& sets) const {
    using namespace cdl;
    const support::fast_policy policy;

    std::vector<double> candidates; // standard deviations
    for (double s = 0.01; s < 10; s *= 1.3) candidates.push_back(s);

    table rows{.header = "set,standard_deviation,variance,mmd_squared,standard_error", .rows = {}};
    std::string data, plots;
    std::printf("MMD^2 between a set and the standard Gaussian; Gaussian kernel of standard deviation s\n"
                "%-16s %6s | s of the largest MMD^2 %32s | median distance %18s\n",
                "set", "points", "", "");
    for (std::size_t k = 0; k < sets.size(); ++k) {
        const cloud x = sets[k].draw(0, points);
        cloud gaussian(x.size());
        channel::draw_noise(policy, {.seed = seed, .use = random::purpose::channel}, 0, gaussian);

        const auto peak = metric::maximising_bandwidth(policy, x, gaussian, std::span<const double>(candidates));
        const double median = metric::median_distance(policy, x, gaussian);
        const auto mmd_at = [&](double s) {
            return metric::mmd(policy, metric::gaussian<double>::with_standard_deviation(s), x, gaussian);
        };
        const auto at_median = mmd_at(median);
        const std::string name = std::to_string(k);
        data_block curve("curve" + name), largest("largest" + name), middle("median" + name);
        for (const auto& [s, mmd] : peak.curve) {
            curve.row({s, mmd.unbiased, mmd.standard_error});
            rows.row({sets[k].name}, {s, s * s, mmd.unbiased, mmd.standard_error});
        }
        largest.row({peak.bandwidth, peak.mmd.unbiased, peak.mmd.standard_error});
        middle.row({median, at_median.unbiased, at_median.standard_error});
        data += curve.text() + largest.text() + middle.text();
        std::printf("%-16s %6zu | %8.4f (variance %8.5f): %9.6f +- %8.6f | %6.3f: %9.6f +- %8.6f\n",
                    sets[k].name.c_str(), x.size(), peak.bandwidth, peak.bandwidth * peak.bandwidth, peak.mmd.unbiased,
                    peak.mmd.standard_error, median, at_median.unbiased, at_median.standard_error);

        char title[160];
        std::snprintf(title, sizeof title, "%s: largest at s = %.3f, s² = %.4f; median distance %.2f",
                      sets[k].name.c_str(), peak.bandwidth, peak.bandwidth * peak.bandwidth, median);
        const double top = 1.15 * (peak.mmd.unbiased + 2 * peak.mmd.standard_error);
        plots += std::string("set title '") + title + "' noenhanced font ',12'\nset yrange [" + text(-0.08 * top) +
                 ":" + text(top) + "]\nplot $curve" + name +
                 " using 1:($2-2*$3):($2+2*$3) with filledcurves lc rgb '#bcd2ee', $curve" + name +
                 " using 1:2 with lines lw 1.6 lc rgb '#1b4f9c', $largest" + name +
                 " using 1:2 with points pt 7 ps 0.9 lc rgb '#b3202c', $median" + name +
                 " using 1:2 with points pt 9 ps 1.1 lc rgb '#2a8f5b'\n";
    }
    // The paper's "sigma = 3e-2" is the variance in its program: both readings as lines. The last place is for the key.
    const auto lines = static_cast<int>(sets.size() / 2 + 1);
    const std::string script =
        data +
        "set logscale x\nset xrange [0.01:10]\nset xlabel 'standard deviation s of the kernel'\nset ylabel 'MMD²'\n"
        "unset key\nset format x '%g'\n"
        "set arrow 1 from 0.03, graph 0 to 0.03, graph 1 nohead dt 3 lc rgb '#888888'\n"
        "set arrow 2 from sqrt(0.03), graph 0 to sqrt(0.03), graph 1 nohead dt 2 lc rgb '#888888'\n"
        "set multiplot layout " +
        std::to_string(lines) + ",2\n" + plots +
        "unset title\nunset arrow\nunset border\nunset tics\nunset xlabel\nunset ylabel\nunset grid\nunset logscale\n"
        "set yrange [0:1]\nset key center center samplen 2 spacing 1.4\n"
        "plot NaN with lines lw 1.6 lc rgb '#1b4f9c' title 'MMD² from the standard Gaussian', "
        "NaN with lines lw 8 lc rgb '#bcd2ee' title '± 2 standard errors', "
        "NaN with points pt 7 ps 0.9 lc rgb '#b3202c' title 'the largest, metric::maximising_bandwidth', "
        "NaN with points pt 9 ps 1.1 lc rgb '#2a8f5b' title 'metric::median_distance', "
        "NaN with lines dt 3 lc rgb '#888888' title 'standard deviation 0.03', "
        "NaN with lines dt 2 lc rgb '#888888' title 'variance 0.03'\nunset multiplot";
    to.csv("mmd_bandwidth", rows);
    to.svg("mmd_bandwidth", script, 1060, 250 * lines + 40);
}

} // namespace figures
