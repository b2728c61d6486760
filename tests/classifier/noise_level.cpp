// SPDX-License-Identifier: MIT
// The noise classifier that a denoiser is, against golden/d_density.csv.

#include <cdl/classifier/noise_level.hpp>
#include <cdl/denoiser/optimal.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;

TEST_CASE("the posterior of the labels agrees with the golden values") {
    for (const std::string name : {"two_1d", "three_1d"}) {
        const auto mixture = test::golden_mixture(name).make<double, 1, covariance::isotropic>();
        const denoiser::optimal f(mixture);
        double worst = 0;
        for (const auto& row : test::golden("d_density.csv").where("mixture", name)) {
            if (!row.has("llr")) continue;
            const std::vector<double> x{row.input<double>("x")};
            const log_snr zeta{row.input<double>("zeta")};
            const auto q = classifier::noise_level(exec::serial{}, f, x, zeta, density::quadrature{})[0];
            const auto clean_label = static_cast<double>(row.number("log_q_y_plus"));
            const auto noisy_label = static_cast<double>(row.number("log_q_y_minus"));
            test::keep_largest(worst, std::abs(q.log_clean - clean_label));
            test::keep_largest(worst, std::abs(q.log_noisy - noisy_label));
            CHECK(q[+1] == q.log_clean);
            CHECK(q[-1] == q.log_noisy);
            CHECK(std::exp(q.log_clean) + std::exp(q.log_noisy) == doctest::Approx(1).epsilon(1e-14));
        }
        test::check_within(name + ", log posterior of the label", worst, name == "two_1d" ? 1e-12 : 2e-14);
    }
}

TEST_CASE("the posterior depends on the ratio as the golden softplus does") {
    double worst = 0;
    for (const auto& row : test::golden("d_density.csv")) {
        if (!row.has("llr")) continue;
        const auto q = classifier::posterior_of_label(static_cast<double>(row.number("llr")));
        test::keep_largest(worst, std::abs(q.log_clean / static_cast<double>(row.number("log_q_y_plus")) - 1));
        test::keep_largest(worst, std::abs(q.log_noisy / static_cast<double>(row.number("log_q_y_minus")) - 1));
    }
    test::check_within("posterior of a golden ratio, relative", worst, 5e-15);
}

TEST_CASE("probabilities sum to one for any ratio") {
    double worst = 0;
    for (double ratio = -50; ratio <= 50; ratio += 0.25) {
        const auto q = classifier::posterior_of_label(ratio);
        test::keep_largest(worst, std::abs(std::exp(q.log_clean) + std::exp(q.log_noisy) - 1));
    }
    test::check_within("sum of the label probabilities", worst, 1e-15);
}

TEST_CASE("the classifier is exact at its ends") {
    const double infinity = std::numeric_limits<double>::infinity();
    const auto surely_noisy = classifier::posterior_of_label(infinity);
    CHECK(surely_noisy.log_clean == -infinity);
    CHECK(surely_noisy.log_noisy == 0);
    const auto surely_clean = classifier::posterior_of_label(-infinity);
    CHECK(surely_clean.log_clean == 0);
    CHECK(surely_clean.log_noisy == -infinity);
    const auto undecided = classifier::posterior_of_label(0.0);
    CHECK(undecided.log_clean == -std::numbers::ln2);
    CHECK(undecided.log_noisy == -std::numbers::ln2);
    CHECK(classifier::posterior_of_label(800.0).log_clean == -800); // no underflow before the logarithm
    CHECK(classifier::posterior_of_label(-800.0).log_noisy == -800);
    CHECK(classifier::posterior_of_label(200.0f).log_clean == -200);
}

TEST_CASE("data against data is a coin toss, data against pure noise is decided by the densities") {
    const auto mixture = test::golden_mixture("two_1d").make<double, 1, covariance::isotropic>();
    const denoiser::optimal f(mixture);
    const std::vector<double> x{-1, 4};
    for (const auto& q : classifier::noise_level(exec::serial{}, f, x, clean<double>(), density::quadrature{})) {
        CHECK(q.log_clean == -std::numbers::ln2);
        CHECK(q.log_noisy == -std::numbers::ln2);
    }
    const auto against_noise =
        classifier::noise_level(exec::serial{}, f, x, pure_noise<double>(), density::quadrature{});
    double worst = 0;
    for (std::size_t i = 0; i < 2; ++i) {
        const double ratio =
            -0.5 * std::log(2 * std::numbers::pi) - x[i] * x[i] / 2 - mixture.log_density(std::array{x[i]});
        test::keep_largest(worst, std::abs(against_noise[i].log_clean + std::log1p(std::exp(ratio))));
    }
    test::check_within("classifier against pure noise", worst, 1e-14);
}

TEST_CASE("two noise levels are told apart with the cleaner one as reference") {
    const auto mixture = test::golden_mixture("two_1d").make<double, 1, covariance::isotropic>();
    const denoiser::optimal f(mixture);
    const std::vector<double> x{-1, 4};
    const log_snr zeta{0.}, reference{3.};
    const auto q = classifier::noise_level(exec::serial{}, f, x, zeta, reference, density::quadrature{});
    double worst = 0;
    for (std::size_t i = 0; i < 2; ++i) {
        const std::array<double, 1> at{x[i]};
        const double ratio = mixture.log_density(at, zeta) - mixture.log_density(at, reference);
        test::keep_largest(worst, std::abs(q[i].log_clean + std::log1p(std::exp(ratio))));
        test::keep_largest(worst, std::abs(q[i].log_noisy + std::log1p(std::exp(-ratio))));
    }
    test::check_within("classifier of two noise levels", worst, 3e-14);
}

TEST_CASE("by Monte Carlo the classifier is right to its sampling error") {
    const auto mixture = test::golden_mixture("two_1d").make<double, 1, covariance::isotropic>();
    const denoiser::optimal f(mixture);
    const std::vector<double> x{-1, 4};
    const density::monte_carlo rule{.levels = 20000};
    const auto exact = classifier::noise_level(exec::serial{}, f, x, log_snr{2.}, density::quadrature{});
    const auto drawn = classifier::noise_level(exec::serial{}, f, x, log_snr{2.}, rule);
    const auto ratio = density::log_density_ratio(exec::serial{}, f, x, log_snr{2.}, rule);
    for (std::size_t i = 0; i < 2; ++i) // |d log q / d ratio| <= 1; seed fixed, 4 standard errors
        CHECK(std::abs(drawn[i].log_clean - exact[i].log_clean) < 4 * ratio[i].standard_error);
}
