// SPDX-License-Identifier: MIT
#include <cdl/denoiser/empirical.hpp>
#include <cdl/metric/bandwidth.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/dpm_solver.hpp>
#include <cdl/sampler/picard.hpp>
#include <cdl/schedule/discrete_grids.hpp>

#include "../support/fast_policy.hpp"
#include "figures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace figures {
namespace {

using namespace cdl;

constexpr std::size_t shown_points = 600; ///< of each panel
constexpr double floor_of_axis = 1e-4;    ///< of MMD^2, on a logarithmic axis

/// One line of the table: how samples were made, at what cost, and how far they are from the set.
struct judged {
    std::string way;
    double in_a_row, calls; ///< of the denoiser: batches one after the other, and calls for a point in all of them
    double mmd, standard_error;
};

/// The ways to iterate, and how they look.
struct way_of_picard {
    const char *name, *title, *colour, *pale;
    bool anderson;
};
constexpr way_of_picard ways[] = {{"picard", "Picard", "#1b4f9c", "#bcd2ee", false},
                                  {"picard_anderson", "Picard, Anderson", "#d1691e", "#f6d3b5", true}};

/// Samples of one of them as sweeps go by.
struct run_of_picard {
    std::vector<judged> sweeps;
    std::vector<cloud> samples; ///< after each
};

/// All numbers of one set.
struct comparison {
    std::string set;
    double bandwidth;
    cloud truth;
    judged fresh, of_cloud, sequential;
    cloud sequential_samples;
    std::vector<run_of_picard> picard; ///< of each way
    std::vector<judged> few_steps;
};

std::string row_of(double x, const judged& j) {
    return text(x) + " " + text(std::fmax(j.mmd, floor_of_axis)) + " " +
           text(std::fmax(j.mmd - j.standard_error, floor_of_axis)) + " " +
           text(std::fmax(j.mmd + j.standard_error, floor_of_axis)) + "\n";
}

std::string block(const std::string& name, const std::string& rows) {
    return "$" + name + " << EOD\n" + rows + "EOD\n";
}

std::string points_of(const std::string& name, const cloud& points) {
    data_block block(name);
    for (std::size_t i = 0; i < (std::min)(points.size(), shown_points); ++i)
        block.row({static_cast<double>(points[i][0]), static_cast<double>(points[i][1])});
    return block.text();
}

/// The curves of one set for gnuplot, names ending in `which`.
std::string data_of(const comparison& c, const std::string& which, double steps) {
    std::string text_of;
    for (std::size_t w = 0; w < std::size(ways); ++w) {
        std::string by_sweep, by_calls;
        for (const auto& j : c.picard[w].sweeps) {
            by_sweep += row_of(j.in_a_row, j);
            if (j.calls > 0) by_calls += row_of(j.calls, j); // the axis is logarithmic
        }
        text_of +=
            block(ways[w].name + ("_sweeps" + which), by_sweep) + block(ways[w].name + ("_calls" + which), by_calls);
    }
    text_of += block("line" + which, row_of(0.1, c.sequential) + row_of(1e6, c.sequential));
    text_of += block("fresh" + which, row_of(0.1, c.fresh) + row_of(1e6, c.fresh));
    text_of += block("sequential" + which, row_of(steps, c.sequential));
    for (const std::string way : {"ddim", "dpm_solver_pp_2m"}) {
        std::string rows;
        for (const auto& j : c.few_steps)
            if (j.way == way) rows += row_of(j.calls, j);
        text_of += block(way + which, rows);
    }
    return text_of;
}

/// A curve with its band of one standard error.
std::string band_and_line(const std::string& name, const std::string& colour, const std::string& pale,
                          const std::string& style, const std::string& title) {
    return "$" + name + " using 1:3:4 with filledcurves lc rgb '" + pale + "' fs transparent solid 0.5 notitle, $" +
           name + " using 1:2 with " + style + " lc rgb '" + colour + "' title '" + title + "'";
}

constexpr const char* line_with_points = "linespoints pt 7 ps 0.35 lw 1.3";

std::string curves(const std::string& which) {
    std::string plot;
    for (const auto& way : ways)
        plot += ", " + band_and_line(way.name + which, way.colour, way.pale, line_with_points, way.title);
    return plot;
}

std::string against_sweeps(const std::string& which, double steps) {
    return "plot " +
           band_and_line("line" + which, "#222222", "#bbbbbb", "lines lw 1.5",
                         "sequential, " + text(steps) + " steps") +
           curves("_sweeps" + which) + "\n";
}

std::string against_calls(const std::string& which, double steps) {
    const auto marks = [&](const std::string& name, const std::string& look, const std::string& title) {
        return "$" + name + which + " using 1:2:3:4 with yerrorlines " + look + " title '" + title + "'";
    };
    return "plot " + marks("sequential", "pt 5 ps 0.8 lc rgb '#222222'", "sequential, " + text(steps) + " steps") +
           ", " + marks("ddim", "pt 9 ps 0.7 lw 1 lc rgb '#2a8f5b'", "ddim, fewer steps") + ", " +
           marks("dpm_solver_pp_2m", "pt 11 ps 0.7 lw 1 lc rgb '#8a3ea8'", "DPM-Solver++(2M), fewer steps") +
           curves("_calls" + which) + "\n";
}

constexpr const char* axis_of_mmd =
    "set logscale y\nset format y '10^{%L}'\nset yrange [1e-4:1]\nunset mytics\nset ylabel "
    "'MMD² from the set'\n";

/// The curves of a set, and its samples beside it.
std::string figure_of(const comparison& c, double steps) {
    // Sweeps to look at: the last before the samples come together, the one that is nearly there, the last of all.
    const auto& sweeps = c.picard.front().sweeps;
    const std::size_t last = sweeps.size() - 1;
    double worst = 0;
    for (const auto& j : sweeps) worst = std::fmax(worst, j.mmd);
    std::size_t early = 0, middle = 0;
    while (middle < last && !(middle > 0 && sweeps[middle].mmd < 0.15 * worst)) ++middle;
    for (std::size_t k = 0; k < middle; ++k)
        if (sweeps[k].mmd > 0.7 * worst) early = k;
    std::string script =
        data_of(c, "", steps) + points_of("truth", c.truth) + points_of("early", c.picard.front().samples[early]) +
        points_of("middle", c.picard.front().samples[middle]) + points_of("end", c.picard.front().samples[last]) +
        points_of("one_by_one", c.sequential_samples);
    script +=
        std::string("set multiplot\n") + axis_of_mmd +
        "set origin 0,0.36\nset size 0.5,0.64\nset xrange [0:" + text(static_cast<double>(last + 2)) +
        "]\nset xlabel 'sweeps'\nset key bottom left samplen 1.6 font ',11'\nset title '" + c.set +
        ": against sweeps, batched calls one after the other' noenhanced\n" + against_sweeps("", steps) +
        "set origin 0.5,0.36\nset logscale x\nset xrange [5:3e4]\nset xlabel 'calls of the denoiser for a sample'\n"
        "set key top left reverse Left samplen 1.6\nset title 'against all calls'\n" +
        against_calls("", steps) +
        "unset logscale\nunset format\nunset key\nunset grid\nunset ylabel\nunset xlabel\nset xrange [-3:3]\nset "
        "yrange "
        "[-3:3]\nset xtics 2\nset ytics 2\nset size ratio -1\nset tics font ',10'\n";
    const auto panel = [&](int place, const std::string& name, const std::string& title, const char* colour,
                           const cloud& points) {
        const auto seen =
            std::ranges::count_if(points, [](const auto& p) { return std::abs(p[0]) <= 3 && std::abs(p[1]) <= 3; });
        const double share = static_cast<double>(seen) / static_cast<double>(points.size());
        const std::string in_view = share < 0.995 ? ", " + std::to_string(std::lround(100 * share)) + " % in view" : "";
        script += "set origin " + text(0.2 * place) + ",0\nset size 0.2,0.36\nset title '" + title + in_view +
                  "' font ',10'\nplot $" + name + " with points pt 7 ps 0.22 lc rgb '" + colour + "'\n";
    };
    panel(0, "early", "Picard, sweep " + std::to_string(early), "#1b4f9c", c.picard.front().samples[early]);
    panel(1, "middle", "Picard, sweep " + std::to_string(middle), "#1b4f9c", c.picard.front().samples[middle]);
    panel(2, "end", "Picard, sweep " + std::to_string(last), "#1b4f9c", c.picard.front().samples[last]);
    panel(3, "one_by_one", "sequential", "#222222", c.sequential_samples);
    panel(4, "truth", "the set, not seen", "#2a8f5b", c.truth);
    return script + "unset multiplot";
}

/// The curves of all sets beside each other.
std::string overview_of(const std::vector<comparison>& all, double steps) {
    std::string data, script;
    const auto columns = std::size_t{4}, lines = (all.size() + columns) / columns; // one place for the key
    double most = 0;
    for (std::size_t k = 0; k < all.size(); ++k) {
        most = std::fmax(most, all[k].picard.front().sweeps.back().in_a_row);
        data += data_of(all[k], std::to_string(k), steps);
        script += "set title '" + all[k].set + "' noenhanced\n" + against_sweeps(std::to_string(k), steps);
    }
    // the key alone
    script += "unset title\nunset border\nunset tics\nunset xlabel\nunset ylabel\nunset grid\nset key at graph 0.95, "
              "graph 0.7 "
              "samplen 2\nplot [0:1] NaN with lines lw 1.5 lc rgb '#222222' title 'sequential, " +
              text(steps) + " steps'";
    for (const auto& way : ways)
        script +=
            std::string(", NaN with ") + line_with_points + " lc rgb '" + way.colour + "' title '" + way.title + "'";
    script += ", NaN with lines lw 8 lc rgb '#dddddd' title '± 1 standard error'\n";
    return data + axis_of_mmd + "set xrange [0:" + text(most + 1) +
           "]\nset xlabel 'sweeps'\nunset key\nset multiplot layout " + std::to_string(lines) + "," +
           std::to_string(columns) + "\n" + script + "unset multiplot";
}

} // namespace

void parallel::draw(output& to, const std::vector<plane_set>& sets) const {
    const support::fast_policy policy;
    const auto ddpm = schedule::discrete_levels<float>::ddpm_linear();
    const auto grid = schedule::trailing(ddpm, steps);
    const random::noise_stream noise{.seed = seed};

    table rows{.header = "set,method,calls_in_a_row,calls_for_a_sample,mmd_squared,standard_error", .rows = {}};
    std::vector<comparison> all;
    for (const auto& set : sets) {
        comparison c;
        c.set = set.name;
        const cloud known = set.draw(0, data);
        c.truth = set.draw(1, judge);
        const distribution::empirical<float, 2> law(known, distribution::kernel_width{static_cast<float>(width)});
        const denoiser::empirical eps_hat(law);

        // The kernel sees most at the bandwidth of CDL's appendix B.1, from points that are not judged.
        const cloud other = set.draw(2, 1000);
        cloud gaussian(other.size());
        channel::draw_noise(policy, {.seed = seed, .use = random::purpose::channel}, 1, gaussian);
        std::vector<double> candidates;
        for (double s = 0.02; s < 4; s *= 1.4) candidates.push_back(s);
        c.bandwidth =
            metric::maximising_bandwidth(policy, other, gaussian, std::span<const double>(candidates)).bandwidth;
        const auto kernel = metric::gaussian<float>::with_standard_deviation(static_cast<float>(c.bandwidth));
        const auto judged_as = [&](const std::string& way, index_t in_a_row, double calls, const auto& made) {
            const auto mmd = metric::mmd(policy, kernel, made, c.truth);
            rows.row({set.name, way}, {static_cast<double>(in_a_row), calls, mmd.unbiased, mmd.standard_error});
            return judged{way, static_cast<double>(in_a_row), calls, mmd.unbiased, mmd.standard_error};
        };

        // What can be reached: fresh points of the set, and the law that the denoiser knows.
        const auto n = static_cast<std::size_t>(samples);
        c.fresh = judged_as("fresh points", 0, 0, set.draw(3, samples));
        cloud of_law(n);
        law.draw(policy, noise, 0, of_law);
        c.of_cloud = judged_as("drawn from the denoiser's law", 0, 0, of_law);

        cloud start(n), z;
        sampler::draw_start(policy, noise, start);

        // One step after the other.
        z = start;
        const index_t in_a_row = sampler::run(policy, sampler::ancestral{}, eps_hat, grid, z, noise);
        c.sequential = judged_as("sequential", in_a_row, static_cast<double>(in_a_row), z);
        c.sequential_samples = z;
        for (const index_t few : {10, 20, 50, 100, 200}) {
            if (few > steps) continue;
            const auto coarse = schedule::trailing(ddpm, few);
            z = start;
            sampler::run(policy, sampler::ddim{}, eps_hat, coarse, z);
            c.few_steps.push_back(judged_as("ddim", few, static_cast<double>(few), z));
            z = start;
            sampler::run(policy, sampler::dpm_solver_pp_2m{}, eps_hat, coarse, z);
            c.few_steps.push_back(judged_as("dpm_solver_pp_2m", few, static_cast<double>(few), z));
        }

        // All steps at once. A sweep is one batched call; what it asks is counted on the way to the denoiser.
        for (const auto& way : ways) {
            run_of_picard run;
            index_t asked = 0;
            const auto counted = [&](const auto& on, const auto& at, const auto& levels, auto&& out) {
                asked += at.size();
                eps_hat(on, at, levels, out);
            };
            const auto watch = [&](index_t sweep, const auto& path) {
                const auto ends = path.level(path.steps);
                cloud now(n);
                for (std::size_t i = 0; i < n; ++i)
                    now[i] = {ends(static_cast<index_t>(i), 0), ends(static_cast<index_t>(i), 1)};
                run.sweeps.push_back(
                    judged_as(way.name, sweep, static_cast<double>(asked) / static_cast<double>(samples), now));
                run.samples.push_back(std::move(now));
            };
            z = start;
            sampler::picard(policy, sampler::ancestral{}, counted, grid, z, noise,
                            {.window = window, .tolerance = tolerance, .anderson = way.anderson}, watch);
            c.picard.push_back(std::move(run));
        }

        std::printf("%s: MMD^2 from %zu points of the set, Gaussian kernel of standard deviation %.3f\n"
                    "                                      in a row  calls/sample       MMD^2\n",
                    set.name.c_str(), c.truth.size(), c.bandwidth);
        const auto print = [](const judged& j) {
            std::printf("  %-35s %8.0f %13.0f  %10.6f +- %8.6f\n", j.way.c_str(), j.in_a_row, j.calls, j.mmd,
                        j.standard_error);
        };
        print(c.fresh);
        print(c.of_cloud);
        print(c.sequential);
        for (const auto& j : c.few_steps) print(j);
        for (const auto& run : c.picard) {
            auto near = std::ranges::find_if(run.sweeps, [&](const judged& j) {
                return std::abs(j.mmd - c.sequential.mmd) <= c.sequential.standard_error;
            });
            if (near == run.sweeps.end()) --near;
            judged first = *near;
            first.way += ", near sequential";
            print(first);
            print(run.sweeps.back());
        }
        to.svg("parallel_" + set.name, figure_of(c, static_cast<double>(steps)), 1100, 700);
        all.push_back(std::move(c));
    }
    to.csv("parallel", rows);
    if (all.size() > 1)
        to.svg("parallel", overview_of(all, static_cast<double>(steps)), 1240,
               280 * (static_cast<int>(all.size()) / 4 + 1));
}

} // namespace figures
