// SPDX-License-Identifier: MIT
// The identities ask nothing of a denoiser but its answers: networks that know batches alone, and denoisers that are
// wrong, whose density is the one they claim.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/log_density_ratio.hpp>
#include <cdl/density/nll.hpp>

#include <distribution/testing.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;

namespace {

/// A stranger that includes nothing of cdl but views: it takes batches, counts them, and keeps state, as networks do.
/// It is the exact denoiser of N(mean, 1): eps_hat = N (z - S mean).
struct network {
    double mean = 0;
    index_t calls = 0, points = 0;

    void operator()(const exec::serial&, batch_view<const double> z, level_view<double> levels,
                    batch_view<double> eps_hat) {
        ++calls;
        points += z.size();
        for (index_t i = 0; i < z.size(); ++i) {
            const double a = levels[i].value, s2 = 1 / (1 + std::exp(-a)), n2 = 1 / (1 + std::exp(a));
            for (index_t j = 0; j < z.dim(); ++j) eps_hat(i, j) = std::sqrt(n2) * (z(i, j) - std::sqrt(s2) * mean);
        }
    }
};
static_assert(denoiser::batch_denoiser<network, exec::serial, double>);
static_assert(!denoiser::point_denoiser<network, double>);

/// The optimal denoiser of the two modes, scaled by 1 + gain sigmoid(a) sigmoid(-a) and moved by offset times the same.
struct tampered {
    denoiser::optimal<double, 1, covariance::isotropic> optimal;
    double gain, offset;

    template <class Z, class S, class E>
    void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        optimal(z, a, eps_hat);
        const S w = S(signal_power(a) * noise_power(a));
        eps_hat[0] = S(eps_hat[0] * S(S(1) + S(gain) * w) + S(offset) * w);
    }
};
static_assert(denoiser::point_denoiser<tampered, double>);

/// A point denoiser for doubles alone: it cannot run on packs. The exact one of N(0, 1).
struct plain {
    void operator()(point_view<const double> z, log_snr<double> a, point_view<double> eps_hat) const {
        for (index_t j = 0; j < z.size(); ++j) eps_hat[j] = noise_scale(a) * z[j];
    }
};
static_assert(denoiser::point_denoiser<plain, double>);

/// What the tampered denoiser claims, from formulas of its own: two trapezoids and tanh.
double claimed_nll(double gain, double offset, double x) {
    const double pi = 3.14159265358979323846, step = 0.1, eps_step = 0.03;
    double integral = 0;
    for (int l = -400; l <= 400; ++l) {
        const double a = step * l, s2 = 1 / (1 + std::exp(-a)), n2 = 1 / (1 + std::exp(a)), w = s2 * n2;
        const double signal = std::sqrt(s2), noise = std::sqrt(n2);
        double mean = 0;
        for (int i = -300; i <= 300; ++i) {
            const double eps = eps_step * i, z = signal * x + noise * eps;
            const double optimal = noise * (z - signal * 5 * std::tanh(5 * signal * z)); // both variances are 1
            const double eps_hat = optimal * (1 + gain * w) + offset * w;
            // (eps - eps_hat)^2 - sigmoid(a) eps^2, whose mean is that of the integrand
            const double term = n2 * eps * eps + eps_hat * (eps_hat - 2 * eps);
            mean += eps_step * std::exp(-eps * eps / 2) / std::sqrt(2 * pi) * term;
        }
        integral += step * mean;
    }
    return 0.5 * std::log(2 * pi) + 0.5 + 0.5 * integral;
}

} // namespace

TEST_CASE("a network that knows batches alone gives the density of its data") {
    network net{1.5};
    const std::vector<double> x{0, 1.5, 4};
    const auto exact = [](double at, double variance, double mean) {
        return 0.5 * std::log(2 * std::numbers::pi * variance) + (at - mean) * (at - mean) / (2 * variance);
    };
    const auto clean_results = density::nll(exec::serial{}, net, x, density::quadrature{});
    index_t reported = 0;
    double worst = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        test::keep_largest(worst, std::abs(clean_results[i].value - exact(x[i], 1, 1.5)));
        reported += clean_results[i].denoiser_calls;
    }
    CHECK(net.points == reported); // it was asked as often as the results say
    const double zeta = 1;
    const auto ratio = density::log_density_ratio(exec::serial{}, net, x, log_snr{zeta}, density::quadrature{});
    const double mean_at_zeta = 1.5 * signal_scale(log_snr{zeta});
    for (std::size_t i = 0; i < 3; ++i)
        test::keep_largest(worst, std::abs(ratio[i].value - (exact(x[i], 1, 1.5) - exact(x[i], 1, mean_at_zeta))));
    test::check_within("a stranger's density", worst, 1e-14);
    net.points = 0;
    const auto drawn = density::nll(exec::serial{}, net, x, density::monte_carlo{.levels = 20000, .noises = 2});
    CHECK(net.points == 3 * 40000);
    for (std::size_t i = 0; i < 3; ++i) // seed fixed, 4 standard errors
        CHECK(std::abs(drawn[i].value - exact(x[i], 1, 1.5)) < 4 * drawn[i].standard_error);
}

TEST_CASE("a network is asked in a few large batches") {
    network net;
    const std::vector<double> x{0, 1};
    density::nll(exec::serial{}, net, x, density::monte_carlo{.levels = 1000});
    CHECK(net.calls == 1);
    density::log_density_ratio(exec::serial{}, net, x, log_snr{1.}, density::monte_carlo{.levels = 1000});
    CHECK(net.calls == 3);
}

TEST_CASE("the way through batches gives what the way through points gives") {
    const gaussian_mixture<double, 1, covariance::isotropic> mixture({.5, .5}, {-5, 5}, {1, 1});
    const denoiser::optimal points(mixture);
    const auto batches = denoiser::lift(points);
    static_assert(!denoiser::point_denoiser<decltype(batches), double>);
    const std::vector<double> x{-1, .125, 4};
    double worst = 0;
    bool serial_is_exact = true;
    test::for_each_policy([&](const std::string& name, const auto& policy) {
        const density::monte_carlo rule{.levels = 500, .noises = 2};
        const auto p = density::log_density_ratio(policy, points, x, log_snr{2.}, rule);
        const auto b = density::log_density_ratio(policy, batches, x, log_snr{2.}, rule);
        const auto pq = density::nll(policy, points, x, log_snr{2.}, density::quadrature{});
        const auto bq = density::nll(policy, batches, x, log_snr{2.}, density::quadrature{});
        for (std::size_t i = 0; i < x.size(); ++i) {
            test::keep_largest(worst, std::abs(p[i].value - b[i].value));
            test::keep_largest(worst, std::abs(pq[i].value - bq[i].value));
            CHECK(p[i].denoiser_calls == b[i].denoiser_calls);
            if (name == "serial") serial_is_exact = serial_is_exact && p[i].value == b[i].value;
        }
    });
    CHECK(serial_is_exact);
    test::check_within("batches against points", worst, 1e-15);
}

TEST_CASE("a point denoiser for one scalar alone runs under every policy") {
    const std::vector<std::array<double, 2>> x{{0, 1}, {-2, 0.5}};
    double worst = 0;
    test::for_each_policy([&](const char*, const auto& policy) {
        const auto results = density::nll(policy, plain{}, x, log_snr{3.}, density::quadrature{});
        for (std::size_t i = 0; i < 2; ++i) {
            const double exact = std::log(2 * std::numbers::pi) + (x[i][0] * x[i][0] + x[i][1] * x[i][1]) / 2;
            test::keep_largest(worst, std::abs(results[i].value - exact));
        }
        const auto drawn = density::nll(policy, plain{}, x, density::monte_carlo{.levels = 500});
        const auto oracle = density::nll(exec::serial{}, plain{}, x, density::monte_carlo{.levels = 500});
        for (std::size_t i = 0; i < 2; ++i) CHECK(drawn[i].value == doctest::Approx(oracle[i].value).epsilon(1e-14));
        std::vector<std::array<double, 2>> eps_hat(2);
        denoiser::lift(plain{})(policy, x, level_view<double>(log_snr{0.}), eps_hat);
        CHECK(eps_hat[1][0] == noise_scale(log_snr{0.}) * -2);
    });
    test::check_within("a denoiser of doubles alone", worst, 1e-14);
}

TEST_CASE("points wider than registers go through batches") {
    const index_t d = local_point_capacity + 6;
    std::vector<double> means(static_cast<std::size_t>(d), 0.), x(static_cast<std::size_t>(d), 0.5);
    const gaussian_mixture<double, dynamic, covariance::isotropic> normal({1}, means, {1});
    const auto r = density::nll(exec::serial{}, denoiser::optimal(normal), as_batch(x, d), density::monte_carlo{})[0];
    // for the standard normal every draw is exact up to its noise: 4 standard errors, fixed seed
    CHECK(std::abs(r.value + normal.log_density(x)) < 4 * r.standard_error);
}

TEST_CASE("a wrong denoiser has the density that it claims") {
    const gaussian_mixture<double, 1, covariance::isotropic> mixture({.5, .5}, {-5, 5}, {1, 1});
    double worst = 0;
    for (const auto& [gain, offset] : {std::pair{0., 0.}, {0.5, 0.}, {0., 0.25}, {-1., 1.}}) {
        const tampered f{denoiser::optimal(mixture), gain, offset};
        const std::vector<double> x{-1, .125, 4};
        const auto results = density::nll(exec::serial{}, f, x, density::quadrature{});
        for (std::size_t i = 0; i < x.size(); ++i) {
            test::keep_largest(worst, std::abs(results[i].value - claimed_nll(gain, offset, x[i])));
            const double truth = -mixture.log_density(std::array{x[i]});
            CHECK((std::abs(results[i].value - truth) > 1e-3) == (gain != 0 || offset != 0));
        }
    }
    test::check_within("claims of wrong denoisers", worst, 1e-13);
}

TEST_CASE("the denoiser of a Gaussian claims that Gaussian, whatever the data") {
    // always wrong by a constant factor in the variance: the claim is N(0, 4)
    const gaussian_mixture<double, 1> wide({1}, {0}, {4});
    const std::vector<double> x{0, 3};
    const auto results = density::nll(exec::serial{}, denoiser::optimal(wide), x, density::quadrature{});
    for (std::size_t i = 0; i < 2; ++i)
        CHECK(results[i].value == doctest::Approx(0.9189385332046727 + std::log(2.) + x[i] * x[i] / 8).epsilon(1e-12));
}
