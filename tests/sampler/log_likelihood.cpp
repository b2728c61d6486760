// SPDX-License-Identifier: MIT
// The density along the probability flow against the density in closed form.

#include <cdl/adapter/eigen.hpp>
#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/random/normal.hpp>
#include <cdl/sampler/log_likelihood.hpp>
#if defined(CDL_HAS_THRUST)
#include <cdl/exec/thrust.hpp>

#include <thrust/system/cpp/execution_policy.h>
#include <thrust/system/omp/execution_policy.h>
#endif

#include "distribution/testing.hpp"

#include <cmath>
#include <random>
#include <vector>

using namespace cdl;

namespace {

using level = log_snr<double>;
constexpr double inf = std::numeric_limits<double>::infinity();
const random::noise_stream probes{11, random::purpose::user};

template <class T = double>
std::vector<T> numbers(index_t count, std::uint64_t seed, double scale = 1, double shift = 0) {
    std::vector<T> result;
    for (index_t i = 0; i < count; ++i)
        result.push_back(static_cast<T>(shift + scale * random::normal({seed, random::purpose::user}, 0, i)));
    return result;
}

/// A mixture of three with variances between 0.05 and 0.5, one for each axis.
template <class T = double>
distribution::gaussian_mixture<T, dynamic, distribution::covariance::diagonal> some_mixture(index_t d) {
    auto variances = numbers<T>(3 * d, 22);
    for (T& v : variances) v = static_cast<T>(0.05) + static_cast<T>(0.45) / (1 + v * v);
    return {{1, 2, 1}, numbers<T>(3 * d, 21), variances};
}

/// Points of a mixture at a level.
template <class M>
Eigen::MatrixXd points_of(const M& mixture, level a, index_t n) {
    Eigen::MatrixXd z(mixture.dim(), n);
    mixture.draw(exec::serial{}, {31, random::purpose::data}, 0, z);
    for (index_t i = 0; i < n; ++i)
        for (index_t j = 0; j < mixture.dim(); ++j)
            z(j, i) = signal_scale(a) * z(j, i) + noise_scale(a) * random::normal({32, random::purpose::user}, 0, i, j);
    return z;
}

template <class M>
std::vector<double> densities_of(const M& mixture, level a, const Eigen::MatrixXd& z) {
    std::vector<double> log_p;
    for (index_t i = 0; i < z.cols(); ++i) log_p.push_back(mixture.log_density(as_batch(z)[i], a));
    return log_p;
}

double distance(const std::vector<double>& u, const std::vector<double>& v) {
    REQUIRE(u.size() == v.size());
    double worst = 0;
    for (std::size_t i = 0; i < u.size(); ++i) test::keep_largest(worst, std::fabs(u[i] - v[i]));
    return worst;
}

/// A network: a batch denoiser and nothing else.
struct network {
    index_t* calls;
    const distribution::gaussian_mixture<double, dynamic, distribution::covariance::diagonal>* mixture;
    double worth = 1;

    template <class P>
    void operator()(const P& policy, batch_view<const double, dynamic, point_major> z, level_view<double> levels,
                    batch_view<double, dynamic, point_major> eps_hat) {
        ++*calls;
        denoiser::optimal denoise(*mixture);
        denoise(policy, z, levels, eps_hat);
        if (worth != 1)
            for (index_t i = 0; i < eps_hat.size(); ++i) eps_hat(i, 0) *= worth;
    }
};

template <class Action>
std::string failure(const Action& action) {
    try {
        action();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("The density along the flow is the density in closed form") {
    for (const index_t d : {1, 2, 16}) {
        const auto mixture = some_mixture(d);
        for (const double a : {inf, 6.0, 0.0, -5.0, -100.0, -inf}) {
            const auto z = points_of(mixture, {a}, 25);
            const auto want = densities_of(mixture, {a}, z);
            for (const double tolerance : {1e-5, 1e-8, 1e-11}) {
                std::vector<double> log_p(25);
                const auto report = sampler::log_likelihood(exec::serial{}, denoiser::optimal(mixture), {a}, z, log_p,
                                                            {tolerance, tolerance});
                test::check_within("log p, d = " + std::to_string(d) + ", a = " + std::to_string(a) + ", " +
                                       std::to_string(report.denoiser_calls) + " calls",
                                   distance(log_p, want), std::max(1e-9, 40 * tolerance));
            }
        }
    }
}

TEST_CASE("For random mixtures log p is off by at most ten tolerances") {
    std::mt19937_64 engine(17);
    const auto uniform = [&] { return std::uniform_real_distribution<double>()(engine); };
    const auto normal = [&] { return std::normal_distribution<double>()(engine); };
    for (int i = 0; i < 60; ++i) {
        const auto count = static_cast<std::size_t>(1 + 8 * uniform());
        const double spread = std::pow(10, 2 * uniform() - 1);
        std::vector<double> weights, means, variances;
        for (std::size_t k = 0; k < count; ++k) {
            weights.push_back(std::pow(10, -3 * uniform()));
            means.push_back(spread * normal());
            variances.push_back(std::pow(10, -4 + 5 * uniform()));
        }
        const distribution::gaussian_mixture<double, 1, distribution::covariance::diagonal> mixture(weights, means,
                                                                                                    variances);
        for (const double a : {inf, 3.0, -2.0}) {
            const double x = means[0] + std::sqrt(variances[0]) * normal();
            const double noise = a < inf ? noise_scale(level{a}) * normal() : 0;
            const std::vector<double> z{(a < inf ? signal_scale(level{a}) : 1) * x + noise};
            const double want = mixture.log_density(as_batch(z)[0], level{a});
            for (const double tolerance : {1e-3, 1e-5, 1e-7}) {
                std::vector<double> log_p(1);
                const auto report = sampler::log_likelihood(exec::serial{}, denoiser::optimal(mixture), {a}, z, log_p,
                                                            {tolerance, tolerance});
                CHECK(report.converged);
                test::check_within("log p", std::fabs(log_p[0] - want) / (tolerance * (1 + std::fabs(want))), 10);
            }
        }
    }
}

TEST_CASE("More coordinates than registers hold, under every policy") {
    const auto mixture = some_mixture(local_point_capacity + 7);
    const auto z = points_of(mixture, {2.0}, 9);
    const auto want = densities_of(mixture, {2.0}, z);
    test::for_each_policy([&](const char* name, const auto& policy) {
        std::vector<double> log_p(9);
        sampler::log_likelihood(policy, denoiser::optimal(mixture), {2.0}, z, log_p, {1e-8, 1e-8});
        test::check_within(std::string("log p, d = 71, ") + name, distance(log_p, want), 1e-6);
    });
}

TEST_CASE("A data set with a width has the density of its mixture") {
    const distribution::empirical<double, 2> cloud(numbers(40, 41), 2, distribution::kernel_width<double>{0.3});
    const distribution::gaussian_mixture<double, 2, distribution::covariance::isotropic> mixture(
        std::vector<double>(20, 1.0), numbers(40, 41), std::vector<double>(20, 0.09));
    const auto z = points_of(mixture, {2.0}, 20);
    std::vector<double> log_p(20);
    sampler::log_likelihood(exec::serial{}, denoiser::empirical(cloud), {2.0}, z, log_p, {1e-10, 1e-10});
    test::check_within("log p of a data set", distance(log_p, densities_of(mixture, {2.0}, z)), 1e-8);
}

TEST_CASE("Hutchinson's estimate is within its standard error, and its own mean") {
    for (const index_t d : {1, 2, 16}) {
        const auto mixture = some_mixture(d);
        const index_t n = 40, count = d == 1 ? 2 : 32;
        const auto z = points_of(mixture, {1.0}, n);
        const auto want = densities_of(mixture, {1.0}, z);
        std::vector<double> log_p(static_cast<std::size_t>(n)), error(log_p.size());
        index_t calls = 0;
        network net{&calls, &mixture};
        const auto report = sampler::log_likelihood(exec::serial{}, net, sampler::hutchinson{probes, count}, {1.0}, z,
                                                    log_p, error, {1e-7, 1e-7});
        CHECK(calls == report.denoiser_calls);
        CHECK(calls == (report.passes + 6 * report.steps) * (1 + 2 * count));
        if (d == 1) { // v J v is J
            test::check_within("Hutchinson, d = 1", distance(log_p, want), 1e-6);
            for (const double e : error) CHECK(e < 1e-6);
            continue;
        }
        double squares = 0;
        for (std::size_t i = 0; i < log_p.size(); ++i) {
            const double off = (log_p[i] - want[i]) / error[i]; // nearly Student's t of 31 degrees
            CHECK(std::fabs(off) < 4.5);                        // beyond in 1 of 11000
            squares += off * off / static_cast<double>(n);
        }
        // the mean square of t is 1.07, its standard error 0.25
        CHECK(std::fabs(squares - 1.07) < 4 * 0.25);

        // one probe each: no standard error
        std::vector<double> one(log_p.size()), none(log_p.size());
        sampler::log_likelihood(exec::serial{}, net, sampler::hutchinson{probes}, {1.0}, z, one, none, {1e-7, 1e-7});
        for (const double e : none) CHECK(std::isnan(e));
    }
}

TEST_CASE("The difference of Hutchinson's estimate is as good as it says") {
    const auto mixture = some_mixture(1);
    const auto z = points_of(mixture, {inf}, 20);
    const auto want = densities_of(mixture, {inf}, z);
    std::vector<double> log_p(20), error(20);
    sampler::log_likelihood(exec::serial{}, denoiser::optimal(mixture), sampler::hutchinson{probes}, {inf}, z, log_p,
                            error, {1e-8, 1e-8});
    test::check_within("Hutchinson, clean data, d = 1", distance(log_p, want), 1e-7);

    const auto single = some_mixture<float>(1);
    const Eigen::MatrixXf from = z.cast<float>();
    std::vector<float> log_p_single(20), error_single(20);
    sampler::log_likelihood(exec::serial{}, denoiser::optimal(single), sampler::hutchinson{probes},
                            {static_cast<float>(inf)}, from, log_p_single, error_single, {1e-4, 1e-4});
    double worst = 0;
    for (std::size_t i = 0; i < 20; ++i)
        test::keep_largest(worst, std::fabs(static_cast<double>(log_p_single[i]) - want[i]));
    test::check_within("Hutchinson, clean data, d = 1, float", worst, 1e-2);
    sampler::log_likelihood(exec::serial{}, denoiser::optimal(single), {static_cast<float>(inf)}, from, log_p_single,
                            {1e-5, 1e-5});
    worst = 0;
    for (std::size_t i = 0; i < 20; ++i)
        test::keep_largest(worst, std::fabs(static_cast<double>(log_p_single[i]) - want[i]));
    test::check_within("exact divergence, clean data, d = 1, float", worst, 1e-2);
}

TEST_CASE("A point's density does not depend on the batch, its memory or the threads") {
    const index_t n = 70;
    const auto mixture = some_mixture(3);
    const denoiser::optimal denoise(mixture);
    const auto z = points_of(mixture, {3.0}, n);
    const sampler::flow_settings settings{1e-7, 1e-7};
    const auto exact = [&](const auto& policy, const auto& at) {
        std::vector<double> log_p(static_cast<std::size_t>(as_batch(at).size()));
        sampler::log_likelihood(policy, denoise, {3.0}, at, log_p, settings);
        return log_p;
    };
    const auto estimate = [&](const auto& policy, const auto& at, index_t first) {
        std::vector<double> both(static_cast<std::size_t>(2 * at.cols()));
        auto values = as_batch(both, 2);
        sampler::log_likelihood(policy, denoise, sampler::hutchinson{probes.starting_at(first), 3}, {3.0}, at,
                                batch_view<double, 1, strided>(values.data(), at.cols(), 1, 2, 1),
                                batch_view<double, 1, strided>(values.data() + 1, at.cols(), 1, 2, 1), settings);
        return both;
    };
    const auto serial = exact(exec::serial{}, z), serial_estimate = estimate(exec::serial{}, z, 0);
    std::vector<double> packed;
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        const auto all = exact(policy, z), all_estimates = estimate(policy, z, 0);
        std::vector<double> parts, parts_estimates;
        for (index_t first = 0; first < n; first += 33) {
            const Eigen::MatrixXd part = z.middleCols(first, std::min<index_t>(33, n - first));
            for (const double v : exact(policy, part)) parts.push_back(v);
            for (const double v : estimate(policy, part, first)) parts_estimates.push_back(v);
        }
        CHECK(parts == all);
        CHECK(parts_estimates == all_estimates);
        const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_coordinates = z;
        CHECK(exact(policy, as_batch_of_columns(by_coordinates)) == all);
        test::check_within(std::string("log p under ") + name, distance(all, serial), 1e-9);
        test::check_within(std::string("estimates under ") + name, distance(all_estimates, serial_estimate), 1e-6);
        if (std::string(name) == "simd") packed = all;
        if (std::string(name) == "openmp" && !packed.empty()) CHECK(all == packed);
    });
#if defined(CDL_HAS_THRUST)
    CHECK(exact(exec::thrust{::thrust::cpp::par}, z) == serial);
    CHECK(exact(exec::thrust{::thrust::omp::par}, z) == serial);
    CHECK(estimate(exec::thrust{::thrust::omp::par}, z, 0) == serial_estimate);
#endif
    CHECK(exact(exec::serial{}, Eigen::MatrixXd(3, 0)).empty());
}

TEST_CASE("What cannot be integrated is said, and nothing is written") {
    const auto mixture = some_mixture(2);
    const denoiser::optimal denoise(mixture);
    const auto z = points_of(mixture, {0.0}, 4);
    std::vector<double> log_p(4, 7.0), error(4, 7.0), few(3);
    const std::string where = "cdl::sampler::log_likelihood: ";
    CHECK(test::refusal([&] {
              sampler::log_likelihood(exec::serial{}, denoise, {std::numeric_limits<double>::quiet_NaN()}, z, log_p);
          }) == where + "a: must not be NaN; got nan");
    CHECK(test::refusal([&] { sampler::log_likelihood(exec::serial{}, denoise, {0.0}, z, few); }) ==
          where + "log_p: must have a number for each point; got 3 x 1 for 4 points");
    CHECK(test::refusal([&] {
              sampler::log_likelihood(exec::serial{}, denoise, sampler::hutchinson{}, {0.0}, z, log_p, few);
          }) == where + "standard_error: must have a number for each point; got 3 x 1 for 4 points");
    CHECK(test::refusal([&] {
              sampler::log_likelihood(exec::serial{}, denoise, sampler::hutchinson{probes, 0}, {0.0}, z, log_p, error);
          }) == where + "probes: must be at least 1; got 0");
    CHECK(test::refusal([&] {
              sampler::log_likelihood(exec::serial{}, denoise, sampler::hutchinson{probes, 1, -1}, {0.0}, z, log_p,
                                      error);
          }) == where + "step: must be finite and not negative; got -1");
    CHECK(test::refusal([&] { sampler::log_likelihood(exec::serial{}, denoise, {0.0}, z, log_p, {-1}); }) ==
          where + "absolute: must be finite and not negative; got -1");
    const Eigen::MatrixXd flat(3, 4);
    CHECK(test::refusal([&] { sampler::log_likelihood(exec::serial{}, denoise, {0.0}, flat, log_p); }) ==
          where + "z: must have the dimension of the denoiser; got 3 for 2");
    index_t calls = 0;
    network broken{&calls, &mixture, std::numeric_limits<double>::quiet_NaN()};
    CHECK(failure([&] {
              sampler::log_likelihood(exec::serial{}, broken, sampler::hutchinson{}, {0.0}, z, log_p, error);
          }).starts_with(where + "the flow is not finite; usual causes: "));
    CHECK(log_p == std::vector<double>(4, 7.0));
    CHECK(error == std::vector<double>(4, 7.0));
}
