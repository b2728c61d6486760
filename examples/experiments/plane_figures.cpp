// SPDX-License-Identifier: MIT
#include "plane_entries.hpp"

#include <algorithm>
#include <cmath>

namespace experiments {
namespace {

/// Thin over thick, so that curves which coincide are all seen.
std::string line_of(std::size_t k, const entry& e) {
    return "lines lw " + support::text(std::max(3.4 - 0.5 * static_cast<double>(k), 1.2)) + " dt " +
           std::to_string(k % 5 + 1) + " lc rgb '" + e.colour + "'";
}

constexpr double least_shown = 5e-4; ///< of the squared MMD; what is below, or negative, is drawn there

/// The panel of a set: MMD against sweeps, with a band of one standard error.
std::string curves(const std::string& set, const std::vector<entry>& entries, std::string& blocks) {
    std::string plot = "set title '" + set + "' noenhanced\nplot ", lines;
    for (std::size_t k = 0; k < entries.size(); ++k) {
        std::size_t longest = 0;
        for (const auto& run : entries[k].runs) longest = std::max(longest, run.rows.size());
        support::data_block curve(set + std::to_string(k));
        for (std::size_t sweep = 0; sweep < longest; ++sweep) {
            std::vector<double> each;
            for (const auto& run : entries[k].runs) each.push_back(run.mmd_after(sweep));
            const auto m = over_seeds(each);
            const double error = std::isfinite(m.error) ? m.error : 0; // of one seed: no band
            curve.row({static_cast<double>(sweep), std::max(m.mean, least_shown), std::max(m.mean - error, least_shown),
                       std::max(m.mean + error, least_shown)});
        }
        blocks += curve.text();
        const std::string from = "$" + set + std::to_string(k) + " using 1:";
        plot += from + "3:4 with filledcurves fs transparent solid 0.15 noborder lc rgb '" + entries[k].colour + "', ";
        lines += ", " + from + "2 with " + line_of(k, entries[k]);
    }
    return plot + support::text(mmd_threshold) + " with lines lw 1 lc rgb '#888888'" + lines + "\n";
}

} // namespace

void draw_sweeps(const std::vector<point_law>& laws, const std::vector<std::vector<entry>>& of_sets,
                 support::output& to) {
    std::string blocks, panels;
    for (std::size_t i = 0; i < laws.size(); ++i) panels += curves(laws[i].name, of_sets[i], blocks);
    const auto rows = (laws.size() + 1) / 2;
    const int height = 120 + 350 * static_cast<int>(rows);
    const auto part = [&](int pixels) { return support::text(static_cast<double>(pixels) / height); };
    std::string key = "NaN with lines lw 1 lc rgb '#888888' title 'threshold'";
    for (std::size_t k = 0; k < of_sets[0].size(); ++k)
        key += ", NaN with " + line_of(k, of_sets[0][k]) + " title '" + of_sets[0][k].name + "'";
    to.svg("plane_sweeps",
           blocks + "set multiplot layout " + std::to_string(rows) + ",2 margins 0.08,0.98," + part(110) + "," +
               support::text(1 - 40.0 / height) + " spacing 0.09," + part(100) + "\nset logscale y\nset yrange [" +
               support::text(least_shown) +
               ":0.3]\nset format y '10^{%T}'\nset xlabel 'sweeps' offset 0,0.3\n"
               "set ylabel 'MMD² (kernel of the program)'\nunset key\n" +
               panels +
               "unset title\nunset border\nunset tics\nunset xlabel\nunset ylabel\nunset grid\nset lmargin at screen "
               "0.02\nset rmargin at screen 0.98\nset bmargin at screen 0\nset tmargin at screen " +
               part(55) + "\nset key center center horizontal maxrows 2 samplen 3 width -2\nplot [0:1][1:2] " + key +
               "\nunset multiplot",
           900, height);
}

void draw_samples(const settings& chosen, const point_law& law, const std::vector<entry>& entries,
                  support::output& to) {
    const index_t shown = std::min<index_t>(plane_judge(chosen).samples, 1000);
    const auto truth = drawn(law, truth_seed + 1, shown);
    support::data_block block("truth");
    for (std::size_t i = 0; i + 1 < truth.size(); i += 2)
        block.row({static_cast<double>(truth[i]), static_cast<double>(truth[i + 1])});
    std::string blocks = block.text(),
                plots = "set title 'data'\nplot $truth with points pt 7 ps 0.25 lc rgb '#555555'\n";
    const auto panel = [&](std::size_t k) {
        const std::string name = "samples" + std::to_string(k);
        support::data_block samples(name);
        index_t count = 0;
        for (const auto& row : read_numbers(folder_of(chosen.out, entries[k].jobs[0]) + "/samples.csv"))
            if (count++ < shown) samples.row(row);
        blocks += samples.text();
        plots += "set title '" + entries[k].name + "' noenhanced\nplot $" + name +
                 " with points pt 7 ps 0.25 lc rgb '" + entries[k].colour + "'\n";
    };
    for (std::size_t k = 0; k < plane_losses().size(); ++k) panel(k);
    if (entries.size() > plane_losses().size()) panel(entries.size() - 1);
    to.png("plane_samples_" + law.name,
           blocks +
               "set multiplot layout 2,4 margins 0.04,0.99,0.06,0.94 spacing 0.035,0.1\nunset key\nunset grid\nset "
               "size ratio -1\nset xrange [-3:3]\nset yrange [-2.6:2.6]\nset xtics 1\nset ytics 1\n" +
               plots + "unset multiplot",
           1000, 520);
}

} // namespace experiments
