// SPDX-License-Identifier: MIT

// The main job of cdl: take data about which everything is known, get its exact denoiser, and see that densities,
// noised densities, density ratios and the noise classifier all come out of that denoiser alone. One line an
// equation; a report with figures. Exit status: 0 when every line holds, 1 when one does not, 2 on bad input.

#include <cdl/version.hpp>

#include "checks.hpp"
#include "input.hpp"
#include "report.hpp"
#include "table.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace {

using namespace verify;

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Says on stderr what is being done: on a terminal in one line that is rewritten, else every ten seconds at most.
class progress_line {
public:
    void operator()(const std::string& text) {
        const bool terminal = isatty(STDERR_FILENO) != 0;
        if (!terminal && seconds_since(last_) < 10) return;
        last_ = std::chrono::steady_clock::now();
        std::cerr << (terminal ? "\r\x1b[K" : "") << "verify_derivations: " << text << " ..." << (terminal ? "" : "\n")
                  << std::flush;
        shown_ = terminal;
    }
    void clear() {
        if (shown_) std::cerr << "\r\x1b[K" << std::flush;
        shown_ = false;
    }

private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
    bool shown_ = false;
};

/// Opened before the work is done, so that a name that cannot be written costs nothing.
std::ofstream open_for_writing(const char* option, const std::filesystem::path& file) {
    std::ofstream out(file);
    if (!out)
        throw bad_input(file.string() + ": " + option +
                        ": must be a file that can be written; got no such folder or no permission");
    return out;
}

void close(std::ofstream& out, const char* option, const std::filesystem::path& file) {
    out.close();
    if (!out) throw bad_input(file.string() + ": " + option + ": must have room; got a write error");
}

struct options {
    std::string mixture, points, csv, json, report = "report";
    std::optional<double> width;
    bool no_report = false;
};

int run(const options& chosen) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<data_set> sets;
    if (!chosen.mixture.empty())
        sets = {read_mixture(chosen.mixture)};
    else if (!chosen.points.empty())
        sets = {read_points(chosen.points, chosen.width)};
    else
        sets = {two_modes(), three_in_the_plane()};

    std::ofstream csv, json, html;
    const std::filesystem::path report_file = std::filesystem::path(chosen.report) / "index.html";
    if (!chosen.csv.empty()) csv = open_for_writing("--csv", chosen.csv);
    if (!chosen.json.empty()) json = open_for_writing("--json", chosen.json);
    if (!chosen.no_report) {
        std::error_code error;
        std::filesystem::create_directories(chosen.report, error);
        html = open_for_writing("--report", report_file);
    }

    const bool colours = isatty(STDOUT_FILENO) != 0;
    progress_line progress;
    const auto say = [&](const std::string& text) { progress(text); };
    std::vector<section> sections;
    std::vector<std::unique_ptr<setting>> settings;
    const auto done = [&](section s) {
        progress.clear();
        print_section(std::cout, s, colours);
        std::cout << std::flush;
        sections.push_back(std::move(s));
    };

    std::cout << "cdl " << cdl::version
              << ": the equations of CDL, VDM and CDM, from the exact denoiser of a known distribution\n"
              << "Errors are absolute up to 1 and relative above, unless the line says otherwise; of points up to the "
                 "spread of the data, if that is below 1.\n";
    for (const auto& data : sets) {
        settings.push_back(std::make_unique<setting>(data, say));
        const setting& s = *settings.back();
        done({data.label + ": " + data.name, check_all(s)});
    }
    done({"Levels alone: coefficients that do not depend on data", check_levels()});
    const setting paper(two_modes(), {});
    done({"Errata: how far the printed formulas miss on a fixed example, and the corrected ones do not",
          check_errata(paper)});
    print_summary(std::cout, sections, seconds_since(start));

    if (!chosen.csv.empty()) {
        write_csv(csv, sections);
        close(csv, "--csv", chosen.csv);
    }
    if (!chosen.json.empty()) {
        write_json(json, sections);
        close(json, "--json", chosen.json);
    }
    if (!chosen.no_report) {
        std::vector<const setting*> views;
        for (const auto& s : settings) views.push_back(s.get());
        write_report(html, sections, views, say);
        close(html, "--report", report_file);
        progress.clear();
        std::cout << "Report: " << report_file.string() << '\n';
    }
    for (const auto& s : sections)
        for (const auto& l : s.lines)
            if (!l.holds()) return 1;
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    options chosen;
    CLI::App app(
        "Shows that the equations of the CDL, VDM and CDM papers hold, on data about which everything is known.\n"
        "Without --mixture or --points: the paper's two modes on a line, and three components in the plane.");
    auto* mixture = app.add_option("--mixture", chosen.mixture,
                                   "a Gaussian mixture as JSON, {\"weights\": [..], \"means\": [..], \"covariances\": "
                                   "[..]}; a covariance is a number (a variance), a list (a variance for each "
                                   "coordinate) or a matrix; \"covariance_type\" as in scikit-learn, if the list can "
                                   "be read two ways")
                        ->type_name("FILE");
    auto* points =
        app.add_option("--points", chosen.points,
                       "a cloud of points, one a line, each one narrow Gaussian; commas, semicolons, tabs or "
                       "blanks between coordinates")
            ->type_name("FILE")
            ->excludes(mixture);
    app.add_option("--width", chosen.width,
                   "the standard deviation of each point's Gaussian; default 0.05 times that of the cloud")
        ->type_name("H")
        ->needs(points);
    app.add_option("--csv", chosen.csv, "write the table: equation,quantity,points,max_error,bound,holds")
        ->type_name("FILE");
    app.add_option("--json", chosen.json, "write the table as JSON")->type_name("FILE");
    auto* report = app.add_option("--report", chosen.report, "folder of the report index.html")
                       ->type_name("DIR")
                       ->capture_default_str();
    app.add_flag("--no-report", chosen.no_report, "no report")->excludes(report);
    app.set_version_flag("--version", std::string("verify_derivations, cdl ") + cdl::version);

    const auto complain = [](std::string what) {
        for (char& c : what)
            if (c == '\n' || c == '\r') c = ' ';
        std::cerr << "verify_derivations: " << what << '\n';
        return 2;
    };
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        return complain(error.what());
    }
    try {
        for (const auto& [option, file] : {std::pair{"--mixture", &chosen.mixture},
                                           std::pair{"--points", &chosen.points}, std::pair{"--csv", &chosen.csv},
                                           std::pair{"--json", &chosen.json}, std::pair{"--report", &chosen.report}})
            if (file->empty() && (app.count(option) > 0))
                throw bad_input(std::string(option) + ": must be a name; got nothing");
        if (chosen.width && !(*chosen.width > 0 && std::isfinite(*chosen.width)))
            throw bad_input("--width: must be finite and positive; got " +
                            app.get_option("--width")->as<std::string>());
        return run(chosen);
    } catch (const bad_input& error) {
        return complain(error.what());
    } catch (const std::invalid_argument& error) { // refused by the library
        return complain(error.what());
    }
}
