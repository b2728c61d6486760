// SPDX-License-Identifier: MIT
#pragma once

// A cloud of points as denoisers see it: borrowed memory, which a device can read. Its distribution, at any level of noise, is
// that of `distribution::empirical`.

#include <cdl/core/config.hpp>
#include <cdl/core/index.hpp>
#include <cdl/view/space.hpp>

namespace cdl::distribution {

/// The points of a cloud and the width of their kernels, in somebody else's memory; trivially copyable.
template <class T, index_t D = dynamic, class Space = host>
struct cloud_view {
    using value_type = T;
    using space = Space;
    static constexpr index_t static_dim = D;

    const T* points; ///< n x d, one point after the other
    index_t count;
    index_t dimension;
    T kernel_width; ///< h, the standard deviation of the kernel, in units of x
    T radius;       ///< no point is farther than this from some center

    CDL_HD constexpr index_t size() const { return count; }
    CDL_HD constexpr index_t dim() const { return D == dynamic ? dimension : D; }
    /// Coordinate j of point i.
    CDL_HD constexpr const T& operator()(index_t i, index_t j) const { return points[i * dim() + j]; }
};

} // namespace cdl::distribution
