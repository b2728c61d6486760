// SPDX-License-Identifier: MIT
#pragma once

// The one place that knows xsimd: its widest batch of T becomes a scalar of cdl
// (its `select` is xsimd's own, `max_of`, `multiply_add` and `exp_nonpositive` are below, all found by argument-dependent
// lookup). Works with xsimd 8 to 14. Needs the component `simd`.

#include <cdl/core/scalar.hpp>

#include <numbers>

#if !__has_include(<xsimd/xsimd.hpp>)
#error "cdl: exec/simd needs xsimd: link cdl::simd (find_package(cdl COMPONENTS simd)) or use exec::serial"
#endif
#include <xsimd/xsimd.hpp>

namespace cdl::exec::detail {

/// The same bits as numbers of another type.
template <class To, class T, class Arch>
xsimd::batch<To, Arch> same_bits(const xsimd::batch<T, Arch>& u) {
#if XSIMD_VERSION_MAJOR < 11
    return xsimd::bitwise_cast<xsimd::batch<To, Arch>>(u);
#else
    return xsimd::bitwise_cast<To>(u);
#endif
}

/// c0 + c1 u + c2 u^2 + ...
template <class T, class Arch, class... Rest>
xsimd::batch<T, Arch> polynomial(const xsimd::batch<T, Arch>& u, T c0, Rest... rest) {
    if constexpr (sizeof...(rest) == 0)
        return xsimd::batch<T, Arch>(c0);
    else
        return multiply_add(polynomial(u, rest...), u, xsimd::batch<T, Arch>(c0));
}

/// e^u = 2^n e^r with u = n log 2 + r, |r| <= log(2) / 2, for a polynomial e^r.
///
/// `shift` is so large that a number next to it has no digits behind the point: adding it rounds, and leaves n, with the
/// bias of an exponent, in the last bits, from where they are moved to the exponent. n `log_2_high` is exact.
template <class T, class Arch, class ExpOfRest>
xsimd::batch<T, Arch> exp_nonpositive(const xsimd::batch<T, Arch>& u, T log_of_smallest, T shift, T log_2_high,
                                      T log_2_low, const ExpOfRest& exp_of_rest) {
    using number = xsimd::batch<T, Arch>;
    using integer = xsimd::as_integer_t<T>;
    const number shifted = multiply_add(u, number(std::numbers::log2e_v<T>), number(shift));
    const number n = shifted - number(shift);
    const number r = multiply_add(n, number(-log_2_low), multiply_add(n, number(-log_2_high), u));
    const xsimd::batch<integer, Arch> exponent = same_bits<integer>(shifted) << (std::numeric_limits<T>::digits - 1);
    return select(u < number(log_of_smallest), number(T(0)), exp_of_rest(r) * same_bits<T>(exponent));
}

} // namespace cdl::exec::detail

namespace xsimd {

/// u v + w, rounded once where the processor can.
template <class T, class Arch>
batch<T, Arch> multiply_add(const batch<T, Arch>& u, const batch<T, Arch>& v, const batch<T, Arch>& w) {
    return fma(u, v, w);
}

#if defined(__AVX512F__)
// xsimd 8 multiplies and adds here.
template <std::derived_from<avx512f> Arch>
batch<float, Arch> multiply_add(const batch<float, Arch>& u, const batch<float, Arch>& v, const batch<float, Arch>& w) {
    return batch<float, Arch>(_mm512_fmadd_ps(u, v, w));
}
template <std::derived_from<avx512f> Arch>
batch<double, Arch> multiply_add(const batch<double, Arch>& u, const batch<double, Arch>& v,
                                 const batch<double, Arch>& w) {
    return batch<double, Arch>(_mm512_fmadd_pd(u, v, w));
}
#endif

#if defined(__SSE2__)

/// The processor's own instruction, which on x86 is exactly this selection: the first number where they do not compare.
template <class T, class Arch>
batch<T, Arch> max_of(const batch<T, Arch>& u, const batch<T, Arch>& v) {
    return (max)(v, u); // in parentheses: some systems have macros of these names
}
template <class T, class Arch>
batch<T, Arch> min_of(const batch<T, Arch>& u, const batch<T, Arch>& v) {
    return (min)(v, u);
}
#endif

/// Whether a condition holds in every lane.
template <class T, class Arch>
bool all_lanes(const batch_bool<T, Arch>& condition) {
    return all(condition);
}

/// e^u for u <= 0 without the cases that an exponential of any number has; polynomials by Remez's algorithm for the
/// relative error. Error <= 1.5 ULP in float and 2 in double. Results that would not be normal numbers are 0.
template <class Arch>
batch<float, Arch> exp_nonpositive(const batch<float, Arch>& u) {
    constexpr float shift = 0x1.8p23f + 127, log_2_high = 0x1.62e4p-1f, log_2_low = 0x1.7f7d1cp-20f;
    return cdl::exec::detail::exp_nonpositive(u, -0x1.5d589ep6f, shift, log_2_high, log_2_low, [](const auto& r) {
        return cdl::exec::detail::polynomial(r, 1.0f, 1.0f, 0.499999934f, 0.166665206f, 0.0416683880f, 0.00836871688f,
                                             0.00138145986f);
    });
}
template <class Arch>
batch<double, Arch> exp_nonpositive(const batch<double, Arch>& u) {
    constexpr double shift = 0x1.8p52 + 1023, log_2_high = 0x1.62e42fefa4000p-1, log_2_low = -0x1.8432a1b0e2634p-43;
    return cdl::exec::detail::exp_nonpositive(
        u, -0x1.6232bdd7abcd2p+9, shift, log_2_high, log_2_low, [](const auto& r) {
            return cdl::exec::detail::polynomial(r, 1.0, 1.0, 0.5000000000000011, 0.16666666666666413,
                                                 0.041666666666530155, 0.008333333333494461, 0.0013888888943630114,
                                                 0.00019841269506578688, 2.480149309890655e-05, 2.7557586373840165e-06,
                                                 2.763024837921144e-07, 2.5000061602835666e-08);
        });
}

} // namespace xsimd

namespace cdl {

template <class T, class Arch>
struct lane_traits<xsimd::batch<T, Arch>> {
    using value_type = T;
    static constexpr int size = static_cast<int>(xsimd::batch<T, Arch>::size);

    static xsimd::batch<T, Arch> load(const T* numbers) { return xsimd::batch<T, Arch>::load_unaligned(numbers); }
    static void store(const xsimd::batch<T, Arch>& pack, T* numbers) { pack.store_unaligned(numbers); }
};

namespace exec {

namespace detail {
template <class T>
struct pack {
    using type = T;
};
template <>
struct pack<float> {
    using type = xsimd::batch<float>;
};
template <>
struct pack<double> {
    using type = xsimd::batch<double>;
};
} // namespace detail

/// As many numbers of type T as the processor handles at once; T itself where it handles only one.
template <class T>
using simd_pack = typename detail::pack<T>::type;

} // namespace exec
} // namespace cdl
