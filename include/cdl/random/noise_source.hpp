// SPDX-License-Identifier: MIT
#pragma once

// Where a sampler's noise comes from: numbers with addresses that are computed when they are asked for (noise_stream),
// or that were drawn elsewhere and kept (recorded_noise).

#include <cdl/core/checks.hpp>
#include <cdl/random/normal.hpp>

#include <concepts>

namespace cdl::random {

/// Satisfied by values for which the free function `normals(source, step, point, block)`, found by argument-dependent
/// lookup, gives the numbers of coordinates 2 block and 2 block + 1. A source that is to serve on a device is trivially
/// copyable, and its function is CDL_HD. A source that has an overload for groups of points, too, serves SIMD packs with
/// it: `normals(source, step, lanes<S>, block)` gives a pair of such scalars. Examples: noise_stream, recorded_noise.
template <class N>
concept noise_source = std::copyable<N> && requires(const N source, index_t i) {
    { normals(source, i, i, i) } -> std::same_as<normal_pair>;
};

/// Satisfied by noise sources that can be asked where memory is `Space`: those that name no `space` of their own
/// compute their numbers and serve everywhere.
template <class N, class Space>
concept noise_source_in =
    noise_source<N> &&
    (!requires { typename N::space; } || requires { requires std::same_as<typename N::space, Space>; });

/// Throws std::invalid_argument unless step is an address, 0, ..., 2^32 - 1.
inline void require_step(index_t step, const char* where) {
    require(0 <= step && step < noise_steps, where, "step", "must be from 0 to 2^32 - 1", step);
}

/// Throws std::invalid_argument unless a source has the numbers of `steps` steps from `step` on, for `points` points of `dim`
/// coordinates.
///
/// Every function that draws a batch calls it once, before anything is written; computing a number checks nothing. Steps are
/// addresses of 32 bits. What else a source lacks, its member `require_noise(step, steps, points, dim, where)` says: a
/// noise_stream has no addresses beyond 2^25 coordinates, recorded noise has what was recorded.
template <noise_source N>
void require_noise(const N& source, index_t step, index_t steps, index_t points, index_t dim, const char* where) {
    require_step(step, where);
    require(steps <= noise_steps - step, where, "step", "must be from 0 to 2^32 - 1",
            static_cast<std::uint64_t>(step) + static_cast<std::uint64_t>(steps) - 1);
    if constexpr (requires { source.require_noise(step, steps, points, dim, where); })
        source.require_noise(step, steps, points, dim, where);
}

} // namespace cdl::random
