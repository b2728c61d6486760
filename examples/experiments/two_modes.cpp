// SPDX-License-Identifier: MIT

// Two modes on the line, 0.5 N(-5, 1) + 0.5 N(5, 1) [CDL A.3, fig. 1]: where denoisers err that were trained by denoising alone
// and with the contrastive loss, against the exact one, and where sampling in parallel asks them.

#include <cdl/adapter/torch_denoiser.hpp>
#include <cdl/classifier/confusion.hpp>
#include <cdl/denoiser/lift.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/distribution/gaussian_mixture.hpp>

#include "../support/fast_policy.hpp"
#include "cdl_report.hpp"
#include "files.hpp"
#include "page.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace experiments {
namespace {

using namespace cdl;

const support::single_thread policy{};
constexpr double variance = 26; ///< of the data

// The map: points across, of which those within `looked_at` count, and levels along, those that all losses train and more.
constexpr std::size_t across = 129, along = 77;
constexpr double widest = 16, looked_at = 12, noisiest = -10, cleanest = 9, cleanest_counted = 5.5;
constexpr double inner_mass = 0.999; ///< of the noised data at a level, where it is densest: inside

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

std::vector<loss_kind> losses(const settings& chosen) {
    std::vector<loss_kind> kinds{loss_kind::ddpm,       loss_kind::itd,   loss_kind::cdl,
                                 loss_kind::cdl_common, loss_kind::whole, loss_kind::whole_common};
    if (chosen.full) kinds.push_back(loss_kind::cdl_paper);
    return kinds;
}

loss_settings loss_of(const settings& chosen) {
    return {.batch = 128, .contrast_levels = chosen.full ? 32 : 16};
}

judge_settings judge_of(const settings& chosen) {
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

training_settings training_of(const settings& chosen, loss_kind kind, index_t seed) {
    auto t = training_for(chosen.steps_of(2000, 7000));
    t.label =
        "two modes, seed " + std::to_string(seed) + ", " + loss_of(chosen).text(kind) + ", " + judge_of(chosen).text();
    return t;
}

/// A place of the map.
double x_of(std::size_t i) {
    return -widest + 2 * widest * static_cast<double>(i) / (across - 1);
}
double level_of(std::size_t k) {
    return noisiest + (cleanest - noisiest) * static_cast<double>(k) / (along - 1);
}

/// The density of the noised data across a level, and whether each place is among those with most of its mass.
struct slice {
    std::vector<double> density;
    std::vector<bool> inside;
};
slice slice_at(double level) {
    const auto p = data<double>();
    slice s{.density = std::vector<double>(across), .inside = std::vector<bool>(across, false)};
    for (std::size_t i = 0; i < across; ++i)
        s.density[i] = std::exp(p.log_density(std::array{x_of(i)}, log_snr<double>{level}));
    std::vector<std::size_t> order(across);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](auto i, auto j) { return s.density[i] > s.density[j]; });
    const double all = std::accumulate(s.density.begin(), s.density.end(), 0.0);
    double mass = 0;
    for (std::size_t k = 0; k < across && mass < inner_mass * all; mass += s.density[order[k++]])
        s.inside[order[k]] = true;
    return s;
}

/// map.csv: squared errors; errors.csv: their mean over levels, of points of the noised data and of places outside.
void write_errors(const std::shared_ptr<residual_mlp>& network, const std::string& folder) {
    const adapter::torch_denoiser<float> trained(network);
    const auto p = data<double>();
    const denoiser::optimal exact(p);
    support::table map{.header = "log_snr,x,squared_error", .rows = {}};
    std::vector<float> z(across), answer(across);
    std::vector<double> z_exact(across), best(across);
    for (std::size_t i = 0; i < across; ++i) z_exact[i] = x_of(i), z[i] = static_cast<float>(x_of(i));
    double inside = 0, outside = 0, levels = 0;
    for (std::size_t k = 0; k < along; ++k) {
        const double level = level_of(k);
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

std::string job_name(loss_kind kind, index_t seed) {
    return "two-modes/" + name_of(kind) + "/" + seed_name(seed);
}

std::vector<job> jobs(const settings& chosen) {
    std::vector<job> all;
    for (index_t seed = 1; seed <= chosen.seeds; ++seed)
        for (const auto kind : losses(chosen)) {
            const auto t = training_of(chosen, kind, seed);
            all.push_back(
                {job_name(kind, seed), t.text(),
                 [chosen, kind, seed, t](const std::string& folder, progress& report) {
                     const auto network = trained(kind, loss_of(chosen), t, law(), seed, folder, report);
                     const auto s = judge_of(chosen);
                     write_errors(network, folder);
                     write_exact(s, seed, folder);
                     write_paths(network, s.steps, seed, folder);
                     judge(network, law(), s, seed, folder);
                 },
                 loss_of(chosen).seconds_of_step(kind) * static_cast<double>(t.steps) + (chosen.full ? 10 : 1)});
        }
    return all;
}

/// The panel of a loss: median errors of all seeds, and paths of the first.
std::string panel(const settings& chosen, loss_kind kind, const std::string& name, std::string& data_blocks) {
    std::vector<std::vector<std::vector<double>>> maps;
    for (index_t seed = 1; seed <= chosen.seeds; ++seed)
        maps.push_back(read_numbers(folder_of(chosen.out, job_name(kind, seed)) + "/map.csv"));
    support::data_block map(name + "_map");
    for (std::size_t r = 0; r < maps[0].size(); ++r) {
        std::vector<double> errors;
        for (const auto& one : maps) errors.push_back(one[r][2]);
        const auto middle = errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2);
        std::nth_element(errors.begin(), middle, errors.end());
        map.row({maps[0][r][0], maps[0][r][1], std::clamp(std::log10(*middle), -5.0, 2.0)});
        if ((r + 1) % across == 0) map.gap();
    }
    data_blocks += map.text();
    std::string plot = "set title '" + name_of(kind) + "'\nplot $" + name +
                       "_map using 1:2:3 with image, $inside using 1:2:3 "
                       "with lines lw 1.6 dt 2 lc rgb '#00703c'";
    constexpr const char* colours[] = {"#000000", "#9ecae1", "#41b6e6", "#2171b5", "#08306b", "#6a1b9a"};
    const auto paths = read_numbers(folder_of(chosen.out, job_name(kind, 1)) + "/paths.csv");
    for (std::size_t k = 0; k < std::size(colours); ++k) {
        const double sweep = k == 0 ? -1 : shown_sweeps[k - 1];
        support::data_block path(name + "_path" + std::to_string(k));
        bool any = false;
        for (const auto& row : paths)
            if (row[0] == sweep) path.row({row[1], row[2]}), any = true;
        if (!any) continue; // it had settled before
        data_blocks += path.text();
        plot += ", $" + name + "_path" + std::to_string(k) + " with lines lw 1.7 lc rgb '" + colours[k] + "'";
    }
    return plot + "\n";
}

void draw_map(const settings& chosen, support::output& to) {
    // The edge of the inside, as the contour of its indicator.
    support::data_block indicator("indicator");
    for (std::size_t k = 0; k < along; ++k) {
        const auto here = slice_at(level_of(k));
        for (std::size_t i = 0; i < across; ++i) indicator.row({level_of(k), x_of(i), here.inside[i] ? 1.0 : 0.0});
        indicator.gap();
    }
    const auto kinds = losses(chosen);
    std::string blocks = indicator.text(), panels;
    const std::size_t rows = (kinds.size() + 1) / 2;
    for (std::size_t k = 0; k < kinds.size(); ++k) panels += panel(chosen, kinds[k], "l" + std::to_string(k), blocks);
    const int height = 120 + 330 * static_cast<int>(rows);
    const auto part = [&](int pixels) { return support::text(static_cast<double>(pixels) / height); };
    std::string script =
        blocks +
        "set table $inside\nset contour base\nunset surface\nset cntrparam levels discrete 0.5\nsplot $indicator using "
        "1:2:3 "
        "with lines notitle\nunset table\nunset contour\nset surface\nset multiplot layout " +
        std::to_string(rows) + ",2 margins 0.07,0.89," + part(130) + "," + support::text(1 - 30.0 / height) +
        " spacing 0.06," + part(85) + "\n" +
        "set palette defined (0 '#ffffff', 0.35 '#fff1c7', 0.6 '#fdb863', 0.8 '#e0641d', 1 '#7f2704')\nset cbrange "
        "[-5:2]\nunset grid\nunset key\nset xrange [-10:9]\nset yrange [-16:16]\nset xlabel 'log-SNR a (noise left, "
        "data "
        "right)' offset 0,0.4\nset ylabel 'z' offset 1,0\nset colorbox user origin screen 0.91, screen 0.3 size screen "
        "0.016, screen "
        "0.6\nset cblabel 'log_{10} |eps\\_hat − exact|²'\n" +
        panels +
        "unset title\nunset border\nunset tics\nunset xlabel\nunset ylabel\nunset colorbox\n"
        "set lmargin at screen 0.02\nset rmargin at screen 0.98\nset bmargin at screen 0\nset tmargin at screen " +
        part(75) +
        "\nset key center center horizontal maxrows 2 samplen 2 width -1\nplot NaN with lines lw 1.6 dt 2 lc rgb "
        "'#00703c' title "
        "'99.9 % of the noised data', NaN with lines lw 1.7 lc rgb '#000000' title 'in sequence'";
    constexpr const char* colours[] = {"#9ecae1", "#41b6e6", "#2171b5", "#08306b", "#6a1b9a"};
    for (std::size_t k = 0; k < std::size(shown_sweeps); ++k)
        script += std::string(", NaN with lines lw 1.7 lc rgb '") + colours[k] + "' title '" +
                  (k == 0 ? "first guess" : "sweep " + std::to_string(shown_sweeps[k])) + "'";
    to.png("two_modes_map", script + "\nunset multiplot", 900, height);
}

std::string report(const settings& chosen, support::output& to) {
    draw_map(chosen, to);
    const auto s = judge_of(chosen);
    support::table numbers{.header =
                               "loss,inside,inside_error,outside,outside_error,mmd,mmd_error,mmd_error_within,frechet,"
                               "frechet_error,nll,nll_error,nll_error_within,accuracy,accuracy_error,cross_entropy,"
                               "cross_entropy_error,sweeps,sweeps_error,evaluations,evaluations_error",
                           .rows = {}};
    support::table errors{.header = "loss,inside,outside", .rows = {}},
        shown{.header = "loss,MMD²,Fréchet,nll (eq. 2) in nats,accuracy,cross entropy in nats,sweeps,evaluations",
              .rows = {}};
    std::vector<std::vector<double>> outside_of, inside_of;
    std::vector<double> exact_nll, exact_accuracy, exact_entropy;
    for (index_t seed = 1; seed <= chosen.seeds; ++seed) {
        const auto row = read_numbers(folder_of(chosen.out, job_name(loss_kind::ddpm, seed)) + "/exact.csv").at(0);
        exact_nll.push_back(row.at(0)), exact_accuracy.push_back(row.at(2)), exact_entropy.push_back(row.at(4));
    }
    for (const auto kind : losses(chosen)) {
        std::vector<std::string> names;
        std::vector<double> inside, outside;
        for (index_t seed = 1; seed <= chosen.seeds; ++seed) {
            names.push_back(job_name(kind, seed));
            const auto row = read_numbers(folder_of(chosen.out, names.back()) + "/errors.csv").at(0);
            inside.push_back(row.at(0)), outside.push_back(row.at(1));
        }
        const judged found(chosen.out, names);
        inside_of.push_back(inside), outside_of.push_back(outside);
        const auto i = over_seeds(inside), o = over_seeds(outside);
        const auto m = found.over(mmd), f = found.over(frechet_distance), l = found.over(nll), a = found.over(accuracy),
                   c = found.over(cross_entropy), k = found.over(sweeps), e = found.over(evaluations);
        numbers.row({name_of(kind)}, {i.mean,
                                      i.error,
                                      o.mean,
                                      o.error,
                                      m.mean,
                                      m.error,
                                      found.mean(mmd_error),
                                      f.mean,
                                      f.error,
                                      l.mean,
                                      l.error,
                                      found.mean(nll_error),
                                      a.mean,
                                      a.error,
                                      c.mean,
                                      c.error,
                                      k.mean,
                                      k.error,
                                      e.mean,
                                      e.error});
        errors.row({name_of(kind), with_error(i), with_error(o)}, {});
        shown.row({name_of(kind), with_error(m), with_error(f), with_error(l), with_error(a), with_error(c),
                   with_error(k), with_error(e)},
                  {});
        if (kind == losses(chosen).back())
            shown.row({"the exact answer", with_error(found.over(fresh_mmd)), with_error(found.over(fresh_frechet)),
                       with_error(over_seeds(exact_nll)), with_error(over_seeds(exact_accuracy)),
                       with_error(over_seeds(exact_entropy)), "", ""},
                      {});
    }
    to.csv("two_modes", numbers);
    to.csv("two_modes_errors", errors);
    to.csv("two_modes_samples", shown);
    std::string compared;
    for (const auto& [i, k] : compared_pairs)
        compared += (compared.empty() ? "`" : " `") + name_of(losses(chosen)[i]) + "` against `" +
                    name_of(losses(chosen)[k]) + "`: outside " +
                    told(difference(outside_of[i], outside_of[k]), chosen.seeds) + ", inside " +
                    told(difference(inside_of[i], inside_of[k]), chosen.seeds) + ".";
    std::string kinds;
    for (const auto kind : losses(chosen)) kinds += "`" + name_of(kind) + "`: " + sentence_of(kind) + ". ";
    const auto n = [](index_t number) { return std::to_string(number); };
    return paragraph("Data: 0.5 N(-5, 1) + 0.5 N(5, 1). One network, trained by several losses from the same start, on "
                     "the same "
                     "data: " +
                     kinds + "The batch has 128 points, 2 of which are contrasted unless the loss says otherwise, at " +
                     n(loss_of(chosen).contrast_levels) + " levels.") +
           figure(to, "two_modes_map",
                  "Squared error of the trained denoisers, the median over " + n(chosen.seeds) +
                      " seeds, at each point and level; inside the dashed line is where denoising trains. Lines: the "
                      "path of a "
                      "sample in sequence, and in parallel after some sweeps: those ask the denoiser outside.") +
           paragraph(
               "Errors against each other, paired by seed; a difference that chance alone would exceed in 5 % of all "
               "cases counts as not told apart. " +
               compared) +
           table_of(to, "two_modes_errors",
                    "Mean of |eps_hat - exact|^2 over the levels from -10 to 5.5: inside over the noised data, outside "
                    "over the "
                    "places between -12 and 12 beyond 99.9 % of it. Mean over " +
                        n(chosen.seeds) + " seeds, and its standard error.") +
           table_of(
               to, "two_modes_samples",
               n(s.samples) + " samples in " + n(s.steps) + " steps of DDPM against " + n(s.truth) +
                   " points of the data: squared MMD, unbiased, kernel exp(-d^2 / 2), and the Frechet distance, in the "
                   "last row "
                   "of as many fresh points. nll: " +
                   n(s.held_out) + " held-out points at " + n(s.levels) +
                   " levels each, and the exact one of the same points. Accuracy and "
                   "cross entropy: the classifier of five noise levels that the denoiser implies, on " +
                   n(s.classified) + " points, and the exact one. Sweeps of sampling " + n(s.parallel) +
                   " points in parallel until all have settled, and evaluations of the network for each. Mean over " +
                   n(chosen.seeds) +
                   " seeds, and its standard error; two_modes.csv has the errors within a seed, too.");
}

} // namespace

experiment two_modes() {
    return {"two-modes", "Two modes on the line", jobs, report};
}

} // namespace experiments
