// SPDX-License-Identifier: MIT
#include <cdl/adapter/eigen.hpp>
#if defined(CDL_HAS_XTENSOR)
#include <cdl/adapter/xtensor.hpp>
#endif
#include <cdl/metric/moments.hpp>

#include "metric/samples.hpp"

#include <doctest/doctest.h>

using namespace cdl;

namespace {

/// The largest error of the moments of x against two loops in long double, in units of a variance of 1.
template <class T, class P>
double error_of_moments(const P& policy, const test::sample<T>& x) {
    const auto got = metric::moments(policy, x.view());
    const auto n = static_cast<long double>(x.size);
    std::vector<long double> mean(static_cast<std::size_t>(x.dim), 0);
    const auto at = [&](index_t i, index_t j) { return test::wide(x.view()(i, j)); };
    double error = 0;
    for (index_t j = 0; j < x.dim; ++j) {
        for (index_t i = 0; i < x.size; ++i) mean[static_cast<std::size_t>(j)] += at(i, j) / n;
        const long double want = mean[static_cast<std::size_t>(j)];
        test::keep_largest(error, test::relative(got.mean(j), want, std::max(1.0L, std::fabs(want))));
    }
    for (index_t j = 0; j < x.dim; ++j)
        for (index_t l = 0; l < x.dim; ++l) {
            long double want = 0;
            for (index_t i = 0; i < x.size; ++i)
                want += (at(i, j) - mean[static_cast<std::size_t>(j)]) * (at(i, l) - mean[static_cast<std::size_t>(l)]);
            test::keep_largest(error, test::relative(got.covariance(j, l), want / (n - 1), 1));
            if (got.covariance(j, l) != got.covariance(l, j)) error = 1;
        }
    return error;
}

bool all_same_bits(const metric::mean_and_covariance& u, const metric::mean_and_covariance& v) {
    return u.mean == v.mean && u.covariance == v.covariance;
}

} // namespace

TEST_CASE("Moments agree with two loops in long double at ugly sizes and dimensions") {
    for (const index_t n : {2, 7, 63, 64, 65, 597, 4099})
        for (const index_t d : {1, 2, 3, 5, 8, 9, 64}) {
            const std::string size = " n " + std::to_string(n) + " d " + std::to_string(d);
            test::check_within("double" + size, error_of_moments(exec::serial{}, test::normal_sample<double>(1, n, d)),
                               2e-15);
            test::check_within("float" + size, error_of_moments(exec::serial{}, test::normal_sample<float>(1, n, d)),
                               2e-15);
        }
    const auto wide_sample = test::normal_sample<double>(1, 30, 300); // few runs
    test::check_within("d 300", error_of_moments(exec::serial{}, wide_sample), 2e-15);
}

TEST_CASE("The covariance of points far from the origin keeps its digits") {
    const auto x = test::normal_sample<double>(1, 597, 3, 1e6);
    test::check_within("mean 1e6", error_of_moments(exec::serial{}, x), 1e-15);
}

TEST_CASE("Moments have the same bits under every policy and from every layout and container") {
    const index_t n = 597, d = 3;
    const auto x = test::normal_sample<double>(1, n, d);
    const auto want = metric::moments(exec::serial{}, x.view());
    Eigen::Matrix<double, 3, Eigen::Dynamic> fixed(3, n);
    std::vector<double> spread(static_cast<std::size_t>(n * 20));
    const batch_view<double, dynamic, strided> spread_view(spread.data() + 19, n, d, 20, -5);
    for (index_t i = 0; i < n; ++i)
        for (index_t j = 0; j < d; ++j) spread_view(i, j) = fixed(j, i) = x.view()(i, j);
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        CHECK(all_same_bits(metric::moments(policy, x.view()), want));
        CHECK(all_same_bits(metric::moments(policy, fixed), want));
        CHECK(all_same_bits(metric::moments(policy, spread_view), want));
#if defined(CDL_HAS_XTENSOR)
        xt::xtensor<double, 2> tensor({static_cast<std::size_t>(n), static_cast<std::size_t>(d)});
        for (index_t i = 0; i < n; ++i)
            for (index_t j = 0; j < d; ++j) tensor(i, j) = x.view()(i, j);
        CHECK(all_same_bits(metric::moments(policy, tensor), want));
#endif
    });
    const std::vector<float> line{1, 2, 3, 6};
    const auto of_line = metric::moments(exec::serial{}, line);
    CHECK(of_line.mean(0) == 3);
    CHECK(of_line.covariance(0, 0) == 14.0 / 3);
}

TEST_CASE("Moments of too few points are refused with a sentence") {
    const std::vector<double> none, one{1}, two{1, 1};
    const auto refusal = [](const auto& x) { return test::refusal([&] { metric::moments(exec::serial{}, x); }); };
    CHECK(refusal(none) == "cdl::metric::moments: x: must have at least 2 points; got 0");
    CHECK(refusal(one) == "cdl::metric::moments: x: must have at least 2 points; got 1");
    CHECK(refusal(batch_view<const double>(one.data(), 3, 0)) ==
          "cdl::metric::moments: x: must have at least 1 coordinate; got 0");
    CHECK(metric::moments(exec::serial{}, two).covariance(0, 0) == 0);
    const std::vector<double> broken{1, std::nan(""), 2};
    CHECK(std::isnan(metric::moments(exec::serial{}, broken).covariance(0, 0)));
}
