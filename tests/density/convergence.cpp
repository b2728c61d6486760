// SPDX-License-Identifier: MIT
// What has converged is right: data whose scales are far apart, parts that hide in the tail of others, integrands that do not
// end, NaN, and work without end.

#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/log_density_ratio.hpp>
#include <cdl/density/nll.hpp>
#include <cdl/density/squared_error.hpp>
#include <cdl/density/variational_bound.hpp>
#include <cdl/schedule/uniform_times.hpp>

#include <distribution/testing.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using density::quadrature;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity(), none = std::numeric_limits<double>::quiet_NaN();

/// That a result has converged, and how many tolerances it is off, relative to values above 1.
template <class Result>
double tolerances_off(const Result& result, double truth, double tolerance = 1e-10) {
    CHECK(result.converged);
    return std::abs(result.value - truth) / (tolerance * std::max(1., std::abs(truth)));
}

/// An exact denoiser of N(0, 1), but for the levels at which `wrong` says something else.
template <class Wrong>
auto standard_normal_but(Wrong wrong) {
    return [wrong](const auto&, const auto& z, const auto& levels, const auto& eps_hat) {
        for (index_t i = 0; i < z.size(); ++i) eps_hat(i, 0) = wrong(z(i, 0) * noise_scale(levels[i]), levels[i].value);
    };
}

} // namespace

TEST_CASE("modes that meet at a level far from that of their widths are seen") {
    for (const double apart : {1e2, 3e4, 1e6, 1e9, 1e15}) {
        CAPTURE(apart);
        const gaussian_mixture<double, 1> data({1, 9}, {0, apart}, {1, 1});
        const denoiser::optimal f(data);
        const std::vector<double> x{0.3};
        const double truth = -data.log_density(std::array{x[0]});
        for (const double tolerance : {1e-10, 1e-6, 1e-3}) {
            const auto nll = density::nll(exec::serial{}, f, x, quadrature{.tolerance = tolerance})[0];
            CHECK(tolerances_off(nll, truth, tolerance) < 1);
        }
        const log_snr zeta{-2 * std::log(apart)};
        const auto ratio = density::log_density_ratio(exec::serial{}, f, x, zeta, quadrature{})[0];
        CHECK(tolerances_off(ratio, data.log_density(std::array{x[0]}, zeta) + truth) < 1);
    }
}

TEST_CASE("modes far apart in the plane are seen, whatever their shapes") {
    const gaussian_mixture<double, 2> data({1, 9}, {0, 0, 6e4, 8e4}, {1, 0, 0, 1, 2, 0.1, 0.1, 1e-2});
    const denoiser::optimal f(data);
    const std::vector<std::array<double, 2>> x{{0.3, -1}, {6e4 + 1, 8e4}};
    const auto nll = density::nll(exec::serial{}, f, x, quadrature{.tolerance = 1e-6});
    for (std::size_t i = 0; i < 2; ++i) CHECK(tolerances_off(nll[i], -data.log_density(x[i]), 1e-6) < 1);
}

TEST_CASE("a mode that hides in the tail of another one's error is seen") {
    // 9400 standard deviations out: the second mode changes the tail at a = -18 by one per cent, the nll of 4e7 by 0.07
    const gaussian_mixture<double, 1> data({0.0189414, 0.00140943}, {-30.4, -2661}, {8.18, 5.26});
    const std::vector<double> x{26854.25, -2661, 0};
    const auto nll = density::nll(exec::serial{}, denoiser::optimal(data), x, quadrature{});
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(tolerances_off(nll[i], -data.log_density(std::array{x[i]})) < 1);
}

TEST_CASE("a narrow part of the data at the point itself is seen") {
    for (const double weight : {1e-1, 1e-3, 1e-6})
        for (const double width : {1e-3, 1e-6}) {
            CAPTURE(weight);
            CAPTURE(width);
            const gaussian_mixture<double, 1> data({weight, 1}, {0, 0}, {width * width, 1});
            const std::vector<double> x{0, width, -30 * width};
            const auto nll = density::nll(exec::serial{}, denoiser::optimal(data), x, quadrature{});
            for (std::size_t i = 0; i < x.size(); ++i)
                CHECK(tolerances_off(nll[i], -data.log_density(std::array{x[i]})) < 1);
        }
}

TEST_CASE("data of any unit need no center") {
    for (const double unit : {1e-9, 1e-3, 1e3, 1e9}) {
        CAPTURE(unit);
        const gaussian_mixture<double, 1> data({1, 2}, {-2 * unit, unit}, {0.3 * unit * unit, 0.5 * unit * unit});
        const std::vector<double> x{-2 * unit, 0.3 * unit, 5 * unit};
        const auto nll = density::nll(exec::serial{}, denoiser::optimal(data), x, quadrature{});
        for (std::size_t i = 0; i < x.size(); ++i)
            CHECK(tolerances_off(nll[i], -data.log_density(std::array{x[i]})) < 1);
    }
}

TEST_CASE("what has converged is right for random mixtures of all scales") {
    double worst = 0;
    int converged = 0, count = 0;
    for (int mixture = 0; mixture < 60; ++mixture) {
        auto u = [&, k = 0]() mutable { return random::uniform({12}, mixture, 0, k++); };
        const auto components = static_cast<std::size_t>(std::exp(std::log(16.99) * u()));
        const double scale = std::pow(10, 12 * u() - 6), far = scale * std::pow(10, 6 * u());
        std::vector<double> weights, means, variances;
        for (std::size_t k = 0; k < components; ++k) {
            weights.push_back(std::pow(10, -3 * u()));
            means.push_back(far * (2 * u() - 1));
            variances.push_back(scale * scale * std::pow(10, 2 * u() - 1));
        }
        const gaussian_mixture<double, 1> data(weights, means, variances);
        const std::vector<double> x{means[0] + std::sqrt(variances[0]), means.back() + 30 * (u() - 0.5) * scale,
                                    far * u()};
        const auto nll = density::nll(exec::serial{}, denoiser::optimal(data), x, quadrature{.tolerance = 1e-8});
        for (std::size_t i = 0; i < x.size(); ++i) {
            ++count;
            if (!nll[i].converged) continue;
            ++converged;
            test::keep_largest(worst, tolerances_off(nll[i], -data.log_density(std::array{x[i]}), 1e-8));
        }
    }
    test::check_within("tolerances that converged integrals are off", worst, 1);
    CHECK(converged > 0.9 * count);
}

TEST_CASE("an integrand that does not fall to nothing has not converged") {
    const std::vector<double> x{0.5};
    // at all noisy levels a tenth of the noise is missed
    const auto errs_at_noise =
        standard_normal_but([](double eps_hat, double a) { return a < 0 ? 0.9 * eps_hat : eps_hat; });
    CHECK(!density::nll(exec::serial{}, errs_at_noise, x, quadrature{})[0].converged);
    const auto sees_at_clean = standard_normal_but([](double eps_hat, double a) { return a < 0 ? eps_hat : 0.1; });
    CHECK(!density::nll(exec::serial{}, sees_at_clean, x, quadrature{})[0].converged);

    // a cloud of points has no density, but at every finite level
    const std::vector<double> points{-1, 0.5, 2};
    const distribution::empirical<double, 1> cloud(points);
    const denoiser::empirical f(cloud);
    for (const double at : {0.5, 0.7})
        CHECK(!density::nll(exec::serial{}, f, std::vector{at}, quadrature{})[0].converged);
    const log_snr zeta{3.};
    const auto noised = density::nll(exec::serial{}, f, x, zeta, quadrature{})[0];
    CHECK(tolerances_off(noised, -cloud.log_density(std::array{x[0]}, zeta)) < 1);
}

TEST_CASE("NaN has not converged, wherever it comes from") {
    const auto above = [](double level) {
        return standard_normal_but([level](double eps_hat, double a) { return a > level ? none : eps_hat; });
    };
    const auto below = [](double level) {
        return standard_normal_but([level](double eps_hat, double a) { return a < level ? none : eps_hat; });
    };
    const std::vector<double> x{0.5};
    const auto not_converged = [&](auto f, const std::vector<double>& at) {
        CHECK(!density::nll(exec::serial{}, f, at, quadrature{})[0].converged);
        CHECK(!density::log_density_ratio(exec::serial{}, f, at, log_snr{1.}, quadrature{})[0].converged);
        CHECK(!density::squared_error(exec::serial{}, f, at, log_snr{5.})[0].converged);
        const std::vector<log_snr<double>> grid{{-5.}, {0.}, {5.}, {6.}};
        CHECK(!density::diffusion_loss(exec::serial{}, f, at, grid)[0].converged);
        CHECK(!density::continuous_diffusion_loss(exec::serial{}, f, at, log_snr{-5.}, log_snr{6.})[0].converged);
        const auto bound = density::variational_bound(exec::serial{}, f, at, density::continuous_data{}, grid)[0];
        CHECK(!bound.converged());
    };
    not_converged(above(3), x);
    not_converged(standard_normal_but([](double eps_hat, double) { return eps_hat; }), {none});
    not_converged(standard_normal_but([](double eps_hat, double) { return eps_hat; }), {inf});
    const gaussian_mixture<double, 1> data({1, 2}, {-2, 1}, {0.3, 0.5});
    not_converged(denoiser::lift(denoiser::optimal(data)), {none});
    // far from all that matters
    CHECK(!density::nll(exec::serial{}, above(50), x, quadrature{})[0].converged);
    CHECK(!density::nll(exec::serial{}, below(-50), x, quadrature{})[0].converged);
}

TEST_CASE("a point's result, and its convergence, do not depend on its neighbours") {
    const gaussian_mixture<double, 1> data({1, 9}, {0, 3e4}, {1, 1});
    const denoiser::optimal f(data);
    const std::vector<double> x{0.3, none, 3e4, 1.5e4, -7};
    const auto together = density::nll(exec::serial{}, f, x, quadrature{.tolerance = 1e-6});
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto alone = density::nll(exec::serial{}, f, std::vector{x[i]}, quadrature{.tolerance = 1e-6})[0];
        CHECK((alone.value == together[i].value || std::isnan(alone.value)));
        CHECK(alone.converged == together[i].converged);
        CHECK(alone.denoiser_calls == together[i].denoiser_calls);
    }
    CHECK(std::isnan(together[1].value));
}

TEST_CASE("a mixture next to singular takes the work of others, or says that it has not converged") {
    const gaussian_mixture<double, 2> data({1, 1}, {0, 0, 1, 1}, {1, 0, 0, 1e-11, 1, 0, 0, 1});
    const denoiser::optimal f(data);
    const std::vector<std::array<double, 2>> x{{0.5, 3e-6}, {1, 1}};
    const auto nll = density::nll(exec::serial{}, f, x, quadrature{.tolerance = 1e-6});
    for (std::size_t i = 0; i < x.size(); ++i) {
        CHECK(tolerances_off(nll[i], -data.log_density(x[i]), 1e-6) < 1);
        CHECK(nll[i].denoiser_calls < 4'000'000);
    }
    const auto few = density::nll(exec::serial{}, f, x, quadrature{.most_calls = 100'000})[0];
    CHECK(!few.converged);
    CHECK(few.denoiser_calls < 200'000);
}

TEST_CASE("all arguments of a bound are checked before the denoiser is asked") {
    index_t calls = 0;
    const auto counting = [&](const auto&, const auto& z, const auto&, const auto& eps_hat) {
        calls += z.size();
        for (index_t i = 0; i < z.size(); ++i) eps_hat(i, 0) = z(i, 0);
    };
    const std::vector<double> bytes{0, 128, 255}, scaled{density::eight_bit().low};
    const std::vector<log_snr<double>> grid{{-5.}, {0.}, {5.}}, endless{{-5.}, {inf}};
    const auto bound = [&](const auto&... arguments) {
        return test::refusal([&] { density::variational_bound(exec::serial{}, counting, arguments...); });
    };
    CHECK(bound(bytes, density::eight_bit(), grid) ==
          "cdl::density::variational_bound: x: must be values of the discrete "
          "data; got point 0, 0.5 widths from the nearest value");
    CHECK(bound(bytes, density::eight_bit(), log_snr{-5.}, log_snr{5.}) ==
          "cdl::density::variational_bound: x: must be values of the discrete data; got point 0, 0.5 widths from the "
          "nearest value");
    CHECK(bound(scaled, density::eight_bit(), endless) ==
          "cdl::density::variational_bound: cleanest: must be finite; got inf");
    CHECK(bound(scaled, density::discrete_data<256>{0, -1}, grid) ==
          "cdl::density::variational_bound: width: must be finite and positive; got -1");
    CHECK(test::refusal([&] {
              density::log_density_ratio(
                  exec::serial{}, counting, scaled, log_snr{1.},
                  density::monte_carlo{.first_draw = (index_t{1} << 32) - 1500, .common_random_numbers = false});
          }) == "cdl::density::log_density_ratio: levels: must give fewer than 2^32 draws; got 1024 x 1");
    CHECK(calls == 0);
}
