// SPDX-License-Identifier: MIT
#include "page.hpp"
#include "variational_tables.hpp"

#include <algorithm>

namespace experiments::vdm {
namespace {

/// The row of bound.csv for T steps, or 0 for continuous time.
std::size_t row_of(index_t steps) {
    const auto all = bound_steps();
    return static_cast<std::size_t>(std::find(all.begin(), all.end(), steps) - all.begin());
}

/// Bits against T; continuous time stands to the right of all. Left everything, right from T = 16 on.
std::string bound(const settings& chosen, support::output& to, double least) {
    const std::string header = "model,T,bits_per_dim,over_seeds,within_seed,prior,reconstruction,diffusion";
    support::table all{.header = header, .rows = {}}, shown_ones = all;
    std::string data, plot;
    const double infinite = 11.5;
    for (std::size_t m = 0; m < models().size(); ++m) {
        const of_seeds bits(chosen, models()[m], "bound.csv");
        support::data_block block("b" + std::to_string(m));
        for (std::size_t i = 0; i < bits.size(); ++i) {
            const auto b = bits.over(i, 1);
            const bool continuous = bits(i, 0) == 0;
            if (continuous) block.gap();
            block.row({continuous ? infinite : std::log2(bits(i, 0)), b.mean, std::isfinite(b.error) ? b.error : 0});
            const std::vector<double> numbers{
                b.mean, b.error, bits.typical(i, 2), bits.over(i, 3).mean, bits.over(i, 4).mean, bits.over(i, 5).mean};
            const std::vector<std::string> words{models()[m].title,
                                                 continuous ? "infinite" : support::text(bits(i, 0))};
            all.row(words, numbers);
            if (i == row_of(1) || i == row_of(16) || i == row_of(128) || i == row_of(1024) || continuous)
                shown_ones.row(words, numbers);
        }
        data += block.text();
        plot += "$b" + std::to_string(m) + " using 1:2:3 with yerrorlines lw 1.6 ps " +
                shown(0.9 - 0.1 * static_cast<double>(m)) + " pt " + std::to_string(5 + 2 * m) + " lc rgb '" +
                colours[m] + "' title '" + models()[m].title + "', ";
    }
    plot += support::text(least) + " with lines dt 2 lw 1.5 lc rgb '#777777' title 'entropy of the data'\n";
    to.csv("variational_bound", all);
    to.csv("variational_bound_of_some", shown_ones);
    std::string tics;
    for (int k = 0; k <= 10; k += 2) tics += "'" + std::to_string(1 << k) + "' " + std::to_string(k) + ", ";
    to.svg(
        "variational_bound",
        data + "set multiplot layout 1,2\nset xtics (" + tics + "'∞' " + shown(infinite) +
            ")\nset xlabel 'steps T'\nset ylabel 'bound, bits per dimension'\nset logscale y\nset xrange [-0.3:12]\n"
            "set yrange [4:*]\nset ytics (5, 10, 20, 50, 100, 1000, '10^4' 1e4, '10^5' 1e5, '10^6' 1e6, '10^7' 1e7)\n"
            "set key top right\nplot " +
            plot + "unset logscale y\nunset key\nset xrange [3.7:12]\nset yrange [4.5:14]\nset ytics 1\nplot " + plot +
            "unset multiplot\n",
        900, 400);
    return figure(
        to, "variational_bound",
        "The bound against the number of steps, mean over seeds with standard error; right, the same from T = 16 on. "
        "The bound is the length of a code of the data, and no code is shorter than the entropy.");
}

/// How the bounds of two trainings differ, seed by seed.
std::string difference(const settings& chosen) {
    const of_seeds fixed(chosen, models()[1], "bound.csv"), learned(chosen, models()[2], "bound.csv"),
        ends(chosen, models()[3], "bound.csv");
    const auto less = [&](const of_seeds& other, index_t steps) {
        const auto a = other.numbers(row_of(steps), 1), b = fixed.numbers(row_of(steps), 1);
        std::vector<double> differences;
        for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(a[i] - b[i]);
        return shown(over_seeds(differences), "%.3f");
    };
    return "In continuous time the bound of a denoiser does not depend on the schedule between its ends; for T steps "
           "it does. "
           "Learned schedule minus fixed one, bits per dimension, mean of the seeds' differences: " +
           less(learned, 0) + " in continuous time, " + less(learned, 128) + " at T = 128, " + less(learned, 16) +
           " at T = 16; with learned ends " + less(ends, 0) + ", " + less(ends, 128) + " and " + less(ends, 16) + ".";
}

std::string samples(const settings& chosen, support::output& to) {
    support::table numbers{.header = "model,T,on_a_point,over_seeds,within_seed,points_met,over_seeds,MMD2,over_seeds,"
                                     "within_seed,Frechet,over_seeds",
                           .rows = {}};
    for (const auto& of : models()) {
        const of_seeds s(chosen, of, "samples.csv");
        for (std::size_t i = 0; i < s.size(); ++i) {
            const auto on = s.over(i, 1), met = s.over(i, 3), mmd = s.over(i, 4), frechet = s.over(i, 6);
            numbers.row({of.title}, {s(i, 0), on.mean, on.error, s.typical(i, 2), met.mean, met.error, mmd.mean,
                                     mmd.error, s.typical(i, 5), frechet.mean, frechet.error});
        }
    }
    to.csv("variational_samples", numbers);
    rows points;
    for (const auto& p : swirl()) points.push_back({static_cast<double>(p[0]), static_cast<double>(p[1])});
    const auto few = effort_of(chosen).sampled_in.front(), many = effort_of(chosen).sampled_in[1];
    struct panel {
        std::string title;
        rows points;
        const char* colour;
    };
    std::vector<panel> panels{{"the 1024 points", points, "#222222"}};
    for (const auto& [m, steps] : {std::pair{std::size_t{1}, few}, {std::size_t{1}, many}, {std::size_t{2}, many}})
        panels.push_back({(m == 1 ? "fixed, T = " : "learned, T = ") + std::to_string(steps),
                          read_numbers(folder_of(chosen.out, job_name(models()[m], 1)) + "/samples_" +
                                       std::to_string(steps) + ".csv"),
                          colours[m]});
    std::string script =
        "set multiplot layout 1,4\nset size ratio -1\nset xrange [-1:1]\nset yrange [-1:1]\nunset key\n"
        "set xtics -1,1,1\nset ytics -1,1,1\n";
    for (std::size_t p = 0; p < panels.size(); ++p) {
        panels[p].points.resize(std::min<std::size_t>(panels[p].points.size(), 1024));
        script += points_of("p" + std::to_string(p), panels[p].points) + "set title '" + panels[p].title +
                  "'\nplot $p" + std::to_string(p) + " with points pt 7 ps 0.22 lc rgb '" + panels[p].colour + "'\n";
    }
    to.svg("variational_samples", script + "unset multiplot\n", 900, 260);
    const auto e = effort_of(chosen);
    const auto expected = 1024 * (1 - std::pow(1 - 1 / 1024., static_cast<double>(e.samples)));
    return figure(
               to, "variational_samples",
               "The data and 1024 ancestral samples of seed 1, the latents z_0 rounded to the most probable bytes.") +
           table_of(to, "variational_samples",
                    std::to_string(e.samples) +
                        " ancestral samples for each seed. The share that is one of the 1024 points; how many of these "
                        "points were met (by a perfect model " +
                        shown(expected, "%.0f") +
                        "); MMD^2, unbiased, Gaussian kernel with standard deviation 0.03, against " +
                        std::to_string(4 * e.samples) +
                        " draws of the data; squared Frechet distance from the points. Standard errors over seeds, and "
                        "within a seed.");
}

std::string classifiers(const settings& chosen, support::output& to) {
    support::table numbers{
        .header = "model,accuracy,over_seeds,within_seed,cross_entropy,over_seeds,within_seed,best_accuracy,"
                  "best_cross_entropy",
        .rows = {}};
    for (const auto& of : models()) {
        const of_seeds s(chosen, of, "classifier.csv");
        const auto accuracy = s.over(0, 0), entropy_ = s.over(0, 2);
        numbers.row({of.title}, {accuracy.mean, accuracy.error, s.typical(0, 1), entropy_.mean, entropy_.error,
                                 s.typical(0, 3), s.over(0, 4).mean, s.over(0, 6).mean});
    }
    to.csv("variational_classifier", numbers);
    return table_of(
        to, "variational_classifier",
        "The noise classifier that the denoiser implies, by Monte Carlo with 256 levels for each point, on " +
            std::to_string(effort_of(chosen).classified) +
            " points at each of the log-SNRs 0, 2, 4, 6, 8: accuracy and cross entropy, nats, beside those of the "
            "exact classifier on the same points. Pure noise is no class here: of that no network is sure enough, for "
            "its "
            "errors there add up over all levels. Standard errors over seeds, and within a seed.");
}

} // namespace

std::string report(const settings& chosen, support::output& to) {
    const auto points = swirl();
    const double least = entropy(points);
    std::string at_infinity;
    for (const auto& of : models()) {
        const of_seeds bits(chosen, of, "bound.csv");
        at_infinity += (at_infinity.empty() ? "" : "; ") + of.title + " " + shown(bits.over(row_of(0), 1), "%.3f");
    }
    const std::string plots = bound(chosen, to, least);
    return paragraph("The data are 1024 points of two bytes each, along a spiral, all as likely as each other: their "
                     "entropy is " +
                     shown(least, "%.3f") +
                     " bits per dimension. A network that has learned no more than the band in which they lie needs "
                     "more; one that knows each point comes down to the entropy, as the exact denoiser of the points "
                     "does.") +
           paragraph("In continuous time, bits per dimension, mean over seeds and standard error: " + at_infinity +
                     ".") +
           plots +
           table_of(to, "variational_bound_of_some",
                    "The bound and its parts, bits per dimension, means over seeds; standard errors over seeds, and "
                    "within a seed, from " +
                        std::to_string(effort_of(chosen).repeats) +
                        " estimates with all points each (exact denoiser: eight times as many). All T are in "
                        "variational_bound.csv.") +
           paragraph(difference(chosen)) + report_schedules(chosen, to) + samples(chosen, to) +
           classifiers(chosen, to) +
           paragraph("No nll by Eq. 2 of CDL is given: it is that of a density, and points of bytes have none. What "
                     "takes its place is the bound, whose reconstruction part makes it one of a probability of bytes.");
}

} // namespace experiments::vdm
