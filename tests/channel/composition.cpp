// SPDX-License-Identifier: MIT
#include <cdl/channel/composition.hpp>

#include "laws/channel.hpp"
#include "support/accuracy.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace cdl;
using test::apply;
using test::ulp_distance;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();

const auto composed = [](const auto& a, const auto& z) { return compose(log_snr{a}, log_snr{z}).value; };
const auto gap = [](const auto& a, const auto& z) { return composition_gap(log_snr{a}, log_snr{z}); };
const auto zeta_gap = [](const auto& a, const auto& z) { return composition_gap(log_snr{z}, log_snr{a}); };
const auto share_b = [](const auto& a, const auto& z) { return share_of_noise(log_snr{a}, log_snr{z}).b; };
const auto rotation = [](const auto& a, const auto& z) { return share_of_noise(log_snr{a}, log_snr{z}).rotation; };
const auto one_minus_b = [](const auto& a, const auto& z) {
    return share_of_noise(log_snr{a}, log_snr{z}).one_minus_b;
};
const auto noise = [](const auto& a, const auto& z) { return composed_noise_power(log_snr{a}, log_snr{z}); };

/// An error of compose is good if it is at most 4 epsilon, absolute, which is counted as none: its zero is ill conditioned.
template <class T>
double ulp_or_near_zero(T got, long double want) {
    const long double absolute = std::fabs(static_cast<long double>(got) - want);
    return absolute <= 4 * static_cast<long double>(std::numeric_limits<T>::epsilon()) ? 0.0 : ulp_distance(got, want);
}

template <class S>
void check_against_golden() {
    using T = lane_t<S>;
    const test::golden_inputs<S, 2> rows("a_beta.csv", {"alpha", "zeta"});
    CHECK(rows.worst("beta", composed, ulp_or_near_zero<T>) <= 5 * test::pack_factor<S>());
    rows.check("alpha_minus_beta", 8, gap);
    rows.check("zeta_minus_beta", 8, zeta_gap);
    rows.check("b", 5, share_b);
    rows.check("a", 5, rotation);
    rows.check("one_minus_b", 5, one_minus_b);
    rows.check("sigmoid_neg_beta", 5, noise);
}
} // namespace

TEST_CASE_TEMPLATE("Composition and the share of noise stay within their bounds of the golden values", S,
                   CDL_TEST_SCALARS) {
    check_against_golden<S>();
}

TEST_CASE("In long double composition and the share of noise stay within their bounds of the golden values") {
    check_against_golden<long double>();
}

TEST_CASE_TEMPLATE("The textbook forms of composition fail on the same golden values", T, float, double) {
    const test::golden_inputs<T, 2> rows("a_beta.csv", {"alpha", "zeta"});
    const auto beta = [](T a, T z) { return math::logit(T(math::sigmoid(a) * math::sigmoid(z))); };
    CHECK(rows.worst("beta", beta, ulp_or_near_zero<T>) > 1e6);
    CHECK(rows.worst_ulp("alpha_minus_beta", [](T a, T z) { return T(a - composed(a, z)); }) > 1e6);
    CHECK(rows.worst_ulp("b", [](T a, T z) { // the two noise powers as one minus the powers of the signal
        const T s = math::sigmoid(a), both = s * math::sigmoid(z);
        return std::sqrt((1 - s) / (1 - both));
    }) > 1e6);
    CHECK(rows.worst_ulp("a", [](T a, T z) { return std::sqrt(T(1) - share_b(a, z) * share_b(a, z)); }) > 1e6);
    CHECK(rows.worst_ulp("one_minus_b", [](T a, T z) { return T(1) - share_b(a, z); }) > 1e6);
    CHECK(rows.worst_ulp("sigmoid_neg_beta", [](T a, T z) { return T(1) - math::sigmoid(a) * math::sigmoid(z); }) >
          1e6);
    CHECK(rows.worst_ulp("sigmoid_neg_beta", [](T a, T z) { return math::sigmoid(T(-composed(a, z))); }) > 8);
}

TEST_CASE_TEMPLATE("Levels are a commutative monoid under composition at hard levels", T, float, double) {
    laws::composition_laws(laws::hard_levels<T>());
}

TEST_CASE_TEMPLATE("Levels are a commutative monoid under composition at random levels", T, float, double) {
    std::mt19937_64 engine(20240817);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    for (int round = 0; round < 40; ++round) {
        std::vector<log_snr<T>> levels;
        for (int i = 0; i < 7; ++i) levels.push_back({T(std::sinh(5.0 * uniform(engine)))}); // up to 74, dense about 0
        levels.push_back({T(levels[0].value * (1 + std::numeric_limits<T>::epsilon()))});
        laws::composition_laws(levels);
    }
}

TEST_CASE_TEMPLATE("Composition at infinite levels is exact", S, CDL_TEST_SCALARS) {
    for (const double a : {-infinity, -80.0, -1.0, 0.0, 1.0, 80.0, infinity}) {
        CHECK(apply<S>(composed, a, infinity) == lane_t<S>(a));
        CHECK(apply<S>(composed, infinity, a) == lane_t<S>(a));
        CHECK(apply<S>(composed, a, -infinity) == lane_t<S>(-infinity));
        CHECK(apply<S>(share_b, a, infinity) == 1);
        CHECK(apply<S>(rotation, a, infinity) == 0);
        CHECK(apply<S>(one_minus_b, a, infinity) == 0);
        CHECK(apply<S>(gap, a, infinity) == 0);
        if (a < infinity) {
            CHECK(apply<S>(share_b, -infinity, a) == 1); // pure noise hides what came before
            CHECK(apply<S>(share_b, infinity, a) == 0);  // a clean channel shows all of it
            CHECK(apply<S>(rotation, infinity, a) == 1);
            CHECK(std::isinf(apply<S>(gap, infinity, a)));
        }
    }
    CHECK(apply<S>(noise, infinity, infinity) == 0);
    CHECK(apply<S>(noise, -infinity, infinity) == 1);
    CHECK(apply<S>(noise, infinity, -infinity) == 1);
}

TEST_CASE_TEMPLATE("A NaN level on either side makes everything composed of it NaN", S, CDL_TEST_SCALARS) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto all_nan = [&](auto f) {
        for (const double other : {-3.0, 0.0, 3.0}) {
            CHECK(std::isnan(apply<S>(f, nan, other)));
            CHECK(std::isnan(apply<S>(f, other, nan)));
        }
    };
    all_nan(composed);
    all_nan(gap);
    all_nan(share_b);
    all_nan(rotation);
    all_nan(one_minus_b);
    all_nan(noise);
}

TEST_CASE_TEMPLATE("Two equal halves of the noise compose to the level where signal and noise are equal", T, float,
                   double) {
    // sigmoid(a)^2 = 1/2 at a = log(1 / (sqrt(2) - 1)): the zero of compose, absolute error only
    const T a = T(std::log(1 + std::sqrt(2.0L)));
    CHECK(std::abs(composed(a, a)) <= 4 * std::numeric_limits<T>::epsilon());
}
