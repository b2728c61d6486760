// SPDX-License-Identifier: MIT
// The quadrature rule: it converges, says what it took, and refuses what it cannot do.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/log_density_ratio.hpp>
#include <cdl/density/nll.hpp>

#include <distribution/testing.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using density::quadrature;

namespace {

const gaussian_mixture<double, 1, covariance::isotropic> two_modes({.5, .5}, {-5, 5}, {1, 1});
const std::vector<double> points{-1, .125, 4, 9};

} // namespace

TEST_CASE("the error falls geometrically with the number of levels") {
    const denoiser::optimal f(two_modes);
    const auto worst_error = [&](index_t levels) {
        double worst = 0;
        const auto results =
            density::nll(exec::serial{}, f, points, quadrature{.level_nodes = levels, .noise_nodes = 512});
        for (std::size_t i = 0; i < points.size(); ++i) {
            CHECK(results[i].level_nodes == levels);
            CHECK(results[i].noise_nodes == 512);
            CHECK(results[i].denoiser_calls == levels * 513);
            CHECK(!results[i].converged); // a fixed rule cannot know
            CHECK(std::isnan(results[i].last_change));
            test::keep_largest(worst, std::abs(results[i].value + two_modes.log_density(std::array{points[i]})));
        }
        return worst;
    };
    test::check_within("quadrature with 8 levels", worst_error(8), 1e-1);
    test::check_within("quadrature with 16 levels", worst_error(16), 1e-4);
    test::check_within("quadrature with 24 levels", worst_error(24), 6e-8);
    test::check_within("quadrature with 32 levels", worst_error(32), 1e-10);
    test::check_within("quadrature with 48 levels", worst_error(48), 3e-14);
}

TEST_CASE("the error falls geometrically with the number of noise nodes") {
    const denoiser::optimal f(two_modes);
    const auto worst_error = [&](index_t nodes) {
        double worst = 0;
        const auto results =
            density::nll(exec::serial{}, f, points, quadrature{.level_nodes = 64, .noise_nodes = nodes});
        for (std::size_t i = 0; i < points.size(); ++i)
            test::keep_largest(worst, std::abs(results[i].value + two_modes.log_density(std::array{points[i]})));
        return worst;
    };
    test::check_within("quadrature with 32 noise intervals", worst_error(32), 2e-2);
    test::check_within("quadrature with 96 noise intervals", worst_error(96), 3e-8);
    test::check_within("quadrature with 256 noise intervals", worst_error(256), 5e-14);
}

TEST_CASE("a tolerance is kept, and asking for less costs less") {
    const denoiser::optimal f(two_modes);
    index_t cheapest = 0;
    for (const double tolerance : {1e-3, 1e-6, 1e-9, 1e-12}) {
        const auto results = density::nll(exec::serial{}, f, points, quadrature{.tolerance = tolerance});
        index_t calls = 0;
        for (std::size_t i = 0; i < points.size(); ++i) {
            const double exact = -two_modes.log_density(std::array{points[i]});
            CHECK(results[i].converged);
            CHECK(std::abs(results[i].value - exact) < tolerance * 20 + 1e-13); // of the sum of absolute contributions
            calls += results[i].denoiser_calls;
        }
        CHECK(calls >= cheapest);
        cheapest = calls;
    }
}

TEST_CASE("the last change bounds the error") {
    const denoiser::optimal f(two_modes);
    const auto results = density::nll(exec::serial{}, f, points, quadrature{.tolerance = 1e-4});
    for (std::size_t i = 0; i < points.size(); ++i)
        CHECK(std::abs(results[i].value + two_modes.log_density(std::array{points[i]})) <=
              results[i].last_change + 1e-4);
}

TEST_CASE("a rule that runs out of nodes says so") {
    // a component as narrow as 1e-6 between levels that the rule cannot resolve
    const gaussian_mixture<double, 1, covariance::isotropic> spiky({.5, .5}, {-1000, 1000}, {1, 1});
    const std::vector<double> x{1};
    CHECK(!density::nll(exec::serial{}, denoiser::optimal(spiky), x, quadrature{.tolerance = 1e-13})[0].converged);
}

TEST_CASE("a point's result does not depend on the other points") {
    const denoiser::optimal f(two_modes);
    test::for_each_policy([&](const std::string& name, const auto& policy) {
        CAPTURE(name);
        const auto together = density::nll(policy, f, points, log_snr{2.}, quadrature{});
        for (std::size_t i = 0; i < points.size(); ++i) {
            const std::vector<double> one{points[i]};
            const auto alone = density::nll(policy, f, one, log_snr{2.}, quadrature{})[0];
            CHECK(test::same_bits(together[i].value, alone.value));
            CHECK(together[i].denoiser_calls == alone.denoiser_calls);
        }
    });
}

TEST_CASE("every policy gives the same value to rounding, every number of threads the same bits") {
    const denoiser::optimal f(two_modes);
    const auto oracle = density::nll(exec::serial{}, f, points, quadrature{});
    std::vector<double> packed;
    double worst = 0;
    test::for_each_packed_policy([&](const char*, const auto& policy) {
        std::vector<double> values;
        for (const auto& r : density::nll(policy, f, points, quadrature{})) values.push_back(r.value);
        for (std::size_t i = 0; i < points.size(); ++i)
            test::keep_largest(worst, std::abs(values[i] - oracle[i].value));
        if (packed.empty()) packed = values;
        CHECK(std::memcmp(packed.data(), values.data(), sizeof(double) * values.size()) == 0);
    });
    test::check_within("quadrature, simd against serial", worst, 1e-14);
}

TEST_CASE("floats integrate to their own precision") {
    const gaussian_mixture<float, 1, covariance::isotropic> mixture({.5f, .5f}, {-5, 5}, {1, 1});
    const std::vector<float> x(points.begin(), points.end());
    const auto results = density::nll(exec::serial{}, denoiser::optimal(mixture), x, quadrature{.tolerance = 1e-5});
    double worst = 0;
    for (std::size_t i = 0; i < points.size(); ++i)
        test::keep_largest(
            worst, std::abs(static_cast<double>(results[i].value) + two_modes.log_density(std::array{points[i]})));
    test::check_within("quadrature in float", worst, 1e-5);
}

TEST_CASE("wrong options are refused with a sentence") {
    const denoiser::optimal f(two_modes);
    const auto refused = [&](const quadrature& rule) {
        return test::refusal([&] { density::nll(exec::serial{}, f, points, rule); });
    };
    const std::string where = "cdl::density::quadrature: ";
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(refused({.tolerance = 0}) == where + "tolerance: must be positive; got 0");
    CHECK(refused({.tolerance = -1e-3}) == where + "tolerance: must be positive; got -0.001");
    CHECK(refused({.tolerance = std::numeric_limits<double>::quiet_NaN()}) ==
          where + "tolerance: must be positive; got nan");
    CHECK(refused({.center = infinity}) == where + "center: must be finite; got inf");
    CHECK(refused({.level_nodes = -1}) == where + "level_nodes: must be positive, or 0 to choose; got -1");
    CHECK(refused({.noise_nodes = 33}) ==
          where + "noise_nodes: must be even and positive, at most 3840, or 0 to choose; got 33");
    CHECK(refused({.noise_nodes = -2}) ==
          where + "noise_nodes: must be even and positive, at most 3840, or 0 to choose; got -2");
}

TEST_CASE("more than two dimensions are refused with a sentence") {
    const gaussian_mixture<double, 3> three({1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1});
    const std::vector<std::array<double, 3>> x{{0, 0, 0}};
    const denoiser::optimal f(three);
    const std::string sentence =
        "cdl::density::quadrature: x: must have dimension 1 or 2 (use density::monte_carlo beyond); got 3";
    CHECK(test::refusal([&] { density::nll(exec::serial{}, f, x, quadrature{}); }) == sentence);
    CHECK(test::refusal([&] { density::log_density_ratio(exec::serial{}, f, x, log_snr{1.}, quadrature{}); }) ==
          sentence);
}

TEST_CASE("points of another dimension than the denoiser's are refused") {
    const std::vector<std::array<double, 2>> x{{0, 0}};
    const gaussian_mixture<double> line({1}, {0}, {1});
    const denoiser::optimal f(line);
    CHECK(test::refusal([&] { density::nll(exec::serial{}, f, x, quadrature{}); }) ==
          "cdl::density::quadrature: x: must have the dimension of the denoiser; got 2 for 1");
    CHECK(test::refusal([&] { density::nll(exec::serial{}, f, x, density::monte_carlo{}); }) ==
          "cdl::density::monte_carlo: x: must have the dimension of the denoiser; got 2 for 1");
}

TEST_CASE("noise nodes too few to check themselves are not said to have converged") {
    const gaussian_mixture<double, 1> normal({1}, {0}, {1});
    const denoiser::optimal f(normal);
    const std::vector<double> x{0};
    for (const index_t nodes : {2, 4, 8, 22}) // with 2, the residual of the one node that counts is 0 at every level
        CHECK_FALSE(density::nll(exec::serial{}, f, x, quadrature{.noise_nodes = nodes})[0].converged);
    const auto enough = density::nll(exec::serial{}, f, x, quadrature{.noise_nodes = 48})[0];
    CHECK(enough.converged);
    CHECK(enough.value == doctest::Approx(0.9189385332046727).epsilon(1e-12));
}

// Far from all data the integrand jumps where the nearest component changes. At this point of a sweep two rules agree within the
// tolerance, and both miss it by 17.
TEST_CASE("two rules that agree by chance have not converged") {
    const gaussian_mixture<double, 2, covariance::diagonal> data(
        {.00291073, .24529, .0454384, .014697, .146721, .00126583},
        {13223453.5, -372165227, -473578608, 13067.5632, -62436629, 234861342, -1837179.31, -60269.1278, 44523.2119,
         338181.939, 673266315, -595366709},
        {8.10188e+07, 9.5726e+07, 4.84597e+07, 1.1539e+08, 1.21581e+08, 7.69377e+07, 1.0704e+08, 4.50233e+07,
         6.78893e+07, 6.0916e+07, 8.68291e+07, 1.23165e+08});
    const std::vector<std::array<double, 2>> x{{268447015.47067869, 68400067.460951418}};
    const auto nll = density::nll(exec::serial{}, denoiser::optimal(data), x, quadrature{.tolerance = 1e-6})[0];
    const double truth = -data.log_density(x[0]);
    CHECK((!nll.converged || std::abs(nll.value - truth) <= 10 * 1e-6 * truth));
    CHECK(nll.denoiser_calls > 1000000); // it went on
}
