// SPDX-License-Identifier: MIT
#include "page.hpp"
#include "plane_entries.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace experiments {
namespace {

std::string n(index_t number) {
    return std::to_string(number);
}

/// Paired differences on a set, one for each pair.
using differences = std::vector<mean_and_error>;

/// All tables, filled set by set.
struct tables {
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
        .rows = {}};
    support::table speed{.header = "set,loss,seeds at threshold,sweeps to it,evaluations to it,seconds to it,sweeps,"
                                   "evaluations,seconds,MMD² at the end",
                         .rows = {}};
    support::table pairs{.header = "set,losses,MMD² in sequence,MMD² in parallel,sweeps,nll in nats", .rows = {}};
    support::table longest{.header = "set,loss,seed,MMD² in sequence,MMD² in parallel,sweeps to 0.002,evaluations to "
                                     "it,sweeps,evaluations,nll in nats",
                           .rows = {}};
    std::vector<differences> in_sequence, in_parallel, of_nll; ///< for each set

    void add(const settings& chosen, const std::string& set, const std::vector<entry>& entries);

private:
    void add_numbers(const std::string& set, const entry& e);
    void add_quality(const std::string& set, const entry& e);
    void add_speed(const std::string& set, const entry& e);
    void add_pairs(const settings& chosen, const std::string& set, const std::vector<entry>& entries);
    void add_longest(const settings& chosen, const std::string& set, const entry& e);
};

void tables::add_numbers(const std::string& set, const entry& e) {
    std::vector<double> row{static_cast<double>(e.runs.size())};
    const auto put = [&](const mean_and_error& number) { row.push_back(number.mean), row.push_back(number.error); };
    const auto put_measured = [&](measure m) { put(e.found.over(m)); };
    put_measured(mmd), row.push_back(e.found.mean(mmd_error));
    put_measured(other_mmd), row.push_back(e.found.mean(other_mmd_error));
    put_measured(frechet_distance);
    put_measured(nll), row.push_back(e.found.mean(nll_error));
    put_measured(accuracy), put_measured(cross_entropy);
    put_measured(parallel_mmd), row.push_back(e.found.mean(parallel_mmd_error));
    put_measured(sweeps), put_measured(evaluations), put(seconds_to_end(e));
    const auto r = reached(e);
    for (const double number : {static_cast<double>(r.seeds), r.sweeps.mean, r.evaluations.mean, r.seconds.mean})
        row.push_back(number);
    numbers.row({set, e.name}, row);
}

void tables::add_quality(const std::string& set, const entry& e) {
    std::vector<std::string> row{set, e.name};
    for (const auto m : {mmd, other_mmd, frechet_distance, nll, accuracy, cross_entropy})
        row.push_back(with_error(e.found.over(m)));
    quality.row(row, {});
}

void tables::add_speed(const std::string& set, const entry& e) {
    const auto r = reached(e);
    const auto or_none = [&](const mean_and_error& number) { return r.seeds == 0 ? "none" : with_error(number); };
    speed.row({set, e.name, std::to_string(r.seeds) + " of " + std::to_string(e.runs.size()), or_none(r.sweeps),
               or_none(r.evaluations), or_none(r.seconds), with_error(e.found.over(sweeps)),
               with_error(e.found.over(evaluations)), with_error(seconds_to_end(e)),
               with_error(e.found.over(parallel_mmd))},
              {});
}

void tables::add_pairs(const settings& chosen, const std::string& set, const std::vector<entry>& entries) {
    const auto differences_of = [&](measure m) {
        differences all;
        for (const auto& [i, k] : pairs_of(chosen))
            all.push_back(difference(entries[i].found.each(m), entries[k].found.each(m)));
        return all;
    };
    in_sequence.push_back(differences_of(mmd)), in_parallel.push_back(differences_of(parallel_mmd));
    of_nll.push_back(differences_of(nll));
    const auto of_sweeps = differences_of(sweeps);
    const auto compared = pairs_of(chosen);
    for (std::size_t p = 0; p < compared.size(); ++p)
        pairs.row({set, entries[compared[p].first].name + " against " + entries[compared[p].second].name,
                   with_error(in_sequence.back()[p]), with_error(in_parallel.back()[p]), with_error(of_sweeps[p]),
                   with_error(of_nll.back()[p])},
                  {});
}

void tables::add_longest(const settings& chosen, const std::string& set, const entry& e) {
    for (std::size_t i = 0; i < e.runs.size(); ++i) {
        const judged one(chosen.out, {e.jobs[i]});
        const auto& run = e.runs[i];
        const auto at_threshold = [&](std::size_t column) {
            return run.reached() < run.rows.size() ? support::text(run.rows[run.reached()].at(column)) : "none";
        };
        const auto with_own_error = [&](measure value, measure error) {
            return with_error({one.mean(value), one.mean(error)});
        };
        longest.row({set, e.name, std::to_string(i + 1), with_own_error(mmd, mmd_error),
                     with_own_error(parallel_mmd, parallel_mmd_error), at_threshold(0), at_threshold(1),
                     support::text(one.mean(sweeps)), support::text(one.mean(evaluations)),
                     with_own_error(nll, nll_error)},
                    {});
    }
}

void tables::add(const settings& chosen, const std::string& set, const std::vector<entry>& entries) {
    for (const auto& e : entries) add_numbers(set, e), add_quality(set, e), add_speed(set, e);
    const auto& any = entries[0].found; // fresh points are the same for all losses
    quality.row({set, "fresh points", with_error(any.over(fresh_mmd)), with_error(any.over(fresh_other_mmd)),
                 with_error(any.over(fresh_frechet)), "", "", ""},
                {});
    add_pairs(chosen, set, entries);
    if (entries.back().name == longer_name(longest_times)) add_longest(chosen, set, entries.back());
}

/// On how many sets a loss did better than another, and by how much.
std::string counted(const std::string& what, const std::vector<differences>& of_sets,
                    const std::vector<std::string>& pair_names, index_t seeds) {
    std::string text = what + ", on " + std::to_string(of_sets.size()) + " sets:";
    for (std::size_t p = 0; p < pair_names.size(); ++p) {
        text += (p == 0 ? " " : "; ") + pair_names[p];
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
    return paragraph(text + ".");
}

/// What is compared, and the question.
std::string introduction(const settings& chosen, std::size_t comparisons) {
    std::string kinds;
    for (const auto kind : plane_losses()) kinds += "`" + name_of(kind) + "`: " + sentence_of(kind) + ". ";
    for (const index_t times : longer_times(chosen, plane_laws(chosen).front()))
        kinds += "`" + longer_name(times) + "`: as `" + name_of(longer_loss) + "` with " + n(times) +
                 " times as many steps. ";
    std::string html = paragraph(
        "One network, trained by several losses from the same start, on the same data: " + kinds + "The batch has " +
        n(plane_loss(chosen).batch) + " points, 2 of which are contrasted unless the loss says otherwise, at " +
        n(plane_loss(chosen).contrast_levels) + " levels" +
        (chosen.full ? ", as in the program of CDL." : "; the program of CDL has 128."));
    if (chosen.points.empty())
        html += paragraph("The dinosaur of CDL is not here: `scripts/get_dino.sh` fetches its points, and `--points "
                          "FILE` takes them.");
    return html +
           paragraph("Does the gain of CDL over DDPM come from the contrast, from its noise, or from the loss beneath "
                     "it? `itd` against `ddpm` is the loss beneath alone. `itd+cdl` against `itd` adds contrast and "
                     "noise with the weight of CDL's program, `itd+cdl-whole` with 64 times that weight; their "
                     "`-common` forms have the contrast with less noise." +
                     std::string(chosen.full ? " `itd-x3` takes about as long as they do." : "") +
                     " Lower is better; a difference that chance alone would exceed in 5 % of all cases counts as not "
                     "told apart, so that of the " +
                     std::to_string(comparisons) + " comparisons below up to one in twenty counts by chance.");
}

/// The longest training, seed by seed; empty where there is none.
std::string longest_section(const settings& chosen, support::output& to) {
    if (!chosen.full || chosen.points.empty()) return "";
    const auto s = longer_judge(chosen, longest_times);
    return table_of(to, "plane_longer",
                    "The longest training, seed by seed: " + n(s.samples) + " samples in sequence, and " +
                        n(s.parallel) +
                        " trajectories in parallel until all have settled; kernel of the program, errors within a "
                        "seed.");
}

} // namespace

std::string plane_report(const settings& chosen, support::output& to) {
    tables all;
    std::string samples;
    const auto laws = plane_laws(chosen);
    std::vector<std::vector<entry>> of_sets;
    for (const auto& law : laws) {
        of_sets.push_back(entries_of(chosen, law));
        all.add(chosen, law.name, of_sets.back());
        draw_samples(chosen, law, of_sets.back(), to);
        samples += figure(to, "plane_samples_" + law.name,
                          law.name + ": up to 1000 points of the data, and samples in sequence, seed 1.");
    }
    draw_sweeps(laws, of_sets, to);
    to.csv("plane", all.numbers);
    to.csv("plane_quality", all.quality);
    to.csv("plane_speed", all.speed);
    to.csv("plane_pairs", all.pairs);
    if (!all.longest.rows.empty()) to.csv("plane_longer", all.longest);

    std::vector<std::string> pair_names;
    for (const auto& [i, k] : pairs_of(chosen))
        pair_names.push_back("`" + of_sets[0][i].name + "` against `" + of_sets[0][k].name + "`");
    const auto s = plane_judge(chosen);
    const std::string over = " Mean over " + n(chosen.seeds) + " seeds, and its standard error.",
                      parallel = n(s.parallel) + " points" +
                                 (chosen.full ? " (" + n(s.samples) + " for the longest training)" : std::string());
    return introduction(chosen, 3 * pair_names.size() * laws.size()) +
           counted("MMD² of samples in sequence", all.in_sequence, pair_names, chosen.seeds) +
           counted("MMD² of samples in parallel", all.in_parallel, pair_names, chosen.seeds) +
           counted("nll of held-out points in nats", all.of_nll, pair_names, chosen.seeds) +
           figure(to, "plane_sweeps",
                  "MMD² against fresh points after each sweep of sampling in parallel, " + parallel + ", " +
                      n(s.steps) + " steps. Mean over " + n(chosen.seeds) +
                      " seeds, band: its standard error. Grey: the threshold 0.002. What is below 0.0005, or negative, "
                      "is on the lower "
                      "edge.") +
           table_of(to, "plane_speed",
                    "Sampling in parallel, " + parallel +
                        ", tolerance 0.1, all steps at once: until the squared MMD is first at most 0.002 in the "
                        "kernel of the program, over the seeds that get there, and until all trajectories have "
                        "settled. Evaluations: of the network, for each point. Seconds: one core, judging left out." +
                        over) +
           table_of(to, "plane_quality",
                    n(s.samples) + " samples in sequence, " + n(s.steps) + " steps of DDPM, against " + n(s.truth) +
                        " fresh points: squared MMD, unbiased, in the kernel of CDL's program, exp(-d^2 / (2 b)) / "
                        "sqrt(2 pi b) with b = 0.03, and as the paper prints it, exp(-d^2 / (2 b^2)); Frechet "
                        "distance. nll: " +
                        n(s.held_out) + " held-out points at " + n(s.levels) +
                        " levels each. Accuracy and cross entropy: the classifier of five noise levels that the "
                        "denoiser implies, on " +
                        n(s.classified) + " points." + over + " plane.csv has the errors within a seed, too.") +
           table_of(to, "plane_pairs", "Differences, paired by seed." + over) + longest_section(chosen, to) + samples;
}

} // namespace experiments
