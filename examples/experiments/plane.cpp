// SPDX-License-Identifier: MIT

// Sets in the plane [CDL fig. 4, table 1]: CDL's network trained by denoising alone and with the contrastive loss, and its samples
// in parallel, sweep by sweep. The report is in plane_report.cpp.

#include "plane.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace experiments {
namespace {

bool of_file(const point_law& law) {
    return !law.source.empty();
}

} // namespace

std::vector<loss_kind> plane_losses() {
    return {loss_kind::ddpm,       loss_kind::itd,   loss_kind::cdl,
            loss_kind::cdl_common, loss_kind::whole, loss_kind::whole_common};
}

std::vector<point_law> plane_laws(const settings& chosen) {
    std::vector<point_law> all;
    if (!chosen.points.empty()) all.push_back(law_of_file(chosen.points));
    for (auto& law : built_in_laws())
        if (all.empty() || law.name != all[0].name) all.push_back(std::move(law));
    return all;
}

loss_settings plane_loss(const settings& chosen) {
    return {.batch = 128, .contrast_levels = chosen.full ? 128 : 64};
}

judge_settings plane_judge(const settings& chosen) {
    using kernel = cdl::metric::gaussian<float>;
    constexpr float bandwidth = 0.03f;
    const auto factor = static_cast<float>(1 / std::sqrt(2 * std::numbers::pi * 0.03));
    const std::array<scaled_kernel, 2> kernels{
        {{kernel::with_variance(bandwidth), factor}, {kernel::with_standard_deviation(bandwidth), 1.f}}};
    if (chosen.full) return {.parallel = 500, .kernels = kernels};
    return {.steps = 100,
            .samples = 1000,
            .parallel = 200,
            .truth = 2000,
            .held_out = 200,
            .levels = 64,
            .classified = 200,
            .class_levels = 32,
            .kernels = kernels};
}

std::string plane_job(const point_law& law, loss_kind kind, index_t seed) {
    return "plane/" + law.name + "/" + name_of(kind) + "/" + seed_name(seed);
}

std::vector<index_t> longer_times(const settings& chosen, const point_law& law) {
    if (!chosen.full) return {};
    return of_file(law) ? std::vector<index_t>{3, longest_times} : std::vector<index_t>{3};
}

judge_settings longer_judge(const settings& chosen, index_t times) {
    auto s = plane_judge(chosen);
    if (times == longest_times) s.parallel = s.samples;
    return s;
}

std::string longer_name(index_t times) {
    return name_of(longer_loss) + "-x" + std::to_string(times);
}

std::string longer_job(const point_law& law, index_t times, index_t seed) {
    return "plane/" + law.name + "/" + longer_name(times) + "/" + seed_name(seed);
}

namespace {

training_settings training_of(const settings& chosen, const point_law& law, loss_kind kind, index_t seed,
                              const judge_settings& judged_by, index_t times) {
    auto t = training_for(times * chosen.steps_of(of_file(law) ? 4000 : 1500, 15000));
    t.label = law.name + (of_file(law) ? ", " + law.source : "") + ", seed " + std::to_string(seed) + ", " +
              plane_loss(chosen).text(kind) + ", " + judged_by.text();
    return t;
}

std::vector<job> jobs(const settings& chosen) {
    std::vector<job> all;
    const auto add = [&](const point_law& law, loss_kind kind, index_t seed, const std::string& name,
                         const judge_settings& s, index_t times) {
        const auto t = training_of(chosen, law, kind, seed, s, times);
        // A step in parallel takes about 14 evaluations of the network, of 2 microseconds.
        const double judging = 2e-6 * static_cast<double>(s.steps * (s.samples + 14 * s.parallel)) + 1;
        all.push_back({name, t.text(),
                       [chosen, law, kind, seed, t, s](const std::string& folder, progress& report) {
                           judge(trained(kind, plane_loss(chosen), t, law, seed, folder, report), law, s, seed, folder);
                       },
                       plane_loss(chosen).seconds_of_step(kind) * static_cast<double>(t.steps) + judging});
    };
    for (index_t seed = 1; seed <= chosen.seeds; ++seed)
        for (const auto& law : plane_laws(chosen)) {
            for (const auto kind : plane_losses())
                add(law, kind, seed, plane_job(law, kind, seed), plane_judge(chosen), 1);
            for (const index_t times : longer_times(chosen, law))
                add(law, longer_loss, seed, longer_job(law, times, seed), longer_judge(chosen, times), times);
        }
    return all;
}

} // namespace

experiment plane() {
    return {"plane", "Sets in the plane", jobs, plane_report};
}

} // namespace experiments
