// SPDX-License-Identifier: MIT

// Two modes on the line, 0.5 N(-5, 1) + 0.5 N(5, 1) [CDL A.3, fig. 1]: where denoisers err that were trained by denoising alone
// and with the contrastive loss, against the exact one, and where sampling in parallel asks them. The report is in
// two_modes_report.cpp.

#include "two_modes.hpp"

#include <cdl/adapter/torch_denoiser.hpp>
#include <cdl/classifier/confusion.hpp>
#include <cdl/denoiser/lift.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/distribution/gaussian_mixture.hpp>

#include "../support/fast_policy.hpp"
#include "files.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace experiments {
namespace {

using namespace cdl;

const support::single_thread policy{};
constexpr double variance = 26;          ///< of the data
constexpr double inner_mass = 0.999;     ///< of the noised data at a level, where it is densest: inside
constexpr double looked_at = 12;         ///< outside, no farther than this
constexpr double cleanest_counted = 5.5; ///< of the levels, which all losses train

template <class T>
distribution::gaussian_mixture<T, 1> data() {
    return distribution::gaussian_mixture<T, 1>({1, 1}, {-5, 5}, {1, 1});
}

point_law law() {
    const auto p = data<float>();
    return {"two-modes", 1, -std::log(variance), "", [p](std::uint64_t seed, index_t step, const points_view& x) {
                p.draw(policy, {.seed = seed}, step, batch_view<float, 1>(x.data(), x.size()));
            }};
}

} // namespace

std::vector<loss_kind> two_modes_losses(const settings& chosen) {
    std::vector<loss_kind> kinds{loss_kind::ddpm,       loss_kind::itd,   loss_kind::cdl,
                                 loss_kind::cdl_common, loss_kind::whole, loss_kind::whole_common};
    if (chosen.full) kinds.push_back(loss_kind::cdl_paper);
    return kinds;
}

loss_settings two_modes_loss(const settings& chosen) {
    return {.batch = 128, .contrast_levels = chosen.full ? 128 : 64};
}

judge_settings two_modes_judge(const settings& chosen) {
    using kernel = metric::gaussian<float>;
    const std::array<scaled_kernel, 2> kernels{
        {{kernel::with_standard_deviation(1.f), 1.f}, {kernel::with_standard_deviation(5.f), 1.f}}};
    if (chosen.full) return {.parallel = 200, .kernels = kernels};
    return {.steps = 100,
            .samples = 1000,
            .parallel = 100,
            .truth = 2000,
            .held_out = 300,
            .levels = 64,
            .classified = 200,
            .class_levels = 32,
            .kernels = kernels};
}

std::string two_modes_job(loss_kind kind, index_t seed) {
    return "two-modes/" + name_of(kind) + "/" + seed_name(seed);
}

double place_across(std::size_t i) {
    return -widest + 2 * widest * static_cast<double>(i) / (across - 1);
}
double level_along(std::size_t k) {
    return noisiest + (cleanest - noisiest) * static_cast<double>(k) / (along - 1);
}

slice slice_at(double level) {
    const auto p = data<double>();
    slice s{.density = std::vector<double>(across), .inside = std::vector<bool>(across, false)};
    for (std::size_t i = 0; i < across; ++i)
        s.density[i] = std::exp(p.log_density(std::array{place_across(i)}, log_snr<double>{level}));
    std::vector<std::size_t> order(across);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](auto i, auto j) { return s.density[i] > s.density[j]; });
    const double all = std::accumulate(s.density.begin(), s.density.end(), 0.0);
    double mass = 0;
    for (std::size_t k = 0; k < across && mass < inner_mass * all; mass += s.density[order[k++]])
        s.inside[order[k]] = true;
    return s;
}

namespace {

training_settings training_of(const settings& chosen, loss_kind kind, index_t seed) {
    auto t = training_for(chosen.steps_of(2000, 7000));
    t.label = "two modes, seed " + std::to_string(seed) + ", " + two_modes_loss(chosen).text(kind) + ", " +
              two_modes_judge(chosen).text();
    return t;
}

/// map.csv: squared errors; errors.csv: their mean over levels, of points of the noised data and of places outside.
void write_errors(const std::shared_ptr<residual_mlp>& network, const std::string& folder) {
    const adapter::torch_denoiser<float> trained(network);
    const auto p = data<double>();
    const denoiser::optimal exact(p);
    support::table map{.header = "log_snr,x,squared_error", .rows = {}};
    std::vector<float> z(across), answer(across);
    std::vector<double> z_exact(across), best(across);
    for (std::size_t i = 0; i < across; ++i) z_exact[i] = place_across(i), z[i] = static_cast<float>(place_across(i));
    double inside = 0, outside = 0, levels = 0;
    for (std::size_t k = 0; k < along; ++k) {
        const double level = level_along(k);
        trained(policy, z, log_snr<float>{static_cast<float>(level)}, answer);
        denoiser::lift(exact)(policy, z_exact, log_snr<double>{level}, best);
        const auto here = slice_at(level);
        double on_data = 0, weights = 0, elsewhere = 0, places = 0;
        for (std::size_t i = 0; i < across; ++i) {
            const double difference = static_cast<double>(answer[i]) - best[i], error = difference * difference;
            map.row({}, {level, z_exact[i], error});
            on_data += here.density[i] * error, weights += here.density[i];
            if (!here.inside[i] && std::abs(z_exact[i]) <= looked_at) elsewhere += error, ++places;
        }
        if (level > cleanest_counted) continue;
        inside += on_data / weights, outside += elsewhere / places, ++levels;
    }
    support::table errors{.header = "inside,outside", .rows = {}};
    errors.row({}, {inside / levels, outside / levels});
    write_whole(folder + "/map.csv", map.header + "\n" + map.rows);
    write_whole(folder + "/errors.csv", errors.header + "\n" + errors.rows);
}

/// exact.csv: -log p of the held-out points, and the scores of the exact classifier on the same noised points.
void write_exact(const judge_settings& s, index_t seed, const std::string& folder) {
    const auto p = data<double>();
    const auto x = drawn(law(), held_out_seed + static_cast<std::uint64_t>(seed), s.held_out);
    std::vector<double> nlls;
    for (const float one : x) nlls.push_back(-p.log_density(std::array{static_cast<double>(one)}));
    const auto mean = density::mean_of(policy, nlls.data(), static_cast<index_t>(nlls.size()));
    const auto given = noised(law(), seed, s.classified);
    std::vector<double> logs;
    for (const float z : given.z)
        for (const auto& a : given.levels)
            logs.push_back(
                p.log_density(std::array{static_cast<double>(z)}, log_snr<double>{static_cast<double>(a.value)}));
    const auto classes = static_cast<index_t>(given.levels.size());
    const auto scores =
        classifier::confusion(policy, batch_view<const double, dynamic>(logs.data(), s.classified, classes),
                              std::span<const index_t>(given.classes));
    support::table row{.header = "nll,nll_error,accuracy,accuracy_error,cross_entropy", .rows = {}};
    row.row({}, {mean.value, mean.standard_error, scores.accuracy.value, scores.accuracy.standard_error,
                 scores.cross_entropy.value});
    write_whole(folder + "/exact.csv", row.header + "\n" + row.rows);
}

std::vector<job> jobs(const settings& chosen) {
    std::vector<job> all;
    for (index_t seed = 1; seed <= chosen.seeds; ++seed)
        for (const auto kind : two_modes_losses(chosen)) {
            const auto t = training_of(chosen, kind, seed);
            all.push_back(
                {two_modes_job(kind, seed), t.text(),
                 [chosen, kind, seed, t](const std::string& folder, progress& report) {
                     const auto network = trained(kind, two_modes_loss(chosen), t, law(), seed, folder, report);
                     const auto s = two_modes_judge(chosen);
                     write_errors(network, folder);
                     write_exact(s, seed, folder);
                     write_paths(network, s.steps, seed, folder);
                     judge(network, law(), s, seed, folder);
                 },
                 two_modes_loss(chosen).seconds_of_step(kind) * static_cast<double>(t.steps) + (chosen.full ? 10 : 1)});
        }
    return all;
}

} // namespace

experiment two_modes() {
    return {"two-modes", "Two modes on the line", jobs, two_modes_report};
}

} // namespace experiments
