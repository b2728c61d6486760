// SPDX-License-Identifier: MIT
#pragma once

// The one constant of the normal density, to the last digit of any scalar.

#include <cdl/core/scalar.hpp>

#include <numbers>

namespace cdl::math {

/// log(2 pi).
template <scalar S>
CDL_HD S log_two_pi() {
    using std::log;
    if constexpr (std::floating_point<lane_t<S>>) {
        return S(log(2 * std::numbers::pi_v<lane_t<S>>));
    } else if constexpr (requires(const S u) { S(atan(u)); }) {
        return S(log(S(S(8) * atan(S(1)))));
    } else {
        return S(log(2 * std::numbers::pi));
    }
}

} // namespace cdl::math
