// SPDX-License-Identifier: MIT
#pragma once

// Sizes and indices are signed, so that n - 1 is right for n = 0.

#include <cstddef>

namespace cdl {

/// Counts and positions: points, coordinates, strides.
using index_t = std::ptrdiff_t;

/// A dimension that is known only at run time.
inline constexpr index_t dynamic = -1;

/// A count as the size of an array.
constexpr std::size_t extent(index_t count) {
    return static_cast<std::size_t>(count);
}

} // namespace cdl
