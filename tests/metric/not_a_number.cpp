// SPDX-License-Identifier: MIT
// A sample with a NaN, an infinity, or numbers that overflow passes no test as equal, near or largest.

#include <cdl/metric/bandwidth.hpp>
#include <cdl/metric/frechet.hpp>
#include <cdl/metric/permutation_test.hpp>
#include <cdl/metric/polynomial.hpp>

#include "metric/samples.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace cdl;

namespace {

const double not_a_number = std::nan(""), infinity = std::numeric_limits<double>::infinity();

/// Two samples of 50 points in the plane, one coordinate of the second replaced.
struct samples_with {
    test::sample<double> x = test::normal_sample<double>(1, 50, 2), y = test::normal_sample<double>(2, 50, 2);
    explicit samples_with(double number) { y.numbers[7] = number; }
};

struct largest_double { // a kernel whose sums overflow
    template <class S>
    S operator()(const S& q) const {
        return S(S(q * S(0)) + S(1.5e308));
    }
};

} // namespace

TEST_CASE("The permutation test of samples with a NaN has no p-value") {
    const samples_with broken(not_a_number), whole(0.5);
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        const auto p_of = [&](const auto& k, const samples_with& s) {
            return metric::permutation_test(policy, k, s.x.view(), s.y.view(), 99, 1).p_value;
        };
        const auto refuses = [&](const auto& k) {
            CHECK(std::isnan(p_of(k, broken)));
            CHECK(p_of(k, whole) > 0);
            CHECK(std::isnan(metric::permutation_test(policy, k, broken.y.view(), broken.x.view(), 1, 1).p_value));
        };
        refuses(metric::gaussian<double>::with_standard_deviation(1));
        refuses(metric::laplace<double>::with_length(1));
        refuses(metric::energy{});
        refuses(metric::polynomial<double>::kid(2));
    });
}

TEST_CASE("The permutation test of values that overflow has no p-value and one of far points has one") {
    const samples_with far_away(infinity), whole(0.5);
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        const auto of = [&](const auto& k, const samples_with& s) {
            return metric::permutation_test(policy, k, s.x.view(), s.y.view(), 99, 1);
        };
        CHECK(std::isnan(of(metric::energy{}, far_away).p_value)); // -inf - -inf
        CHECK(std::isnan(of(metric::polynomial<double>::kid(2), far_away).p_value));
        CHECK(std::isnan(of(largest_double{}, whole).p_value));
        const auto near = of(metric::gaussian<double>::with_standard_deviation(1), far_away); // its kernel values are 0
        CHECK(std::isfinite(near.statistic));
        CHECK(near.p_value > 0.01);
    });
}

TEST_CASE("The median distance counts a NaN neither as near nor as far") {
    const samples_with broken(not_a_number), far_away(infinity), whole(0.5);
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        CHECK(std::isnan(metric::median_distance(policy, broken.x.view(), broken.y.view())));
        CHECK(std::isnan(metric::median_distance(policy, broken.y.view(), broken.x.view())));
        CHECK(std::isfinite(metric::median_distance(policy, whole.x.view(), whole.y.view())));
        // one point at infinity is far from all others, and that is all a median needs to know
        const double with_far_point = metric::median_distance(policy, far_away.x.view(), far_away.y.view());
        CHECK(with_far_point >= metric::median_distance(policy, whole.x.view(), whole.y.view()) * 0.98);
        CHECK(with_far_point < 10);
        // most distances infinite: squares of 1e200 overflow; two points at infinity have no distance
        const std::vector<double> x{0, 1e200}, y{-1e200, 3e200};
        CHECK(metric::median_distance(policy, x, y) == infinity);
        CHECK(std::isnan(metric::median_distance(policy, std::vector{0.0, infinity}, std::vector{infinity, 1.0})));
        const std::vector<float> xf{0, std::nanf("")}, yf{1, 2};
        CHECK(std::isnan(metric::median_distance(policy, xf, yf)));
    });
}

TEST_CASE("No bandwidth is the best for samples with a NaN") {
    const samples_with broken(not_a_number);
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        const std::vector<double> candidates{0.1, 1, 10};
        const auto found = metric::maximising_bandwidth(policy, broken.x.view(), broken.y.view(), candidates);
        CHECK(std::isnan(found.bandwidth));
        CHECK(std::isnan(found.mmd.unbiased));
        CHECK(found.curve.size() == 3);
        CHECK(std::isnan(found.curve[2].mmd.unbiased));
    });
    // squares that the scalar of the batches does not hold: their rate would be infinite, and infinity times 0 a NaN
    const std::vector<float> x{1, 1, 2}, y{3, 1, 2};
    CHECK(test::refusal([&] { metric::maximising_bandwidth(exec::serial{}, x, y, std::vector{1e-25, 1.0}); }) ==
          "cdl::metric::maximising_bandwidth: candidates: must be positive and finite, with their squares; got 1e-25");
}

TEST_CASE("A NaN makes the estimates of MMD NaN and a Frechet distance whose sums overflow is not 0") {
    const samples_with broken(not_a_number);
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        const auto check = [&](const auto& k) {
            const auto got = metric::mmd(policy, k, broken.x.view(), broken.y.view());
            CHECK(std::isnan(got.unbiased));
            CHECK(std::isnan(got.biased));
            CHECK(std::isnan(got.standard_error));
            CHECK(std::isnan(got.mean_yy));
            CHECK(std::isfinite(got.mean_xx));
        };
        check(metric::gaussian<double>::with_standard_deviation(1));
        check(metric::energy{});
        check(metric::polynomial<double>::kid(2));
    });
    const Eigen::Vector2d zero(0, 0);
    const metric::mean_and_covariance wide{zero, Eigen::Vector2d(1.5e308, 1.5e308).asDiagonal()};
    CHECK_FALSE(metric::frechet(wide, {zero, Eigen::Matrix2d::Identity()}) < 1e308); // the trace is 3e308
    CHECK_FALSE(metric::frechet(wide, wide) == 0);                                   // inf - inf says nothing
    CHECK(metric::moments(exec::serial{}, std::vector{1.0, infinity}).mean(0) == infinity);
    CHECK(std::isnan(metric::moments(exec::serial{}, std::vector{1.0, infinity}).covariance(0, 0)));
}
