// SPDX-License-Identifier: MIT
#include <cdl/metric/kernel.hpp>

#include "laws/metric.hpp"
#include "metric/samples.hpp"

#include <doctest/doctest.h>

#include <numbers>

using namespace cdl;
using metric::gaussian;
using metric::laplace;

namespace {

template <class T>
auto three_gaussians() {
    return metric::gaussian_mean<T, 3>::with_standard_deviations({T(0.25), T(1), T(4)});
}

struct own { // a kernel of one's own, Matern 3/2 of length 1
    template <class S>
    S operator()(const S& squared_distance) const {
        using std::sqrt, std::exp;
        const S r = S(S(1.7320508075688772) * sqrt(squared_distance));
        return S(S(S(1) + r) * exp(S(-r)));
    }
};

struct not_copyable_to_a_device {
    std::vector<double> table;
    double operator()(const double&) const { return 1; }
};
struct of_two_points {
    double operator()(const double&, const double&) const { return 1; }
};

} // namespace

TEST_CASE("All kernels satisfy the laws of a kernel in float and double") {
    laws::kernel_laws<float>(gaussian<float>::with_standard_deviation(0.5f));
    laws::kernel_laws<double>(gaussian<double>::with_standard_deviation(0.5));
    laws::kernel_laws<float>(laplace<float>::with_length(0.5f));
    laws::kernel_laws<double>(laplace<double>::with_length(0.5));
    laws::kernel_laws<float>(three_gaussians<float>());
    laws::kernel_laws<double>(three_gaussians<double>());
    laws::kernel_laws<float>(metric::energy{});
    laws::kernel_laws<double>(metric::energy{});
    laws::kernel_laws<float>(metric::scaled{gaussian<float>::with_variance(2), 3.0f});
    laws::kernel_laws<double>(metric::scaled{metric::energy{}, 0.5});
}

TEST_CASE("The MMD with every kernel satisfies the laws of an MMD") {
    const auto x = test::normal_sample<double>(1, 30, 3), y = test::normal_sample<double>(2, 23, 3, 0.25);
    laws::mmd_laws(gaussian<double>::with_standard_deviation(1.5), x.view(), y.view());
    laws::mmd_laws(laplace<double>::with_length(2), x.view(), y.view());
    laws::mmd_laws(three_gaussians<double>(), x.view(), y.view());
    laws::mmd_laws(metric::energy{}, x.view(), y.view());
    laws::mmd_laws(metric::scaled{laplace<double>::with_length(2), 3.0}, x.view(), y.view());
    laws::mmd_laws(own{}, x.view(), y.view());
}

TEST_CASE("Kernels have the values of their formulas") {
    const double q = 1.3;
    CHECK(gaussian<double>::with_standard_deviation(0.7)(q) ==
          doctest::Approx(std::exp(-q / (2 * 0.49))).epsilon(1e-15));
    CHECK(gaussian<double>::with_variance(0.7)(q) == doctest::Approx(std::exp(-q / 1.4)).epsilon(1e-15));
    CHECK(laplace<double>::with_length(0.7)(q) == doctest::Approx(std::exp(-std::sqrt(q) / 0.7)).epsilon(1e-15));
    CHECK(metric::energy{}(q) == -std::sqrt(q));
    const double mean = (std::exp(-q * 8) + std::exp(-q / 2) + std::exp(-q / 32)) / 3;
    CHECK(three_gaussians<double>()(q) == doctest::Approx(mean).epsilon(1e-15));
    CHECK(metric::scaled{metric::energy{}, 3.0}(q) == -3 * std::sqrt(q));
    for (const double at_zero : {gaussian<double>::with_variance(2)(0.0), laplace<double>::with_length(2)(0.0),
                                 metric::gaussian_mean<double, 2>::with_standard_deviations({1, 2})(0.0)})
        CHECK(at_zero == 1);
    CHECK(metric::energy{}(0.0) == 0);
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(gaussian<double>::with_variance(2)(infinity) == 0);
    CHECK(laplace<double>::with_length(2)(infinity) == 0);
}

TEST_CASE("A standard deviation and a variance give the same Gaussian kernel only as s and its square") {
    const auto by_s = gaussian<double>::with_standard_deviation(0.125),
               by_variance = gaussian<double>::with_variance(0.015625);
    for (const double q : {0.0, 0.01, 0.1, 1.0}) CHECK(by_s(q) == by_variance(q));
    CHECK(by_s(0.1) != gaussian<double>::with_variance(0.125)(0.1));
}

TEST_CASE("The kernel of the program of CDL is the Gaussian of variance 0.03 times 2.303294") {
    const double variance = 0.03, factor = 1 / std::sqrt(2 * std::numbers::pi * variance);
    CHECK(factor == doctest::Approx(2.303294).epsilon(1e-6));
    const auto theirs = metric::scaled{gaussian<double>::with_variance(variance), factor};
    CHECK(theirs(0.02) == doctest::Approx(std::exp(-0.02 / 0.06) / std::sqrt(2 * std::numbers::pi * 0.03)));
    CHECK(0.002 / factor ==
          doctest::Approx(8.683e-4).epsilon(1e-4)); // the threshold of table 1 in the kernel of app. B.1
    const auto x = test::normal_sample<double>(1, 20, 2), y = test::normal_sample<double>(2, 30, 2);
    const auto plain = metric::mmd(exec::serial{}, gaussian<double>::with_variance(variance), x.view(), y.view());
    const auto scaled = metric::mmd(exec::serial{}, theirs, x.view(), y.view());
    CHECK(scaled.unbiased == doctest::Approx(factor * plain.unbiased).epsilon(1e-13));
    CHECK(scaled.biased == doctest::Approx(factor * plain.biased).epsilon(1e-13));
    CHECK(scaled.standard_error == doctest::Approx(factor * plain.standard_error).epsilon(1e-12));
}

TEST_CASE("The MMD of the energy kernel is the energy distance") {
    const auto x = test::normal_sample<double>(1, 15, 2), y = test::normal_sample<double>(2, 12, 2, 1);
    long double between = 0, within_x = 0, within_y = 0;
    for (index_t i = 0; i < 15; ++i)
        for (index_t j = 0; j < 12; ++j) between += std::sqrt(test::squared_distance(x, i, y, j)) / (15 * 12);
    for (index_t i = 0; i < 15; ++i)
        for (index_t j = 0; j < 15; ++j) within_x += std::sqrt(test::squared_distance(x, i, x, j)) / (15 * 14);
    for (index_t i = 0; i < 12; ++i)
        for (index_t j = 0; j < 12; ++j) within_y += std::sqrt(test::squared_distance(y, i, y, j)) / (12 * 11);
    const auto got = metric::mmd(exec::serial{}, metric::energy{}, x.view(), y.view());
    CHECK(got.unbiased == doctest::Approx(static_cast<double>(2 * between - within_x - within_y)).epsilon(1e-13));
}

TEST_CASE("Parameters that are no bandwidths are refused with a sentence") {
    using test::refusal;
    const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
    CHECK(refusal([] { gaussian<double>::with_standard_deviation(0); }) ==
          "cdl::metric::gaussian: standard_deviation: must be positive and finite, with its square; got 0");
    CHECK(refusal([] { gaussian<double>::with_variance(-0.5); }) ==
          "cdl::metric::gaussian: variance: must be positive and finite; got -0.5");
    CHECK(refusal([] { laplace<double>::with_length(0); }) ==
          "cdl::metric::laplace: length: must be positive and finite; got 0");
    CHECK(refusal([] { metric::gaussian_mean<double, 2>::with_standard_deviations({1, -2}); }) ==
          "cdl::metric::gaussian: standard_deviation: must be positive and finite, with its square; got -2");
    for (const double bad : {0.0, -1.0, nan, infinity, -infinity, 1e-320}) {
        CAPTURE(bad);
        CHECK(refusal([&] { gaussian<double>::with_standard_deviation(bad); }) != "");
        CHECK(refusal([&] { gaussian<double>::with_variance(bad); }) != "");
        CHECK(refusal([&] { laplace<double>::with_length(bad); }) != "");
    }
    CHECK(refusal([] { gaussian<float>::with_standard_deviation(1e-20f); }) != ""); // no float holds 1 / s^2
    CHECK(refusal([] { gaussian<float>::with_standard_deviation(1e-15f); }) == "");
    CHECK(refusal([] { gaussian<float>::with_standard_deviation(1e15f); }) == "");
}

TEST_CASE("The concept of a kernel takes kernels of any scalar and refuses other functions") {
    static_assert(metric::kernel<own> && metric::kernel<own, float>);
    static_assert(metric::kernel<gaussian<float>, double> && metric::kernel<gaussian<double>, float>);
    static_assert(!metric::kernel<not_copyable_to_a_device>);
    static_assert(!metric::kernel<of_two_points>);
    static_assert(!metric::kernel<int>);
    CHECK(true);
}
