// SPDX-License-Identifier: MIT
#pragma once

// How n points of d coordinates lie in memory. The words are point-major and coord-major, never row or column: a
// d x n column-major matrix and an n x d row-major tensor are the same bytes, both point-major.

namespace cdl {

/// The coordinates of a point are neighbours (coordinate stride 1).
struct point_major {};

/// The same coordinate of all points is contiguous (point stride 1).
struct coord_major {};

/// Both strides are known only at run time.
struct strided {};

} // namespace cdl
