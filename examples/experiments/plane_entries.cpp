// SPDX-License-Identifier: MIT
#include "plane_entries.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace experiments {
namespace {

entry entry_of(const settings& chosen, std::string name, std::string colour,
               const std::function<std::string(index_t seed)>& job_of) {
    std::vector<std::string> jobs;
    std::vector<run_of_sweeps> runs;
    for (index_t seed = 1; seed <= chosen.seeds; ++seed) {
        jobs.push_back(job_of(seed));
        runs.emplace_back(folder_of(chosen.out, jobs.back()));
    }
    return {std::move(name), std::move(colour), jobs, judged(chosen.out, jobs), std::move(runs)};
}

} // namespace

run_of_sweeps::run_of_sweeps(const std::string& folder)
    : rows(read_numbers(folder + "/sweeps.csv")), times(read_numbers(folder + "/times.csv")) {
    if (rows.empty() || rows.size() != times.size())
        support::complain(folder, "sweeps.csv", "must have as many rows as times.csv, and some", "another number");
}

double run_of_sweeps::mmd_after(std::size_t sweep) const {
    return rows[std::min(sweep, rows.size() - 1)].at(2);
}

std::size_t run_of_sweeps::reached() const {
    return static_cast<std::size_t>(
        std::ranges::find_if(rows, [](const auto& row) { return row.at(2) <= mmd_threshold; }) - rows.begin());
}

std::vector<entry> entries_of(const settings& chosen, const point_law& law) {
    std::vector<entry> all;
    for (const auto kind : plane_losses())
        all.push_back(
            entry_of(chosen, name_of(kind), colour_of(kind), [&](index_t seed) { return plane_job(law, kind, seed); }));
    for (const index_t times : longer_times(chosen, law))
        all.push_back(entry_of(chosen, longer_name(times), times == longest_times ? "#5e3c99" : "#cc79a7",
                               [&](index_t seed) { return longer_job(law, times, seed); }));
    return all;
}

std::vector<std::pair<std::size_t, std::size_t>> pairs_of(const settings& chosen) {
    std::vector<std::pair<std::size_t, std::size_t>> all(std::begin(compared_pairs), std::end(compared_pairs));
    if (chosen.full) {
        const auto losses = plane_losses();
        all.emplace_back(std::ranges::find(losses, loss_kind::whole_common) - losses.begin(), losses.size());
    }
    return all;
}

reached_by reached(const entry& e) {
    std::vector<double> sweep, calls, seconds;
    for (const auto& run : e.runs)
        if (const auto k = run.reached(); k < run.rows.size())
            sweep.push_back(run.rows[k].at(0)), calls.push_back(run.rows[k].at(1)),
                seconds.push_back(run.times[k].at(1));
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    if (sweep.empty()) return {0, {none, none}, {none, none}, {none, none}};
    return {sweep.size(), over_seeds(sweep), over_seeds(calls), over_seeds(seconds)};
}

mean_and_error seconds_to_end(const entry& e) {
    std::vector<double> seconds;
    for (const auto& run : e.runs) seconds.push_back(run.times.back().at(1));
    return over_seeds(seconds);
}

} // namespace experiments
