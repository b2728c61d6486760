// SPDX-License-Identifier: MIT
#pragma once

// The scalars that a formula is tested with, and a way to run it on lists of numbers whatever the scalar: packs get
// neighbouring numbers, as they do in a batch, never the same number in every lane.

#include <cdl/core/lanes.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#if defined(CDL_HAS_SIMD)
#include <cdl/exec/detail/simd_pack.hpp>
#define CDL_TEST_SCALARS float, double, cdl::exec::simd_pack<float>, cdl::exec::simd_pack<double>
#else
#define CDL_TEST_SCALARS float, double
#endif

namespace cdl::test {

/// "float", "double pack", ...
template <class S>
std::string scalar_name() {
    const std::string number = std::is_same_v<lane_t<S>, float>    ? "float"
                               : std::is_same_v<lane_t<S>, double> ? "double"
                                                                   : "long double";
    return std::is_same_v<S, lane_t<S>> ? number : number + " pack";
}

/// The mark of the golden rows whose inputs this scalar holds exactly.
template <class S>
const char* golden_kind() {
    return std::is_same_v<lane_t<S>, float> ? "f32" : "f64";
}

/// Packs may be wrong by twice as many units in the last place: they have another exp and log.
template <class S>
constexpr double pack_factor() {
    return std::is_same_v<S, lane_t<S>> ? 1.0 : 2.0;
}

/// f(S...) for every line of equally long lists.
template <class S, class F, class... Lists>
std::vector<lane_t<S>> map_lanes(const F& f, const std::vector<lane_t<S>>& first, const Lists&... rest) {
    std::vector<lane_t<S>> out(first.size());
    const auto size = static_cast<index_t>(first.size());
    const auto pick = [](const std::vector<lane_t<S>>& list, lanes<S> group) {
        return gather(group, [&](index_t i) { return list[static_cast<std::size_t>(i)]; });
    };
    for (index_t i = 0; i < size; i += lanes<S>::width) {
        const lanes<S> group{i, std::min(lanes<S>::width, size - i)};
        const S value = f(pick(first, group), pick(rest, group)...);
        scatter(group, value, [&](index_t p, const auto& number) { out[static_cast<std::size_t>(p)] = number; });
    }
    return out;
}

/// A number that the compiler does not know: constants would be folded, and the SIMD library's exp converts a NaN to an
/// integer on its way, which a compiler may fold to anything.
template <class T>
T at_run_time(T number) {
    const volatile T hidden = number;
    return hidden;
}

/// f(S...) for one line of numbers.
template <class S, class F, class... Numbers>
lane_t<S> apply(const F& f, Numbers... numbers) {
    return map_lanes<S>(f, std::vector<lane_t<S>>{at_run_time(static_cast<lane_t<S>>(numbers))}...)[0];
}

} // namespace cdl::test
