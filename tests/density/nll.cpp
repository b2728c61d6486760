// SPDX-License-Identifier: MIT
// -log p from a denoiser by quadrature: against golden/, against closed forms, in one and two dimensions.

#include <cdl/classifier/noise_level.hpp>
#include <cdl/denoiser/optimal.hpp>

#include <distribution/golden_mixtures.hpp>
#include <laws/density_laws.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;

TEST_CASE("in one dimension equations 2 and 3 give the golden densities") {
    for (const std::string name : {"two_1d", "three_1d"}) {
        const auto mixture = test::golden_mixture(name).make<double, 1, covariance::isotropic>();
        const denoiser::optimal f(mixture);
        double worst = 0, worst_noised = 0;
        for (const auto& row : test::golden("d_density.csv").where("mixture", name)) {
            const std::vector<double> x{row.input<double>("x")};
            const double zeta = row.input<double>("zeta");
            const auto result = density::nll(exec::serial{}, f, x, log_snr{zeta}, density::quadrature{})[0];
            CHECK(result.converged);
            const double error = std::abs(result.value - static_cast<double>(row.number("neg_log_p")));
            test::keep_largest(std::isinf(zeta) ? worst : worst_noised, error);
        }
        test::check_within(name + ", nll of the data [CDL eq. 2]", worst, name == "two_1d" ? 3e-14 : 5e-15);
        test::check_within(name + ", nll of noised data [CDL eq. 3]", worst_noised, name == "two_1d" ? 3e-13 : 5e-14);
    }
}

TEST_CASE("in two dimensions equation 2 gives the golden densities") {
    const auto mixture = test::golden_mixture("five_2d").make<double, 2, covariance::full>();
    const denoiser::optimal f(mixture);
    double worst = 0;
    for (const auto& c : test::golden_cases("five_2d")) {
        if (!std::isinf(c.level) || std::abs(c.x[0]) > 100) continue;
        const std::vector<std::array<double, 2>> x{{c.x[0], c.x[1]}};
        const auto result = density::nll(exec::serial{}, f, x, density::quadrature{})[0];
        CHECK(result.converged);
        test::keep_largest(worst, std::abs(result.value + static_cast<double>(c.log_p)));
    }
    test::check_within("five_2d, nll of the data [CDL eq. 2]", worst, 1e-12);
}

TEST_CASE("one-dimensional densities obey the laws under every policy") {
    const gaussian_mixture<double, 1, covariance::isotropic> two({.5, .5}, {-5, 5}, {1, 1}),
        lopsided({.9, .1}, {0, 3}, {.25, 2});
    const std::vector<double> x{-7.5, -1, 0, .125, 4, 9};
    test::for_each_policy([&](const std::string& name, const auto& policy) {
        laws::density_laws("two modes, " + name, policy, denoiser::optimal(two), x, {5e-14, 5e-14, 8e-14});
        laws::density_laws("lopsided, " + name, policy, denoiser::optimal(lopsided), x, {3e-15, 4e-15, 2e-15});
    });
}

TEST_CASE("two-dimensional densities obey the laws") {
    const gaussian_mixture<double, 2> full({.3, .7}, {-2, 1, 1.5, 0}, {1, .5, .5, 1, .3, 0, 0, .2});
    const gaussian_mixture<double, dynamic, covariance::diagonal> diagonal({1}, {1, -1}, {1, 2});
    const std::vector<std::array<double, 2>> x{{0, 0}, {1, 2}, {-3, 1}};
    const exec::serial policy;
    laws::density_laws("full, 2-D", policy, denoiser::optimal(full), x, {2e-14, 2e-14, 8e-15});
    laws::density_laws("diagonal, dynamic 2-D", policy, denoiser::optimal(diagonal), x, {5e-15, 6e-15, 1.5e-15});
}

TEST_CASE("the standard normal is its own limit") {
    // eps_hat = noise_scale z; every noised density is the same
    const gaussian_mixture<double, 1> normal({1}, {0}, {1});
    const denoiser::optimal f(normal);
    for (const double zeta : {-15., 0., 15.}) {
        const std::vector<double> x{0, 1, -2.5};
        const auto noised = density::nll(exec::serial{}, f, x, log_snr{zeta}, density::quadrature{});
        const auto ratio = density::log_density_ratio(exec::serial{}, f, x, log_snr{zeta}, density::quadrature{});
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(noised[i].value == doctest::Approx(0.9189385332046727 + x[i] * x[i] / 2).epsilon(1e-13));
            CHECK(std::abs(ratio[i].value) < 1e-13);
        }
    }
}

TEST_CASE("narrow data want the rule at their own level") {
    const gaussian_mixture<double, 1> narrow({1}, {0}, {1e-4});
    const denoiser::optimal f(narrow);
    const std::vector<double> x{0.02};
    const double exact = -narrow.log_density(std::array{0.02});
    const auto error_at = [&](double center) {
        return std::abs(
            density::nll(exec::serial{}, f, x, density::quadrature{.center = center, .level_nodes = 32})[0].value -
            exact);
    };
    CHECK(error_at(0) > 1e-6);
    CHECK(error_at(-std::log(1e-4)) > 1e-6);
    test::check_within("narrow data, centred", error_at(-std::log(1e-4) / 2), 1e-9);
    const auto adaptive = density::nll(exec::serial{}, f, x, density::quadrature{})[0];
    CHECK(adaptive.converged);
    test::check_within("narrow data, adaptive", std::abs(adaptive.value - exact), 1e-14);
}

TEST_CASE("no points give no results") {
    const gaussian_mixture<double, 1> normal({1}, {0}, {1});
    const std::vector<double> none;
    CHECK(density::nll(exec::serial{}, denoiser::optimal(normal), none, density::quadrature{}).empty());
    CHECK(density::nll(exec::serial{}, denoiser::optimal(normal), none, density::monte_carlo{}).empty());
}

TEST_CASE("a level that is no number is refused") {
    const gaussian_mixture<double, 1> normal({1}, {0}, {1});
    const std::vector<double> x{0};
    const log_snr nothing{std::numeric_limits<double>::quiet_NaN()};
    const denoiser::optimal f(normal);
    CHECK(test::refusal([&] { density::nll(exec::serial{}, f, x, nothing, density::quadrature{}); }) ==
          "cdl::density::nll: zeta: must not be NaN; got nan");
    CHECK(test::refusal([&] { density::log_density_ratio(exec::serial{}, f, x, nothing, density::quadrature{}); }) ==
          "cdl::density::log_density_ratio: zeta: must not be NaN; got nan");
    CHECK(test::refusal([&] {
              density::log_density_ratio(exec::serial{}, f, x, log_snr{0.}, nothing, density::quadrature{});
          }) == "cdl::density::log_density_ratio: reference: must not be NaN; got nan");
}

TEST_CASE("bits per dimension are nats over log 2 and the dimension") {
    CHECK(density::bits_per_dim(std::log(2.), 1) == 1);
    CHECK(density::bits_per_dim(12 * std::log(2.), 4) == doctest::Approx(3).epsilon(1e-15));
    CHECK(density::bits_per_dim(6.f, 3) == doctest::Approx(2.8853900817779268).epsilon(1e-7));
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
TEST_CASE("the former order of the arguments gives the same") {
    const distribution::gaussian_mixture<double, 1> data({1, 2}, {-2, 1}, {0.3, 0.5});
    const denoiser::optimal f(data);
    const std::vector<double> x{0.5};
    const log_snr zeta{2.}, reference{4.};
    const density::quadrature rule;
    CHECK(density::nll(exec::serial{}, f, x, rule, zeta)[0].value ==
          density::nll(exec::serial{}, f, x, zeta, rule)[0].value);
    CHECK(density::log_density_ratio(exec::serial{}, f, x, zeta, rule, reference)[0].value ==
          density::log_density_ratio(exec::serial{}, f, x, zeta, reference, rule)[0].value);
    CHECK(classifier::noise_level(exec::serial{}, f, x, zeta, rule, reference)[0].log_noisy ==
          classifier::noise_level(exec::serial{}, f, x, zeta, reference, rule)[0].log_noisy);
}
#pragma GCC diagnostic pop
