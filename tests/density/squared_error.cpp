// SPDX-License-Identifier: MIT
// The curve under the integral, against golden/d_mse_curve.csv.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/squared_error.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;

TEST_CASE("the mean squared error at each level agrees with the golden curve") {
    for (const std::string name : {"two_1d", "three_1d"}) {
        const auto mixture = test::golden_mixture(name).make<double, 1, covariance::isotropic>();
        const denoiser::optimal f(mixture);
        double worst = 0, worst_relative = 0;
        for (const auto& row : test::golden("d_mse_curve.csv").where("mixture", name)) {
            const std::vector<double> x{row.input<double>("x")};
            const log_snr a{row.input<double>("alpha")}, zeta{row.input<double>("zeta")};
            const auto exact = static_cast<double>(row.number("mse"));
            const double error = std::abs(density::squared_error(exec::serial{}, f, x, a, {}, zeta)[0].value - exact);
            test::keep_largest(worst, error / std::max(1., exact));
            test::keep_largest(worst_relative, error / exact);
        }
        test::check_within(name + ", mean squared error", worst, 5e-13);
        test::check_within(name + ", mean squared error, relative", worst_relative, 5e-12);
    }
}

TEST_CASE("the mean squared error has its limits at clean data and pure noise") {
    const auto mixture = test::golden_mixture("two_1d").make<double, 1, covariance::isotropic>();
    const denoiser::optimal f(mixture);
    const std::vector<double> x{-1, 4};
    // eps_hat = 0 leaves E eps^2 = 1; eps_hat = z = eps leaves nothing
    for (const auto& e : density::squared_error(exec::serial{}, f, x, clean<double>()))
        CHECK(e.value == doctest::Approx(1).epsilon(1e-14));
    for (const auto& e : density::squared_error(exec::serial{}, f, x, pure_noise<double>())) CHECK(e.value == 0);
}

TEST_CASE("three dimensions are refused") {
    const auto mixture = test::golden_mixture("four_3d").make<double, 3, covariance::diagonal>();
    const std::vector<std::array<double, 3>> x{{0, 0, 0}};
    CHECK(test::refusal([&] { density::squared_error(exec::serial{}, denoiser::optimal(mixture), x, log_snr{0.}); }) ==
          "cdl::density::quadrature: x: must have dimension 1 or 2 (use density::monte_carlo beyond); got 3");
}

TEST_CASE("levels that are no numbers are refused") {
    const auto mixture = test::golden_mixture("two_1d").make<double, 1, covariance::isotropic>();
    const std::vector<double> x{0};
    const log_snr nothing{std::nan("")};
    CHECK(test::refusal([&] { density::squared_error(exec::serial{}, denoiser::optimal(mixture), x, nothing); }) ==
          "cdl::density::squared_error: a: must not be NaN; got nan");
    CHECK(test::refusal([&] {
              density::squared_error(exec::serial{}, denoiser::optimal(mixture), x, log_snr{0.}, {}, nothing);
          }) == "cdl::density::squared_error: zeta: must not be NaN; got nan");
}
