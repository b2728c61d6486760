// SPDX-License-Identifier: MIT
// Kernels that are no functions of the distance: of inner products, and of any two points.

#include <cdl/metric/permutation_test.hpp>
#include <cdl/metric/polynomial.hpp>

#include "metric/samples.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

using namespace cdl;
using metric::polynomial;

namespace {

/// The kernel of the Kernel Inception Distance as a user would write it.
struct cubic {
    template <class X, class Y>
    double operator()(const X& x, const Y& y) const {
        double dot = 0;
        for (index_t j = 0; j < static_cast<index_t>(x.size()); ++j)
            dot += static_cast<double>(x[j]) * static_cast<double>(y[j]);
        return std::pow(dot / static_cast<double>(x.size()) + 1, 3);
    }
};

/// The same of inner products, for any scalar and packs.
struct cubic_of_products {
    double dim;
    template <class S>
    S operator()(const S&, const S&, const S& xy) const {
        const S base = S(S(xy / S(static_cast<lane_t<S>>(dim))) + S(1));
        return S(S(base * base) * base);
    }
};

/// The cosine of the angle between two points, which needs all three inner products.
struct cosine {
    template <class S>
    S operator()(const S& xx, const S& yy, const S& xy) const {
        using std::sqrt;
        return S(xy / S(sqrt(S(xx * yy))));
    }
};

/// A function of two points that says its result is whatever comes out of the body.
struct of_views {
    auto operator()(point_view<const double> x, point_view<const double> y) const {
        return std::exp(-std::abs(x[0] - y[0]));
    }
};

static_assert(metric::kernel<cubic> && metric::kernel<cubic, float> && metric::kernel<polynomial<double>>);
static_assert(metric::kernel<cubic_of_products> && metric::kernel<cosine, float> && metric::kernel<of_views>);
static_assert(metric::kernel<metric::scaled<cubic, double>> && metric::kernel<metric::scaled<cosine, double>>);
static_assert(metric::kernel_of_distance<metric::scaled<metric::energy, double>>);
static_assert(!metric::kernel_of_distance<cubic> && !metric::kernel_of_products<cubic>);
static_assert(!metric::kernel_of_points<cosine> && !metric::kernel_of_distance<polynomial<float>, float>);

using four = std::array<double, 4>;
const std::vector<four> six_points{{-0.65, -0.17, 1.66, 0.66}, {-1.64, -0.01, -0.62, 0.15},
                                   {-1.61, 0.24, 0.24, 1.58},  {0.32, 0.51, -1.49, 2.25},
                                   {-1.92, 1.1, -0.33, -0.88}, {-0.66, -0.67, 0.38, -0.11}};
const std::vector<four> five_points{{1.98, -1.33, 0.5, -0.39},
                                    {1.28, -1.62, 0.16, 0.71},
                                    {-0.98, 1.49, 0.68, 1.51},
                                    {1.46, -0.48, -0.3, 0.3},
                                    {1.25, 1.35, -0.21, -0.11}};

/// The mean of k over pairs by two loops, and over pairs of a point with itself.
template <class K, class X, class Y>
long double mean_of_pairs(const K& k, const X& x, const Y& y, bool within) {
    long double sum = 0;
    for (index_t i = 0; i < x.size(); ++i)
        for (index_t j = 0; j < y.size(); ++j)
            if (!within || i != j) sum += static_cast<long double>(k(x[i], y[j]));
    return sum / static_cast<long double>(x.size() * (within ? x.size() - 1 : y.size()));
}

} // namespace

TEST_CASE(
    "The kernel of the Kernel Inception Distance has the value of two loops in every form and under every policy") {
    const double want = 2.363708175959169;
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        const auto agrees = [&](const auto& k) {
            const auto got = metric::mmd(policy, k, six_points, five_points);
            CHECK(std::abs(got.unbiased - want) <= 4e-15);
            const auto tested = metric::permutation_test(policy, k, six_points, five_points, 99, 1);
            CHECK(std::abs(tested.statistic - want) <= 4e-15);
            CHECK(tested.p_value == 0.06);
        };
        agrees(cubic{});
        agrees(cubic_of_products{4});
        agrees(polynomial<double>::kid(4));
        agrees(polynomial<double>(3, 0.25, 1.0));
        agrees(metric::scaled{cubic{}, 1.0});
        const auto twice =
            metric::mmd(policy, metric::scaled{polynomial<double>::kid(4), 2.0}, six_points, five_points);
        CHECK(twice.unbiased == doctest::Approx(2 * want).epsilon(1e-14));
    });
}

TEST_CASE("The estimates with kernels of products and of points are those of two loops at ugly sizes") {
    for (const auto& [n, m] : {std::pair{4, 5}, {33, 31}, {300, 517}})
        for (const index_t d : {1, 3, 6}) {
            const auto x = test::normal_sample<double>(1, n, d, 0.25), y = test::normal_sample<double>(2, m, d, -0.5);
            const auto agrees = [&](const auto& of_pair, const auto& k) {
                const long double xx = mean_of_pairs(of_pair, x.view(), x.view(), true),
                                  yy = mean_of_pairs(of_pair, y.view(), y.view(), true),
                                  xy = mean_of_pairs(of_pair, x.view(), y.view(), false);
                long double diagonals = 0;
                for (index_t i = 0; i < n; ++i)
                    diagonals += static_cast<long double>(of_pair(x.view()[i], x.view()[i]) / double(n * n));
                for (index_t i = 0; i < m; ++i)
                    diagonals += static_cast<long double>(of_pair(y.view()[i], y.view()[i]) / double(m * m));
                const long double biased = xx * (n - 1) / n + yy * (m - 1) / m - 2 * xy + diagonals;
                const long double scale = std::abs(xx) + std::abs(yy) + std::abs(xy) + diagonals;
                test::for_each_policy([&](const char* name, const auto& policy) {
                    CAPTURE(name);
                    CAPTURE(n);
                    CAPTURE(d);
                    const auto got = metric::mmd(policy, k, x.view(), y.view());
                    CHECK(test::relative(got.mean_xx, xx, scale) < 1e-13);
                    CHECK(test::relative(got.mean_yy, yy, scale) < 1e-13);
                    CHECK(test::relative(got.mean_xy, xy, scale) < 1e-13);
                    CHECK(test::relative(got.unbiased, xx + yy - 2 * xy, scale) < 1e-13);
                    CHECK(test::relative(got.biased, biased, scale) < 1e-13);
                    CHECK(got.standard_error > 0);
                });
            };
            agrees(cubic{}, cubic{});
            agrees(cubic{}, polynomial<double>::kid(d));
            const auto cosine_of_pair = [](const auto& u, const auto& v) {
                double uu = 0, vv = 0, uv = 0;
                for (index_t j = 0; j < u.size(); ++j) uu += u[j] * u[j], vv += v[j] * v[j], uv += u[j] * v[j];
                return uv / std::sqrt(uu * vv);
            };
            agrees(cosine_of_pair, cosine{});
        }
}

TEST_CASE("The polynomial kernel of degree 1 compares means") {
    const auto x = test::normal_sample<double>(1, 40, 3), y = test::normal_sample<double>(2, 50, 3, 1);
    double squares = 0;
    for (index_t j = 0; j < 3; ++j) {
        double mean_x = 0, mean_y = 0;
        for (index_t i = 0; i < 40; ++i) mean_x += x.view()(i, j) / 40;
        for (index_t i = 0; i < 50; ++i) mean_y += y.view()(i, j) / 50;
        squares += (mean_x - mean_y) * (mean_x - mean_y);
    }
    const auto got = metric::mmd(exec::serial{}, polynomial<double>(1, 0.5, 0.0), x.view(), y.view());
    CHECK(got.biased == doctest::Approx(squares / 2).epsilon(1e-13));
}

TEST_CASE("Kernels of products and of points have the same bits on any number of threads") {
    const auto x = test::normal_sample<float>(1, 597, 2), y = test::normal_sample<float>(2, 300, 2, 0.0625);
    const auto same = [&](const auto& k) {
        std::vector<metric::mmd_estimate<double>> found;
        test::for_each_packed_policy(
            [&](const char*, const auto& policy) { found.push_back(metric::mmd(policy, k, x.view(), y.view())); });
        for (const auto& other : found) {
            CHECK(test::same_bits(other.unbiased, found[0].unbiased));
            CHECK(test::same_bits(other.biased, found[0].biased));
            CHECK(test::same_bits(other.standard_error, found[0].standard_error));
        }
    };
    same(polynomial<float>::kid(2));
    same(cubic{});
}

TEST_CASE("The sums by rows that run on devices are those by tiles") {
    const auto x = test::normal_sample<double>(1, 300, 3), y = test::normal_sample<double>(2, 77, 3);
    using metric::detail::pairing;
    const auto agrees = [&](const auto& k) {
        for (const auto which : {pairing::once, pairing::every}) {
            const auto others = which == pairing::once ? x.view() : y.view();
            const auto rows = metric::detail::sums_by_rows(exec::serial{}, k, x.view(), others, which);
            const auto tiles = metric::detail::sums_by_tiles(exec::serial{}, k, x.view(), others, which);
            CHECK(tiles.squares == doctest::Approx(rows.squares).epsilon(1e-13));
            for (std::size_t i = 0; i < 300; ++i) CHECK(tiles.rows[i] == doctest::Approx(rows.rows[i]).epsilon(1e-12));
        }
    };
    agrees(polynomial<double>::kid(3));
    agrees(cubic{});
    agrees(cosine{});
}

TEST_CASE("Polynomials that are no kernels are refused with a sentence") {
    using test::refusal;
    CHECK(refusal([] { polynomial<double>(0, 1, 1); }) == "cdl::metric::polynomial: degree: must be at least 1; got 0");
    CHECK(refusal([] { polynomial<double>(2, -1, 1); }) ==
          "cdl::metric::polynomial: scale: must be positive and finite; got -1");
    CHECK(refusal([] { polynomial<double>(2, 1, -0.5); }) ==
          "cdl::metric::polynomial: offset: must be finite and not negative; got -0.5");
    CHECK(refusal([] { polynomial<double>(2, std::nan(""), 1); }) != "");
    CHECK(refusal([] { polynomial<double>(2, 1, std::nan("")); }) != "");
    CHECK(refusal([] { polynomial<double>::kid(0); }) == "cdl::metric::polynomial::kid: d: must be at least 1; got 0");
}
