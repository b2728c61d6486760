// SPDX-License-Identifier: MIT
#include "figures.hpp"

#include <cdl/channel/posterior.hpp>
#include <cdl/math/logistic.hpp>

#include "../support/gnuplot.hpp"

#include <algorithm>
#include <cstdio>

namespace verify {
namespace {

using support::data_block;

constexpr const char* colours[] = {"#1b4f9c", "#d1691e", "#2a8f5b", "#8a3ea8", "#b3202c", "#555555"};

std::string text(double number) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%g", number);
    return buffer;
}

/// Levels at which a figure shows the data being drowned: from the scale of its details to beyond that of the whole.
std::vector<double> shown_levels(const setting& s) {
    const double fine = s.data.built_in ? 3 : s.scale.clean + 2,
                 coarse = s.data.built_in ? -5 : std::round(-2 * std::log(s.scale.spread)) - 2;
    std::vector<double> levels{HUGE_VAL};
    for (const double part : {0.0, 0.25, 0.5, 0.75, 1.0}) levels.push_back(std::round(fine + part * (coarse - fine)));
    return levels;
}

std::string level_name(double a) {
    return std::isinf(a) ? "data" : "a = " + text(a);
}

/// The line on which figures of any dimension show a function of x: through the two means farthest apart from the
/// first, parametrised by length from the first mean. On a line, x itself.
struct path {
    numbers origin, direction;
    double from, to;
    std::string name = "x";

    explicit path(const setting& s) : origin(static_cast<std::size_t>(s.data.d), 0.0), direction(origin) {
        const auto d = static_cast<std::size_t>(s.data.d);
        direction[0] = 1;
        double low = HUGE_VAL, high = -HUGE_VAL;
        if (d > 1) {
            index_t farthest = 0;
            double length = 0;
            const auto distance = [&](index_t k) {
                double square = 0;
                for (index_t j = 0; j < s.data.d; ++j) square += std::pow(s.data.mean(k, j) - s.data.mean(0, j), 2);
                return std::sqrt(square);
            };
            for (index_t k = 0; k < s.data.size(); ++k)
                if (distance(k) > length) farthest = k, length = distance(k);
            for (std::size_t j = 0; j < d; ++j) {
                origin[j] = s.data.mean(0, static_cast<index_t>(j));
                if (length > 0) direction[j] = (s.data.mean(farthest, static_cast<index_t>(j)) - origin[j]) / length;
            }
            low = 0, high = length;
            name = length > 0 ? "distance from the first mean towards the farthest"
                              : "distance from the mean along the first coordinate";
        } else {
            for (const double m : s.data.means) low = std::min(low, m), high = std::max(high, m);
        }
        const double margin = std::max(4 * s.scale.narrowest, 0.3 * (high - low));
        from = low - margin, to = high + margin;
    }
    double at(int i, int n) const { return from + (to - from) * i / (n - 1); }
    numbers point(double t) const {
        numbers x = origin;
        for (std::size_t j = 0; j < x.size(); ++j) x[j] += t * direction[j];
        return x;
    }
};

// Figure 1: what the channel does to the data. On a line, the densities; in more dimensions log densities along a path.
std::string densities(const setting& s) {
    const path line(s);
    const bool logarithm = s.data.d > 1;
    std::string script;
    const auto levels = shown_levels(s);
    double low = line.from, high = line.to;
    if (!logarithm) low = std::min(low, -4.0), high = std::max(high, 4.0); // pure noise is here
    for (std::size_t l = 0; l < levels.size(); ++l) {
        data_block block("level" + std::to_string(l));
        constexpr int n = 601;
        for (int i = 0; i < n; ++i) {
            const double t = low + (high - low) * i / (n - 1), value = s.library->log_density(line.point(t), levels[l]);
            block.row({t, logarithm ? value : std::exp(value)});
        }
        script += block.text();
    }
    script +=
        "set xlabel '" + line.name + "'\nset ylabel '" + (logarithm ? "log density log p_a" : "density p_a(x)") + "'\n";
    script += std::string("set key ") + (logarithm ? "outside right top" : "outside right top") + "\nset xrange [" +
              text(low) + ":" + text(high) + "]\n";
    if (!logarithm) script += "set yrange [0:*]\n";
    script += "plot ";
    for (std::size_t l = 0; l < levels.size(); ++l)
        script += std::string(l ? ", " : "") + "$level" + std::to_string(l) + " with lines lw " +
                  (l == 0 ? "2.5" : "1.6") + " lc rgb '" + colours[l] + "' title '" + level_name(levels[l]) + "'";
    return script;
}

// In the plane: maps of the density at four levels, each with colours of its own.
std::string maps(const setting& s) {
    const auto levels = shown_levels(s);
    double range = 0;
    for (const double m : s.data.means) range = std::max(range, std::abs(m));
    double low[2] = {-3, -3}, high[2] = {3, 3};
    for (index_t k = 0; k < s.data.size(); ++k)
        for (index_t j = 0; j < 2; ++j) {
            const double reach = 3 * std::sqrt(s.data.covariance(k, j, j));
            low[j] = std::min(low[j], s.data.mean(k, j) - reach);
            high[j] = std::max(high[j], s.data.mean(k, j) + reach);
        }
    std::string script, plots;
    int panel = 0;
    for (const std::size_t l : {0U, 1U, 3U, 5U}) {
        data_block block("map" + std::to_string(panel));
        constexpr int n = 81;
        for (int i = 0; i < n; ++i) {
            for (int j = 0; j < n; ++j) {
                const double x = low[0] + (high[0] - low[0]) * j / (n - 1),
                             y = low[1] + (high[1] - low[1]) * i / (n - 1);
                block.row({x, y, std::exp(s.library->log_density({x, y}, levels[l]))});
            }
        }
        script += block.text();
        plots += "set title '" + level_name(levels[l]) + "'\nplot $map" + std::to_string(panel) +
                 " using 1:2:3 with image notitle\n";
        ++panel;
    }
    return script +
           "set multiplot layout 2,2 margins 0.07,0.97,0.07,0.95 spacing 0.08,0.10\nunset colorbox\nset size ratio "
           "-1\nunset grid\n"
           "set palette defined (0 '#ffffff', 0.15 '#d4e3f5', 0.5 '#5b8fd0', 1 '#12305f')\n"
           "set xrange [" +
           text(low[0]) + ":" + text(high[0]) + "]\nset yrange [" + text(low[1]) + ":" + text(high[1]) + "]\n" + plots +
           "unset multiplot";
}

// Figure 2: the curve under the integral of eq. 2, averaged over the data, and that of standard normal data.
std::string error_curve(const setting& s) {
    data_block ours("ours"), normal("normal");
    const double middle = std::round(s.data.built_in ? 0 : s.scale.center), reach = 10 + s.scale.reach / 2;
    const double d = static_cast<double>(s.data.d);
    numbers nodes, weights;
    if (s.data.d == 1 && (s.scale.largest + s.scale.spread) / s.scale.narrowest < 100 && s.data.size() <= 20) {
        const double step = s.scale.narrowest / 4, end = s.scale.largest + 9 * s.scale.narrowest + 2 * s.scale.spread;
        for (double x = -end; x <= end; x += step) {
            const real point = x;
            const auto weight = static_cast<double>(step * s.truth.clean().density(&point));
            if (weight > 1e-9) nodes.push_back(x), weights.push_back(weight);
        }
    }
    const auto draws = static_cast<index_t>(std::clamp(2e6 / (static_cast<double>(s.data.size()) * d), 500.0, 8192.0));
    for (int i = 0; i <= 40; ++i) {
        const double a = middle + reach * (i - 20) / 20;
        double error = 0;
        if (!nodes.empty()) {
            const auto errors = s.library->squared_error(nodes, a);
            for (std::size_t k = 0; k < nodes.size(); ++k) error += weights[k] * errors[k];
        } else {
            const auto batch = draw_noisy(s, 41, draws, a);
            const auto eps_hat = s.library->eps_hat_of_batch(batch.z, a);
            for (std::size_t k = 0; k < eps_hat.size(); ++k)
                error += std::pow(batch.eps[k] - eps_hat[k], 2) / static_cast<double>(draws);
        }
        ours.row({a, error});
    }
    for (int i = 0; i <= 300; ++i) {
        const double a = middle + reach * (i - 150) / 150;
        normal.row({a, d * cdl::math::sigmoid(a)});
    }
    return ours.text() + normal.text() +
           "set xlabel 'log-SNR a'\nset ylabel 'mean squared error of the noise'\nset key outside top center "
           "horizontal\nset yrange [0:" +
           text(1.08 * d) +
           "]\n"
           "plot $normal with lines lw 1.6 dt 2 lc rgb '#777777' title 'standard normal data: d sigmoid(a)', "
           "$ours with linespoints pt 7 ps 0.5 lw 1.4 lc rgb '#1b4f9c' title 'this data, its exact denoiser'";
}

// Figure 3: the log density ratio and the classifier along the path, from the denoiser (points) and closed densities
// (lines).
std::string classifier(const setting& s) {
    const path line(s);
    const double shift = s.data.built_in ? 0 : s.scale.clean;
    const bool sampled = s.data.d > 1 || !s.by_quadrature;
    auto sampling = s.sampling;
    sampling.levels = std::min<index_t>(sampling.levels, 4096);
    const method how = sampled ? method(sampling) : method(s.rule);
    std::string script, ratio_plot, posterior_plot;
    int l = 0;
    for (const double zeta : {shift - 1, shift + 1, shift + 3}) {
        const std::string number = std::to_string(l);
        data_block truth("truth" + number), ours("ours" + number);
        for (int i = 0; i < 401; ++i) {
            const auto x = line.point(line.at(i, 401));
            const auto ratio = static_cast<double>(s.truth.log_density(x, zeta) - s.truth.log_density(x, HUGE_VALL));
            truth.row({line.at(i, 401), ratio, cdl::math::sigmoid(-ratio)});
        }
        constexpr int n = 33;
        numbers points;
        for (int i = 0; i < n; ++i)
            for (const double coordinate : line.point(line.at(i, n))) points.push_back(coordinate);
        const auto ratios = s.library->log_density_ratio(points, zeta, how);
        for (int i = 0; i < n; ++i) {
            const auto& e = ratios[static_cast<std::size_t>(i)];
            ours.row({line.at(i, n), e.value, e.standard_error,
                      std::exp(cdl::classifier::posterior_of_label(e.value).log_clean)});
        }
        script += truth.text() + ours.text();
        const std::string colour = std::string(" lc rgb '") + colours[l] + "'", comma = l ? ", " : "";
        ratio_plot +=
            comma + "$truth" + number + " using 1:2 with lines lw 1.4" + colour + " title 'zeta = " + text(zeta) +
            "', $ours" + number + " using 1:2 with points pt 7 ps 0.45" + colour + " notitle" +
            (sampled
                 ? ", $ours" + number + " using 1:($2-$3):(0):(2*$3) with vectors nohead lw 1.2" + colour + " notitle"
                 : "");
        posterior_plot += comma + "$truth" + number + " using 1:3 with lines lw 1.4" + colour + " notitle, $ours" +
                          number + " using 1:4 with points pt 7 ps 0.45" + colour + " notitle";
        ++l;
    }
    // the ratio runs away outside the data: show what is near it
    double low = 0, high = 0;
    for (const double zeta : {shift - 1, shift + 1})
        for (int i = 20; i < 181; ++i) {
            const auto x = line.point(line.at(i, 201));
            const auto ratio = static_cast<double>(s.truth.log_density(x, zeta) - s.truth.log_density(x, HUGE_VALL));
            low = std::min(low, ratio), high = std::max(high, ratio);
        }
    high = std::min(high, 12.0);
    low = std::max(low, -12.0);
    const double room = 0.08 * (high - low) + 0.01;
    const std::string xrange = "set xrange [" + text(line.from) + ":" + text(line.to) + "]\n";
    return script + "set multiplot layout 2,1 margins 0.11,0.80,0.11,0.97 spacing 0,0.09\n" + xrange +
           "set ylabel 'log p_{zeta} − log p'\nset yrange [" + text(low - room) + ":" + text(high + room) +
           "]\nset key at screen 0.985, screen 0.96 right top\nplot " + ratio_plot + "\nset xlabel '" + line.name +
           "'\nset ylabel 'q(clean | x)'\nset yrange [-0.03:1.03]\nunset key\nplot " + posterior_plot +
           "\nunset multiplot";
}

// Figure 4: how fast the rules converge, on the worst of some points; by Monte Carlo, how slowly.
std::string convergence(const setting& s) {
    const auto floored = [](double error) { return std::max(std::abs(error), 1e-17); };
    if (!s.by_quadrature) {
        data_block error("error"), expected("expected");
        const numbers x = s.point(0);
        const real truth = -s.truth.log_density(x, HUGE_VALL);
        for (index_t levels = 64; levels <= s.sampling.levels; levels *= 2) {
            auto sampling = s.sampling;
            sampling.levels = levels;
            const auto e = s.library->nll(x, sampling, HUGE_VAL)[0];
            error.row({static_cast<double>(levels), floored(static_cast<double>(e.value - truth))});
            expected.row({static_cast<double>(levels), e.standard_error});
        }
        return error.text() + expected.text() +
               "set logscale xy\nset format x '10^{%L}'\nset format y '10^{%L}'\nset xlabel 'draws of the level'\nset "
               "ylabel 'error of −log p(x), nat'\nset key outside top center horizontal\nunset mytics\nunset mxtics\n"
               "plot $expected with lines lw 1.6 dt 2 lc rgb '#777777' title 'its own standard error', $error with "
               "linespoints pt 7 ps 0.6 lw 1.4 lc rgb '#1b4f9c' title 'error'";
    }
    data_block of_levels("of_levels"), of_noise("of_noise");
    const index_t count = std::min<index_t>(s.point_count(), s.data.d == 1 ? 6 : 1);
    const numbers x(s.points.end() - count * s.data.d, s.points.end());
    const auto worst = [&](index_t level_nodes, index_t noise_nodes) {
        auto rule = s.rule;
        rule.level_nodes = level_nodes;
        rule.noise_nodes = noise_nodes;
        const auto results = s.library->nll(x, rule, HUGE_VAL);
        double error = 0;
        for (index_t i = 0; i < count; ++i) {
            const numbers point(x.begin() + i * s.data.d, x.begin() + (i + 1) * s.data.d);
            const real truth = -s.truth.log_density(point, HUGE_VALL);
            error = std::max(error, static_cast<double>(std::fabs(results[static_cast<std::size_t>(i)].value - truth) /
                                                        std::fmax(1.0L, std::fabs(truth))));
        }
        return floored(error);
    };
    const bool on_line = s.data.d == 1;
    for (const index_t n : {4, 6, 8, 12, 16, 20, 24, 28, 32, 40, 48, 64})
        of_levels.row({static_cast<double>(n), worst(n, on_line ? 384 : 96)});
    for (const index_t n : {8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384}) {
        if (!on_line && n > 128) break;
        of_noise.row({static_cast<double>(n), worst(on_line ? 64 : 40, n)});
    }
    return of_levels.text() + of_noise.text() +
           "set logscale xy\nset xtics (4, 8, 16, 32, 64, 128, 256)\nset xrange [3.5:420]\nset yrange [1e-17:10]\nset "
           "format y '10^{%L}'\n"
           "set xlabel 'nodes'\nset ylabel 'largest error of −log p(x)'\nset key outside top center horizontal\n"
           "unset "
           "mytics\n"
           "plot $of_levels with linespoints pt 7 ps 0.6 lw 1.4 lc rgb '#1b4f9c' title 'levels (noise nodes fixed)', "
           "$of_noise with linespoints pt 5 ps 0.6 lw 1.4 lc rgb '#d1691e' title 'noise, along each coordinate (levels "
           "fixed)'";
}

// Figure 5: sigma^2_{t|s} in float32 by three formulas, for gaps of the log-SNR from 1e-6 to 10; the worst of many
// times t.
std::string float_errors() {
    data_block block("errors");
    for (int i = 0; i <= 56; ++i) {
        double worst[3] = {0, 0, 0};
        for (int k = 0; k <= 128; ++k) {
            const float a_t = -8 + 0.125f * static_cast<float>(k) + 0.003f;
            const float a_s = a_t + static_cast<float>(std::pow(10.0, -6 + i / 8.0));
            if (a_s == a_t) continue;
            const real truth = sigmoid(-static_cast<real>(a_t)) * -std::expm1(static_cast<real>(a_t) - a_s);
            const auto square = [](float u) { return u * u; };
            const float sigma_t = cdl::noise_scale(cdl::log_snr{a_t}), sigma_s = cdl::noise_scale(cdl::log_snr{a_s});
            const float alpha_ts = cdl::signal_scale(cdl::log_snr{a_t}) / cdl::signal_scale(cdl::log_snr{a_s});
            const float naive = square(sigma_t) - square(alpha_ts) * square(sigma_s);
            const float printed = -std::expm1(cdl::math::softplus(-a_s) - cdl::math::softplus(-a_t));
            const float ours = cdl::channel::transition(cdl::log_snr{a_s}, cdl::log_snr{a_t}).variance;
            int which = 0;
            for (const float value : {naive, printed, ours}) {
                worst[which] = std::max(worst[which], static_cast<double>(std::fabs((value - truth) / truth)));
                ++which;
            }
        }
        if (worst[0] > 0) block.row({std::pow(10.0, -6 + i / 8.0), worst[0], worst[1], std::max(worst[2], 1e-9)});
    }
    return block.text() +
           "set logscale xy\nset format x '10^{%L}'\nset format y '10^{%L}'\nset yrange [1e-8:1]\nset xlabel 'gap of "
           "the log-SNR between the times s and t'\n"
           "set ylabel 'largest relative error, float32'\nset key outside top center horizontal\nunset mytics\nunset "
           "mxtics\n"
           "plot $errors using 1:2 with linespoints pt 5 ps 0.45 lw 1.3 lc rgb '#d1691e' title 'as defined, VDM eq. "
           "22', "
           "'' using 1:3 with linespoints pt 9 ps 0.5 lw 1.3 lc rgb '#8a3ea8' title 'expm1 of softplus, VDM eq. 63', "
           "'' using 1:4 with linespoints pt 7 ps 0.45 lw 1.3 lc rgb '#1b4f9c' title 'expm1 of the gap, cdl'";
}

} // namespace

std::vector<figure> draw_figures(const std::vector<const setting*>& settings,
                                 const std::function<void(const std::string&)>& progress, std::string& trouble) {
    support::gnuplot plot;
    std::vector<figure> figures;
    const setting& s = *settings.front();
    const auto add = [&](const std::string& title, const std::string& caption, int width, int height,
                         const auto& script) {
        if (!plot.trouble().empty()) return;
        progress("figure: " + title);
        figures.push_back({title, plot.svg(script(), width, height), caption});
    };
    if (s.data.d != 2)
        add("Density at several noise levels",
            s.data.d == 1 ? "The channel shrinks the data towards zero and blurs it; with falling log-SNR a the modes "
                            "move together and p_a becomes standard normal."
                          : "Along a line through the data: with falling log-SNR a the details of log p_a disappear "
                            "and it becomes the parabola of a standard normal.",
            760, 420, [&] { return densities(s); });
    for (const setting* plane : settings)
        if (plane->data.d == 2)
            add("Density in the plane at several noise levels",
                "With falling log-SNR a the components shrink towards the origin and blur into a standard normal; each "
                "panel has its own colours.",
                760, 700, [&] { return maps(*plane); });
    add("Mean squared error of the denoiser at each level",
        std::string("Half the area by which the curve of the data lies above the dashed one is the entropy of the data "
                    "minus that of a standard normal: eq. 2, averaged.") +
            (s.data.built_in ? " The hump is where the denoiser cannot tell which mode a point came from." : ""),
        760, 420, [&] { return error_curve(s); });
    add("Log density ratio and noise classifier",
        "Points come from the denoiser alone (eqs. 8 and 6), lines from closed densities: the points lie on the lines. "
        "Above the level 1/2 the classifier takes x for clean data.",
        760, 640, [&] { return classifier(s); });
    add("Error of the density identity",
        s.by_quadrature
            ? "Both rules converge geometrically, straight down to rounding; modes far apart need more noise nodes."
            : "The error of the Monte-Carlo estimate falls like one over the root of the number of draws, and its own "
              "standard error says by how much.",
        760, 420, [&] { return convergence(s); });
    add("One noising step in float32",
        "For nearly equal times the definition and VDM's eq. 63 both lose all digits; subtracting the levels first, as "
        "cdl does, loses none.",
        760, 420, float_errors);
    trouble = plot.trouble();
    return figures;
}

} // namespace verify
