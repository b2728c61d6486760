// SPDX-License-Identifier: MIT
#pragma once

// The exponential of numbers that are not positive: the weight of a term relative to the largest, the value of a kernel.
// Mixtures and kernels spend most of their time in it, so packs bring a lean one, found by argument-dependent lookup.

#include <cdl/core/scalar.hpp>

namespace cdl::math {

/// e^u for u <= 0; at 0: 1, at -inf: 0, at NaN: NaN. As good as `exp` for plain scalars; packs: error <= 1.5 ULP in float
/// and 2 in double, and 0 where the result would not be a normal number.
template <scalar S>
CDL_HD S exp_nonpositive(const S& u) {
    using std::exp;
    if constexpr (lane_traits<S>::size > 1)
        return exp_nonpositive(u); // the pack's own, which is the more special overload
    else
        return S(exp(u));
}

} // namespace cdl::math
