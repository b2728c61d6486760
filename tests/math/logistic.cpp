// SPDX-License-Identifier: MIT
#include <cdl/math/logistic.hpp>

#include "support/accuracy.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using test::apply;
using test::ulp_distance;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();

const auto sigmoid = [](const auto& u) { return math::sigmoid(u); };
const auto root = [](const auto& u) { return math::sqrt_sigmoid(u); };
const auto softplus = [](const auto& u) { return math::softplus(u); };
const auto log_sigmoid = [](const auto& u) { return math::log_sigmoid(u); };
const auto logit = [](const auto& p) { return math::logit(p); };
const auto exp_difference = [](const auto& u, const auto& v) { return math::exp_difference(u, v); };
} // namespace

TEST_CASE_TEMPLATE("The logistic functions stay within 3 units in the last place of the golden values", S,
                   CDL_TEST_SCALARS) {
    const test::golden_inputs<S, 1> rows("a_unary.csv", {"u"});
    rows.check("sigmoid", 3, sigmoid);
    rows.check("sigmoid_neg", 3, [](const S& u) { return math::sigmoid(S(-u)); });
    rows.check("log_sigmoid", 3, log_sigmoid);
    rows.check("softplus", 3, softplus);
    rows.check("signal_scale", 3, root);
    rows.check("noise_scale", 3, [](const S& u) { return math::sqrt_sigmoid(S(-u)); });
}

TEST_CASE_TEMPLATE("logit stays within 3 units in the last place of the golden values", S, CDL_TEST_SCALARS) {
    const test::golden_inputs<S, 1> rows("a_logit.csv", {"p"});
    rows.check("logit", 3, logit);
}

TEST_CASE_TEMPLATE("The textbook forms of the logistic functions fail on the same golden values", T, float, double) {
    const test::golden_inputs<T, 1> rows("a_unary.csv", {"u"});
    CHECK(rows.worst_ulp("sigmoid_neg", [](T u) { return T(1) - math::sigmoid(u); }) > 1e6);
    CHECK(rows.worst_ulp("softplus", [](T u) { return std::log(T(1) + std::exp(u)); }) > 1e6);
    CHECK(rows.worst_ulp("log_sigmoid", [](T u) { return std::log(math::sigmoid(u)); }) > 1e6);
    CHECK(rows.worst_ulp("noise_scale", [](T u) { return std::sqrt(T(1) - math::sigmoid(u)); }) > 1e6);
    const test::golden_inputs<T, 1> probabilities("a_logit.csv", {"p"});
    CHECK(probabilities.worst_ulp("logit", [](T p) { return std::log(p / (T(1) - p)); }) > 100);
}

TEST_CASE("In long double the logistic functions stay within 3 units in the last place of the golden values") {
    using T = long double;
    const test::golden_inputs<T, 1> rows("a_unary.csv", {"u"});
    rows.check("sigmoid", 3, sigmoid);
    rows.check("log_sigmoid", 3, log_sigmoid);
    rows.check("softplus", 3, softplus);
    rows.check("signal_scale", 3, root);
    const test::golden_inputs<T, 1> probabilities("a_logit.csv", {"p"});
    probabilities.check("logit", 3, logit);
}

TEST_CASE_TEMPLATE("The logistic functions are exact at infinite arguments", S, CDL_TEST_SCALARS) {
    CHECK(apply<S>(sigmoid, -infinity) == 0);
    CHECK(apply<S>(sigmoid, infinity) == 1);
    CHECK(apply<S>(root, -infinity) == 0);
    CHECK(apply<S>(root, infinity) == 1);
    CHECK(apply<S>(softplus, -infinity) == 0);
    CHECK(std::isinf(apply<S>(softplus, infinity)));
    CHECK(apply<S>(log_sigmoid, infinity) == 0);
    CHECK(std::isinf(apply<S>(log_sigmoid, -infinity)));
    CHECK(apply<S>(log_sigmoid, -infinity) < 0);
    CHECK(apply<S>(sigmoid, 0) == lane_t<S>(0.5));
}

TEST_CASE_TEMPLATE("logit is infinite at 0 and 1 and not a number outside them", S, CDL_TEST_SCALARS) {
    CHECK(std::isinf(apply<S>(logit, 0)));
    CHECK(apply<S>(logit, 0) < 0);
    CHECK(std::isinf(apply<S>(logit, 1)));
    CHECK(apply<S>(logit, 1) > 0);
    CHECK(apply<S>(logit, 0.5) == 0);
    CHECK(std::isnan(apply<S>(logit, -0.125)));
    CHECK(std::isnan(apply<S>(logit, 1.125)));
}

TEST_CASE_TEMPLATE("A NaN goes through every logistic function", S, CDL_TEST_SCALARS) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(apply<S>(sigmoid, nan)));
    CHECK(std::isnan(apply<S>(root, nan)));
    CHECK(std::isnan(apply<S>(softplus, nan)));
    CHECK(std::isnan(apply<S>(log_sigmoid, nan)));
    CHECK(std::isnan(apply<S>(logit, nan)));
    CHECK(std::isnan(apply<S>(exp_difference, nan, 0)));
    CHECK(std::isnan(apply<S>(exp_difference, 0, nan)));
}

TEST_CASE_TEMPLATE("The square root of sigmoid keeps its digits where sigmoid itself has none", T, float, double) {
    const T u = std::is_same_v<T, float> ? T(-130) : T(-1000); // e^u is below the smallest number
    CHECK(ulp_distance<T>(math::sqrt_sigmoid(u), std::exp(static_cast<long double>(u) / 2)) <= 3);
    CHECK(std::sqrt(math::sigmoid(u)) == 0);
}

TEST_CASE_TEMPLATE("Arguments of the size of the smallest numbers behave like zero", S, CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    const T tiny = std::numeric_limits<T>::denorm_min(), small = std::numeric_limits<T>::min();
    for (const T u : {tiny, T(-tiny), small, T(-small)}) {
        CHECK(apply<S>(sigmoid, u) == T(0.5));
        CHECK(ulp_distance(apply<S>(softplus, u), std::log(2.0L)) <= 1);
        CHECK(ulp_distance(apply<S>(root, u), std::sqrt(0.5L)) <= 1);
    }
}

TEST_CASE_TEMPLATE("At plus and minus 80 the small side of the logistic functions is the exponential", S,
                   CDL_TEST_SCALARS) {
    const long double e = std::exp(-80.0L);
    const double bound = 3 * test::pack_factor<S>();
    CHECK(ulp_distance(apply<S>(sigmoid, -80), e) <= bound);
    CHECK(ulp_distance(apply<S>(softplus, -80), e) <= bound);
    CHECK(ulp_distance(apply<S>(log_sigmoid, 80), -e) <= bound);
    CHECK(ulp_distance(apply<S>(root, -80), std::exp(-40.0L)) <= bound);
    CHECK(apply<S>(sigmoid, 80) == 1);
    CHECK(apply<S>(log_sigmoid, -80) == -80);
}

TEST_CASE_TEMPLATE("Far beyond 80 the logistic functions go on as their limits", S, CDL_TEST_SCALARS) {
    for (const double u : {1000.0, 1e6}) {
        CHECK(apply<S>(softplus, u) == lane_t<S>(u));
        CHECK(apply<S>(log_sigmoid, -u) == lane_t<S>(-u));
        CHECK(apply<S>(softplus, -u) == 0);
        CHECK(apply<S>(sigmoid, u) == 1);
        CHECK(apply<S>(sigmoid, -u) == 0);
        CHECK(apply<S>(root, u) == 1);
    }
}

TEST_CASE_TEMPLATE("logit stays within 3 units in the last place all over the interval", S, CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    test::worst_error worst("logit sweep " + test::scalar_name<S>());
    for (int k = 1; k < 1000; ++k) {
        const T p = T(k) / T(1000);
        const long double exact = static_cast<long double>(p);
        worst.see(ulp_distance(apply<S>(logit, p), std::log1p((2 * exact - 1) / (1 - exact))), std::to_string(k));
    }
    CAPTURE(worst.text());
    CHECK(worst.value() <= 3 * test::pack_factor<S>());
}

TEST_CASE_TEMPLATE("sigmoid and the sign of its argument share one in all scalars", S, CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    for (int i = -320; i <= 320; ++i) {
        const T u = T(i) / T(4);
        const T both = apply<S>(sigmoid, u) + apply<S>(sigmoid, -u);
        CHECK(std::abs(both - T(1)) <= 2 * std::numeric_limits<T>::epsilon());
        CHECK(apply<S>(softplus, u) >= std::max(u, T(0)));
    }
}

TEST_CASE_TEMPLATE("exp_difference puts the rounding of the difference back", S, CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    test::worst_error ours("exp_difference " + test::scalar_name<S>()), naive("exp(u - v) " + test::scalar_name<S>());
    for (int i = 0; i < 400; ++i) {
        const T u = T(-80) + T(i) * T(0.1), v = T(0.0123456789) * T(i % 37);
        const long double want = std::exp(static_cast<long double>(u) - static_cast<long double>(v));
        ours.see(ulp_distance(apply<S>(exp_difference, u, v), want), std::to_string(i));
        naive.see(ulp_distance(T(std::exp(T(u - v))), want), std::to_string(i));
    }
    CAPTURE(ours.text());
    CHECK(ours.value() <= 2 * test::pack_factor<S>());
    CHECK(naive.value() > 10);
}

TEST_CASE_TEMPLATE("exp_difference of equal arguments is 1 and of infinite ones 0 or infinite", S, CDL_TEST_SCALARS) {
    for (const double u : {-infinity, -80.0, 0.0, 80.0, infinity}) CHECK(apply<S>(exp_difference, u, u) == 1);
    for (const double u : {-80.0, 0.0, 80.0}) {
        CHECK(apply<S>(exp_difference, u, infinity) == 0);
        CHECK(apply<S>(exp_difference, -infinity, u) == 0);
        CHECK(std::isinf(apply<S>(exp_difference, u, -infinity)));
        CHECK(std::isinf(apply<S>(exp_difference, infinity, u)));
    }
    CHECK(apply<S>(exp_difference, -infinity, infinity) == 0);
    // too large for the scalar, and not by a whole number of its digits
    CHECK(std::isinf(apply<S>(exp_difference, 800.1, -0.3)));
    CHECK(std::isinf(apply<S>(exp_difference, 800, 0)));
    CHECK(apply<S>(exp_difference, -0.3, 800.1) == 0);
}
