// SPDX-License-Identifier: MIT
#include <cdl/information/mmd_of_mixtures.hpp>
#include <cdl/metric/bandwidth.hpp>

#include "metric/samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

using namespace cdl;

namespace {

/// The median of a list of all distances.
template <class T>
double median_by_sorting(const test::sample<T>& x, const test::sample<T>& y) {
    test::sample<T> pool{x.size + y.size, x.dim, x.numbers};
    pool.numbers.insert(pool.numbers.end(), y.numbers.begin(), y.numbers.end());
    std::vector<long double> distances;
    for (index_t i = 0; i < pool.size; ++i)
        for (index_t j = 0; j < i; ++j) distances.push_back(std::sqrt(test::squared_distance(pool, i, pool, j)));
    std::sort(distances.begin(), distances.end());
    const std::size_t half = distances.size() / 2;
    return static_cast<double>(distances.size() % 2 == 1 ? distances[half]
                                                         : (distances[half - 1] + distances[half]) / 2);
}

std::vector<double> grid(double from, double to, double ratio) {
    std::vector<double> candidates;
    for (double s = from; s < to; s *= ratio) candidates.push_back(s);
    return candidates;
}

} // namespace

TEST_CASE("The median distance is that of a sorted list under every policy") {
    for (const auto& [n, m] : {std::pair{2, 2}, {2, 3}, {7, 2}, {30, 31}, {100, 133}})
        for (const index_t d : {1, 2, 5}) {
            const auto x = test::normal_sample<double>(1, n, d), y = test::normal_sample<double>(2, m, d, 0.5);
            const auto xf = test::normal_sample<float>(1, n, d), yf = test::normal_sample<float>(2, m, d, 0.5);
            const double want = median_by_sorting(x, y), want_float = median_by_sorting(xf, yf);
            test::for_each_policy([&](const char* name, const auto& policy) {
                CAPTURE(name);
                CAPTURE(n);
                CAPTURE(m);
                CAPTURE(d);
                CHECK(std::abs(metric::median_distance(policy, x.view(), y.view()) - want) <= 4e-16 * want);
                CHECK(std::abs(metric::median_distance(policy, xf.view(), yf.view()) - want_float) <=
                      2e-7 * want_float);
            });
        }
}

TEST_CASE("The median distance is right where distances coincide or vanish or differ by many orders of magnitude") {
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        const auto median = [&](const std::vector<double>& x, const std::vector<double>& y) {
            return metric::median_distance(policy, x, y);
        };
        CHECK(median({0, 0, 0}, {0, 0}) == 0);
        CHECK(median({0, 1}, {0, 1}) == 1);                              // 0 0 1 1 1 1
        CHECK(median({0, 0, 0}, {1, 1}) == 1);                           // 0 four times, 1 six times
        CHECK(median({0, 0, 0, 0}, {0, 1}) == 0);                        // 0 ten times, 1 five times
        CHECK(median({0, 1e-100}, {1, 1e100}) == doctest::Approx(5e99)); // 1e-100 1 1 1e100 1e100 1e100
        CHECK(median({0, 1}, {3, 7}) == 3.5);                            // 1 2 3 4 6 7
        CHECK(median({0, 1e-300}, {0, 0}) == 0);                         // the square of 1e-300 is 0
    });
    const std::vector<float> x(500, 0.0f), y(500, 3.0f); // 249500 zeros, 250000 threes
    CHECK(metric::median_distance(exec::serial{}, x, y) == 3);
}

TEST_CASE("The ranks by rows that run on devices are those by tiles") {
    const auto x = test::normal_sample<double>(1, 300, 2), y = test::normal_sample<double>(2, 77, 2);
    for (const double q : {0.0, 0.01, 1.0, 4.0, 1e9}) {
        metric::detail::pair_rank<double> by_rows;
        for (index_t i = 0; i < 300; ++i) {
            metric::detail::pair_rank<double> of_row;
            using view = batch_view<const double>;
            const std::vector<double> numbers;
            metric::detail::rank_of_row<view, view, double>{x.view(), y.view(), false, q, &of_row - i}(i);
            by_rows = by_rows + of_row;
            metric::detail::rank_of_row<view, view, double>{x.view(), x.view(), true, q, &of_row - i}(i);
            by_rows = by_rows + of_row;
        }
        using metric::detail::pairing;
        const auto by_tiles = metric::detail::rank_among(exec::serial{}, x.view(), y.view(), pairing::every, q) +
                              metric::detail::rank_among(exec::serial{}, x.view(), x.view(), pairing::once, q);
        CHECK(by_tiles.at_or_below == by_rows.at_or_below);
        CHECK(by_tiles.next == by_rows.next);
    }
}

TEST_CASE("The maximising bandwidth is where the curve of MMD has its peak") {
    const auto x = test::normal_sample<double>(1, 400, 2), y = test::normal_sample<double>(2, 300, 2, 1);
    const auto candidates = grid(0.05, 30, 1.5);
    const auto found = metric::maximising_bandwidth(exec::serial{}, x.view(), y.view(), candidates);
    const auto mmd_at = [&](double s) {
        return metric::mmd(exec::serial{}, metric::gaussian<double>::with_standard_deviation(s), x.view(), y.view());
    };
    CHECK(found.mmd.unbiased == mmd_at(found.bandwidth).unbiased);
    for (const double factor : {0.999, 1.001, 0.9, 1.1})
        CHECK(mmd_at(factor * found.bandwidth).unbiased < found.mmd.unbiased);
    // the curve: all candidates and what was tried between them, ascending
    CHECK(found.curve.size() > candidates.size() + 10);
    std::size_t seen = 0;
    for (std::size_t i = 0; i < found.curve.size(); ++i) {
        if (i > 0) CHECK(found.curve[i - 1].bandwidth <= found.curve[i].bandwidth);
        CHECK(found.curve[i].mmd.unbiased <= found.mmd.unbiased);
        seen += static_cast<std::size_t>(std::count(candidates.begin(), candidates.end(), found.curve[i].bandwidth));
    }
    CHECK(seen == candidates.size());
}

TEST_CASE("The maximising bandwidth of large samples is near that of their populations") {
    const index_t n = 1000;
    const auto x = test::normal_sample<double>(3, n, 1), y = test::normal_sample<double>(4, n, 1, 1);
    using normal = distribution::gaussian_mixture<double, 1, distribution::covariance::isotropic>;
    const normal p({1}, {0}, {1}), q({1}, {1}, {1});
    const auto of_populations = [&](double s) { return information::mmd_of_mixtures(p, q, s); };
    double best = 0.01;
    for (double s = 0.01; s < 100; s *= 1.001)
        if (of_populations(s) > of_populations(best)) best = s;
    const auto found = metric::maximising_bandwidth(exec::serial{}, x.view(), y.view(), grid(0.1, 20, 3));
    CHECK(found.bandwidth == doctest::Approx(best).epsilon(0.15));
    CHECK(std::abs(found.mmd.unbiased - of_populations(best)) < 4 * found.mmd.standard_error);
}

TEST_CASE("The maximising bandwidth has the same bits on any number of threads") {
    const auto x = test::normal_sample<float>(1, 200, 2), y = test::normal_sample<float>(2, 100, 2, 1);
    std::vector<double> found;
    test::for_each_packed_policy([&](const char*, const auto& policy) {
        found.push_back(metric::maximising_bandwidth(policy, x.view(), y.view(), grid(0.1, 10, 2)).bandwidth);
    });
    for (const double s : found) CHECK(s == found[0]);
}

TEST_CASE("Candidates at whose end the curve still rises give that end and one candidate gives itself") {
    const auto x = test::normal_sample<double>(1, 100, 2), y = test::normal_sample<double>(2, 100, 2, 1);
    const auto at_end = metric::maximising_bandwidth(exec::serial{}, x.view(), y.view(), std::vector{0.01, 0.02, 0.04});
    CHECK(at_end.bandwidth == 0.04);
    const auto alone = metric::maximising_bandwidth(exec::serial{}, x.view(), y.view(), std::vector{0.5});
    CHECK(alone.bandwidth == 0.5);
    CHECK(alone.curve.size() == 1);
}

TEST_CASE("Candidates that are no bandwidths and samples that cannot be compared are refused with a sentence") {
    const std::vector<double> one{1}, two{1, 2}, six{1, 2, 3, 4, 5, 6};
    const auto refusal = [&](std::vector<double> candidates) {
        return test::refusal([&] { metric::maximising_bandwidth(exec::serial{}, two, two, candidates); });
    };
    CHECK(refusal({}) == "cdl::metric::maximising_bandwidth: candidates: must not be empty; got none");
    CHECK(refusal({1, -2}) ==
          "cdl::metric::maximising_bandwidth: candidates: must be positive and finite, with their squares; got -2");
    CHECK(refusal({2, 1}) == "cdl::metric::maximising_bandwidth: candidates: must be ascending; got 1 after 2");
    CHECK(refusal({1, 1}) == "cdl::metric::maximising_bandwidth: candidates: must be ascending; got 1 after 1");
    CHECK(refusal({std::nan("")}) ==
          "cdl::metric::maximising_bandwidth: candidates: must be positive and finite, with their squares; got nan");
    CHECK(test::refusal([&] { metric::maximising_bandwidth(exec::serial{}, one, two, two); }) ==
          "cdl::metric::maximising_bandwidth: x: must have at least 2 points; got 1");
    CHECK(test::refusal([&] { metric::median_distance(exec::serial{}, two, one); }) ==
          "cdl::metric::median_distance: y: must have at least 2 points; got 1");
    CHECK(test::refusal([&] { metric::median_distance(exec::serial{}, as_batch(six, 3), as_batch(six, 2)); }) ==
          "cdl::metric::median_distance: y: must have the dimension of x; got 2 for 3");
}
