// SPDX-License-Identifier: MIT
// A SIMD pack is a scalar: every lane has the value of the same formula on one number, to twice the promised error.

#include <doctest/doctest.h>

#if defined(CDL_HAS_SIMD)

#include <cdl/channel/composition.hpp>
#include <cdl/channel/posterior.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/exec/detail/simd_pack.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>
#include <support/ulp.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;

namespace {

template <class T>
std::vector<T> arguments() {
    std::vector<T> all;
    for (double u = -80; u <= 80; u += 0.37) all.push_back(static_cast<T>(u));
    for (double u = 1e-7; u < 1; u *= 3) {
        all.push_back(static_cast<T>(u));
        all.push_back(static_cast<T>(-u));
    }
    const T infinity = std::numeric_limits<T>::infinity();
    for (const T u : {T(0), T(1), std::nextafter(T(1), T(2)), infinity, -infinity}) all.push_back(u);
    while (all.size() % 64 != 0) all.push_back(T(3));
    return all;
}

/// The largest error in ULP of f on packs against f in long double.
template <class T, class F>
double unary_error(const F& f) {
    using pack = exec::simd_pack<T>;
    constexpr std::size_t width = static_cast<std::size_t>(lane_traits<pack>::size);
    const auto u = arguments<T>();
    double worst = 0;
    for (std::size_t i = 0; i < u.size(); i += width) {
        T got[width];
        lane_traits<pack>::store(f(lane_traits<pack>::load(&u[i])), got);
        for (std::size_t l = 0; l < width; ++l) {
            const long double want = f(test::wide(u[i + l]));
            const T smallest = std::numeric_limits<T>::min();
            if (std::abs(want) < test::wide(smallest) && std::abs(got[l]) < smallest)
                continue; // below the normal numbers
            test::keep_largest(worst, test::ulp_distance(got[l], want));
        }
    }
    return worst;
}

/// The same for two arguments, all pairs.
template <class T, class F>
double binary_error(const F& f) {
    double worst = 0;
    for (const T v : arguments<T>())
        test::keep_largest(worst,
                           unary_error<T>([&]<class S>(const S& u) { return f(u, S(static_cast<lane_t<S>>(v))); }));
    return worst;
}

} // namespace

TEST_CASE_TEMPLATE("the logistic functions on packs", T, float, double) {
    const std::string bits = std::to_string(8 * sizeof(T)) + " bits, ULP";
    test::check_within("pack sigmoid, " + bits, unary_error<T>([](const auto& u) { return math::sigmoid(u); }), 6);
    test::check_within("pack sqrt_sigmoid, " + bits,
                       unary_error<T>([](const auto& u) { return math::sqrt_sigmoid(u); }), 6);
    test::check_within("pack softplus, " + bits, unary_error<T>([](const auto& u) { return math::softplus(u); }), 6);
    test::check_within("pack log_sigmoid, " + bits, unary_error<T>([](const auto& u) { return math::log_sigmoid(u); }),
                       6);
}

TEST_CASE_TEMPLATE("composition on packs", T, float, double) {
    const std::string bits = std::to_string(8 * sizeof(T)) + " bits, ULP";
    const auto b = [](const auto& u, const auto& v) { return share_of_noise(log_snr{u}, log_snr{v}).b; };
    const auto rotation = [](const auto& u, const auto& v) { return share_of_noise(log_snr{u}, log_snr{v}).rotation; };
    const auto one_minus_b = [](const auto& u, const auto& v) {
        return share_of_noise(log_snr{u}, log_snr{v}).one_minus_b;
    };
    const auto gap = [](const auto& u, const auto& v) { return composition_gap(log_snr{u}, log_snr{v}); };
    test::check_within("pack b, " + bits, binary_error<T>(b), 10);
    test::check_within("pack rotation, " + bits, binary_error<T>(rotation), 10);
    test::check_within("pack 1 - b, " + bits, binary_error<T>(one_minus_b), 10);
    test::check_within("pack composition_gap, " + bits, binary_error<T>(gap), 16);
    // compose has a zero: absolute near it
    double worst = 0;
    using pack = exec::simd_pack<T>;
    constexpr std::size_t width = static_cast<std::size_t>(lane_traits<pack>::size);
    const auto u = arguments<T>();
    for (const T v : u)
        for (std::size_t i = 0; i < u.size(); i += width) {
            T got[width];
            const auto beta = compose(log_snr<pack>{lane_traits<pack>::load(&u[i])}, log_snr<pack>{pack(v)}).value;
            lane_traits<pack>::store(beta, got);
            for (std::size_t l = 0; l < width; ++l) {
                const long double want = compose(log_snr{test::wide(u[i + l])}, log_snr{test::wide(v)}).value;
                const double ulp = test::ulp_distance(got[l], want);
                const double absolute = static_cast<double>(std::abs(test::wide(got[l]) - want)) / test::epsilon<T>;
                test::keep_largest(worst, std::min(ulp, std::isnan(absolute) ? ulp : absolute * 10 / 8));
            }
        }
    test::check_within("pack compose, " + bits, worst, 10);
}

TEST_CASE_TEMPLATE("the optimal denoiser and the density on packs", T, float, double) {
    using pack = exec::simd_pack<T>;
    constexpr index_t width = lane_traits<pack>::size;
    const auto mixture = test::golden_mixture("five_2d").make<T, 2, covariance::full>();
    const denoiser::optimal f(mixture);
    const auto& cases = test::golden_cases("five_2d");
    double worst = 0;
    for (index_t first = 0; first + width <= static_cast<index_t>(cases.size()); first += width) {
        const lanes<pack> points{first, width};
        const auto at = [&](index_t i) -> const test::mixture_case& { return cases[static_cast<std::size_t>(i)]; };
        const log_snr<pack> a{gather(points, [&](index_t i) { return at(i).level; })};
        const std::array<pack, 2> z{gather(points, [&](index_t i) { return at(i).x[0]; }),
                                    gather(points, [&](index_t i) { return at(i).x[1]; })};
        std::array<pack, 2> eps_hat{pack(T(0)), pack(T(0))};
        f(z, a, eps_hat);
        const auto see = [&](const pack& value, const auto& exact) {
            scatter(points, value, [&](index_t i, T got) {
                const auto [want, size] = exact(i);
                test::keep_largest(worst, static_cast<double>(std::abs(static_cast<long double>(got) - want) / size) /
                                              test::epsilon<T>);
            });
        };
        see(f.log_density(z, a),
            [&](index_t i) { return std::pair{at(i).log_p, std::max(1.0L, std::abs(at(i).log_p))}; });
        for (std::size_t j = 0; j < 2; ++j)
            see(eps_hat[j], [&](index_t i) {
                const auto& c = at(i);
                // |eps_hat| is at most of this size
                const long double size = test::wide(std::max({1.0, std::abs(c.x[0]), std::abs(c.x[1])}));
                return std::pair{c.eps_hat.empty() ? 0.0L : c.eps_hat[j], size};
            });
    }
    test::check_within("pack denoiser and density, " + std::to_string(8 * sizeof(T)) + " bits / epsilon", worst, 8);
}

#endif
