// SPDX-License-Identifier: MIT
#include <cdl/channel/composition.hpp>
#include <cdl/channel/posterior.hpp>

#include "laws/channel.hpp"
#include "support/accuracy.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using test::apply;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();

/// f(level of s, level of t) as a function of VDM's two gammas.
template <class F>
auto of_gammas(F f) {
    return
        [f](const auto& gamma_s, const auto& gamma_t) { return f(from_vdm_gamma(gamma_s), from_vdm_gamma(gamma_t)); };
}

const auto signal_ratio = of_gammas([](auto s, auto t) { return channel::transition(s, t).from_z; });
const auto added_variance = of_gammas([](auto s, auto t) { return channel::transition(s, t).variance; });
const auto new_share = of_gammas([](auto s, auto t) { return channel::new_noise_share(s, t); });

template <class S>
void check_against_golden() {
    const test::golden_inputs<S, 2> rows("a_vdm_transition.csv", {"gs", "gt"});
    rows.check("alpha_s", 3, of_gammas([](auto s, auto) { return signal_scale(s); }));
    rows.check("sigma_s", 3, of_gammas([](auto s, auto) { return noise_scale(s); }));
    rows.check("alpha_t", 3, of_gammas([](auto, auto t) { return signal_scale(t); }));
    rows.check("sigma_t", 3, of_gammas([](auto, auto t) { return noise_scale(t); }));
    rows.check("c", 3, new_share);
    rows.check("alpha_ts", 5, signal_ratio);
    rows.check("sigma2_ts", 5, added_variance);
    rows.check("sigma2_q", 5, of_gammas([](auto s, auto t) { return channel::posterior(s, t).variance; }));
    rows.check("mean_x_coef_z", 5, of_gammas([](auto s, auto t) { return channel::posterior(s, t).from_z; }));
    rows.check("mean_x_coef_x", 5, of_gammas([](auto s, auto t) { return channel::posterior(s, t).from_other; }));
    rows.check("mean_eps_coef_z", 5,
               of_gammas([](auto s, auto t) { return channel::posterior_from_noise(s, t).from_z; }));
    rows.check("mean_eps_coef_eps", 5,
               of_gammas([](auto s, auto t) { return channel::posterior_from_noise(s, t).from_other; }));
    rows.check("sigma2_q", 5, of_gammas([](auto s, auto t) { return channel::posterior_from_noise(s, t).variance; }));
    rows.check("snr_s_minus_snr_t", 5, of_gammas([](auto s, auto t) { return channel::snr_difference(s, t); }));
    const auto twice = [](lane_t<S> got, long double half) { return test::ulp_distance(got, 2 * half); };
    const auto ratio = of_gammas([](auto s, auto t) { return channel::snr_ratio_minus_one(s, t); });
    CHECK(rows.worst("half_expm1_gt_gs", ratio, twice) <= 5 * test::pack_factor<S>());
}
} // namespace

TEST_CASE_TEMPLATE("Transition and posterior stay within 5 units in the last place of the golden values", S,
                   CDL_TEST_SCALARS) {
    check_against_golden<S>();
}

TEST_CASE("In long double transition and posterior stay within 5 units in the last place of the golden values") {
    check_against_golden<long double>();
}

TEST_CASE_TEMPLATE("The variance of a transition as VDM prints it in equation 63 loses its digits for near-equal times",
                   T, float, double) {
    const test::golden_inputs<T, 2> rows("a_vdm_transition.csv", {"gs", "gt"});
    const auto printed = [](T gs, T gt) { return T(-std::expm1(T(math::softplus(gs) - math::softplus(gt)))); };
    const auto subtracted = [](T gs, T gt) {
        const T ratio = signal_ratio(gs, gt);
        return T(math::sigmoid(gt) - ratio * ratio * math::sigmoid(gs));
    };
    CHECK(rows.worst_ulp("sigma2_ts", printed) > 1000);
    CHECK(rows.worst_ulp("sigma2_ts", subtracted) > 1000);
    CHECK(rows.worst_ulp("c", [](T gs, T gt) { return T(T(1) - std::exp(T(gs - gt))); }) > 1000);
    CHECK(rows.worst_ulp("snr_s_minus_snr_t", [](T gs, T gt) { return T(std::exp(-gs) - std::exp(-gt)); }) > 1000);
}

TEST_CASE_TEMPLATE("Noising in two steps is noising in one at hard levels", T, float, double) {
    auto levels = laws::hard_levels<T>();
    std::erase_if(levels, [](log_snr<T> a) { return std::isinf(a.value); });
    laws::transition_laws(levels);
}

TEST_CASE_TEMPLATE("A step between equal levels changes nothing", S, CDL_TEST_SCALARS) {
    for (const double gamma : {-infinity, -80.0, -1.0, 0.0, 1.0, 80.0, infinity}) {
        CAPTURE(gamma);
        CHECK(apply<S>(new_share, gamma, gamma) == 0);
        CHECK(apply<S>(signal_ratio, gamma, gamma) == 1);
        CHECK(apply<S>(added_variance, gamma, gamma) == 0);
        CHECK(apply<S>(of_gammas([](auto s, auto t) { return channel::noise_power_ratio(s, t); }), gamma, gamma) == 1);
        CHECK(apply<S>(of_gammas([](auto s, auto t) { return channel::posterior(s, t).from_z; }), gamma, gamma) == 1);
        CHECK(apply<S>(of_gammas([](auto s, auto t) { return channel::posterior(s, t).from_other; }), gamma, gamma) ==
              0);
        CHECK(apply<S>(of_gammas([](auto s, auto t) { return channel::posterior(s, t).variance; }), gamma, gamma) == 0);
        CHECK(apply<S>(of_gammas([](auto s, auto t) { return channel::snr_ratio_minus_one(s, t); }), gamma, gamma) ==
              0);
        CHECK(apply<S>(of_gammas([](auto s, auto t) { return channel::snr_difference(s, t); }), gamma, gamma) == 0);
    }
}

TEST_CASE_TEMPLATE("A step from clean data is the channel itself and a step to pure noise forgets everything", S,
                   CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    const auto same = [](T got, T want) { CHECK(test::ulp_distance(got, static_cast<long double>(want)) <= 5); };
    for (const double gamma : {-80.0, -1.0, 0.0, 1.0, 80.0}) {
        CAPTURE(gamma);
        same(apply<S>(signal_ratio, -infinity, gamma),
             apply<S>([](const S& g) { return signal_scale(from_vdm_gamma(g)); }, gamma));
        same(apply<S>(added_variance, -infinity, gamma),
             apply<S>([](const S& g) { return noise_power(from_vdm_gamma(g)); }, gamma));
        CHECK(apply<S>(signal_ratio, gamma, infinity) == 0);
        CHECK(apply<S>(added_variance, gamma, infinity) == 1);
        // knowing x, the way back to clean data is x
        CHECK(apply<S>(of_gammas([](auto s, auto t) { return channel::posterior(s, t).from_z; }), -infinity, gamma) ==
              0);
        CHECK(apply<S>(of_gammas([](auto s, auto t) { return channel::posterior(s, t).from_other; }), -infinity,
                       gamma) == 1);
        CHECK(apply<S>(of_gammas([](auto s, auto t) { return channel::posterior(s, t).variance; }), -infinity, gamma) ==
              0);
        CHECK(std::isinf(
            apply<S>(of_gammas([](auto s, auto t) { return channel::snr_difference(s, t); }), -infinity, gamma)));
    }
}

TEST_CASE_TEMPLATE("A NaN level on either side makes every coefficient NaN", S, CDL_TEST_SCALARS) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto all_nan = [&](auto f) {
        CHECK(std::isnan(apply<S>(of_gammas(f), nan, 1.0)));
        CHECK(std::isnan(apply<S>(of_gammas(f), 1.0, nan)));
    };
    all_nan([](auto s, auto t) { return channel::new_noise_share(s, t); });
    all_nan([](auto s, auto t) { return channel::signal_ratio(s, t); });
    all_nan([](auto s, auto t) { return channel::noise_power_ratio(s, t); });
    all_nan([](auto s, auto t) { return channel::transition(s, t).variance; });
    all_nan([](auto s, auto t) { return channel::posterior(s, t).from_other; });
    all_nan([](auto s, auto t) { return channel::posterior_from_noise(s, t).from_other; });
    all_nan([](auto s, auto t) { return channel::snr_difference(s, t); });
    all_nan([](auto s, auto t) { return channel::snr_ratio_minus_one(s, t); });
}

TEST_CASE_TEMPLATE("Differences of signal-to-noise ratios are right as far as they are numbers", T, float, double) {
    const T most = std::log(std::numeric_limits<T>::max()); // e^most is the largest number
    const auto exact = [](T s, T t) {                       // e^s - e^t, with the levels subtracted first
        const auto wide_s = static_cast<long double>(s), wide_t = static_cast<long double>(t);
        return static_cast<double>(-std::exp(wide_s) * std::expm1(wide_t - wide_s));
    };
    for (const T s : {T(-60), T(-1), T(0), T(40), most - 1, most + 1, most + 10})
        for (const T below : {T(1e-4), T(1e-2), T(0.5), T(3), T(50)}) {
            const T t = s - below;
            const double want = exact(s, t);
            if (!(want < static_cast<double>(std::numeric_limits<T>::max()))) continue;
            CAPTURE(s);
            CAPTURE(t);
            CHECK(test::ulp_distance(channel::snr_difference(log_snr{s}, log_snr{t}),
                                     -std::exp(static_cast<long double>(s)) *
                                         std::expm1(static_cast<long double>(t) - static_cast<long double>(s))) <= 5);
        }
    const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
    for (const T a : {-inf, T(-745), T(0), T(745), inf}) CHECK(channel::snr_difference(log_snr{a}, log_snr{a}) == 0);
    CHECK(channel::snr_difference(log_snr{inf}, log_snr{T(745)}) == inf);
    CHECK(channel::snr_difference(log_snr{inf}, log_snr{-inf}) == inf);
    CHECK(channel::snr_difference(log_snr{T(0)}, log_snr{-inf}) == 1);
    CHECK(channel::snr_difference(log_snr{T(-745)}, log_snr{-inf}) <= std::numeric_limits<T>::min());
    CHECK(std::isnan(channel::snr_difference(log_snr{nan}, log_snr{T(0)})));
    CHECK(std::isnan(channel::snr_difference(log_snr{T(0)}, log_snr{nan})));
}

TEST_CASE_TEMPLATE("No coefficient of a step between two levels is NaN, and each is for a NaN", T, float, double) {
    const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
    const std::vector<T> levels{-inf, T(-1500), T(-745), T(-100), T(-1), T(0), std::nextafter(T(0), T(1)),
                                T(1), T(100),   T(745),  T(1500), inf};
    for (std::size_t i = 0; i < levels.size(); ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            const log_snr<T> s{levels[i]}, t{levels[j]};
            CAPTURE(s.value);
            CAPTURE(t.value);
            const auto forward = channel::transition(s, t), back = channel::posterior(s, t);
            for (const T share : {forward.from_z, forward.variance, back.from_z, back.from_other, back.variance,
                                  channel::new_noise_share(s, t), channel::noise_power_ratio(s, t)}) {
                CHECK(share >= 0);
                CHECK(share <= 1);
            }
            CHECK(channel::snr_difference(s, t) >= 0);
            CHECK(channel::snr_ratio_minus_one(s, t) >= 0);
            if (s == t) {
                CHECK(back.from_z == 1);
                CHECK(back.from_other == 0);
                CHECK(back.variance == 0);
            }
            if (t != pure_noise<T>()) {
                const auto from_noise = channel::posterior_from_noise(s, t);
                CHECK(from_noise.from_z >= 1);
                CHECK(from_noise.from_other <= 0);
                CHECK(from_noise.variance == back.variance);
            }
        }
    for (const log_snr<T> a : {log_snr{-inf}, log_snr{T(0)}, log_snr{inf}})
        for (const auto& [s, t] : {std::pair{log_snr{nan}, a}, std::pair{a, log_snr{nan}}}) {
            CAPTURE(s.value);
            CAPTURE(t.value);
            CHECK(std::isnan(channel::transition(s, t).variance));
            CHECK(std::isnan(channel::posterior(s, t).from_z));
            CHECK(std::isnan(channel::posterior(s, t).from_other));
            CHECK(std::isnan(channel::posterior(s, t).variance));
            CHECK(std::isnan(channel::snr_ratio_minus_one(s, t)));
            CHECK(std::isnan(compose(s, t).value));
            CHECK(std::isnan(composition_gap(s, t)));
            CHECK(std::isnan(share_of_noise(s, t).b));
            CHECK(std::isnan(share_of_noise(s, t).rotation));
            CHECK(std::isnan(share_of_noise(s, t).one_minus_b));
            CHECK(std::isnan(composed_noise_power(s, t)));
        }
}
