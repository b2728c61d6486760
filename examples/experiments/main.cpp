// SPDX-License-Identifier: MIT

// Experiments with networks: each trains a few dozen small ones, and shows what they learned on one page, OUT/index.html. A run that
// was stopped goes on where it was. Exit status: 0, 1 where something failed on the way or gnuplot is missing, 2 on bad input.

#include <cdl/version.hpp>

#include "../support/plane_set.hpp"
#include "experiment.hpp"
#include "page.hpp"

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>
#include <torch/version.h>

#include <dlfcn.h>

#include <algorithm>
#include <iostream>
#include <thread>

namespace {

using namespace experiments;

/// One thread for each job, in torch and in the BLAS beneath it, which asks nobody: OpenBLAS is told, where it is there.
void one_thread_each() {
    at::set_num_threads(1);
    if (void* set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads"); set != nullptr)
        reinterpret_cast<void (*)(int)>(set)(1);
}

std::string command_line(int argc, char** argv) {
    std::string text = "experiments";
    for (int i = 1; i < argc; ++i) text += std::string(" ") + argv[i];
    return text;
}

/// Runs the jobs of all chosen, then writes their sections and the page. Returns why figures are missing, or nothing.
std::string run(const std::vector<experiment>& chosen, const settings& s, index_t workers, const std::string& command) {
    support::output to(s.out);
    std::vector<std::vector<job>> jobs;
    std::vector<job> all;
    for (const auto& e : chosen) {
        jobs.push_back(e.jobs(s));
        all.insert(all.end(), jobs.back().begin(), jobs.back().end());
    }
    run_jobs(all, s.out, workers);
    for (std::size_t i = 0; i < chosen.size(); ++i)
        write_section(chosen[i], s, jobs[i], chosen[i].report(s, to), command);
    return to.trouble();
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Experiments with networks. What they learn is shown on one page, OUT/index.html.");
    app.set_version_flag("--version", std::string("experiments, cdl ") + cdl::version + ", LibTorch " TORCH_VERSION);
    app.require_subcommand(1, 0); // or more
    app.fallthrough();
    settings chosen;
    chosen.out = "experiments";
    index_t workers = std::max<index_t>(1, static_cast<index_t>(std::thread::hardware_concurrency()));
    bool is_small = false;
    auto* full = app.add_flag("--full", chosen.full, "nearer to the papers: an hour or two");
    app.add_flag("--small", is_small, "a small one: minutes (the default)")->excludes(full);
    app.add_option("--out", chosen.out, "folder of everything; a run that was stopped there goes on")
        ->type_name("DIR")
        ->take_last()
        ->capture_default_str();
    app.add_option("--seeds", chosen.seeds, "trainings of each kind [5]")->check(CLI::Range(index_t{1}, index_t{1000}));
    app.add_option("--steps", chosen.steps, "of each training")->check(CLI::Range(index_t{1}, index_t{100000000}));
    app.add_option("--workers", workers, "jobs at a time; results do not depend on it")
        ->check(CLI::Range(index_t{1}, index_t{1024}))
        ->capture_default_str();
    app.add_option("--points", chosen.points, "for `plane`: a cloud of your own, one point x,y a line")
        ->type_name("FILE");

    const auto experiments = all_experiments();
    std::vector<CLI::App*> commands;
    for (const auto& e : experiments) commands.push_back(app.add_subcommand(e.name, e.title));
    const auto* every = app.add_subcommand("all", "all of these");
    app.add_subcommand("page", "writes the page again, from what is there");

    const auto complain = [](std::string what, int status) {
        for (char& c : what)
            if (c == '\n' || c == '\r') c = ' ';
        std::cerr << "experiments: " << what << '\n';
        return status;
    };
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        return complain(error.what(), 2);
    }
    try {
        one_thread_each();
        if (chosen.seeds == 0) chosen.seeds = 5;
        if (app.count("--points") > 0) support::set_of_file(chosen.points, 2, 1); // complains now
        std::vector<experiment> asked;
        for (std::size_t i = 0; i < experiments.size(); ++i)
            if (every->parsed() || commands[i]->parsed()) asked.push_back(experiments[i]);
        std::string trouble;
        if (!asked.empty()) trouble = run(asked, chosen, workers, command_line(argc, argv));
        std::cout << write_page(chosen.out) << '\n';
        return trouble.empty() ? 0 : complain(trouble, 1);
    } catch (const support::bad_input& error) {
        return complain(error.what(), 2);
    } catch (const std::invalid_argument& error) { // refused by the library
        return complain(error.what(), 2);
    } catch (const std::bad_alloc&) {
        return complain("options: must ask for no more than fits into memory; got too large numbers", 2);
    } catch (const std::exception& error) {
        return complain(error.what(), 1);
    }
}
