// SPDX-License-Identifier: MIT
#include "cdl_report.hpp"
#include "page.hpp"
#include "two_modes.hpp"

#include <algorithm>
#include <cmath>

namespace experiments {
namespace {

/// The panel of a loss: median errors of all seeds, and paths of the first.
std::string panel(const settings& chosen, loss_kind kind, const std::string& name, std::string& data_blocks) {
    std::vector<std::vector<std::vector<double>>> maps;
    for (index_t seed = 1; seed <= chosen.seeds; ++seed)
        maps.push_back(read_numbers(folder_of(chosen.out, two_modes_job(kind, seed)) + "/map.csv"));
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
    const auto paths = read_numbers(folder_of(chosen.out, two_modes_job(kind, 1)) + "/paths.csv");
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
        const auto here = slice_at(level_along(k));
        for (std::size_t i = 0; i < across; ++i)
            indicator.row({level_along(k), place_across(i), here.inside[i] ? 1.0 : 0.0});
        indicator.gap();
    }
    const auto kinds = two_modes_losses(chosen);
    std::string blocks = indicator.text(), panels;
    const std::size_t rows = (kinds.size() + 1) / 2;
    for (std::size_t k = 0; k < kinds.size(); ++k) panels += panel(chosen, kinds[k], "l" + std::to_string(k), blocks);
    const int height = 130 + 340 * static_cast<int>(rows);
    const auto part = [&](int pixels) { return support::text(static_cast<double>(pixels) / height); };
    std::string script =
        blocks +
        "set table $inside\nset contour base\nunset surface\nset cntrparam levels discrete 0.5\nsplot $indicator using "
        "1:2:3 "
        "with lines notitle\nunset table\nunset contour\nset surface\nset multiplot layout " +
        std::to_string(rows) + ",2 margins 0.07,0.89," + part(130) + "," + support::text(1 - 40.0 / height) +
        " spacing 0.06," + part(95) + "\n" +
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

} // namespace

std::string two_modes_report(const settings& chosen, support::output& to) {
    draw_map(chosen, to);
    const auto s = two_modes_judge(chosen);
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
        const auto row = read_numbers(folder_of(chosen.out, two_modes_job(loss_kind::ddpm, seed)) + "/exact.csv").at(0);
        exact_nll.push_back(row.at(0)), exact_accuracy.push_back(row.at(2)), exact_entropy.push_back(row.at(4));
    }
    for (const auto kind : two_modes_losses(chosen)) {
        std::vector<std::string> names;
        std::vector<double> inside, outside;
        for (index_t seed = 1; seed <= chosen.seeds; ++seed) {
            names.push_back(two_modes_job(kind, seed));
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
        if (kind == two_modes_losses(chosen).back())
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
        compared += (compared.empty() ? "`" : " `") + name_of(two_modes_losses(chosen)[i]) + "` against `" +
                    name_of(two_modes_losses(chosen)[k]) + "`: outside " +
                    told(difference(outside_of[i], outside_of[k]), chosen.seeds) + ", inside " +
                    told(difference(inside_of[i], inside_of[k]), chosen.seeds) + ".";
    std::string kinds;
    for (const auto kind : two_modes_losses(chosen)) kinds += "`" + name_of(kind) + "`: " + sentence_of(kind) + ". ";
    const auto n = [](index_t number) { return std::to_string(number); };
    return paragraph("Data: 0.5 N(-5, 1) + 0.5 N(5, 1). One network, trained by several losses from the same start, on "
                     "the same "
                     "data: " +
                     kinds + "The batch has 128 points, 2 of which are contrasted unless the loss says otherwise, at " +
                     n(two_modes_loss(chosen).contrast_levels) + " levels.") +
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

} // namespace experiments
