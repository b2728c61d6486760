// SPDX-License-Identifier: MIT
#include "page.hpp"
#include "variational.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace experiments::vdm {
namespace {

using rows = std::vector<std::vector<double>>;

constexpr const char* colours[] = {"#222222", "#0072b2", "#d55e00", "#009e73"}; ///< of the models

/// A file that each seed of a model left, and means over the seeds.
class of_seeds {
public:
    of_seeds(const settings& chosen, const model& of, const std::string& file) {
        for (index_t seed = 1; seed <= chosen.seeds; ++seed)
            tables_.push_back(read_numbers(folder_of(chosen.out, job_name(of, seed)) + "/" + file));
    }
    const std::vector<rows>& tables() const { return tables_; }
    std::size_t size() const { return tables_[0].size(); }
    double operator()(std::size_t row, std::size_t column) const { return tables_[0][row][column]; }
    std::vector<double> numbers(std::size_t row, std::size_t column) const {
        std::vector<double> all;
        for (const auto& table : tables_) all.push_back(table[row][column]);
        return all;
    }
    mean_and_error over(std::size_t row, std::size_t column) const { return over_seeds(numbers(row, column)); }
    /// The root of the mean square: of the errors that each seed tells of its own number.
    double typical(std::size_t row, std::size_t column) const {
        double squares = 0;
        for (const double error : numbers(row, column)) squares += error * error / static_cast<double>(tables_.size());
        return std::sqrt(squares);
    }

private:
    std::vector<rows> tables_;
};

std::string shown(double number, const char* format = "%.3g") {
    char text[40];
    std::snprintf(text, sizeof text, format, number);
    return text;
}
std::string shown(const mean_and_error& m, const char* format = "%.2f") {
    return shown(m.mean, format) + (std::isfinite(m.error) ? " ± " + shown(m.error, format) : "");
}

/// One over the other, seed by seed.
mean_and_error ratio(const std::vector<double>& above, const std::vector<double>& below) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < above.size(); ++i) ratios.push_back(above[i] / below[i]);
    return over_seeds(ratios);
}

std::string points_of(const std::string& name, const rows& points) {
    support::data_block block(name);
    for (const auto& point : points) block.row(point);
    return block.text();
}

/// The column of the bound in continuous time, and for T steps, in the rows of bound.csv.
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
        return shown(over_seeds(differences));
    };
    return "In continuous time the bound of a given denoiser does not depend on the schedule between its ends. Learned "
           "minus "
           "fixed, bits per dimension, seed by seed: " +
           less(learned, 0) + " in continuous time, " + less(learned, 128) + " at T = 128, " + less(learned, 16) +
           " at T = 16; with learned ends " + less(ends, 0) + ", " + less(ends, 128) + " and " + less(ends, 16) + ".";
}

std::string schedules(const settings& chosen, support::output& to) {
    std::string data, levels, spreads;
    for (std::size_t m = 1; m < models().size(); ++m) {
        const of_seeds by_time(chosen, models()[m], "spread.csv");
        const std::string name = "s" + std::to_string(m), style = std::string(" lw 2 lc rgb '") + colours[m] + "'";
        support::data_block block(name);
        for (std::size_t i = 0; i < by_time.size(); ++i)
            block.row({by_time(i, 0), by_time.over(i, 1).mean, by_time.over(i, 2).mean});
        data += block.text();
        for (index_t s = 0; s < chosen.seeds; ++s)
            data += points_of(name + "_" + std::to_string(s), by_time.tables()[static_cast<std::size_t>(s)]);
        for (index_t s = 0; s < chosen.seeds; ++s) // seeds are thin lines
            for (auto [plot, column] : {std::pair{&levels, 2}, std::pair{&spreads, 3}})
                *plot += "$" + name + "_" + std::to_string(s) + " using 1:" + std::to_string(column) +
                         " with lines lw 0.5 lc rgb '" + colours[m] + "' notitle, ";
        levels += "$" + name + " using 1:2 with lines" + style + " title '" + models()[m].title + "', ";
        spreads += "$" + name + " using 1:3 with lines" + style + " notitle, ";
    }
    to.svg("variational_schedules",
           data +
               "set multiplot layout 1,2\nset xrange [0:1]\nset xlabel 'time t'\nset ylabel 'log-SNR a(t)'\n"
               "set key top right\nplot " +
               levels +
               "NaN notitle\nset ylabel 'loss of a point, root mean square, bits/dim'\nset yrange [0:*]\nplot " +
               spreads + "NaN notitle\nunset multiplot\n",
           900, 380);
    return figure(to, "variational_schedules",
                  "Left: the schedules; thin lines are seeds, thick lines their mean. Right: how large the diffusion "
                  "loss of a point "
                  "is when its time is t. The variance is least where this is the same at all times.");
}

std::string variances(const settings& chosen, support::output& to, std::string& said) {
    support::table numbers{.header = "model,a(0),over_seeds,a(1),over_seeds,variance,over_seeds,straight,over_seeds,"
                                     "ratio,over_seeds,least_ratio,over_seeds",
                           .rows = {}};
    for (const auto& of : models()) {
        if (!of.trained) continue;
        const of_seeds s(chosen, of, "schedule.csv");
        const auto r = ratio(s.numbers(0, 2), s.numbers(0, 3)), least = ratio(s.numbers(0, 4), s.numbers(0, 3));
        std::vector<double> row;
        for (const auto& m : {s.over(0, 0), s.over(0, 1), s.over(0, 2), s.over(0, 3), r, least})
            row.push_back(m.mean), row.push_back(m.error);
        numbers.row({of.title}, row);
        if (of.learned && !of.ends)
            said = "The learned schedule changes the variance of a point's loss by a factor of " + shown(r) +
                   ", measured on its own network against a straight schedule with the same ends; the best that any "
                   "schedule "
                   "could do there is about " +
                   shown(least.mean, "%.2f") + ".";
    }
    to.csv("variational_variance", numbers);
    return table_of(
        to, "variational_variance",
        "Variance of the diffusion loss of a point at a random time, (bits/dim)^2: with the model's schedule, with a "
        "straight one between the same ends on the same network, their ratio, and the ratio for the best schedule as "
        "40 bins of time tell it. Means over seeds, and standard errors over seeds.");
}

std::string curves(const settings& chosen, support::output& to) {
    std::string data, plot;
    for (std::size_t m = 1; m < models().size(); ++m) {
        const of_seeds log(chosen, models()[m], "log.csv");
        support::data_block block("c" + std::to_string(m));
        for (std::size_t i = 0; i < log.size(); ++i) {
            const auto b = log.over(i, 1);
            const double error = std::isfinite(b.error) ? b.error : 0;
            block.row({log(i, 0), b.mean, b.mean - error, b.mean + error});
        }
        data += block.text();
        plot += std::string(m == 1 ? "plot " : ", ") + "$c" + std::to_string(m) +
                " using 1:3:4 with filledcurves fs transparent solid 0.2 noborder lc rgb '" + colours[m] +
                "' notitle, $c" + std::to_string(m) + " using 1:2 with lines lw 1.5 lc rgb '" + colours[m] +
                "' title '" + models()[m].title + "'";
    }
    to.svg(
        "variational_training",
        data +
            "set xlabel 'training step'\nset ylabel 'bound, bits per dimension'\nset yrange [*:9]\nset xrange [0:*]\n" +
            plot + "\n",
        820, 360);
    return figure(
        to, "variational_training",
        "Training: the estimate of the bound, smoothed over about 50 steps; bands are standard errors over seeds.");
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
                        " ancestral samples for each seed. The share that is one of the 1024 points; how many "
                        "different points "
                        "were met (of a perfect model " +
                        shown(expected, "%.0f") +
                        "); MMD^2, unbiased, Gaussian kernel with standard deviation 0.03, against " +
                        std::to_string(4 * e.samples) +
                        " draws of the data; squared Frechet distance from the points. Standard errors over seeds, and "
                        "within a "
                        "seed.");
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
            "exact classifier on the same points. Standard errors over seeds, and within a seed.");
}

} // namespace

std::string report(const settings& chosen, support::output& to) {
    const auto points = swirl();
    const double least = entropy(points);
    std::string at_infinity, learned;
    for (const auto& of : models()) {
        const of_seeds bits(chosen, of, "bound.csv");
        at_infinity += (at_infinity.empty() ? "" : "; ") + of.title + " " + shown(bits.over(bits.size() - 1, 1));
    }
    const std::string variance = variances(chosen, to, learned);
    const std::string plots = bound(chosen, to, least);
    return paragraph("The data are 1024 points of two bytes each, along a spiral, all as likely as each other: their "
                     "entropy is " +
                     shown(least, "%.3f") +
                     " bits per dimension. A network that has learned no more than the band in which they lie needs "
                     "more bits; "
                     "one that knows each point comes down to the entropy, as the exact denoiser of the points does.") +
           paragraph("In continuous time, bits per dimension, mean over seeds and standard error: " + at_infinity +
                     ".") +
           plots +
           table_of(to, "variational_bound_of_some",
                    "The bound and its parts, bits per dimension, means over seeds; standard errors over seeds, and "
                    "within a seed, "
                    "from " +
                        std::to_string(effort_of(chosen).repeats) +
                        " estimates with all points each (exact denoiser: eight times as many). All T are in "
                        "variational_bound.csv.") +
           paragraph(difference(chosen)) + paragraph(learned) + schedules(chosen, to) + variance + curves(chosen, to) +
           samples(chosen, to) + classifiers(chosen, to) +
           paragraph("No nll by Eq. 2 of CDL is given: it is that of a density, and points of bytes have none. What "
                     "takes its "
                     "place is the bound, whose last part makes it a probability of bytes.");
}

} // namespace experiments::vdm
