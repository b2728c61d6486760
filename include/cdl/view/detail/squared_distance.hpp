// SPDX-License-Identifier: MIT
#pragma once

// The squared distances between a group of points and R points of a batch: the inner loop of everything that compares
// point with point. Differences are squared as they are, never |x|^2 - 2 x y + |y|^2, which has no digits left where
// points are close. R running sums hide the latency of an addition and share the load of a coordinate.

#include <cdl/view/batch_view.hpp>

namespace cdl::detail {

/// q[r] = |z - y[first + r]|^2 for r = 0, ..., R - 1. z: a point whose lanes are different points.
template <index_t R, class S, class Z, class Y>
CDL_HD void squared_distances(const Z& z, const Y& y, index_t first, S (&q)[extent(R)]) {
    for (index_t r = 0; r < R; ++r) q[r] = S(0);
    for (index_t j = 0; j < y.dim(); ++j) {
        const S coordinate = z[j];
        for (index_t r = 0; r < R; ++r) {
            const S offset = S(coordinate - S(y(first + r, j)));
            q[r] = multiply_add(offset, offset, q[r]);
        }
    }
}

} // namespace cdl::detail
