// SPDX-License-Identifier: MIT
#pragma once

// The one place that knows xsimd: its widest batch of T becomes a scalar of cdl
// (its `select` is xsimd's own, `max_of` and `multiply_add` are below, all found by argument-dependent lookup). Works with xsimd 8
// to 14. Needs the component `simd`.

#include <cdl/core/scalar.hpp>

#if !__has_include(<xsimd/xsimd.hpp>)
#error "cdl: exec/simd needs xsimd: link cdl::simd (find_package(cdl COMPONENTS simd)) or use exec::serial"
#endif
#include <xsimd/xsimd.hpp>

namespace xsimd {

/// u v + w, rounded once where the processor can.
template <class T, class Arch>
batch<T, Arch> multiply_add(const batch<T, Arch>& u, const batch<T, Arch>& v, const batch<T, Arch>& w) {
    return fma(u, v, w);
}

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
