// SPDX-License-Identifier: MIT

// Figures about training objectives: what they see of a denoiser's errors, how well they are estimated, and what is trained with
// them. Exit status: 0, 1 where gnuplot is missing or failed (the CSV files are written all the same), 2 on bad input.

#include <cdl/version.hpp>

#include "../support/input.hpp"
#include "figures.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <iostream>
#include <map>

int main(int argc, char** argv) {
    using namespace figures;
    CLI::App app("Figures about training objectives. Each is written as SVG and CSV and printed as a table.");
    app.set_version_flag("--version", std::string("objective_figures, cdl ") + cdl::version);
    std::string folder = "figures";
    std::uint64_t seed = 1;
    std::vector<std::string> names;
    const std::map<std::string, std::function<void(output&)>> all{
        {"landscape", [](output& to) { landscape{}.draw(to); }},
        {"estimators", [&](output& to) { estimators{.seed = seed}.draw(to); }},
        {"fits", [&](output& to) { fits{.seed = seed}.draw(to); }},
        {"classifier", [&](output& to) { noise_classifier{.seed = seed}.draw(to); }},
        {"bound", [](output& to) { bound{}.draw(to); }},
        {"schedule", [&](output& to) { learned_schedule{.seed = seed}.draw(to); }},
    };
    std::vector<std::string> known;
    for (const auto& [name, draw] : all) known.push_back(name);
    app.add_option("figures", names, "which figures; none: all")->check(CLI::IsMember(known))->type_name("NAME");
    app.add_option("--out", folder, "folder of the figures")->type_name("DIR")->take_last()->capture_default_str();
    app.add_option("--seed", seed, "of all random numbers")->check(CLI::NonNegativeNumber)->capture_default_str();

    const auto complain = [](std::string what) {
        for (char& c : what)
            if (c == '\n' || c == '\r') c = ' ';
        std::cerr << "objective_figures: " << what << '\n';
        return 2;
    };
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        return complain(error.what());
    }
    try {
        output to(folder);
        for (const auto& name : names.empty() ? known : names) all.at(name)(to);
        if (to.trouble().empty()) return 0;
        std::cerr << "objective_figures: " << to.trouble() << '\n';
        return 1;
    } catch (const support::bad_input& error) {
        return complain(error.what());
    } catch (const std::invalid_argument& error) { // refused by the library
        return complain(error.what());
    }
}
