// SPDX-License-Identifier: MIT
#include <cdl/adapter/eigen.hpp>
#include <cdl/adapter/eigen_autodiff.hpp>
#if defined(CDL_HAS_XTENSOR)
#include <cdl/adapter/xtensor.hpp>
#endif
#include <cdl/metric/mmd.hpp>

#include "metric/samples.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace cdl;

namespace {

/// The bandwidth that suits standard normal points of d coordinates.
template <class T>
auto kernel_for(index_t dim) {
    return metric::gaussian<T>::with_variance(static_cast<T>(2 * dim));
}

/// The largest error of the mean kernel values and of the estimates, in units of a kernel value.
template <class T, class P, class K>
double error_against_brute_force(const P& policy, const K& k, const test::sample<T>& x, const test::sample<T>& y,
                                 const test::pair_means& want) {
    const auto got = metric::mmd(policy, k, x.view(), y.view());
    const auto n = static_cast<long double>(x.size), m = static_cast<long double>(y.size);
    const long double scale = std::fabs(want.xx) + std::fabs(want.yy) + std::fabs(want.xy), k0 = k(0.0L);
    const long double biased = ((n - 1) * want.xx + k0) / n + ((m - 1) * want.yy + k0) / m - 2 * want.xy;
    double error = 0;
    test::keep_largest(error, test::relative(got.mean_xx, want.xx, scale));
    test::keep_largest(error, test::relative(got.mean_yy, want.yy, scale));
    test::keep_largest(error, test::relative(got.mean_xy, want.xy, scale));
    test::keep_largest(error, test::relative(got.unbiased, want.unbiased(), scale));
    test::keep_largest(error, test::relative(got.biased, biased, scale));
    return error;
}

template <class T, class K>
void check_against_brute_force(const std::string& what, const K& k, index_t n, index_t m, index_t dim, double bound) {
    const auto x = test::normal_sample<T>(1, n, dim), y = test::normal_sample<T>(2, m, dim, 0.25);
    const auto want = test::means_by_brute_force(k, x, y);
    test::for_each_policy([&](const char* name, const auto& policy) {
        test::check_within(what + " " + name + " n " + std::to_string(n) + " m " + std::to_string(m) + " d " +
                               std::to_string(dim),
                           error_against_brute_force(policy, k, x, y, want), bound);
    });
}

template <class R>
bool all_same_bits(const metric::mmd_estimate<R>& u, const metric::mmd_estimate<R>& v) {
    using test::same_bits;
    return same_bits(u.unbiased, v.unbiased) && same_bits(u.biased, v.biased) &&
           same_bits(u.standard_error, v.standard_error) && same_bits(u.mean_xx, v.mean_xx) &&
           same_bits(u.mean_yy, v.mean_yy) && same_bits(u.mean_xy, v.mean_xy);
}

} // namespace

TEST_CASE("Estimates of MMD agree with two loops in long double under every policy at ugly sizes and dimensions") {
    for (const auto& [n, m] : {std::pair{2, 2}, {2, 7}, {7, 2}, {597, 7}, {255, 257}})
        for (const index_t dim : {1, 2, 3, 4, 5, 64}) {
            check_against_brute_force<double>("double", kernel_for<double>(dim), n, m, dim, 2e-15);
            check_against_brute_force<float>("float", kernel_for<float>(dim), n, m, dim, 4e-7);
        }
    check_against_brute_force<float>("float", kernel_for<float>(64), 597, 1030, 64, 4e-7);
    check_against_brute_force<double>("double", kernel_for<double>(300), 40, 50, 300, 2e-15);
    check_against_brute_force<float>("float", kernel_for<float>(3000), 40, 50, 3000, 4e-7); // smaller tiles
}

TEST_CASE("Estimates of MMD from many points in float lose nothing in the sums") {
    const auto x = test::normal_sample<float>(1, 4099, 2), y = test::normal_sample<float>(2, 4099, 2, 0.25);
    const auto k = kernel_for<float>(2);
    const auto want = test::means_by_brute_force(k, x, y);
    test::check_within("float serial n m 4099", error_against_brute_force(exec::serial{}, k, x, y, want), 8e-9);
#if defined(CDL_HAS_SIMD)
    test::check_within("float simd n m 4099", error_against_brute_force(exec::simd{}, k, x, y, want), 8e-9);
#endif
    check_against_brute_force<double>("double", kernel_for<double>(2), 4099, 97, 2, 2e-15);
}

TEST_CASE("Estimates of MMD agree with two loops for every kernel") {
    check_against_brute_force<double>("laplace", metric::laplace<double>::with_length(1.5), 300, 77, 3, 2e-15);
    check_against_brute_force<double>("energy", metric::energy{}, 300, 77, 3, 2e-15);
    check_against_brute_force<double>("gaussian_mean",
                                      metric::gaussian_mean<double, 4>::with_standard_deviations({0.25, 0.5, 1, 2}),
                                      300, 77, 3, 2e-15);
    check_against_brute_force<float>("energy", metric::energy{}, 300, 77, 3, 4e-7);
    check_against_brute_force<long double>("long double", metric::gaussian<long double>::with_variance(2), 300, 77, 3,
                                           1e-17);
}

TEST_CASE("An estimate of MMD has the same bits on any number of threads and under simd") {
    const auto run = [&]<class T>(T) {
        for (const index_t n : {2, 597, 1030}) {
            CAPTURE(n);
            const auto x = test::normal_sample<T>(1, n, 2), y = test::normal_sample<T>(2, n + 3, 2);
            std::vector<metric::mmd_estimate<double>> found;
            test::for_each_packed_policy([&](const char*, const auto& policy) {
                found.push_back(metric::mmd(policy, kernel_for<T>(2), x.view(), y.view()));
            });
            for (const auto& other : found) {
                if (n >= 4) {
                    CHECK(all_same_bits(other, found[0]));
                } else {
                    CHECK(test::same_bits(other.unbiased, found[0].unbiased));
                    CHECK(std::isnan(other.standard_error));
                }
            }
        }
    };
    run(float{});
    run(double{});
}

TEST_CASE("An estimate of MMD has the same bits from every layout and container") {
    const index_t n = 91, m = 70, d = 3;
    const auto x = test::normal_sample<double>(1, n, d), y = test::normal_sample<double>(2, m, d);
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        const auto k = kernel_for<double>(d);
        const auto want = metric::mmd(policy, k, x.view(), y.view());
        const auto same = [&](const auto& other) {
            return all_same_bits(metric::mmd(policy, k, other, y.view()), want) &&
                   metric::mmd(policy, k, y.view(), other).mean_yy == want.mean_xx;
        };
        CHECK(same(x.view<3>()));

        std::vector<double> by_coordinate(static_cast<std::size_t>(n * d)), spread(static_cast<std::size_t>(n * 20));
        const batch_view<double, dynamic, coord_major> coord_major_view(by_coordinate.data(), n, d);
        const batch_view<double, dynamic, strided> spread_view(spread.data() + 19, n, d, 20, -5);
        Eigen::Matrix<double, 3, Eigen::Dynamic> fixed(3, n);
        Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> row_major(d, n);
#if defined(CDL_HAS_XTENSOR)
        xt::xtensor<double, 2> tensor({static_cast<std::size_t>(n), static_cast<std::size_t>(d)});
#endif
        for (index_t i = 0; i < n; ++i)
            for (index_t j = 0; j < d; ++j) {
                coord_major_view(i, j) = spread_view(i, j) = fixed(j, i) = row_major(j, i) = x.view()(i, j);
#if defined(CDL_HAS_XTENSOR)
                tensor(i, j) = x.view()(i, j);
#endif
            }
        CHECK(same(coord_major_view));
        CHECK(same(spread_view));
        CHECK(same(fixed));
        CHECK(same(as_batch_of_columns(row_major)));
#if defined(CDL_HAS_XTENSOR)
        CHECK(same(tensor));
#endif
    });
    const std::vector<double> line{1, 2, 3, 5}, other_line{1, 2, 4};
    CHECK(metric::mmd(exec::serial{}, metric::energy{}, line, other_line).mean_xy ==
          doctest::Approx(-(0 + 1 + 3 + 1 + 0 + 2 + 2 + 1 + 1 + 4 + 3 + 1) / 12.0).epsilon(1e-15));
}

TEST_CASE("The sums by rows that run on devices are those by tiles") {
    const auto x = test::normal_sample<double>(1, 300, 2), y = test::normal_sample<double>(2, 77, 2);
    const auto k = kernel_for<double>(2);
    using metric::detail::pairing;
    for (const auto which : {pairing::once, pairing::every}) {
        const auto others = which == pairing::once ? x.view() : y.view();
        const auto rows = metric::detail::sums_by_rows(exec::serial{}, k, x.view(), others, which);
        const auto tiles = metric::detail::sums_by_tiles(exec::serial{}, k, x.view(), others, which);
        CHECK(rows.rows.size() == 300);
        CHECK(rows.columns.size() == (which == pairing::once ? 0 : 77));
        CHECK(tiles.columns.size() == rows.columns.size());
        CHECK(tiles.squares == doctest::Approx(rows.squares).epsilon(1e-14));
        for (std::size_t i = 0; i < 300; ++i) CHECK(tiles.rows[i] == doctest::Approx(rows.rows[i]).epsilon(1e-14));
        for (std::size_t j = 0; j < rows.columns.size(); ++j)
            CHECK(tiles.columns[j] == doctest::Approx(rows.columns[j]).epsilon(1e-14));
    }
}

TEST_CASE("An estimate of MMD and its standard error are differentiable in the points") {
    using number = Eigen::AutoDiffScalar<Eigen::Vector2d>;
    const auto x = test::normal_sample<double>(1, 5, 2), y = test::normal_sample<double>(2, 6, 2);
    std::vector<number> xs(x.numbers.begin(), x.numbers.end()), ys(y.numbers.begin(), y.numbers.end());
    for (auto* numbers : {&xs, &ys})
        for (number& u : *numbers) u.derivatives().setZero();
    xs[0].derivatives()(0) = 1;
    ys[3].derivatives()(1) = 1;
    const auto k = kernel_for<double>(2);
    const auto got = metric::mmd(exec::serial{}, k, as_batch(xs, 2), as_batch(ys, 2));
    const auto moved = [&](double of_x, double of_y) {
        auto u = x, v = y;
        u.numbers[0] += of_x;
        v.numbers[3] += of_y;
        return metric::mmd(exec::serial{}, k, u.view(), v.view());
    };
    for (const int which : {0, 1}) {
        const double h = 1e-5;
        const auto right = which == 0 ? moved(h, 0) : moved(0, h), left = which == 0 ? moved(-h, 0) : moved(0, -h);
        CHECK(got.unbiased.derivatives()(which) ==
              doctest::Approx((right.unbiased - left.unbiased) / (2 * h)).epsilon(1e-7));
        CHECK(got.standard_error.derivatives()(which) ==
              doctest::Approx((right.standard_error - left.standard_error) / (2 * h)).epsilon(1e-6));
    }
}

TEST_CASE("The edges of MMD are two points and equal points and distant points and NaN") {
    const auto k = metric::gaussian<double>::with_standard_deviation(1);
    const std::vector<double> x{0, 1}, y{0, 2};
    const auto small_samples = metric::mmd(exec::serial{}, k, x, y);
    CHECK(small_samples.mean_xx == std::exp(-0.5));
    CHECK(small_samples.mean_yy == std::exp(-2.0));
    CHECK(small_samples.mean_xy == doctest::Approx((1 + std::exp(-2.0) + 2 * std::exp(-0.5)) / 4).epsilon(1e-15));
    CHECK(std::isnan(small_samples.standard_error)); // it takes 4 points
    CHECK(std::isnan(
        metric::mmd(exec::serial{}, k, std::vector<double>{1, 2, 3, 4}, std::vector<double>{1, 2, 3}).standard_error));
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        const std::vector<double> ones(37, 1.0), also_ones(20, 1.0), far_away(20, 1e6);
        const auto equal = metric::mmd(policy, k, ones, also_ones);
        CHECK(equal.unbiased == 0);
        CHECK(equal.biased == doctest::Approx(0).epsilon(1e-15));
        CHECK(equal.standard_error == 0);
        const auto distant = metric::mmd(policy, k, ones, far_away);
        CHECK(distant.mean_xy == 0);
        CHECK(distant.unbiased == 2);
        const std::vector<double> broken{1, 2, std::nan(""), 3};
        const auto nan = metric::mmd(policy, k, broken, also_ones);
        CHECK(std::isnan(nan.unbiased));
        CHECK(std::isnan(nan.standard_error));
        CHECK(nan.mean_yy == 1);
    });
}

TEST_CASE("Samples that cannot be compared are refused with a sentence") {
    const auto k = metric::gaussian<double>::with_standard_deviation(1);
    const std::vector<double> none, one{1}, two{1, 2}, six{1, 2, 3, 4, 5, 6};
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        const auto refusal = [&](const auto& x, const auto& y) {
            return test::refusal([&] { metric::mmd(policy, k, x, y); });
        };
        CHECK(refusal(none, two) == "cdl::metric::mmd: x: must have at least 2 points; got 0");
        CHECK(refusal(two, none) == "cdl::metric::mmd: y: must have at least 2 points; got 0");
        CHECK(refusal(one, two) == "cdl::metric::mmd: x: must have at least 2 points; got 1");
        CHECK(refusal(two, one) == "cdl::metric::mmd: y: must have at least 2 points; got 1");
        CHECK(refusal(as_batch(six, 2), as_batch(six, 3)) ==
              "cdl::metric::mmd: y: must have the dimension of x; got 3 for 2");
        CHECK(refusal(batch_view<const double>(six.data(), 3, 0), two) ==
              "cdl::metric::mmd: x: must have at least 1 coordinate; got 0");
        CHECK(refusal(two, two) == "");
    });
}
