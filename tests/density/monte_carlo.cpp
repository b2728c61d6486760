// SPDX-License-Identifier: MIT
// Monte-Carlo estimates are unbiased, know their standard error, and depend on addresses alone.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/log_density_ratio.hpp>
#include <cdl/density/nll.hpp>

#include <laws/denoiser_laws.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using density::monte_carlo;

namespace {

using test::fast;

const gaussian_mixture<double, 1, covariance::isotropic> two_modes({.5, .5}, {-5, 5}, {1, 1});
const std::vector<double> points{-5.25, -1, .125, 4, 9};

/// z = (estimate - exact) / standard error over 200 seeds has mean 0 and variance 1. If the z are standard normal, the
/// mean has standard deviation 0.071 and the variance 0.1: the margins 0.25 and 0.3 are 3.5 and 3 of them. The seeds
/// are fixed, so the test does not fail at random.
template <class Estimate>
void check_z_scores(const std::string& what, double exact, const Estimate& estimate_of_seed) {
    double sum = 0, squares = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const auto e = estimate_of_seed(seed);
        const double z = (e.value - exact) / e.standard_error;
        sum += z;
        squares += z * z;
    }
    const double mean = sum / 200, variance = (squares - 200 * mean * mean) / 199;
    test::check_within(what + ", |mean of z|", std::abs(mean), 0.25);
    test::check_within(what + ", |variance of z - 1|", std::abs(variance - 1), 0.3);
}

template <class Mixture>
void check_unbiased(const std::string& what, const Mixture& mixture, index_t levels) {
    const denoiser::optimal f(mixture);
    std::vector<double> x(static_cast<std::size_t>(mixture.dim()));
    for (index_t j = 0; j < mixture.dim(); ++j) x[static_cast<std::size_t>(j)] = mixture.mean(0, j) + 0.5;
    const auto at = as_batch(x, mixture.dim());
    for (const double zeta : {2.0, std::numeric_limits<double>::infinity()})
        check_z_scores(what + ", nll at zeta " + std::to_string(zeta), -mixture.log_density(x, log_snr{zeta}),
                       [&](std::uint64_t seed) {
                           return density::nll(fast{}, f, at, log_snr{zeta},
                                               monte_carlo{.levels = levels, .seed = seed})[0];
                       });
    check_z_scores(what + ", ratio at zeta 6", mixture.log_density(x, log_snr{6.}) - mixture.log_density(x),
                   [&](std::uint64_t seed) {
                       const monte_carlo rule{.levels = levels, .seed = seed};
                       return density::log_density_ratio(fast{}, f, at, log_snr{6.}, rule)[0];
                   });
}

} // namespace

TEST_CASE("estimates are unbiased with the standard error they state, in one dimension") {
    check_unbiased("Monte Carlo, 1-D", two_modes, 4096);
}
TEST_CASE("estimates are unbiased with the standard error they state, in two dimensions") {
    check_unbiased("Monte Carlo, 2-D", laws::random_parameters(2, 3, 1).mixture(), 2048);
}
TEST_CASE("estimates are unbiased with the standard error they state, in three dimensions") {
    check_unbiased("Monte Carlo, 3-D", laws::random_parameters(3, 3, 2).mixture(), 2048);
}
TEST_CASE("estimates are unbiased with the standard error they state, in sixteen dimensions") {
    const gaussian_mixture<double, 16, covariance::isotropic> mixture({1, 2},
                                                                      [] {
                                                                          std::vector<double> means(32);
                                                                          for (std::size_t i = 0; i < 32; ++i)
                                                                              means[i] = i < 16 ? 1. : -.5;
                                                                          return means;
                                                                      }(),
                                                                      {.5, 2});
    check_unbiased("Monte Carlo, 16-D", mixture, 2048);
}
TEST_CASE("several noises for each level are unbiased too, and so are independent draws") {
    const denoiser::optimal f(two_modes);
    const std::vector<double> x{4};
    check_z_scores("Monte Carlo, 4 noises a level", -two_modes.log_density(std::array{4.}), [&](std::uint64_t seed) {
        return density::nll(fast{}, f, x, monte_carlo{.levels = 1024, .noises = 4, .seed = seed})[0];
    });
    const double ratio = two_modes.log_density(std::array{4.}, log_snr{2.}) - two_modes.log_density(std::array{4.});
    check_z_scores("Monte Carlo, independent draws", ratio, [&](std::uint64_t seed) {
        const monte_carlo rule{.levels = 4096, .seed = seed, .common_random_numbers = false};
        return density::log_density_ratio(fast{}, f, x, log_snr{2.}, rule)[0];
    });
}

TEST_CASE("common random numbers cut the standard error of the ratio 300 times at zeta = 6") {
    const denoiser::optimal f(two_modes);
    const monte_carlo common{.levels = 65536}, independent{.levels = 65536, .common_random_numbers = false};
    const auto c = density::log_density_ratio(fast{}, f, points, log_snr{6.}, common);
    const auto i = density::log_density_ratio(fast{}, f, points, log_snr{6.}, independent);
    for (std::size_t p = 0; p < points.size(); ++p) {
        CAPTURE(points[p]);
        const double gain = i[p].standard_error / c[p].standard_error;
        if (std::getenv("CDL_TEST_REPORT") != nullptr)
            std::printf("common random numbers at zeta = 6, x = %g: %g against %g, %g times smaller\n", points[p],
                        c[p].standard_error, i[p].standard_error, gain);
        CHECK(c[p].denoiser_calls == i[p].denoiser_calls);
        CHECK(gain >= 300);
    }
}

TEST_CASE("the standard error falls like one over the root of the draws") {
    const denoiser::optimal f(two_modes);
    const auto few = density::nll(fast{}, f, points, monte_carlo{.levels = 4096});
    const auto many = density::nll(fast{}, f, points, monte_carlo{.levels = 16 * 4096});
    for (std::size_t i = 0; i < points.size(); ++i)
        CHECK(few[i].standard_error / many[i].standard_error == doctest::Approx(4).epsilon(.2));
}

TEST_CASE("the estimate says how often it asked the denoiser") {
    const denoiser::optimal f(two_modes);
    const monte_carlo rule{.levels = 10, .noises = 3};
    CHECK(density::nll(exec::serial{}, f, points, rule)[0].denoiser_calls == 30);
    CHECK(density::log_density_ratio(exec::serial{}, f, points, log_snr{6.}, rule)[0].denoiser_calls == 60);
}

TEST_CASE("any number of threads gives the same bits, serial the same value to rounding") {
    const denoiser::optimal f(two_modes);
    const monte_carlo rule{.levels = 501, .noises = 3, .seed = 9};
    const auto oracle = density::log_density_ratio(exec::serial{}, f, points, log_snr{2.}, rule);
    std::vector<density::estimate<double>> packed;
    double worst = 0;
    test::for_each_packed_policy([&](const std::string& name, const auto& policy) {
        CAPTURE(name);
        const auto results = density::log_density_ratio(policy, f, points, log_snr{2.}, rule);
        if (packed.empty()) packed = results;
        for (std::size_t i = 0; i < points.size(); ++i) {
            CHECK(test::same_bits(results[i].value, packed[i].value));
            CHECK(test::same_bits(results[i].standard_error, packed[i].standard_error));
            test::keep_largest(worst, std::abs(results[i].value - oracle[i].value));
        }
    });
    test::check_within("Monte Carlo, simd against serial", worst, 1e-15); // terms of size one
}

TEST_CASE("a batch may be split: the parts have the bits of the whole") {
    const denoiser::optimal f(two_modes);
    test::for_each_policy([&](const std::string& name, const auto& policy) {
        CAPTURE(name);
        const monte_carlo rule{.levels = 300, .noises = 2, .seed = 5};
        const auto whole = density::nll(policy, f, points, log_snr{1.}, rule);
        for (std::size_t first = 0; first < points.size(); ++first)
            for (std::size_t last = first + 1; last <= points.size(); ++last) {
                monte_carlo part = rule;
                part.first_point = static_cast<index_t>(first);
                const auto results =
                    density::nll(policy, f, std::span(&points[first], last - first), log_snr{1.}, part);
                for (std::size_t i = first; i < last; ++i) {
                    CHECK(test::same_bits(results[i - first].value, whole[i].value));
                    CHECK(test::same_bits(results[i - first].standard_error, whole[i].standard_error));
                }
            }
    });
}

TEST_CASE("draws may be continued: two halves average to the whole") {
    const denoiser::optimal f(two_modes);
    monte_carlo rule{.levels = 2048};
    const auto whole = density::nll(exec::serial{}, f, points, rule);
    rule.levels = 1024;
    const auto first = density::nll(exec::serial{}, f, points, rule);
    rule.first_draw = 1024;
    const auto second = density::nll(exec::serial{}, f, points, rule);
    for (std::size_t i = 0; i < points.size(); ++i) {
        CHECK(whole[i].value == doctest::Approx((first[i].value + second[i].value) / 2).epsilon(1e-14));
        CHECK(first[i].value != second[i].value);
    }
}

TEST_CASE("more draws than fit into memory at once change nothing") {
    // 5 x 40000 draws are taken in four rounds, one point's in one or two
    const denoiser::optimal f(two_modes);
    const monte_carlo rule{.levels = 40000};
    const auto together = density::nll(fast{}, f, points, rule);
    for (std::size_t i = 0; i < points.size(); ++i) {
        monte_carlo alone = rule;
        alone.first_point = static_cast<index_t>(i);
        CHECK(test::same_bits(density::nll(fast{}, f, std::span(&points[i], 1), alone)[0].value, together[i].value));
    }
}

TEST_CASE("other seeds and other addresses are other draws") {
    const denoiser::optimal f(two_modes);
    const std::vector<double> twice{4, 4};
    const auto r = density::nll(exec::serial{}, f, twice, monte_carlo{.levels = 100});
    CHECK(r[0].value != r[1].value);
    CHECK(density::nll(exec::serial{}, f, twice, monte_carlo{.levels = 100, .seed = 1})[0].value != r[0].value);
}

TEST_CASE("floats see the same draws and agree with doubles to their own precision") {
    const gaussian_mixture<float, 1, covariance::isotropic> mixture({.5f, .5f}, {-5, 5}, {1, 1});
    std::vector<float> x;
    for (const double v : points) x.push_back(static_cast<float>(v));
    const monte_carlo rule{.levels = 4096, .seed = 3};
    const auto in_double = density::nll(exec::serial{}, denoiser::optimal(two_modes), points, rule);
    double worst = 0;
    test::for_each_policy([&](const char*, const auto& policy) {
        const auto in_float = density::nll(policy, denoiser::optimal(mixture), x, rule);
        for (std::size_t i = 0; i < points.size(); ++i)
            test::keep_largest(worst, std::abs(static_cast<double>(in_float[i].value) / in_double[i].value - 1));
    });
    test::check_within("Monte Carlo, float against double, relative", worst, 5e-7);
}

TEST_CASE("wrong options are refused with a sentence") {
    const denoiser::optimal f(two_modes);
    const auto refused = [&](const monte_carlo& rule) {
        return test::refusal([&] { density::nll(exec::serial{}, f, points, rule); });
    };
    const std::string where = "cdl::density::monte_carlo: ";
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(refused({.levels = 1}) == where + "levels: must be at least 2; got 1");
    CHECK(refused({.noises = 0}) == where + "noises: must be at least 1; got 0");
    CHECK(refused({.first_point = -1}) == where + "first_point: must not be negative; got -1");
    CHECK(refused({.first_draw = -1}) == where + "first_draw: must not be negative; got -1");
    CHECK(refused({.levels = index_t{1} << 31, .noises = 2}) ==
          where + "levels: must give fewer than 2^32 draws; got 2147483648 x 2");
    CHECK(refused({.levels = index_t{1} << 33, .noises = index_t{1} << 31})
              .find(where + "levels: must give fewer than") == 0);
    CHECK(refused({.noises = index_t{1} << 62}).find(where + "levels: must give fewer than") == 0);
    CHECK(refused({.law = {.location = infinity}}) == where + "location: must be finite; got inf");
    CHECK(refused({.law = {.scale = 0}}) == where + "scale: must be finite and positive; got 0");
    CHECK(refused({.law = {.scale = infinity}}) == where + "scale: must be finite and positive; got inf");
}
