// SPDX-License-Identifier: MIT
// The classifier of many levels that a denoiser implies: of the exact denoiser it is the exact classifier.

#include <cdl/classifier/noise_level.hpp>
#include <cdl/classifier/noise_levels.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/perturbed.hpp>

#include <classifier/golden_classes.hpp>
#include <distribution/empirical_oracle.hpp>
#include <distribution/testing.hpp>

#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using schedule::discrete_levels;
using test::check_within, test::keep_largest;

namespace {

/// The largest difference of implied from exact log posteriors by quadrature.
template <index_t D, covariance C>
double implied_error(const std::string& name, const std::vector<double>& x, const std::vector<double>& prior,
                     const density::quadrature& rule) {
    const auto mixture = test::golden_mixture(name).make<double, D, C>();
    const denoiser::optimal f(mixture);
    const auto levels = discrete_levels<double>::uniform_noise(10);
    const classifier::noise_classes classes(exec::serial{}, levels, prior);
    const classifier::exact c(f, classes);
    const batch_view<const double, D> points(x.data(), static_cast<index_t>(x.size()) / D, D);
    std::vector<double> want(static_cast<std::size_t>(11 * points.size()));
    classifier::log_posteriors(exec::serial{}, c, points, as_batch(want, 11));
    const auto got = classifier::noise_levels(exec::serial{}, f, points, levels, rule, prior);
    double worst = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        REQUIRE(got[i].log_posterior.size() == 11);
        for (std::size_t k = 0; k < 11; ++k) keep_largest(worst, std::abs(got[i].log_posterior[k] - want[11 * i + k]));
        CHECK(got[i].nlls[10].denoiser_calls == 0); // pure noise is known
    }
    return worst;
}

/// Asked at pure noise, this one says so.
struct refuses_pure_noise {
    template <class Z, class S, class E>
    void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        CHECK(a.value > -1e300);
        for (index_t j = 0; j < static_cast<index_t>(z.size()); ++j) eps_hat[j] = S(noise_scale(a) * z[j]);
    }
};

} // namespace

TEST_CASE("implied by quadrature is exact, for both priors") {
    for (const std::string pmf : {"uniform", "weighted"}) {
        const auto prior = test::golden_prior(pmf);
        check_within("two modes, " + pmf,
                     implied_error<1, covariance::isotropic>("two_1d", {-6, 0, 0.3, 4, 9}, prior, {}), 7e-13);
        check_within("three modes, " + pmf,
                     implied_error<1, covariance::isotropic>("three_1d", {-3, 0.1, 7.5}, prior, {}), 4e-14);
    }
    check_within(
        "five modes, 2-D",
        implied_error<2, covariance::full>("five_2d", {0.5, -1}, test::golden_prior("weighted"), {.tolerance = 1e-8}),
        3e-14);
}

TEST_CASE("implied by sampling agrees within its errors") {
    const auto mixture = test::golden_mixture("two_1d").make<double, 1, covariance::isotropic>();
    const denoiser::optimal f(mixture);
    const std::vector<log_snr<double>> levels{clean<double>(), {3.}, {1.}, {-1.}, pure_noise<double>()};
    const std::vector<double> x{4, 0.25, -6}, prior{1, 2, 3, 2, 1};
    const auto at = std::span<const log_snr<double>>(levels);
    const auto want = classifier::noise_levels(exec::serial{}, f, x, at, density::quadrature{}, prior);
    const auto got = classifier::noise_levels(exec::serial{}, f, x, at, density::monte_carlo{.levels = 1 << 16}, prior);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t k = 0; k < levels.size(); ++k) {
            const double error = got[i].nlls[k].value - want[i].nlls[k].value;
            if (k < 4) keep_largest(worst, std::abs(error) / got[i].nlls[k].standard_error);
            if (k == 4) CHECK(error == 0);
            CHECK(std::abs(got[i].log_posterior[k] - want[i].log_posterior[k]) < 0.2);
        }
    check_within("log likelihoods by sampling, standard errors", worst, 4);
}

TEST_CASE("two levels are the two labels of noise_level, and one is sure") {
    const auto mixture = test::golden_mixture("three_1d").make<double, 1, covariance::isotropic>();
    const denoiser::optimal f(mixture);
    const std::vector<log_snr<double>> levels{clean<double>(), {0.5}};
    const std::vector<double> x{1, -2.5};
    const auto at = std::span<const log_snr<double>>(levels);
    const auto many = classifier::noise_levels(exec::serial{}, f, x, at, density::quadrature{});
    const auto two = classifier::noise_level(exec::serial{}, f, x, levels[1], density::quadrature{});
    for (std::size_t i = 0; i < x.size(); ++i) {
        CHECK(many[i].log_posterior[0] == doctest::Approx(two[i].log_clean).epsilon(1e-11));
        CHECK(many[i].log_posterior[1] == doctest::Approx(two[i].log_noisy).epsilon(1e-11));
    }
    const auto sure = classifier::noise_levels(exec::serial{}, f, x, at.first(1), density::quadrature{});
    CHECK(sure[0].log_posterior == std::vector{0.});
}

TEST_CASE("of a wrong denoiser the posterior is that of its density ratios") {
    const auto mixture = test::golden_mixture("three_1d").make<double, 1, covariance::isotropic>();
    const denoiser::with_score_error f{denoiser::optimal(mixture),
                                       denoiser::wave_error{.amplitude = 0.5, .wavelength = 2}};
    const std::vector<log_snr<double>> levels{{4.}, {1.}, {-1.}};
    const std::vector<double> x{1, -2.5, 6};
    const density::quadrature rule{.level_nodes = 40, .noise_nodes = 96}; // the likelihood itself diverges
    const auto at = std::span<const log_snr<double>>(levels);
    const auto got = classifier::noise_levels(exec::serial{}, f, x, at, rule);
    double worst = 0;
    for (const std::size_t k : {1, 2}) {
        const auto ratios = density::log_density_ratio(exec::serial{}, f, x, levels[k], levels[0], rule);
        for (std::size_t i = 0; i < x.size(); ++i)
            keep_largest(worst, std::abs(got[i].log_posterior[k] - got[i].log_posterior[0] - ratios[i].value));
    }
    check_within("implied by a wrong denoiser", worst, 8e-15);
}

TEST_CASE("the denoiser is not asked at pure noise") {
    const std::vector<double> x{0.5, 2};
    const auto levels = discrete_levels<double>::uniform_noise(3);
    const auto got = classifier::noise_levels(exec::serial{}, refuses_pure_noise{}, x, levels, density::quadrature{});
    for (const auto& point : got) // data N(0, 1) are the same at every level
        for (const double log_p : point.log_posterior) CHECK(log_p == doctest::Approx(std::log(0.25)).epsilon(1e-11));
    CHECK(classifier::noise_levels(exec::serial{}, refuses_pure_noise{}, std::vector<double>{}, levels,
                                   density::monte_carlo{})
              .empty());
}

TEST_CASE("a point that is NaN has no posterior, and nothing about it has converged") {
    const std::vector<double> x{0.5, std::nan("")};
    const std::vector<log_snr<double>> levels{{1.}, pure_noise<double>()};
    const auto got = classifier::noise_levels(exec::serial{}, refuses_pure_noise{}, x, levels, density::quadrature{});
    CHECK(got[0].nlls[1].converged); // pure noise is known
    CHECK_FALSE(got[1].nlls[1].converged);
    CHECK(std::isnan(got[1].log_posterior[0]));
    CHECK(std::isnan(got[1].log_posterior[1]));
}

TEST_CASE("priors of levels whose quotients underflow keep their logarithms") {
    const std::vector<double> x{0.5}, prior{1e-300, 1e300};
    const std::vector<log_snr<double>> levels{{1.}, pure_noise<double>()};
    const auto got =
        classifier::noise_levels(exec::serial{}, refuses_pure_noise{}, x, levels, density::quadrature{}, prior);
    CHECK(got[0].log_posterior[0] == doctest::Approx(-600 * std::log(10.0)).epsilon(1e-11));
}

TEST_CASE("levels and priors that make no classes are refused") {
    const std::vector<double> x{1};
    std::vector<log_snr<double>> levels{{1.}, {std::nan("")}};
    const std::vector<double> prior{1, 2, 3};
    const auto refused = [&](std::span<const log_snr<double>> at, std::span<const double> of) {
        return test::refusal(
            [&] { classifier::noise_levels(exec::serial{}, refuses_pure_noise{}, x, at, density::quadrature{}, of); });
    };
    const std::string where = "cdl::classifier::noise_levels: ";
    CHECK(refused({}, {}) == where + "levels: must be at least one; got 0");
    CHECK(refused(levels, {}) == where + "levels: must not be NaN; got nan");
    levels[1] = {0.};
    CHECK(refused(levels, prior) == where + "prior: must have a number for each class, or none; got 3 for 2");
}
