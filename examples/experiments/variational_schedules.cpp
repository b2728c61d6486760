// SPDX-License-Identifier: MIT
#include "page.hpp"
#include "variational_tables.hpp"

#include <utility>

namespace experiments::vdm {
namespace {

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
               "set yrange [-11:14]\nset key bottom left Left reverse\nplot " +
               levels +
               "NaN notitle\nset ylabel 'loss of a point, root mean square, bits/dim'\nset yrange [0:*]\nplot " +
               spreads + "NaN notitle\nunset multiplot\n",
           900, 380);
    return figure(to, "variational_schedules",
                  "Left: the schedules; thin lines are seeds, thick lines their mean. Right: how large the diffusion "
                  "loss of a point is when its time is t. The variance is least where this is the same at all "
                  "times.");
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
                   "schedule could do there is about " +
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

} // namespace

std::string report_schedules(const settings& chosen, support::output& to) {
    std::string learned;
    const std::string table = variances(chosen, to, learned);
    return paragraph(learned) + schedules(chosen, to) + table + curves(chosen, to);
}

} // namespace experiments::vdm
