// SPDX-License-Identifier: MIT
// The standard error of an estimate of MMD^2: its square is an unbiased estimate of the variance. That is checked exactly,
// by enumeration of all samples from distributions on three points, and on normal samples by simulation.

#include <cdl/metric/mmd.hpp>

#include "metric/samples.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace cdl;

namespace {

struct statistic {
    double mmd, variance;
};

template <class K>
statistic of(const K& k, batch_view<const double> x, batch_view<const double> y) {
    using metric::detail::pairing;
    const exec::serial policy;
    const auto xx = metric::detail::sum_kernel(policy, k, x, x, pairing::once);
    const auto yy = metric::detail::sum_kernel(policy, k, y, y, pairing::once);
    const auto xy = metric::detail::sum_kernel(policy, k, x, y, pairing::every);
    const auto n = static_cast<double>(x.size()), m = static_cast<double>(y.size());
    return {metric::detail::mmd_from_sums(xx, yy, xy, n * k(0.0), m * k(0.0)).unbiased,
            metric::detail::variance_of_mmd(xx, yy, xy).sum()};
}

/// A distribution on three points of the line.
struct three_points {
    double points[3], weights[3];
};

/// The expectation of the MMD^2 of two distributions, of its square and of the estimated variance, over all samples.
struct expectations {
    double weight = 0, mmd = 0, squared_mmd = 0, variance = 0;
};
template <class K>
expectations over_all_samples(const K& k, const three_points& p, index_t n, const three_points& q, index_t m) {
    std::vector<double> x(static_cast<std::size_t>(n)), y(static_cast<std::size_t>(m));
    index_t samples = 1;
    for (index_t i = 0; i < n + m; ++i) samples *= 3;
    expectations sum;
    for (index_t code = 0; code < samples; ++code) {
        double weight = 1;
        index_t rest = code;
        for (double& number : x) {
            number = p.points[rest % 3];
            weight *= p.weights[rest % 3];
            rest /= 3;
        }
        for (double& number : y) {
            number = q.points[rest % 3];
            weight *= q.weights[rest % 3];
            rest /= 3;
        }
        const auto [mmd, variance] = of(k, as_batch(std::as_const(x), 1), as_batch(std::as_const(y), 1));
        sum.weight += weight;
        sum.mmd += weight * mmd;
        sum.squared_mmd += weight * mmd * mmd;
        sum.variance += weight * variance;
    }
    return sum;
}

template <class K>
double population_mmd(const K& k, const three_points& p, const three_points& q) {
    double sum = 0;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
            const auto at = [&](double u, double v) { return k((u - v) * (u - v)); };
            sum += p.weights[i] * p.weights[j] * at(p.points[i], p.points[j]) +
                   q.weights[i] * q.weights[j] * at(q.points[i], q.points[j]) -
                   2 * p.weights[i] * q.weights[j] * at(p.points[i], q.points[j]);
        }
    return sum;
}

template <class K>
void check_by_enumeration(const std::string& what, const K& k, const three_points& p, index_t n, const three_points& q,
                          index_t m) {
    const auto mean = over_all_samples(k, p, n, q, m);
    const double variance = mean.squared_mmd - mean.mmd * mean.mmd;
    REQUIRE(mean.weight == doctest::Approx(1).epsilon(1e-13));
    REQUIRE(variance > 1e-3);
    test::check_within(what + ": expectation of MMD^2", std::abs(mean.mmd - population_mmd(k, p, q)), 1e-13);
    test::check_within(what + ": expectation of its variance", std::abs(mean.variance - variance) / variance, 1e-12);
}

/// The mean estimate of the variance over many samples against the variance of the estimates, in standard errors.
double surprise(index_t n, index_t m, double shift, int samples) {
    const auto k = metric::gaussian<double>::with_standard_deviation(1);
    std::vector<statistic> found;
    double mean = 0;
    for (int s = 0; s < samples; ++s) {
        const auto x = test::normal_sample<double>(static_cast<std::uint64_t>(2 * s), n, 2);
        const auto y = test::normal_sample<double>(static_cast<std::uint64_t>(2 * s + 1), m, 2, shift);
        found.push_back(of(k, x.view(), y.view()));
        mean += found.back().mmd / samples;
    }
    double sum = 0, sum_of_squares = 0; // of (mmd - mean)^2 - variance, whose expectation is 0
    for (const auto& [mmd, variance] : found) {
        const double difference = (mmd - mean) * (mmd - mean) * samples / (samples - 1.0) - variance;
        sum += difference;
        sum_of_squares += difference * difference;
    }
    return sum / std::sqrt(sum_of_squares);
}

} // namespace

TEST_CASE(
    "The estimated variance of MMD is exactly unbiased for samples of unequal size from equal or other distributions") {
    const three_points p{{0, 1, 3}, {0.5, 0.25, 0.25}}, q{{-1, 0.5, 1}, {0.125, 0.5, 0.375}};
    const auto k = metric::gaussian<double>::with_standard_deviation(1);
    check_by_enumeration("p = q, 4 and 5 points", k, p, 4, p, 5);
    check_by_enumeration("p and q, 4 and 5 points", k, p, 4, q, 5);
    check_by_enumeration("p and q, 6 and 4 points", k, p, 6, q, 4);
    check_by_enumeration("p and q, energy, 4 and 4 points", metric::energy{}, p, 4, q, 4);
}

TEST_CASE("The estimated variance of MMD is right on normal samples that differ or not") {
    CHECK(std::abs(surprise(20, 12, 0, 4000)) < 4.5); // standard errors of the simulation
    CHECK(std::abs(surprise(20, 12, 1, 4000)) < 4.5);
    CHECK(std::abs(surprise(9, 40, 0.5, 4000)) < 4.5);
}
