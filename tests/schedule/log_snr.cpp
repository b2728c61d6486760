// SPDX-License-Identifier: MIT
#include <cdl/schedule/log_snr.hpp>

#include "support/accuracy.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using test::apply;
using test::ulp_distance;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();

const auto signal = [](const auto& a) { return signal_scale(log_snr{a}); };
const auto noise = [](const auto& a) { return noise_scale(log_snr{a}); };
const auto edm_of = [](const auto& a) { return to_edm_sigma(log_snr{a}); };
const auto of_edm = [](const auto& sigma) { return from_edm_sigma(sigma).value; };
const auto of_alpha_bar = [](const auto& p) { return from_alpha_bar(p).value; };
const auto of_noise_power = [](const auto& p) { return from_one_minus_alpha_bar(p).value; };

// a level is not a number: the coordinate is always said by name
static_assert(!std::is_convertible_v<log_snr<double>, double>);
static_assert(!std::is_convertible_v<double, log_snr<double>>);
static_assert(std::is_same_v<decltype(log_snr{1.0f}), log_snr<float>>);
static_assert(log_snr{1.0} < log_snr{2.0} && log_snr{1.0} == log_snr{1.0});
static_assert(clean<double>() > log_snr{1e308} && pure_noise<double>() < log_snr{-1e308});
} // namespace

TEST_CASE("A level of double is a level of float, rounded") {
    const log_snr<float> rounded = log_snr<double>{0.1};
    CHECK(rounded.value == 0.1F);
    const log_snr<double> exact = log_snr<float>{0.1F};
    CHECK(exact.value == static_cast<double>(0.1F));
    CHECK(log_snr<float>(clean<double>()) == clean<float>());
    static_assert(!std::is_convertible_v<log_snr<double>, log_snr<int>>);
}

TEST_CASE_TEMPLATE("Scales and powers of a level stay within 3 units in the last place of the golden values", S,
                   CDL_TEST_SCALARS) {
    const test::golden_inputs<S, 1> rows("a_unary.csv", {"u"});
    rows.check("signal_scale", 3, signal);
    rows.check("noise_scale", 3, noise);
    rows.check("sigmoid", 3, [](const S& a) { return signal_power(log_snr{a}); });
    rows.check("sigmoid", 3, [](const S& a) { return to_alpha_bar(log_snr{a}); });
    rows.check("sigmoid_neg", 3, [](const S& a) { return noise_power(log_snr{a}); });
}

TEST_CASE_TEMPLATE("The level of a noise scale agrees with the golden sigma grids in both directions", S,
                   CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    test::worst_error from("from_edm_sigma " + test::scalar_name<S>()), to("to_edm_sigma " + test::scalar_name<S>());
    for (const test::golden_row& row : test::golden("b_sigma_grids.csv")) {
        // the file has decimal sigmas: rounding one moves the level by at most epsilon, and rounding a level moves
        // sigma by at most |a| / 4 units in the last place
        const long double level = row.number("log_snr"), sigma = row.number("sigma");
        const long double off = std::fabs(static_cast<long double>(apply<S>(of_edm, static_cast<T>(sigma))) - level);
        const long double unit = static_cast<long double>(std::numeric_limits<T>::epsilon());
        from.see(static_cast<double>(off / (unit * (1 + std::fabs(level) / 2))), row.where());
        const double ulp = ulp_distance(apply<S>(edm_of, static_cast<T>(level)), sigma);
        to.see(ulp - static_cast<double>(std::fabs(level)) / 4, row.where());
    }
    CAPTURE(from.text());
    CAPTURE(to.text());
    CHECK(from.count() == 25);
    CHECK(from.value() <= 2);
    CHECK(to.value() <= 2);
}

TEST_CASE_TEMPLATE("The noise scale of EDM is within 3 units in the last place of exp(-a / 2)", S, CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    test::worst_error to("to_edm_sigma " + test::scalar_name<S>()), from("from_edm_sigma " + test::scalar_name<S>());
    for (int i = -640; i <= 640; ++i) {
        const T a = T(i) / T(8);
        to.see(ulp_distance(apply<S>(edm_of, a), std::exp(-static_cast<long double>(a) / 2)), std::to_string(i));
        const T sigma = std::exp(a / 4);
        from.see(ulp_distance(apply<S>(of_edm, sigma), -2 * std::log(static_cast<long double>(sigma))),
                 std::to_string(i));
    }
    CAPTURE(to.text());
    CAPTURE(from.text());
    CHECK(to.value() <= 3 * test::pack_factor<S>());
    CHECK(from.value() <= 3 * test::pack_factor<S>());
}

TEST_CASE_TEMPLATE("The level of a signal power agrees with the golden values", S, CDL_TEST_SCALARS) {
    const test::golden_inputs<S, 1> rows("a_logit.csv", {"p"});
    rows.check("logit", 3, of_alpha_bar);
    rows.check("logit", 3, [](const S& p) { return S(-of_noise_power(p)); });
}

TEST_CASE_TEMPLATE("Near clean data the noise power carries the level and the signal power does not", T, float,
                   double) {
    const T a = T(30);
    const T by_noise = from_one_minus_alpha_bar(noise_power(log_snr{a})).value;
    CHECK(ulp_distance(by_noise, static_cast<long double>(a)) <= 3);
    const T by_signal = from_alpha_bar(signal_power(log_snr{a})).value; // 1 - alpha_bar is rounded to 2^-53 or 0
    CHECK(!(std::abs(by_signal - a) < T(1e-3)));
}

TEST_CASE_TEMPLATE("Every conversion is exact at clean data and at pure noise", S, CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    CHECK(apply<S>(signal, infinity) == 1);
    CHECK(apply<S>(noise, infinity) == 0);
    CHECK(apply<S>(signal, -infinity) == 0);
    CHECK(apply<S>(noise, -infinity) == 1);
    CHECK(apply<S>(edm_of, infinity) == 0);
    CHECK(apply<S>(edm_of, -infinity) == T(infinity));
    CHECK(apply<S>(of_edm, 0) == T(infinity));
    CHECK(apply<S>(of_edm, infinity) == T(-infinity));
    CHECK(apply<S>(of_edm, 1) == 0);
    CHECK(std::isnan(apply<S>(of_edm, -1)));
    CHECK(apply<S>(of_alpha_bar, 1) == T(infinity));
    CHECK(apply<S>(of_alpha_bar, 0) == T(-infinity));
    CHECK(apply<S>(of_noise_power, 0) == T(infinity));
    CHECK(apply<S>(of_noise_power, 1) == T(-infinity));
}

TEST_CASE_TEMPLATE("A level of VDM is the level with the other sign", T, float, double, long double) {
    CHECK(to_vdm_gamma(log_snr<T>{T(3)}) == T(-3));
    CHECK(from_vdm_gamma(T(-13.25)) == log_snr<T>{T(13.25)});
    CHECK(from_vdm_gamma(to_vdm_gamma(clean<T>())) == clean<T>());
}
