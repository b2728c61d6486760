// SPDX-License-Identifier: MIT
#pragma once

// A scalar is anything the formulas can be evaluated on: float, double, long double, an autodiff number, a
// multiprecision number, or a SIMD pack, which is several numbers side by side. Formulas are therefore free of
// branches: they compute both sides and `select`.

#include <cdl/core/config.hpp>

#include <cmath>
#include <concepts>
#include <limits>

namespace cdl {

/// `yes` if the condition holds, else `no`. Packs bring their own, which decides lane by lane.
template <std::same_as<bool> Condition, class T>
CDL_HD constexpr T select(Condition condition, const T& yes, const T& no) {
    return condition ? yes : no;
}

/// Whether a condition holds; of packs, which bring their own, whether it holds in every lane.
CDL_HD constexpr bool all_lanes(std::same_as<bool> auto condition) {
    return condition;
}

namespace detail {
using std::abs, std::exp, std::expm1, std::log, std::log1p, std::sqrt;

template <class T>
concept has_functions = requires(const T u) {
    T(abs(u));
    T(exp(u));
    T(expm1(u));
    T(log(u));
    T(log1p(u));
    T(sqrt(u));
};
} // namespace detail

/// Satisfied by types with arithmetic, comparison, `select` and the functions abs, exp, expm1, log, log1p, sqrt,
/// found by argument-dependent lookup. Examples: float, double, long double, Eigen::AutoDiffScalar (include
/// cdl/adapter/eigen_autodiff.hpp), boost::multiprecision numbers, xsimd::batch<float>. Not: int.
template <class T>
concept scalar = std::copyable<T> && std::constructible_from<T, double> && !std::integral<T> &&
                 detail::has_functions<T> && requires(const T u, const T v) {
                     T(u + v);
                     T(u - v);
                     T(u * v);
                     T(u / v);
                     T(-u);
                     T(select(u < v, u, v));
                     T(select(u == v, u, v));
                 };

/// The larger of two numbers; the first one where they do not compare.
template <class T>
CDL_HD T max_of(const T& u, const T& v) {
    return select(u < v, v, u);
}

/// The smaller of two numbers; the first one where they do not compare.
template <class T>
CDL_HD T min_of(const T& u, const T& v) {
    return select(v < u, v, u);
}

/// The larger of two numbers; NaN where either is one: for residuals and changes, in which a NaN must not get lost.
template <class T>
CDL_HD T max_or_nan(const T& u, const T& v) {
    return select(v == v, max_of(u, v), v);
}

/// u v + w. Packs round once, where the processor can; plain scalars leave that to the compiler.
template <class T>
CDL_HD T multiply_add(const T& u, const T& v, const T& w) {
    return T(u * v + w);
}

/// How many numbers a scalar holds, and of which type: 1 and itself unless the scalar is a SIMD pack.
template <class S>
struct lane_traits {
    using value_type = S;
    static constexpr int size = 1;
};

/// The type of one number in `S`.
template <class S>
using lane_t = typename lane_traits<S>::value_type;

} // namespace cdl
