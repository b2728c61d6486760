// SPDX-License-Identifier: MIT

// Figures about sampling: where an imperfect denoiser errs and where samplers ask it, which bandwidth makes MMD see
// most, and what sampling in parallel over time costs and gives. Exit status: 0, 1 where gnuplot is missing or failed
// (the CSV files are written all the same), 2 on bad input.

#include <cdl/version.hpp>

#include "../support/input.hpp"
#include "figures.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace {

using namespace figures;
using support::set_of_file, support::toy, support::toy_names;

/// The sets that a figure is made of, from its options.
struct chosen_sets {
    std::vector<std::string> names = toy_names();
    std::string points;

    void add_to(CLI::App& app) {
        auto* sets = app.add_option("--sets", names, "toy sets, separated by commas")
                         ->delimiter(',')
                         ->type_name("NAMES")
                         ->capture_default_str();
        app.add_option("--points", points, "a cloud of your own, one point x,y a line")
            ->type_name("FILE")
            ->excludes(sets);
    }
    std::vector<plane_set> made(const CLI::App& app, index_t parts, std::uint64_t seed) const {
        if (app.count("--points") > 0) return {set_of_file(points, parts, seed)};
        std::vector<plane_set> sets;
        for (const auto& name : names) sets.push_back(toy(name, seed));
        return sets;
    }
};

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Figures about sampling. Each is written as SVG and CSV and printed as a table.");
    app.set_version_flag("--version", std::string("sampling_figures, cdl ") + cdl::version);
    app.require_subcommand(1);
    app.fallthrough();
    std::string folder = "figures";
    std::uint64_t seed = 1;
    app.add_option("--out", folder, "folder of the figures")->type_name("DIR")->take_last()->capture_default_str();
    app.add_option("--seed", seed, "of all random numbers")->capture_default_str();
    const auto count = [](CLI::App& of, const char* name, index_t& value, index_t least, index_t most,
                          const char* what) {
        of.add_option(name, value, what)->check(CLI::Range(least, most))->capture_default_str();
    };
    const auto length = [](CLI::App& of, const char* name, double& value, const char* what) {
        of.add_option(name, value, what)->check(CLI::Range(1e-3, 1e3))->capture_default_str();
    };

    error_field field;
    auto& of_field = *app.add_subcommand("error-field", "where denoisers err, and where samplers ask them");
    count(of_field, "--draws", field.draws, 2, 100000, "points that the first denoiser knows");
    length(of_field, "--width", field.width, "standard deviation of its kernels");
    count(of_field, "--levels", field.levels, 2, 1000, "levels that the second one knows");
    length(of_field, "--amplitude", field.amplitude, "of the error of the second one's score");
    count(of_field, "--steps", field.steps, 10, 1000, "of DDPM's 1000 steps, those that are taken");
    count(of_field, "--trajectories", field.trajectories, 8, 10000, "over which errors are averaged");

    bandwidth widths;
    chosen_sets sets_of_widths;
    auto& of_widths = *app.add_subcommand("bandwidth", "MMD from the standard Gaussian against the bandwidth");
    sets_of_widths.add_to(of_widths);
    count(of_widths, "--count", widths.points, 4, 100000, "points of each set");

    parallel sampling;
    chosen_sets sets_of_sampling;
    auto& of_sampling = *app.add_subcommand("parallel", "samples in parallel and one step after the other");
    sets_of_sampling.add_to(of_sampling);
    count(of_sampling, "--samples", sampling.samples, 4, 100000, "points that are sampled");
    count(of_sampling, "--data", sampling.data, 1, 100000, "points that the denoiser knows");
    count(of_sampling, "--judge", sampling.judge, 4, 100000, "independent points to compare with");
    length(of_sampling, "--width", sampling.width, "standard deviation of the denoiser's kernels");
    count(of_sampling, "--steps", sampling.steps, 10, 1000, "of DDPM's 1000 steps, those that are taken");
    count(of_sampling, "--window", sampling.window, 0, 1000, "steps of a window, 0 for all");
    of_sampling
        .add_option("--tolerance", sampling.tolerance, "of Picard's iteration, in standard deviations of a step")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();

    const auto complain = [](std::string what) {
        for (char& c : what)
            if (c == '\n' || c == '\r') c = ' ';
        std::cerr << "sampling_figures: " << what << '\n';
        return 2;
    };
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        return complain(error.what());
    }
    try {
        field.seed = widths.seed = sampling.seed = seed;
        const auto sets = of_widths.parsed()     ? sets_of_widths.made(of_widths, 1, seed)
                          : of_sampling.parsed() ? sets_of_sampling.made(of_sampling, 2, seed)
                                                 : std::vector<plane_set>();
        output to(folder);
        if (of_field.parsed()) field.draw(to);
        if (of_widths.parsed()) widths.draw(to, sets);
        if (of_sampling.parsed()) sampling.draw(to, sets);
        if (to.trouble().empty()) return 0;
        std::cerr << "sampling_figures: " << to.trouble() << '\n';
        return 1;
    } catch (const support::bad_input& error) {
        return complain(error.what());
    } catch (const std::invalid_argument& error) { // refused by the library
        return complain(error.what());
    } catch (const std::bad_alloc&) {
        return complain("options: must ask for no more than fits into memory; got too large numbers");
    }
}
