// SPDX-License-Identifier: MIT
#pragma once

// The exponential of numbers that are not positive: the weight of a term relative to the largest, the value of a kernel.

#include <cdl/core/scalar.hpp>

namespace cdl::math {

/// e^u for u <= 0. At -inf: 0.
template <scalar S>
CDL_HD S exp_nonpositive(const S& u) {
    using std::exp;
    return S(exp(u));
}

} // namespace cdl::math
