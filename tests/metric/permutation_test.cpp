// SPDX-License-Identifier: MIT
#include <cdl/metric/permutation_test.hpp>

#include "metric/samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace cdl;

namespace {

const auto bandwidth_one = metric::gaussian<double>::with_standard_deviation(1);

/// The p-value by drawing the same labellings and computing the MMD of each from scratch.
template <class K>
double p_value_by_brute_force(const K& k, const test::sample<double>& x, const test::sample<double>& y,
                              index_t permutations, std::uint64_t seed) {
    const index_t total = x.size + y.size, d = x.dim;
    std::vector<double> pool = x.numbers;
    pool.insert(pool.end(), y.numbers.begin(), y.numbers.end());
    const double statistic = metric::mmd(exec::serial{}, k, x.view(), y.view()).unbiased;
    std::vector<unsigned char> chosen(static_cast<std::size_t>(total));
    index_t as_large = 0;
    for (index_t draw = 1; draw <= permutations; ++draw) {
        metric::detail::choose(seed, draw, x.size, total, chosen.data());
        std::vector<double> first, second;
        for (index_t i = 0; i < total; ++i)
            for (index_t j = 0; j < d; ++j)
                (chosen[static_cast<std::size_t>(i)] == 1 ? first : second)
                    .push_back(pool[static_cast<std::size_t>(i * d + j)]);
        const auto mmd =
            metric::mmd(exec::serial{}, k, as_batch(std::as_const(first), d), as_batch(std::as_const(second), d));
        as_large += mmd.unbiased >= statistic - 1e-13;
    }
    return static_cast<double>(1 + as_large) / static_cast<double>(1 + permutations);
}

} // namespace

TEST_CASE("The permutation test is that of brute force under every policy") {
    for (const auto& [n, m] : {std::pair{2, 2}, {5, 4}, {17, 40}, {300, 280}})
        for (const index_t d : {1, 2, 5}) {
            const auto x = test::normal_sample<double>(1, n, d), y = test::normal_sample<double>(2, m, d, 0.25);
            const index_t permutations = n == 300 ? 20 : 150; // the last block of permutations is incomplete
            const double want = p_value_by_brute_force(bandwidth_one, x, y, permutations, 99);
            const double statistic = metric::mmd(exec::serial{}, bandwidth_one, x.view(), y.view()).unbiased;
            test::for_each_policy([&](const char* name, const auto& policy) {
                CAPTURE(name);
                CAPTURE(n);
                CAPTURE(d);
                const auto got = metric::permutation_test(policy, bandwidth_one, x.view(), y.view(), permutations, 99);
                CHECK(got.p_value == want);
                CHECK(std::abs(got.statistic - statistic) < 1e-14);
                CHECK(got.permutations == permutations);
            });
        }
}

TEST_CASE("The permutation test has the same bits on any number of threads and under simd") {
    const auto x = test::normal_sample<float>(1, 597, 2), y = test::normal_sample<float>(2, 300, 2, 0.0625);
    std::vector<metric::permutation_test_result<double>> found;
    test::for_each_packed_policy([&](const char*, const auto& policy) {
        found.push_back(metric::permutation_test(policy, metric::energy{}, x.view(), y.view(), 99, 5));
    });
    for (const auto& other : found) {
        CHECK(test::same_bits(other.statistic, found[0].statistic));
        CHECK(other.p_value == found[0].p_value);
    }
}

TEST_CASE("The sums of relabelled rows that run on devices are those by tiles") {
    const auto x = test::normal_sample<double>(1, 300, 2), y = test::normal_sample<double>(2, 77, 2);
    using metric::detail::pairing;
    const auto labels = metric::detail::draw_labels<double>(exec::serial{}, 3, 1, 200, 377);
    for (const auto which : {pairing::once, pairing::every}) {
        const auto others = which == pairing::once ? x.view() : y.view();
        const double* of_others =
            which == pairing::once ? labels.data() : labels.data() + 300 * metric::detail::relabellings;
        std::vector<double> tiles(metric::detail::grouped_sums, 0.0), rows(300 * metric::detail::grouped_sums);
        metric::detail::add_grouped_sums(exec::serial{}, bandwidth_one, x.view(), labels.data(), others, of_others,
                                         which, tiles);
        using view = batch_view<const double>;
        const metric::detail::relabelled_row<metric::gaussian<double>, view, view, double> row{
            bandwidth_one, x.view(), others, which == pairing::once, labels.data(), of_others, rows.data()};
        for (index_t i = 0; i < 300; ++i) row(i);
        for (index_t b = 0; b < metric::detail::grouped_sums; ++b) {
            const double sum = exec::tree_sum(rows.data() + b, 300, metric::detail::grouped_sums);
            CHECK(tiles[static_cast<std::size_t>(b)] == doctest::Approx(sum).epsilon(1e-13));
        }
    }
}

TEST_CASE("A random labelling chooses every subset equally often and depends on seed and draw alone") {
    std::map<std::string, int> counts; ///< of subsets, a letter for each point
    std::vector<unsigned char> chosen(5), again(5);
    const int draws = 20000;
    for (index_t draw = 1; draw <= draws; ++draw) {
        metric::detail::choose(7, draw, 2, 5, chosen.data());
        metric::detail::choose(7, draw, 2, 5, again.data());
        const std::string subset(chosen.begin(), chosen.end());
        ++counts[chosen == again ? subset : "another each time"];
    }
    CHECK(counts.size() == 10); // 5 choose 2
    double chi_squared = 0;
    for (const auto& [subset, count] : counts) {
        CHECK(std::count(subset.begin(), subset.end(), 1) == 2);
        chi_squared += (count - draws / 10.0) * (count - draws / 10.0) / (draws / 10.0);
    }
    CHECK(chi_squared < 33.7); // 9 degrees of freedom: exceeded with probability 1e-4
    metric::detail::choose(7, 0, 2, 5, chosen.data());
    CHECK(chosen == std::vector<unsigned char>{1, 1, 0, 0, 0}); // the samples as they are
    metric::detail::choose(8, 1, 2, 5, again.data());
    metric::detail::choose(7, 1, 2, 5, chosen.data());
    int same = 0;
    for (index_t draw = 1; draw <= 100; ++draw) {
        metric::detail::choose(7, draw, 2, 5, chosen.data());
        metric::detail::choose(8, draw, 2, 5, again.data());
        same += chosen == again;
    }
    CHECK(same < 30); // another seed is another series
}

TEST_CASE("The permutation test at level 5% rejects equal distributions in 5% of 2000 draws") {
    int rejected = 0;
    for (std::uint64_t s = 0; s < 2000; ++s) {
        const auto x = test::normal_sample<double>(1000 + 2 * s, 25, 2),
                   y = test::normal_sample<double>(1001 + 2 * s, 15, 2);
        rejected += metric::permutation_test(exec::serial{}, bandwidth_one, x.view(), y.view(), 99, s).p_value <= 0.05;
    }
    const double level = rejected / 2000.0;
    test::check_within("level of the permutation test", std::abs(level - 0.05), 0.015); // 3 standard errors
}

TEST_CASE("The permutation test finds a shift and finds it more often the larger it is") {
    int rejected_small = 0, rejected_large = 0;
    for (std::uint64_t s = 0; s < 40; ++s) {
        const auto x = test::normal_sample<double>(2 * s, 50, 2);
        const auto near_x = test::normal_sample<double>(2 * s + 1, 40, 2, 0.25),
                   far_off = test::normal_sample<double>(2 * s + 1, 40, 2, 1);
        rejected_small +=
            metric::permutation_test(exec::serial{}, bandwidth_one, x.view(), near_x.view(), 99, s).p_value <= 0.05;
        rejected_large +=
            metric::permutation_test(exec::serial{}, bandwidth_one, x.view(), far_off.view(), 99, s).p_value <= 0.05;
    }
    CHECK(rejected_large == 40);
    CHECK(rejected_small > 5);
    CHECK(rejected_small < 40);
}

TEST_CASE("The p-value of samples that nothing tells apart is 1 and its smallest value is 1 over 1 plus permutations") {
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        const std::vector<double> ones(20, 1.0), same{1, 1, 1};
        CHECK(metric::permutation_test(policy, bandwidth_one, ones, same, 100, 1).p_value == 1);
        const std::vector<double> far_away(20, 9.0);
        CHECK(metric::permutation_test(policy, bandwidth_one, ones, far_away, 199, 1).p_value == 1 / 200.0);
        CHECK(metric::permutation_test(policy, bandwidth_one, ones, far_away, 1, 1).p_value == 0.5);
        // two and two points: the labelling as it came and its mirror image are 2 of 6, equal but for rounding
        const std::vector<double> x{0.1, 0.2}, y{1.3, 1.7};
        CHECK(metric::permutation_test(policy, bandwidth_one, x, y, 1500, 1).p_value ==
              doctest::Approx(1 / 3.0).epsilon(0.15));
    });
}

TEST_CASE("A permutation test that cannot be made is refused with a sentence") {
    const std::vector<double> one{1}, two{1, 2}, six{1, 2, 3, 4, 5, 6};
    const auto refusal = [](const auto& x, const auto& y, index_t permutations) {
        return test::refusal([&] { metric::permutation_test(exec::serial{}, bandwidth_one, x, y, permutations, 1); });
    };
    CHECK(refusal(two, two, 0) == "cdl::metric::permutation_test: permutations: must be at least 1; got 0");
    CHECK(refusal(two, two, index_t{1} << 32) ==
          "cdl::metric::permutation_test: permutations: must be below 2^32, where labellings repeat; got 4294967296");
    CHECK(refusal(one, two, 9) == "cdl::metric::permutation_test: x: must have at least 2 points; got 1");
    CHECK(refusal(two, one, 9) == "cdl::metric::permutation_test: y: must have at least 2 points; got 1");
    CHECK(refusal(as_batch(six, 2), as_batch(six, 3), 9) ==
          "cdl::metric::permutation_test: y: must have the dimension of x; got 3 for 2");
}
