// SPDX-License-Identifier: MIT
#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/perturbed.hpp>
#include <cdl/denoiser/quantised.hpp>
#include <cdl/distribution/gaussian_mixture.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/picard.hpp>
#include <cdl/sampler/record.hpp>
#include <cdl/schedule/discrete_grids.hpp>
#include <cdl/schedule/grids.hpp>

#include "../support/fast_policy.hpp"
#include "figures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace figures {
namespace {

using namespace cdl;
using numbers = std::vector<double>;
using levels = std::vector<log_snr<double>>;

constexpr double lowest_z = -16, highest_z = 16; ///< what is shown
constexpr int across = 161;                      ///< points of the map along z
constexpr int shown_sweeps[] = {0, 1, 2, 3, 5};
constexpr const char* colour_of_sweep[] = {"#9ecae1", "#41b6e6", "#2171b5", "#08306b", "#6a1b9a"};

/// |eps_hat - eps_hat_exact|^2 at points z, each at its level.
template <class P, class F, class G>
numbers squared_errors(const P& policy, const F& denoiser, const G& exact, const numbers& z, const levels& a) {
    numbers eps_hat(z.size()), best(z.size());
    const level_view<double> each(a.data(), static_cast<index_t>(a.size()));
    denoiser::lift(denoiser)(policy, z, each, eps_hat);
    denoiser::lift(exact)(policy, z, each, best);
    for (std::size_t i = 0; i < z.size(); ++i) eps_hat[i] = (eps_hat[i] - best[i]) * (eps_hat[i] - best[i]);
    return eps_hat;
}

/// A mean over trajectories and its standard error.
struct estimate {
    double mean, standard_error;
};

/// Of numbers of n trajectories, one after the other.
estimate mean_over(const numbers& x, std::size_t n) {
    const std::size_t each = x.size() / n;
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const auto first = x.begin() + static_cast<std::ptrdiff_t>(i * each);
        const double of_one =
            std::accumulate(first, first + static_cast<std::ptrdiff_t>(each), 0.0) / static_cast<double>(each);
        sum += of_one, squares += of_one * of_one;
    }
    const auto count = static_cast<double>(n);
    const double mean = sum / count;
    return {mean, std::sqrt(std::fmax(squares / count - mean * mean, 0.0) / (count - 1))};
}

/// The share of the mass of a law, given by its density on a line of points, where the density is at least that of the
/// point: 0 at the mode, 1 far out.
numbers mass_of_denser(const numbers& density) {
    std::vector<std::size_t> order(density.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return density[i] > density[j]; });
    numbers mass(density.size());
    double sum = 0;
    const double total = std::accumulate(density.begin(), density.end(), 0.0);
    for (const std::size_t i : order) mass[i] = sum += density[i] / total;
    return mass;
}

/// All that is shown of one denoiser.
struct panel {
    std::string title, data, plot;
    std::vector<estimate> error_of_sweep; ///< over the path after sweep 0, 1, ...
    estimate error_of_sequential{}, error_of_training{};
};

} // namespace

void error_field::draw(output& to) const {
    const support::fast_policy policy;

    // The data [CDL A.3], the exact denoiser, and two that are not.
    const distribution::gaussian_mixture<double, 1> data({1, 1}, {-5, 5}, {1, 1});
    const denoiser::optimal exact(data);

    numbers drawn(static_cast<std::size_t>(draws));
    data.draw(policy, {.seed = seed}, 0, drawn);
    const distribution::empirical<double, 1> sample(drawn, distribution::kernel_width{width});
    const denoiser::empirical finite_sample(sample);

    const auto ddpm = schedule::discrete_levels<double>::ddpm_linear();
    const auto known = schedule::uniform_in_log_snr(ddpm.level(1000), ddpm.level(1), this->levels - 1);
    const denoiser::with_quantised_levels rough(
        denoiser::with_score_error(exact, denoiser::wave_error{.amplitude = amplitude, .wavelength = 3}), known);

    // The trajectories: the same start and the same noise for all.
    const auto grid = schedule::trailing(ddpm, steps);
    const random::noise_stream noise{.seed = seed};
    const auto n = static_cast<std::size_t>(trajectories), T = static_cast<std::size_t>(steps);
    numbers start(n);
    sampler::draw_start(policy, noise, start);
    figures::levels asked; // of the T states of each trajectory that the denoiser is asked at
    for (std::size_t i = 0; i < n; ++i) asked.insert(asked.end(), grid.begin(), grid.end() - 1);

    // The points of training: data in noise at the levels of the steps, as many as there are trajectories.
    numbers training;
    {
        numbers x(n * T), eps(n * T);
        data.draw(policy, {.seed = seed + 1}, 0, x);
        channel::draw_noise(policy, {.seed = seed + 1, .use = random::purpose::channel}, 0, eps);
        training.resize(n * T);
        channel::add_noise(policy, x, level_view<double>(asked.data(), static_cast<index_t>(n * T)), eps, training);
    }

    // The map.
    const double noisiest = grid.front().value, cleanest = grid[T - 1].value;
    constexpr int along = 201;
    numbers map_z;
    figures::levels map_a;
    numbers mass;
    for (int i = 0; i < along; ++i) {
        const log_snr<double> a{noisiest + (cleanest - noisiest) * i / (along - 1)};
        numbers density;
        for (int j = 0; j < across; ++j) {
            map_z.push_back(lowest_z + (highest_z - lowest_z) * j / (across - 1));
            map_a.push_back(a);
            density.push_back(std::exp(data.log_density(std::array{map_z.back()}, a)));
        }
        for (const double share : mass_of_denser(density)) mass.push_back(share);
    }
    table map_rows{.header = "denoiser,log_snr,z,squared_error,mass_of_denser", .rows = {}};
    table path_rows{.header = "denoiser,path,log_snr,z", .rows = {}};
    table error_rows{.header = "denoiser,path,mean_squared_error,standard_error", .rows = {}};

    const auto panel_of = [&](const std::string& name, const std::string& title, const auto& denoiser) {
        panel p;
        p.title = title;
        data_block map(name + "_map"), shares(name + "_mass");
        const numbers of_map = squared_errors(policy, denoiser, exact, map_z, map_a);
        for (std::size_t i = 0; i < map_z.size(); ++i) {
            map.row({map_a[i].value, map_z[i], std::clamp(std::log10(of_map[i]), -6.0, 2.0)});
            shares.row({map_a[i].value, map_z[i], mass[i]});
            if ((i + 1) % across == 0) map.gap(), shares.gap();
            map_rows.row({name}, {map_a[i].value, map_z[i], of_map[i], mass[i]});
        }
        p.data = map.text() + shares.text();
        p.error_of_training = mean_over(squared_errors(policy, denoiser, exact, training, asked), n);

        // One step after the other; the states of all levels, one level after the other.
        numbers z = start, states((T + 1) * n);
        const auto recorded = batch_view<double, 1>(states.data(), static_cast<index_t>(states.size()), 1);
        sampler::run(policy, sampler::ancestral{}, denoiser, grid, z, noise, sampler::record(policy, recorded));
        const auto add_path = [&](const std::string& path, const auto& state) {
            data_block block(name + "_" + path);
            for (std::size_t k = 0; k < T; ++k) {
                if (k % 3 == 0 || k + 20 > T) block.row({grid[k].value, state(k)}); // more cannot be seen
                path_rows.row({name, path}, {grid[k].value, state(k)});
            }
            p.data += block.text();
        };
        numbers of_paths;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < T; ++k) of_paths.push_back(states[k * n + i]);
        p.error_of_sequential = mean_over(squared_errors(policy, denoiser, exact, of_paths, asked), n);
        // Which trajectory is shown: the one whose start is the third of the quartiles, so that the way is not along z
        // = 0.
        std::vector<std::size_t> order(n);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return start[i] < start[j]; });
        const std::size_t shown = order[3 * n / 4];
        add_path("sequential", [&](std::size_t k) { return states[k * n + shown]; });
        for (int other = 0; other < 6; ++other) {
            const std::size_t i = order[(2 * static_cast<std::size_t>(other) + 1) * n / 12];
            add_path("other" + std::to_string(other), [&](std::size_t k) { return states[k * n + i]; });
        }

        // All at once: the paths after each sweep.
        z = start;
        const auto watch = [&](index_t sweep, const auto& path) {
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t k = 0; k < T; ++k)
                    of_paths[i * T + k] = path.level(static_cast<index_t>(k))(static_cast<index_t>(i), 0);
            p.error_of_sweep.push_back(mean_over(squared_errors(policy, denoiser, exact, of_paths, asked), n));
            if (std::ranges::find(shown_sweeps, sweep) != std::end(shown_sweeps))
                add_path("picard" + std::to_string(sweep), [&](std::size_t k) { return of_paths[shown * T + k]; });
        };
        const auto report = sampler::picard(policy, sampler::ancestral{}, denoiser, grid, z, noise, {}, watch);

        p.plot = "plot $" + name + "_map using 1:2:3 with image";
        for (int other = 0; other < 6; ++other)
            p.plot += ", $" + name + "_other" + std::to_string(other) + " with lines lw 0.5 lc rgb '#777777'";
        p.plot += ", $" + name + "_contour with lines lw 1.8 dt 2 lc rgb '#00703c'";
        for (std::size_t k = 0; k < std::size(shown_sweeps); ++k)
            if (shown_sweeps[k] <= report.sweeps)
                p.plot += ", $" + name + "_picard" + std::to_string(shown_sweeps[k]) + " with lines lw 1.7 lc rgb '" +
                          colour_of_sweep[k] + "'";
        p.plot += ", $" + name + "_sequential with lines lw 1.2 lc rgb '#000000'\n";

        std::printf("%s: mean of |eps_hat - exact|^2\n", title.c_str());
        const auto tell = [&](const std::string& path, const estimate& error, bool printed) {
            if (printed) std::printf("  %-12s %10.3g +- %.1g\n", path.c_str(), error.mean, error.standard_error);
            error_rows.row({name, path}, {error.mean, error.standard_error});
        };
        tell("training", p.error_of_training, true);
        tell("sequential", p.error_of_sequential, true);
        for (std::size_t k = 0; k < p.error_of_sweep.size(); ++k)
            tell("picard" + std::to_string(k), p.error_of_sweep[k], k <= 8 || k + 1 == p.error_of_sweep.size());
        return p;
    };

    const panel panels[] = {
        panel_of("finite_sample", "exact for " + std::to_string(draws) + " draws of the data", finite_sample),
        panel_of("rough", "score off by waves, " + std::to_string(this->levels) + " levels", rough)};

    std::string script = panels[0].data + panels[1].data;
    for (const char* name : {"finite_sample", "rough"})
        script += std::string("set table $") + name +
                  "_contour\nset contour base\nunset surface\nset cntrparam levels "
                  "discrete 0.99\nsplot $" +
                  name + "_mass using 1:2:3 with lines notitle\nunset table\nunset contour\nset surface\n";
    script += "set multiplot layout 1,2 margins 0.06,0.905,0.25,0.93 spacing 0.045,0\n"
              "set palette defined (0 '#ffffff', 0.35 '#fff1c7', 0.6 '#fdb863', 0.8 '#e0641d', 1 '#7f2704')\n"
              "set cbrange [-6:2]\nunset grid\nunset key\nunset colorbox\nset xrange [" +
              text(noisiest) + ":" + text(cleanest) + "]\nset yrange [" + text(lowest_z) + ":" + text(highest_z) +
              "]\nset xlabel 'log-SNR a (noise on the left, data on the right)'\nset ylabel 'z'\nset title '" +
              panels[0].title + "'\n" + panels[0].plot +
              "set ylabel ''\nset colorbox user origin screen 0.925, screen 0.25 size screen 0.014, screen 0.69\n"
              "set cblabel 'log_{10} |eps\\_hat − exact|²'\nset title '" +
              panels[1].title + "'\n" + panels[1].plot;
    // the key alone
    script += "unset title\nunset border\nunset tics\nunset xlabel\nunset ylabel\nunset colorbox\nset lmargin at "
              "screen 0.03\n"
              "set rmargin at screen 0.97\nset tmargin at screen 0.13\nset bmargin at screen 0.01\n"
              "set key center center horizontal maxrows 2 samplen 2.5 width 1\n"
              "plot NaN with lines lw 1.8 dt 2 lc rgb '#00703c' title '99 % of the training data', "
              "NaN with lines lw 1.2 lc rgb '#000000' title 'sequential, the same start', "
              "NaN with lines lw 0.5 lc rgb '#777777' title 'sequential, others'";
    for (std::size_t k = 0; k < std::size(shown_sweeps); ++k)
        script += std::string(", NaN with lines lw 1.7 lc rgb '") + colour_of_sweep[k] + "' title '" +
                  (k == 0 ? "Picard, first guess" : "Picard, k = " + std::to_string(shown_sweeps[k])) + "'";
    script += "\nunset multiplot";
    to.csv("error_field", map_rows);
    to.csv("error_field_paths", path_rows);
    to.csv("error_field_means", error_rows);
    to.svg("error_field", script, 1180, 600);
    to.png("error_field", script, 1180, 600);

    // The same in numbers: the error where the denoiser is asked, sweep by sweep.
    std::string curves, plot = "plot ";
    const char* const colours[] = {"#b3202c", "#1b4f9c"};
    for (int k = 0; k < 2; ++k) {
        data_block curve("curve" + std::to_string(k)), line("line" + std::to_string(k));
        const auto& errors = panels[k].error_of_sweep;
        for (std::size_t i = 0; i < errors.size(); ++i)
            curve.row({static_cast<double>(i), errors[i].mean, errors[i].standard_error});
        curves += curve.text();
        plot += std::string(k ? ", " : "") + "$curve" + std::to_string(k) +
                " using 1:2:3 with yerrorlines pt 7 ps 0.5 lw 1.3 lc rgb '" + colours[k] +
                "' title 'Picard: " + panels[k].title + "', " + text(panels[k].error_of_sequential.mean) +
                " with lines lw 1.3 dt 2 lc rgb '" + colours[k] + "' title 'sequential', " +
                text(panels[k].error_of_training.mean) + " with lines lw 1.3 dt 3 lc rgb '" + colours[k] +
                "' title 'training data'";
    }
    to.svg("error_along_paths",
           curves +
               "set logscale y\nset format y '10^{%L}'\nunset mytics\nset xlabel 'sweep k'\nset ylabel 'mean of "
               "|eps\\_hat − "
               "exact|² over a path'\nset key inside right top\n" +
               plot,
           760, 420);
}

} // namespace figures
