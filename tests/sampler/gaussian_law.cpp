// SPDX-License-Identifier: MIT
// What samplers make of Gaussian data is Gaussian, and its mean and variance are exact: no Monte Carlo. Golden values for
// two of them; for all of them the papers' algorithms in their own coordinates.

#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/dpm_solver.hpp>
#include <cdl/sampler/gaussian_law.hpp>
#include <cdl/sampler/heun.hpp>

#include "distribution/testing.hpp"
#include "sampler/testing.hpp"
#include "support/golden.hpp"
#include "support/ulp.hpp"

using namespace cdl;
using oracle::real;
using sampler::ancestral;
using sampler::ddim;
using sampler::heun;

namespace {

/// A run's law against golden cells.
template <class Method>
void check_row(const Method& method, const test::golden_row& row, test::worst_error& worst) {
    const auto data = test::gaussian_data(row.input<double>("data_mean"), row.input<double>("data_var"));
    const denoiser::optimal f(data);
    auto levels = test::uniform_levels(-row.input<double>("g1"), -row.input<double>("g0"), row.integer("T"));
    const auto z = test::law_of_run(method, f, levels, {0, 1});
    levels.push_back(test::infinite); // the estimate of x
    const auto x_hat = test::law_of_run(method, f, levels, {0, 1});
    worst.see(test::relative_error(z.mean, row.number("mean_z0")), row.where() + " mean z");
    worst.see(test::relative_error(z.variance, row.number("var_z0")), row.where() + " variance z");
    worst.see(test::relative_error(x_hat.mean, row.number("mean_xhat")), row.where() + " mean x_hat");
    worst.see(test::relative_error(x_hat.variance, row.number("var_xhat")), row.where() + " variance x_hat");
}

/// The law of `method` against the law of `paper(levels, z, noise)` for several data and grids.
template <class Method, class Paper>
void check_against(const std::string& name, const Method& method, const Paper& paper) {
    test::worst_error worst(name);
    const std::vector<std::vector<double>> grids{test::uniform_levels(-5, 6, 1), // a longer one amplifies rounding
                                                 test::uniform_levels(-8, 6, 2),
                                                 test::uniform_levels(-8, 6, 16),
                                                 test::uniform_levels(-9, 12, 50),
                                                 {-8.75, -7, -6.5, -3, -2.5, -2.25, 0.125, 3, 7.5},
                                                 {-8.75, -7, -6.5, -3, -2.5, -2.25, 0.125, 3, 7.5, test::infinite},
                                                 {-1, test::infinite}};
    for (const auto& [mean, variance] : {std::pair{1.5, 0.5625}, std::pair{-3.0, 2.0}, std::pair{0.25, 0.0078125}}) {
        const auto data = test::gaussian_data(mean, variance);
        for (const auto& levels : grids) {
            const auto wide = test::wide_levels(levels);
            const oracle::gaussian f{static_cast<real>(mean), static_cast<real>(variance)};
            const auto want =
                oracle::output_law([&](real z, const oracle::noise_of_step& noise) { return paper(f, wide, z, noise); },
                                   levels.size() - 1, {0, 1});
            const auto got = test::law_of_run(method, denoiser::optimal(data), levels, {0, 1});
            const auto where =
                "variance " + std::to_string(variance) + ", " + std::to_string(levels.size()) + " levels";
            worst.see(static_cast<double>(std::fabs(got.mean - want.mean) /
                                          std::fmax(std::fabs(want.mean), std::sqrt(want.variance))),
                      "mean, " + where);
            worst.see(test::relative_error(got.variance, want.variance), where);
        }
    }
    INFO(worst.text());
    CHECK(worst.value() <= 1e-12);
}
} // namespace

TEST_CASE("Ancestral sampling and DDIM turn noise into the golden Gaussians, with 1 to 1000 steps") {
    test::worst_error worst("golden law");
    for (const auto& row : test::golden("h_gaussian_law.csv"))
        if (row.text("sampler") == "ancestral") {
            check_row(ancestral{}, row, worst);
            check_row(ddim{1}, row, worst);
        } else {
            REQUIRE(row.text("sampler") == "ddim");
            check_row(ddim{}, row, worst);
        }
    CHECK(worst.count() >= 4 * 24);
    INFO(worst.text());
    CHECK(worst.value() <= 1e-12);
}

TEST_CASE("DDIM turns noise into the Gaussians of equation 12") {
    for (const double eta : {0.0, 0.5, 1.0})
        check_against("ddim " + std::to_string(eta), ddim{eta},
                      [eta](auto f, const auto& a, real z, const auto& noise) {
                          return oracle::ddim(f, a, z, static_cast<real>(eta), noise);
                      });
}

TEST_CASE("Ancestral sampling turns noise into the Gaussians of VDM, with either variance") {
    for (const bool forward : {false, true})
        check_against(forward ? "ancestral forward" : "ancestral",
                      ancestral{forward ? sampler::step_variance::forward : sampler::step_variance::posterior},
                      [forward](auto f, const auto& a, real z, const auto& noise) {
                          return oracle::ancestral(f, a, z, forward, noise);
                      });
}

TEST_CASE("Heun turns noise into the Gaussians of EDM's algorithm 2, with and without churn") {
    const auto check = [](const std::string& name, const heun& method) {
        const oracle::churn settings{static_cast<real>(method.s_churn), static_cast<real>(method.s_min),
                                     static_cast<real>(method.s_max), static_cast<real>(method.s_noise)};
        check_against(name, method, [&](auto f, const auto& a, real z, const auto& noise) {
            return oracle::heun(f, a, z, settings, noise);
        });
    };
    check("heun", heun{});
    check("heun, churn", heun{.s_churn = 2});
    check("heun, capped churn", heun{.s_churn = 1000});
    check("heun, EDM's settings for ImageNet", heun{.s_churn = 40, .s_min = 0.05, .s_max = 50, .s_noise = 1.003});
    check("heun, churn without noise", heun{.s_churn = 40, .s_noise = 0});
    check("heun, churn nowhere", heun{.s_churn = 40, .s_min = 1e6});
}

TEST_CASE("DPM-Solver-2 turns noise into the Gaussians of its paper") {
    check_against("dpm_solver_2", sampler::dpm_solver_2{},
                  [](auto f, const auto& a, real z, const auto&) { return oracle::dpm_solver_2(f, a, z); });
}

TEST_CASE("DPM-Solver++ 2M turns noise into the Gaussians of its paper") {
    check_against("dpm_solver_pp_2m", sampler::dpm_solver_pp_2m{},
                  [](auto f, const auto& a, real z, const auto&) { return oracle::dpm_solver_pp_2m(f, a, z); });
}

TEST_CASE("A step of the second-order methods has the value worked out by hand") {
    // from a = 0, where S = N = sqrt(1/2), to a = 2, with eps_hat = 1/2 wherever it is asked: h = 1 and
    // z' = sqrt(2) S' z - N' (e - 1) / 2 for each of them, S'^2 = e^2 / (e^2 + 1), N'^2 = 1 / (e^2 + 1)
    const auto half = [](const auto&, const auto&, const auto& eps_hat) { eps_hat[0] = 0.5; };
    const double e = std::exp(1.0), root = std::sqrt(e * e + 1),
                 want = (std::sqrt(2.0) * e * 0.75 - (e - 1) / 2) / root;
    const auto check = [&](const auto& method, index_t calls) {
        std::vector<double> z{0.75};
        CHECK(sampler::run(exec::serial{}, method, half, test::grid_of({0, 2}), z) == calls);
        CHECK(std::abs(z[0] - want) <= 4e-16);
    };
    check(ddim{}, 1);
    check(heun{}, 2);
    check(sampler::dpm_solver_2{}, 2);
    check(sampler::dpm_solver_pp_2m{}, 1);
}

TEST_CASE("A sampler keeps the noised mean of Gaussian data, whatever the steps") {
    // there eps_hat is 0 and x_hat is the mean
    const auto data = test::gaussian_data(1.5, 0.5625);
    const auto check = [&](const auto& method) {
        for (const index_t steps : {1, 3, 40}) {
            std::vector<double> z{1.5 * signal_scale(log_snr{-8.0})};
            sampler::run(exec::serial{}, method, denoiser::optimal(data),
                         test::grid_of(test::uniform_levels(-8, 6, steps)), z, test::no_noise{});
            CHECK(std::abs(z[0] - 1.5 * signal_scale(log_snr{6.0})) <= 1e-13);
        }
    };
    check(ddim{});
    check(ddim{0.5});
    check(ancestral{});
    check(ancestral{sampler::step_variance::forward});
    check(heun{});
    check(heun{.s_churn = 3});
    check(sampler::dpm_solver_2{});
    check(sampler::dpm_solver_pp_2m{});
}

TEST_CASE("The variance of the posterior is exact for data that is one point, that of the way there for standard "
          "normal data") {
    // [DDPM sec. 3.2], whatever the number of steps
    const double at = 1.5;
    const auto denoiser_of_point = [at](const auto& z, const auto& a, const auto& eps_hat) {
        eps_hat[0] = (z[0] - signal_scale(a) * at) / noise_scale(a);
    };
    const auto standard = test::gaussian_data(0, 1);
    for (const index_t steps : {1, 2, 5, 100}) {
        CAPTURE(steps);
        const auto levels = test::uniform_levels(-4, 6, steps);
        const auto s = [](double a) { return oracle::signal(static_cast<real>(a)); };
        const auto n = [](double a) { return oracle::noise(static_cast<real>(a)); };
        const real m = static_cast<real>(at);
        for (const auto& got : {test::law_of_run(ancestral{}, denoiser_of_point, levels, {s(-4) * m, n(-4) * n(-4)}),
                                test::law_of_run(ddim{1}, denoiser_of_point, levels, {s(-4) * m, n(-4) * n(-4)}),
                                test::law_of_run(ddim{0.5}, denoiser_of_point, levels, {s(-4) * m, n(-4) * n(-4)}),
                                test::law_of_run(ddim{}, denoiser_of_point, levels, {s(-4) * m, n(-4) * n(-4)}),
                                test::law_of_run(heun{}, denoiser_of_point, levels, {s(-4) * m, n(-4) * n(-4)})}) {
            CHECK(test::relative_error(got.mean, s(6) * m) <= 1e-12);
            CHECK(test::relative_error(got.variance, n(6) * n(6)) <= 1e-10); // the squares of small differences
        }
        const auto kept =
            test::law_of_run(ancestral{sampler::step_variance::forward}, denoiser::optimal(standard), levels, {0, 1});
        CHECK(std::fabs(kept.mean) <= 1e-13);
        CHECK(test::relative_error(kept.variance, 1) <= 1e-13);
    }
}

TEST_CASE("The law in closed form is the golden one") {
    test::worst_error worst("gaussian_law");
    for (const auto& row : test::golden("h_gaussian_law.csv")) {
        const sampler::gaussian<double> data{row.input<double>("data_mean"), row.input<double>("data_var")};
        auto levels = test::uniform_levels(-row.input<double>("g1"), -row.input<double>("g0"), row.integer("T"));
        const auto see = [&](const auto& method) {
            const auto z = sampler::gaussian_law(method, test::grid_of(levels), data);
            auto to_clean = levels;
            to_clean.push_back(test::infinite); // the estimate of x
            const auto x_hat = sampler::gaussian_law(method, test::grid_of(to_clean), data);
            const auto off = [](double got, real want) { return test::relative_error(static_cast<real>(got), want); };
            worst.see(off(z.mean, row.number("mean_z0")), row.where() + " mean z");
            worst.see(off(z.variance, row.number("var_z0")), row.where() + " variance z");
            worst.see(off(x_hat.mean, row.number("mean_xhat")), row.where() + " mean x_hat");
            worst.see(off(x_hat.variance, row.number("var_xhat")), row.where() + " variance x_hat");
        };
        if (row.text("sampler") == "ancestral") {
            see(ancestral{});
            see(ddim{1});
        } else {
            see(ddim{});
        }
    }
    CHECK(worst.count() >= 4 * 24);
    INFO(worst.text());
    CHECK(worst.value() <= 1e-13);
}

TEST_CASE("The law in closed form is that of the sampler's own runs, from any start, between any levels") {
    const std::vector<double> levels{-6, -4, -1, -1, 0.5, 3, test::infinite};
    const auto check = [&](const auto& method) {
        for (const auto& [mean, variance] : {std::pair{1.5, 0.5625}, {-3.0, 2.0}, {0.25, 0.0078125}}) {
            const auto data = test::gaussian_data(mean, variance);
            const auto want = test::law_of_run(method, denoiser::optimal(data), levels, {0.25L, 1.5L});
            const auto got = sampler::gaussian_law(method, test::grid_of(levels), {mean, variance}, {0.25, 1.5});
            CHECK(test::relative_error(static_cast<real>(got.mean), want.mean) <= 1e-11);
            CHECK(test::relative_error(static_cast<real>(got.variance), want.variance) <= 1e-11);
        }
    };
    check(ddim{});
    check(ddim{0.5});
    check(ancestral{});
    check(ancestral{sampler::step_variance::forward});
}

TEST_CASE("The law of a sampler at its ends: no step, pure noise, clean data, a point") {
    using law = sampler::gaussian<double>;
    const auto of = [](const std::vector<double>& levels, law data, law start) {
        return sampler::gaussian_law(ddim{}, test::grid_of(levels), data, start);
    };
    CHECK(of({1}, {2, 3}, {4, 5}).mean == 4);
    CHECK(of({1, 1}, {2, 3}, {4, 5}).variance == 5);
    // one step from pure noise to clean data gives the mean, a point of data gives itself
    CHECK(std::fabs(of({-test::infinite, test::infinite}, {2, 3}, {0, 1}).mean - 2) <= 1e-7);
    const auto point = of({-test::infinite, -3, 0, 3, test::infinite}, {2, 0}, {0, 1});
    CHECK(std::fabs(point.mean - 2) <= 1e-7);
    CHECK(std::fabs(point.variance) <= 1e-7);
    const auto fine =
        of(test::uniform_levels(-20, 20, 4000), {2, 3}, {0, 1}); // towards the data, with the square of the step
    CHECK(std::fabs(fine.mean - 2) <= 1e-2);
    CHECK(std::fabs(fine.variance - 3) <= 3e-2);
    const auto refusal = [&](const std::vector<double>& levels, law data, law start, double eta = 0) {
        return test::refusal([&] { sampler::gaussian_law(ddim{eta}, test::grid_of(levels), data, start); });
    };
    const std::string where = "cdl::sampler::gaussian_law: ";
    CHECK(refusal({}, {0, 1}, {0, 1}).starts_with(where + "grid: must have a level"));
    CHECK(refusal({1, 0}, {0, 1}, {0, 1}).starts_with(where + "grid: must not decrease"));
    CHECK(refusal({0, 1}, {0, -1}, {0, 1}) == where + "data: must have a finite variance that is not negative; got -1");
    CHECK(refusal({0, 1}, {std::nan(""), 1}, {0, 1}) == where + "data: must have a finite mean; got nan");
    CHECK(refusal({0, 1}, {0, 1}, {0, std::nan("")}).starts_with(where + "start: must have a finite variance"));
    CHECK(refusal({0, 1}, {0, 1}, {0, 1}, 2).starts_with(where + "eta: must be in [0, 1]"));
}
