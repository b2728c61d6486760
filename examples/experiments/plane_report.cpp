// SPDX-License-Identifier: MIT
#include "cdl_report.hpp"
#include "page.hpp"
#include "plane.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace experiments {
namespace {

constexpr double threshold = 0.002; ///< of the squared MMD, in the kernel of CDL's program [CDL table 1]

/// One training's curve: sweep, evaluations, MMD, error, and the seconds until then.
struct run_of_sweeps {
    std::vector<std::vector<double>> rows, times;

    run_of_sweeps(const std::string& folder)
        : rows(read_numbers(folder + "/sweeps.csv")), times(read_numbers(folder + "/times.csv")) {
        if (rows.empty() || rows.size() != times.size())
            support::complain(folder, "sweeps.csv", "must have as many rows as times.csv, and some", "another number");
    }
    /// The MMD after a sweep; after the last it stays.
    double mmd_after(std::size_t sweep) const { return rows[std::min(sweep, rows.size() - 1)].at(2); }
    /// The row where the MMD is first at or below the threshold, or nothing: rows.size().
    std::size_t reached() const {
        return static_cast<std::size_t>(
            std::ranges::find_if(rows, [](const auto& row) { return row.at(2) <= threshold; }) - rows.begin());
    }
};

/// All that was found of a loss on a set.
struct entry {
    loss_kind kind;
    judged found;
    std::vector<run_of_sweeps> runs;
};

std::vector<entry> entries_of(const settings& chosen, const point_law& law) {
    std::vector<entry> all;
    for (const auto kind : plane_losses()) {
        std::vector<std::string> names;
        std::vector<run_of_sweeps> runs;
        for (index_t seed = 1; seed <= chosen.seeds; ++seed) {
            names.push_back(plane_job(law, kind, seed));
            runs.emplace_back(folder_of(chosen.out, names.back()));
        }
        all.push_back({kind, judged(chosen.out, names), std::move(runs)});
    }
    return all;
}

/// Mean over the seeds that reached the threshold, and how many did.
struct reached_by {
    std::size_t seeds = 0;
    mean_and_error sweeps{}, evaluations{}, seconds{};
};

reached_by reached(const entry& e) {
    std::vector<double> sweep, calls, seconds;
    for (const auto& run : e.runs)
        if (const auto k = run.reached(); k < run.rows.size())
            sweep.push_back(run.rows[k].at(0)), calls.push_back(run.rows[k].at(1)),
                seconds.push_back(run.times[k].at(1));
    if (sweep.empty()) return {};
    return {sweep.size(), over_seeds(sweep), over_seeds(calls), over_seeds(seconds)};
}

std::string or_none(const reached_by& r, const mean_and_error& number) {
    return r.seeds == 0 ? "none" : with_error(number);
}

mean_and_error seconds_to_end(const entry& e) {
    std::vector<double> seconds;
    for (const auto& run : e.runs) seconds.push_back(run.times.back().at(1));
    return over_seeds(seconds);
}

/// Thin over thick, so that curves which coincide are all seen.
std::string line_of(std::size_t k, loss_kind kind) {
    return "lines lw " + support::text(3.4 - 0.5 * static_cast<double>(k)) + " dt " + std::to_string(k % 5 + 1) +
           " lc rgb '" + colour_of(kind) + "'";
}

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
            curve.row({static_cast<double>(sweep), m.mean, std::max(m.mean - error, 1e-6), m.mean + error});
        }
        blocks += curve.text();
        const std::string from = "$" + set + std::to_string(k) + " using 1:",
                          colour = " lc rgb '" + colour_of(entries[k].kind);
        plot += from + "3:4 with filledcurves fs transparent solid 0.15 noborder" + colour + "', ";
        lines += ", " + from + "2 with " + line_of(k, entries[k].kind);
    }
    return plot + support::text(threshold) + " with lines lw 1 lc rgb '#888888'" + lines + "\n";
}

void draw_samples(const settings& chosen, const point_law& law, support::output& to) {
    const index_t shown = std::min<index_t>(plane_judge(chosen, law).samples, 1000);
    const auto truth = drawn(law, truth_seed + 1, shown);
    support::data_block block("truth");
    for (std::size_t i = 0; i + 1 < truth.size(); i += 2)
        block.row({static_cast<double>(truth[i]), static_cast<double>(truth[i + 1])});
    std::string blocks = block.text(),
                plots = "set title 'data'\nplot $truth with points pt 7 ps 0.25 lc rgb '#555555'\n";
    const auto panel = [&](const std::string& name, const std::string& title, const std::string& colour,
                           const std::string& job) {
        support::data_block samples(name);
        index_t count = 0;
        for (const auto& row : read_numbers(folder_of(chosen.out, job) + "/samples.csv"))
            if (count++ < shown) samples.row(row);
        blocks += samples.text();
        plots += "set title '" + title + "' noenhanced\nplot $" + name + " with points pt 7 ps 0.25 lc rgb '" + colour +
                 "'\n";
    };
    for (const auto kind : plane_losses())
        panel("s" + std::to_string(static_cast<int>(kind)), name_of(kind), colour_of(kind), plane_job(law, kind, 1));
    if (trained_longer(chosen, law))
        panel("longer", name_of(longer_loss) + ", " + std::to_string(longer_times) + " times as long",
              colour_of(longer_loss), longer_job(law, 1));
    to.png("plane_samples_" + law.name,
           blocks +
               "set multiplot layout 2,4 margins 0.04,0.99,0.06,0.94 spacing 0.035,0.1\nunset key\nunset grid\nset "
               "size ratio -1\n"
               "set xrange [-3:3]\nset yrange [-2.6:2.6]\nset xtics 1\nset ytics 1\n" +
               plots + "unset multiplot",
           1000, 520);
}

/// Paired differences on a set, one for each pair.
using differences = std::vector<mean_and_error>;

differences differences_of(const std::vector<entry>& entries, measure m) {
    differences all;
    for (const auto& [i, k] : compared_pairs)
        all.push_back(difference(entries[i].found.each(m), entries[k].found.each(m)));
    return all;
}

/// The training that was longer, seed by seed, beside the same loss as all others are trained; empty where there is none.
std::string longer_section(const settings& chosen, const point_law& law, support::output& to) {
    if (!trained_longer(chosen, law)) return "";
    support::table rows{.header =
                            "set,loss,steps,seed,MMD² in sequence,MMD² in parallel,sweeps to 0.002,evaluations to "
                            "it,sweeps,evaluations,nll in nats",
                        .rows = {}};
    std::vector<double> of_longer;
    for (const bool longer : {false, true})
        for (index_t seed = 1; seed <= chosen.seeds; ++seed) {
            const std::string name = longer ? longer_job(law, seed) : plane_job(law, longer_loss, seed);
            const judged one(chosen.out, {name});
            const run_of_sweeps run(folder_of(chosen.out, name));
            const auto at_threshold = [&](std::size_t column) {
                return run.reached() < run.rows.size() ? support::text(run.rows[run.reached()].at(column))
                                                       : std::string("none");
            };
            const auto with_own_error = [&](measure value, measure error) {
                return with_error({one.mean(value), one.mean(error)});
            };
            rows.row({law.name, name_of(longer_loss),
                      longer ? std::to_string(longer_times) + " times as many" : "as above", std::to_string(seed),
                      with_own_error(mmd, mmd_error), with_own_error(parallel_mmd, parallel_mmd_error), at_threshold(0),
                      at_threshold(1), support::text(one.mean(sweeps)), support::text(one.mean(evaluations)),
                      with_own_error(nll, nll_error)},
                     {});
            if (longer) of_longer.push_back(one.mean(mmd));
        }
    to.csv("plane_longer", rows);
    const auto s = longer_judge(chosen, law);
    return paragraph("How much of the error is for want of steps? `" + name_of(longer_loss) + "` trained " +
                     std::to_string(longer_times) + " times as long has MMD² " + with_error(over_seeds(of_longer)) +
                     " (mean over seeds, kernel of the program), " +
                     support::text(*std::ranges::min_element(of_longer)) + " for the best seed.") +
           table_of(
               to, "plane_longer",
               "One loss trained longer, seed by seed: " + std::to_string(s.samples) + " samples in sequence, and " +
                   std::to_string(s.parallel) +
                   " trajectories in parallel until all have settled; kernel of the program, errors within a seed.");
}

/// On how many sets a loss did better than another, and by how much.
std::string counted(const std::string& what, const std::vector<differences>& of_sets, index_t seeds) {
    std::string text = what + ", on " + std::to_string(of_sets.size()) + " sets:";
    for (std::size_t p = 0; p < std::size(compared_pairs); ++p) {
        const auto& [i, k] = compared_pairs[p];
        text += (p == 0 ? " `" : "; `") + name_of(plane_losses()[i]) + "` against `" + name_of(plane_losses()[k]) + "`";
        for (const char* word : {"lower", "higher", "not told apart"}) {
            const auto sets =
                std::ranges::count_if(of_sets, [&](const auto& d) { return verdict(d[p], seeds) == word; });
            if (sets > 0) text += " " + std::string(word) + " on " + std::to_string(sets) + ",";
        }
        const auto [least, most] = std::ranges::minmax(of_sets, {}, [&](const auto& d) { return d[p].mean; });
        char range[64];
        std::snprintf(range, sizeof range, " by %.2g to %.2g", least[p].mean, most[p].mean);
        text += range;
    }
    return text + ".";
}

} // namespace

std::string plane_report(const settings& chosen, support::output& to) {
    support::table numbers{
        .header = "set,loss,seeds,mmd_program,mmd_program_error,mmd_program_error_within,mmd_paper,mmd_paper_error,"
                  "mmd_paper_error_within,frechet,frechet_error,nll,nll_error,nll_error_within,accuracy,"
                  "accuracy_error,cross_entropy,cross_entropy_error,parallel_mmd_program,"
                  "parallel_mmd_program_error,parallel_mmd_program_error_within,sweeps,sweeps_error,evaluations,"
                  "evaluations_error,seconds,seconds_error,seeds_at_threshold,sweeps_to_threshold,evaluations_to_"
                  "threshold,seconds_to_threshold",
        .rows = {}};
    support::table quality{
        .header = "set,loss,MMD² (program),MMD² (paper),Fréchet,nll (eq. 2) in nats,accuracy,cross entropy in nats",
        .rows = {}},
        speed{.header = "set,loss,seeds at threshold,sweeps to it,evaluations to it,seconds to "
                        "it,sweeps,evaluations,seconds,MMD² at "
                        "the end",
              .rows = {}},
        pairs{.header = "set,losses,MMD² in sequence,MMD² in parallel,sweeps,nll in nats", .rows = {}};
    std::string blocks, panels, samples;
    std::vector<differences> of_sequence, of_parallel, of_nll;
    const auto laws = plane_laws(chosen);
    for (const auto& law : laws) {
        const auto entries = entries_of(chosen, law);
        panels += curves(law.name, entries, blocks);
        draw_samples(chosen, law, to);
        for (const auto& e : entries) {
            const auto over = [&](measure m) { return e.found.over(m); };
            const auto r = reached(e);
            const auto s = seconds_to_end(e);
            std::vector<double> row{static_cast<double>(chosen.seeds)};
            const auto put = [&](const mean_and_error& number) {
                row.push_back(number.mean), row.push_back(number.error);
            };
            put(over(mmd)), row.push_back(e.found.mean(mmd_error)), put(over(other_mmd)),
                row.push_back(e.found.mean(other_mmd_error));
            put(over(frechet_distance)), put(over(nll)), row.push_back(e.found.mean(nll_error)), put(over(accuracy));
            put(over(cross_entropy)), put(over(parallel_mmd)), row.push_back(e.found.mean(parallel_mmd_error));
            put(over(sweeps)), put(over(evaluations)), put(s);
            for (const double number :
                 {static_cast<double>(r.seeds), r.sweeps.mean, r.evaluations.mean, r.seconds.mean})
                row.push_back(r.seeds == 0 && number != static_cast<double>(r.seeds) ? std::nan("") : number);
            numbers.row({law.name, name_of(e.kind)}, row);
            quality.row({law.name, name_of(e.kind), with_error(over(mmd)), with_error(over(other_mmd)),
                         with_error(over(frechet_distance)), with_error(over(nll)), with_error(over(accuracy)),
                         with_error(over(cross_entropy))},
                        {});
            speed.row({law.name, name_of(e.kind), std::to_string(r.seeds) + " of " + std::to_string(chosen.seeds),
                       or_none(r, r.sweeps), or_none(r, r.evaluations), or_none(r, r.seconds), with_error(over(sweeps)),
                       with_error(over(evaluations)), with_error(s), with_error(over(parallel_mmd))},
                      {});
        }
        const auto& any = entries[0].found; // fresh points are the same for all losses
        quality.row({law.name, "fresh points", with_error(any.over(fresh_mmd)), with_error(any.over(fresh_other_mmd)),
                     with_error(any.over(fresh_frechet)), "", "", ""},
                    {});
        of_sequence.push_back(differences_of(entries, mmd)), of_nll.push_back(differences_of(entries, nll));
        of_parallel.push_back(differences_of(entries, parallel_mmd));
        const auto of_sweeps = differences_of(entries, sweeps);
        for (std::size_t p = 0; p < std::size(compared_pairs); ++p)
            pairs.row({law.name,
                       name_of(entries[compared_pairs[p].first].kind) + " against " +
                           name_of(entries[compared_pairs[p].second].kind),
                       with_error(of_sequence.back()[p]), with_error(of_parallel.back()[p]), with_error(of_sweeps[p]),
                       with_error(of_nll.back()[p])},
                      {});
        samples += figure(to, "plane_samples_" + law.name,
                          law.name + ": up to 1000 points of the data, and samples in sequence of each loss, seed 1.");
    }
    const auto rows = (laws.size() + 1) / 2;
    const int height = 120 + 350 * static_cast<int>(rows);
    const auto part = [&](int pixels) { return support::text(static_cast<double>(pixels) / height); };
    std::string key = "NaN with lines lw 1 lc rgb '#888888' title 'threshold'";
    for (std::size_t k = 0; k < plane_losses().size(); ++k)
        key += ", NaN with " + line_of(k, plane_losses()[k]) + " title '" + name_of(plane_losses()[k]) + "'";
    to.svg("plane_sweeps",
           blocks + "set multiplot layout " + std::to_string(rows) + ",2 margins 0.08,0.98," + part(110) + "," +
               support::text(1 - 40.0 / height) + " spacing 0.09," + part(100) +
               "\nset logscale y\nset yrange [5e-4:0.3]\nset format y '10^{%T}'\nset xlabel 'sweeps' offset 0,0.3\nset "
               "ylabel "
               "'MMD² (kernel of the program)'\nunset key\n" +
               panels +
               "unset title\nunset border\nunset tics\nunset xlabel\nunset ylabel\nunset grid\nset lmargin at screen "
               "0.02\nset rmargin at screen 0.98\nset bmargin at screen 0\nset tmargin at screen " +
               part(55) + "\nset key center center horizontal maxrows 2 samplen 3 width -2\nplot [0:1][1:2] " + key +
               "\nunset multiplot",
           900, height);
    to.csv("plane", numbers);
    to.csv("plane_quality", quality);
    to.csv("plane_speed", speed);
    to.csv("plane_pairs", pairs);

    const auto n = [](index_t number) { return std::to_string(number); };
    const auto s = plane_judge(chosen, laws.front()), of_others = plane_judge(chosen, laws.back());
    std::string kinds;
    for (const auto kind : plane_losses()) kinds += "`" + name_of(kind) + "`: " + sentence_of(kind) + ". ";
    const std::string parallel = s.parallel == of_others.parallel ? n(s.parallel) + " points"
                                                                  : n(s.parallel) + " points of the first set and " +
                                                                        n(of_others.parallel) + " of the others";
    const std::string over = " Mean over " + n(chosen.seeds) + " seeds, and its standard error.";
    std::string html =
        paragraph("One network, trained by several losses from the same start, on the same data: " + kinds +
                  "The batch has " + n(plane_loss(chosen).batch) + " points, 2 of which are contrasted, at " +
                  n(plane_loss(chosen).contrast_levels) + " levels where the program of CDL has 128.");
    if (chosen.points.empty())
        html += paragraph("The dinosaur of CDL is not here: `scripts/get_dino.sh` fetches its points, and `--points "
                          "FILE` takes them.");
    return html +
           paragraph(
               "Does the gain of CDL over DDPM come from the contrast, from its noise, or from the loss beneath it? "
               "`itd` "
               "against `ddpm` is the loss beneath alone. `itd+cdl` against `itd` adds contrast and noise with the "
               "weight of CDL's program, `itd+cdl-whole` with 64 times that weight; their `-common` forms have the "
               "contrast with "
               "less noise. Lower is better; a difference that chance alone would exceed in 5 % of all cases "
               "counts as "
               "not told apart, so that of the " +
               n(static_cast<index_t>(3 * std::size(compared_pairs) * laws.size())) +
               " comparisons below up to one in twenty counts by chance.") +
           paragraph(counted("MMD² of samples in sequence", of_sequence, chosen.seeds)) +
           paragraph(counted("MMD² of samples in parallel", of_parallel, chosen.seeds)) +
           paragraph(counted("nll of held-out points in nats", of_nll, chosen.seeds)) +
           figure(to, "plane_sweeps",
                  "MMD² against fresh points after each sweep of sampling in parallel, " + parallel + ", " +
                      n(s.steps) + " steps. Mean over " + n(chosen.seeds) +
                      " seeds, band: its standard error. Grey: the threshold 0.002.") +
           table_of(to, "plane_speed",
                    "Sampling in parallel, " + parallel +
                        ", tolerance 0.1, all steps at once: until the squared MMD is first at most 0.002 in the "
                        "kernel of the "
                        "program, over the seeds that get there, and until all trajectories have settled. Evaluations: "
                        "of the network, for each "
                        "point. Seconds: one core, judging left out." +
                        over) +
           table_of(to, "plane_quality",
                    n(s.samples) + " samples in sequence, " + n(s.steps) + " steps of DDPM, against " + n(s.truth) +
                        " fresh points: squared MMD, unbiased, in the kernel of CDL's program, exp(-d^2 / (2 b)) / "
                        "sqrt(2 pi b) with b = 0.03, "
                        "and as the paper prints it, exp(-d^2 / (2 b^2)); Frechet distance. nll: " +
                        n(s.held_out) + " held-out points at " + n(s.levels) +
                        " levels each. Accuracy and cross entropy: the classifier of five noise levels that the "
                        "denoiser implies, on " +
                        n(s.classified) + " points." + over + " plane.csv has the errors within a seed, too.") +
           table_of(to, "plane_pairs", "Differences, paired by seed." + over) +
           longer_section(chosen, laws.front(), to) + samples;
}

} // namespace experiments
