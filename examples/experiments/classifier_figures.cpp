// SPDX-License-Identifier: MIT
#include "classifier_figures.hpp"

#include "classifier_report.hpp"
#include "page.hpp"

#include <algorithm>
#include <cmath>

namespace experiments::cdm {
namespace {

constexpr double depth_shown = -6; ///< the log density below which the shape of a density is not compared

/// A file of a job, of each seed.
std::vector<std::vector<std::vector<double>>> of_seeds(const settings& chosen, const known_data& data,
                                                       const variant& of, const std::string& file) {
    std::vector<std::vector<std::vector<double>>> all;
    for (index_t seed = 1; seed <= chosen.seeds; ++seed)
        all.push_back(read_numbers(folder_of(chosen.out, known_job_name(data, of, seed)) + "/" + file));
    return all;
}

/// Column k of row r of all seeds.
std::vector<double> column(const std::vector<std::vector<std::vector<double>>>& all, std::size_t r, std::size_t k) {
    std::vector<double> numbers;
    for (const auto& seed : all) numbers.push_back(seed.at(r).at(k));
    return numbers;
}

/// The logarithm of the mass below a curve of x and log density, whose x are evenly spaced.
double log_mass_of(const std::vector<std::vector<double>>& curve) {
    double largest = curve[0][1], sum = 0;
    for (const auto& row : curve) largest = std::max(largest, row[1]);
    for (const auto& row : curve) sum += std::exp(row[1] - largest);
    return largest + std::log(sum * (curve[1][0] - curve[0][0]));
}

std::string line_of(const variant& of) {
    return std::string(of.exact ? "lw 5 lc rgb '#c8c8c8'" : "lw 2 lc rgb '" + of.colour + "'") + " title '" + of.title +
           "'";
}

/// The exact classifier first, for it is drawn below the others.
std::vector<const variant*> drawn() {
    std::vector<const variant*> all;
    for (const auto& of : variants()) all.insert(of.exact ? all.begin() : all.end(), &of);
    return all;
}

/// What all lines are, in one row below the panels of a multiplot, which it ends.
std::string key_below() {
    std::string script =
        "\nunset title\nunset border\nunset tics\nunset grid\nunset xlabel\nunset ylabel\nset lmargin at screen 0.02\n"
        "set rmargin at screen 0.98\nset tmargin at screen 0.1\nset bmargin at screen 0.01\nset xrange [0:1]\n"
        "set yrange [0:1]\nset key center center horizontal maxrows 1 samplen 2 width -2\n";
    for (const auto* of : drawn()) script += (of->exact ? "plot NaN with lines " : ", NaN with lines ") + line_of(*of);
    return script + "\nunset multiplot";
}

} // namespace

std::string density_figure(const settings& chosen, support::output& to) {
    const auto& data = known_sets()[0];
    const auto truth = of_seeds(chosen, data, variants().back(), "density.csv")[0];
    std::string blocks, bands, lines, shapes;
    support::table rows{.header = "classifier,x,log_density,lowest_seed,highest_seed,log_density_true", .rows = {}};
    for (const auto* of : drawn()) {
        auto curves = of_seeds(chosen, data, *of, "density.csv");
        const std::string name = "v" + std::to_string(of - variants().data());
        support::data_block block(name);
        std::vector<double> log_masses;
        for (const auto& curve : curves) log_masses.push_back(log_mass_of(curve));
        for (std::size_t i = 0; i < curves[0].size(); ++i) {
            const auto values = column(curves, i, 1);
            auto shape = values;
            for (std::size_t s = 0; s < shape.size(); ++s) shape[s] -= log_masses[s] + truth[i][1];
            const auto [low, high] = std::minmax_element(values.begin(), values.end());
            const double mean = over_seeds(values).mean;
            if (truth[i][1] < depth_shown) shape.assign(shape.size(), std::nan(""));
            const auto [shape_low, shape_high] = std::minmax_element(shape.begin(), shape.end());
            block.row({curves[0][i][0], mean, *low, *high, over_seeds(shape).mean, *shape_low, *shape_high});
            rows.row({of->name}, {curves[0][i][0], mean, *low, *high, truth[i][1]});
        }
        blocks += block.text();
        const std::string separator = lines.empty() ? "" : ", ";
        const std::string fill =
            "with filledcurves fs transparent solid 0.18 noborder lc rgb '" + of->colour + "' notitle";
        if (!of->exact) {
            bands += (bands.empty() ? "$" : ", $") + name + " using 1:3:4 " + fill;
            shapes += (shapes.empty() ? "$" : ", $") + name + " using 1:6:7 " + fill + ", $" + name +
                      " using 1:5 with lines " + line_of(*of);
        }
        lines += separator + "$" + name + " using 1:2 with lines " + line_of(*of);
    }
    to.csv("classifier_density", rows);
    to.svg(
        "classifier_density",
        blocks +
            "set multiplot layout 1,2 margins 0.075,0.985,0.25,0.92 spacing 0.1,0\nset xlabel 'x'\nset xrange [-3:3]\n"
            "set ylabel 'log density at step 1, nats' offset 1\nset yrange [-30:6]\nunset key\n"
            "set title 'as claimed'\nplot " +
            bands + ", " + lines +
            "\nset title 'normalised, less the truth'\nset ylabel 'nats' offset 1\nset xrange [-2:2]\nset yrange "
            "[-1:1]\n"
            "plot 0 with lines lw 5 lc rgb '#c8c8c8' notitle, " +
            shapes + key_below(),
        1000, 460);
    return figure(
        to, "classifier_density",
        "Two modes: the log density of step 1 that the classifiers claim [CDM eq. 8], means over " +
            std::to_string(chosen.seeds) +
            " seeds, bands from the lowest to the highest seed. Left: as claimed; without cross entropy nothing "
            "determines the constant. Right: after division by the mass, less the truth, "
            "where the true log density is above " +
            support::text(depth_shown) + ".");
}

std::string posterior_figure(const settings& chosen, support::output& to) {
    std::string blocks, panels;
    support::table rows{.header = "set,classifier,class,mean_log_probability,error_over_seeds", .rows = {}};
    for (const auto& data : known_sets()) {
        std::string plot;
        for (const auto* of : drawn()) {
            const auto curves = of_seeds(chosen, data, *of, "posterior.csv");
            const std::string name = data.name + std::to_string(of - variants().data());
            support::data_block block(name);
            for (std::size_t k = 0; k < curves[0].size(); ++k) {
                const auto e = over_seeds(column(curves, k, 1));
                block.row({curves[0][k][0], e.mean});
                rows.row({data.name, of->name}, {curves[0][k][0], e.mean, e.error});
            }
            blocks += block.text();
            plot += (plot.empty() ? "plot $" : ", $") + name + " using 1:2 with lines " + line_of(*of);
        }
        panels += "set title '" + data.title + "'\n" + plot + "\nunset ylabel\n";
    }
    to.csv("classifier_posterior", rows);
    to.svg("classifier_posterior",
           blocks + "set multiplot layout 1,2 margins 0.075,0.985,0.25,0.92 spacing 0.07,0\nset xlabel 'class, " +
               std::to_string(classes) + " is pure noise'\nset xrange [1:" + std::to_string(classes) +
               "]\nset ylabel 'mean log p(class | z), nats' offset 1\nset yrange [-9:0]\nunset key\n" + panels +
               key_below(),
           1000, 440);
    return figure(to, "classifier_posterior",
                  "After [CDM fig. 6a]: mean log probability of each class for held-out points of class " +
                      std::to_string(step_of_posterior) + ", means over " + std::to_string(chosen.seeds) +
                      " seeds. The gradient alone leaves a constant of each class undetermined.");
}

std::string confusion_figure(const settings& chosen, support::output& to) {
    const auto& data = known_sets()[1];
    std::string blocks, panels;
    support::table rows{.header = "classifier,class,predicted,mean_probability", .rows = {}};
    for (const auto* of : drawn()) {
        const auto cells = of_seeds(chosen, data, *of, "confusion.csv");
        const std::string name = "c" + std::to_string(of - variants().data());
        support::data_block block(name);
        for (std::size_t i = 0; i < cells[0].size(); ++i) {
            const double mean = over_seeds(column(cells, i, 2)).mean;
            block.row({cells[0][i][0], cells[0][i][1], mean});
            rows.row({of->name}, {cells[0][i][0], cells[0][i][1], mean});
        }
        blocks += block.text();
        panels += "set title '" + of->title + "'\nplot $" + name +
                  " using 2:1:3 with image notitle\nunset ylabel\nset format y ''\n";
    }
    to.csv("classifier_confusion", rows);
    const std::string last = std::to_string(classes);
    to.png("classifier_confusion",
           blocks +
               "set multiplot layout 1,5 margins 0.05,0.93,0.22,0.88 spacing 0.018,0\nunset grid\n"
               "set palette defined (0 '#ffffff', 0.15 '#d0e1f2', 0.5 '#4a98c9', 1 '#08306b')\nset cbrange [0:0.1]\n"
               "unset colorbox\nset size square\nset xrange [0.5:" +
               last + ".5]\nset yrange [" + last + ".5:0.5]\nset xtics (1, 10, 20, " + last +
               ")\nset ytics (1, 10, 20, " + last +
               ")\nset xlabel 'predicted'\nset ylabel 'true class' offset 1\nset colorbox user origin screen 0.94, "
               "screen 0.24 size screen 0.012, screen 0.6\n" +
               panels + "unset multiplot",
           1150, 290);
    return figure(
        to, "classifier_confusion",
        "After [CDM fig. 6b], eight Gaussians: mean predicted probability of each class (columns) for held-out "
        "points of each class (rows), means over " +
            std::to_string(chosen.seeds) + " seeds; darkest: 0.1 and more; chance is 1/" + last + ".");
}

std::string clouds_figure(const settings& chosen, support::output& to) {
    const auto& data = known_sets()[1];
    std::string blocks, panels;
    for (const auto* of : drawn()) {
        const auto points = of_seeds(chosen, data, *of, "samples.csv")[0];
        const std::string name = "s" + std::to_string(of - variants().data());
        support::data_block block(name);
        for (std::size_t i = 0; i < std::min<std::size_t>(points.size(), 1000); ++i) block.row(points[i]);
        blocks += block.text();
        panels += "set title '" + of->title + "'\nplot $" + name + " using 1:2 with points pt 7 ps 0.25 lc rgb '" +
                  of->colour + "' notitle\nset format y ''\n";
    }
    to.svg("classifier_clouds",
           blocks +
               "set multiplot layout 1,5 margins 0.035,0.995,0.11,0.88 spacing 0.012,0\nset size square\n"
               "set xrange [-2.3:2.3]\nset yrange [-2.3:2.3]\nset xtics 2\nset ytics 2\n" +
               panels + "unset multiplot",
           1100, 270);
    return figure(
        to, "classifier_clouds",
        "Eight Gaussians: 1000 samples by ancestral sampling with the gradient of each classifier, seed 1. The "
        "exact classifier's are as good as these steps allow.");
}

} // namespace experiments::cdm
