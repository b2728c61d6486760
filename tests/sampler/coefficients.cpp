// SPDX-License-Identifier: MIT
// The factors of one step against the formulas as the papers print them, in fifty digits, where their cancellation does
// no harm.

#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/ddim.hpp>

#include "support/accuracy.hpp"

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <doctest/doctest.h>

#include <random>

using namespace cdl;
using sampler::affine_update;
using sampler::ancestral;
using sampler::ddim;
using sampler::step_variance;

namespace {
using number = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<50>, boost::multiprecision::et_off>;

/// What the papers' formulas are made of, at a level that may be +inf.
struct scales {
    number signal, noise;
    explicit scales(long double a) : signal(1), noise(0) {
        if (std::isinf(a)) return;
        signal = 1 / sqrt(1 + exp(-number(a)));
        noise = 1 / sqrt(1 + exp(number(a)));
    }
};

/// c, the share of the noise that is new [VDM app. A.4].
number new_share(long double from, long double to) {
    return std::isinf(to) ? number(1) : number(1 - exp(number(from) - number(to)));
}

/// [Song et al. 2021a, eqs. 12, 16] with alpha_bar = S^2, the standard deviation eta times that of the posterior.
affine_update<number> ddim_of_the_paper(double eta, long double from, long double to) {
    const scales s(from), t(to);
    const number variance = number(eta) * eta * t.noise * t.noise * new_share(from, to);
    return {t.signal / s.signal, sqrt(t.noise * t.noise - variance) - s.noise * t.signal / s.signal, sqrt(variance)};
}

/// [VDM eqs. 28, 32, with sigma_t where it is missing]; the variance is one of the two of [DDPM sec. 3.2].
affine_update<number> ancestral_of_the_paper(step_variance kind, long double from, long double to) {
    const scales s(from), t(to);
    const number c = new_share(from, to), stretch = t.signal / s.signal;
    const number spread = kind == step_variance::posterior ? t.noise : s.noise;
    return {stretch, -stretch * s.noise * c, std::isinf(to) ? number(0) : number(spread * sqrt(c))};
}

struct pair_of_levels {
    long double from, to;
};

/// Pairs from <= to that T holds exactly: -80 to 80, gaps from one unit in the last place to all of it, and clean ends.
template <class T>
std::vector<pair_of_levels> pairs() {
    const T infinity = std::numeric_limits<T>::infinity();
    std::vector<pair_of_levels> found;
    const auto add = [&](T from, T to) {
        if (from <= to) found.push_back({static_cast<long double>(from), static_cast<long double>(to)});
    };
    std::mt19937_64 engine(7);
    const auto uniform = [&](double low, double high) {
        return static_cast<T>(low + (high - low) * std::uniform_real_distribution<double>()(engine));
    };
    for (int i = 0; i < 300; ++i) {
        const T a = uniform(-80, 80);
        add(a, uniform(-80, 80));
        add(a, T(a + uniform(0, 10)));
        add(a, infinity);
        for (const double gap : {1e-7, 1e-4, 1e-2, 1.0}) {
            add(a, T(a + T(gap)));
            const T small = uniform(-3, 3); // where a float still has levels 1e-7 apart
            add(small, T(small + T(gap)));
        }
        add(a, std::nextafter(a, infinity));
    }
    for (const T a : {T(-80), T(-36), T(-1), T(0), T(1), T(36), T(79)}) {
        add(a, T(80));
        add(a, infinity);
        add(a, T(a + T(1e-7)));
        for (const double gap : {99.999, 100.0, 150.0})
            if (a + T(gap) <= T(80)) add(a, T(a + T(gap)));
    }
    return found;
}

/// The factors that `method(from, to)` has in the scalar S, at all pairs, against those of the paper.
template <class S, class Method>
void check_method(const std::string& name, const Method& method, const std::vector<affine_update<number>>& paper,
                  double bound = 5) {
    using T = lane_t<S>;
    const auto levels = pairs<T>();
    std::vector<T> froms, tos;
    for (const auto& [from, to] : levels) {
        froms.push_back(static_cast<T>(from));
        tos.push_back(static_cast<T>(to));
    }
    const auto check = [&](const char* what, const auto& factor) {
        const auto got = test::map_lanes<S>(
            [&](const S& from, const S& to) { return S(factor(method(log_snr<S>{from}, log_snr<S>{to}))); }, froms,
            tos);
        test::worst_error worst(name + " " + what + " " + test::scalar_name<S>());
        for (std::size_t i = 0; i < levels.size(); ++i) {
            const auto& [from, to] = levels[i];
            worst.see(test::ulp_distance(got[i], static_cast<long double>(factor(paper[i]))),
                      std::to_string(from) + " to " + std::to_string(to));
        }
        INFO(worst.text());
        CHECK(worst.value() <= bound * test::pack_factor<S>());
    };
    check("from_z", [](const auto& u) { return u.from_z; });
    check("from_eps_hat", [](const auto& u) { return u.from_eps_hat; });
    check("from_noise", [](const auto& u) { return u.from_noise; });
}

/// The factors in S, and those that the steppers use, rounded from double where S is float.
template <class S, class Method, class Paper>
void check_both_ways(const std::string& name, const Method& method, const Paper& of_the_paper) {
    std::vector<affine_update<number>> paper;
    for (const auto& [from, to] : pairs<lane_t<S>>()) paper.push_back(of_the_paper(from, to));
    check_method<S>(name, [&](const auto& from, const auto& to) { return method.coefficients(from, to); }, paper);
    if constexpr (std::is_same_v<S, lane_t<S>>)
        check_method<S>(
            name + " rounded",
            [&](auto from, auto to) { return sampler::detail::rounded_coefficients(method, from, to); }, paper,
            std::is_same_v<S, float> ? 0.51 : 5);
}
} // namespace

TEST_CASE_TEMPLATE("The factors of DDIM stay within 5 units in the last place of equation 12", T, CDL_TEST_SCALARS) {
    for (const double eta : {0.0, 0.5, 1.0})
        check_both_ways<T>("ddim " + std::to_string(eta), ddim{eta},
                           [&](long double from, long double to) { return ddim_of_the_paper(eta, from, to); });
}

TEST_CASE_TEMPLATE("The factors of ancestral sampling stay within 5 units in the last place of VDM's", T,
                   CDL_TEST_SCALARS) {
    for (const auto kind : {step_variance::posterior, step_variance::forward})
        check_both_ways<T>(kind == step_variance::posterior ? "ancestral posterior" : "ancestral forward",
                           ancestral{kind},
                           [&](long double from, long double to) { return ancestral_of_the_paper(kind, from, to); });
}

TEST_CASE("The two papers agree: DDIM with eta 1 is ancestral sampling with the variance of the posterior") {
    number largest = 0;
    for (const auto& [from, to] : pairs<double>()) {
        const auto u = ddim_of_the_paper(1, from, to);
        const auto v = ancestral_of_the_paper(step_variance::posterior, from, to);
        const number size = 1 + u.from_z;
        for (const number& off : {number(u.from_z - v.from_z), number(u.from_eps_hat - v.from_eps_hat),
                                  number(u.from_noise - v.from_noise)})
            if (abs(off) / size > largest) largest = abs(off) / size;
    }
    CHECK(largest < number("1e-40"));
}

TEST_CASE("In fifty digits the factors are those of the papers, which says that the formulas are the same") {
    number largest = 0;
    const auto see = [&](const affine_update<number>& got, const affine_update<number>& want) {
        const number size = 1 + want.from_z;
        for (const number& off : {number(got.from_z - want.from_z), number(got.from_eps_hat - want.from_eps_hat),
                                  number(got.from_noise - want.from_noise)})
            if (!(abs(off) / size <= largest)) largest = abs(off) / size;
    };
    int count = 0;
    for (const auto& [from, to] : pairs<double>()) {
        if (to - from > 90 || ++count % 5 != 0) continue; // from 100 on double needs no more than x_hat
        const log_snr<number> a{number(from)}, b{number(to)};
        for (const double eta : {0.0, 0.5, 1.0}) see(ddim{eta}.coefficients(a, b), ddim_of_the_paper(eta, from, to));
        for (const auto kind : {step_variance::posterior, step_variance::forward})
            see(ancestral{kind}.coefficients(a, b), ancestral_of_the_paper(kind, from, to));
    }
    CHECK(largest < number("1e-40"));
}

TEST_CASE("Only a stochastic setting says that it is") {
    CHECK(!ddim{}.stochastic());
    CHECK(ddim{0.25}.stochastic());
    CHECK(ancestral{}.stochastic());
    CHECK(ddim{}.coefficients(log_snr{-1.0}, log_snr{1.0}).from_noise == 0);
}

TEST_CASE_TEMPLATE("Between equal levels every method is the identity, bit for bit", T, float, double, long double) {
    for (const double a : {-80.0, -36.5, -1.0, 0.0, 1e-300, 7.25, 80.0})
        for (const auto& u : {ddim{}.coefficients(log_snr<T>{T(a)}, log_snr<T>{T(a)}),
                              ddim{0.5}.coefficients(log_snr<T>{T(a)}, log_snr<T>{T(a)}),
                              ddim{1}.coefficients(log_snr<T>{T(a)}, log_snr<T>{T(a)}),
                              ancestral{}.coefficients(log_snr<T>{T(a)}, log_snr<T>{T(a)}),
                              ancestral{step_variance::forward}.coefficients(log_snr<T>{T(a)}, log_snr<T>{T(a)})}) {
            CAPTURE(a);
            CHECK(u.from_z == 1);
            CHECK(u.from_eps_hat == 0);
            CHECK(u.from_noise == 0);
        }
}

TEST_CASE_TEMPLATE("A step to clean data is the estimate of x, without noise", T, float, double) {
    for (const double level : {-80.0, -15.0, -1.0, 0.0, 5.0, 80.0, 700.0}) {
        CAPTURE(level);
        const log_snr<T> a{T(std::min(level, std::is_same_v<T, float> ? 80.0 : 700.0))};
        const auto near = [](T got, long double want) { CHECK(test::ulp_distance(got, want) <= 5); };
        for (const auto& u : {ddim{}.coefficients(a, clean<T>()), ddim{0.5}.coefficients(a, clean<T>()),
                              ddim{1}.coefficients(a, clean<T>()), ancestral{}.coefficients(a, clean<T>()),
                              ancestral{step_variance::forward}.coefficients(a, clean<T>())}) {
            const auto wide = static_cast<long double>(a.value);
            near(u.from_z, std::sqrt(1 + std::exp(-wide)));
            near(u.from_eps_hat, -std::exp(-wide / 2)); // N / S
            CHECK(u.from_noise == 0);
        }
    }
}

TEST_CASE("A step of VDM's schedule has the mean and the variance worked out by hand") {
    const auto level = [](double t) { return from_vdm_gamma(-13.3 + 18.3 * t); };
    for (const auto& u :
         {ancestral{}.coefficients(level(0.6), level(0.59)), ddim{1}.coefficients(level(0.6), level(0.59))}) {
        CHECK(std::abs(u.from_z * 0.7 + u.from_eps_hat * -0.4 - 0.725458) < 5e-7);
        CHECK(std::abs(u.from_noise * u.from_noise - 0.0126508) < 5e-8);
    }
}

TEST_CASE_TEMPLATE("The factors of ancestral sampling are the golden posterior of VDM", T, float, double) {
    const test::golden_inputs<T, 2> rows("a_vdm_transition.csv", {"gs", "gt"});
    const auto step = [](T gs, T gt) { return ancestral{}.coefficients(from_vdm_gamma(gt), from_vdm_gamma(gs)); };
    rows.check("mean_eps_coef_z", 5, [&](T gs, T gt) { return step(gs, gt).from_z; });
    rows.check("mean_eps_coef_eps", 5, [&](T gs, T gt) { return step(gs, gt).from_eps_hat; });
    const auto root = [](T got, long double square) { return test::ulp_distance(got, std::sqrt(square)); };
    CHECK(rows.worst("sigma2_q", [&](T gs, T gt) { return step(gs, gt).from_noise; }, root) <= 5);
    const auto forward = [](T gs, T gt) {
        return ancestral{step_variance::forward}.coefficients(from_vdm_gamma(gt), from_vdm_gamma(gs)).from_noise;
    };
    // sigma_{t|s}^2 = sigmoid(gamma_t) c, the variance of the way there
    CHECK(rows.worst("sigma2_ts", forward, root) <= 5);
}

TEST_CASE_TEMPLATE("At extreme levels no factor is lost to an overflow or an underflow on the way", T, float, double) {
    // where the result itself is a normal number; exact in 50 digits
    const std::vector<long double> all{-700, -350, -80, -20, -1, 0, 1, 20, 80, 170, 350, 700, 1000, 1300, 1400};
    const long double infinity = std::numeric_limits<long double>::infinity();
    int checked = 0;
    const auto near = [&](T got, const number& want, long double at) {
        const auto exact = static_cast<long double>(want);
        if (std::fabs(exact) < static_cast<long double>(std::numeric_limits<T>::min()) ||
            std::fabs(exact) > static_cast<long double>(std::numeric_limits<T>::max()))
            return;
        CAPTURE(at);
        CHECK(test::ulp_distance(got, exact) <= 5);
        ++checked;
    };
    for (const long double a : all)
        for (std::size_t k = 0; k <= all.size(); ++k) {
            const long double to = k < all.size() ? all[k] : infinity;
            if (to < a) continue;
            // steps that are short beside 1 in their levels, too
            for (const long double b : {to, static_cast<long double>(static_cast<T>(a)) + 0.5L}) {
                const log_snr<T> from{static_cast<T>(a)}, there{static_cast<T>(b)};
                for (const double eta : {0.0, 0.5, 1.0}) {
                    const auto u = ddim{eta}.coefficients(from, there);
                    const auto want = ddim_of_the_paper(eta, a, b);
                    near(u.from_z, want.from_z, a);
                    near(u.from_noise, want.from_noise, a);
                    // B in the form without cancellation, for fifty digits are not enough for that of the paper here
                    const scales s(a), t(b);
                    const number share = number(eta) * eta * new_share(a, b);
                    const number gone = std::isinf(b) ? number(1) : number(1 - exp((number(a) - number(b)) / 2));
                    near(u.from_eps_hat,
                         -(t.signal / s.signal * s.noise * gone + t.noise * share / (1 + sqrt(1 - share))), a);
                    CHECK(!std::isnan(u.from_eps_hat));
                }
                for (const auto kind : {step_variance::posterior, step_variance::forward}) {
                    const auto u = ancestral{kind}.coefficients(from, there);
                    const auto want = ancestral_of_the_paper(kind, a, b);
                    near(u.from_z, want.from_z, a);
                    near(u.from_eps_hat, want.from_eps_hat, a);
                    near(u.from_noise, want.from_noise, a);
                }
            }
        }
    CHECK(checked > 1000);
    // the ends: the identity between equal ones, infinite factors from pure noise, never NaN
    const T inf = std::numeric_limits<T>::infinity();
    for (const T a : {T(-inf), inf})
        for (const auto& u : {ddim{0.5}.coefficients(log_snr<T>{a}, log_snr<T>{a}),
                              ancestral{}.coefficients(log_snr<T>{a}, log_snr<T>{a})}) {
            CHECK(u.from_z == 1);
            CHECK(u.from_eps_hat == 0);
            CHECK(u.from_noise == 0);
        }
    for (const T b : {T(-700), T(0), T(700), inf})
        for (const auto& u : {ddim{0.5}.coefficients(log_snr<T>{-inf}, log_snr<T>{b}),
                              ancestral{}.coefficients(log_snr<T>{-inf}, log_snr<T>{b})}) {
            CHECK(u.from_z == inf);
            CHECK(u.from_eps_hat == -inf);
            CHECK(u.from_noise - u.from_noise == 0);
        }
}
