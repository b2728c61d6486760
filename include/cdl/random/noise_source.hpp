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
    require(0 <= step && step < index_t{1} << 32, where, "step", "must be from 0 to 2^32 - 1", step);
}

/// The check that every user of a noise source makes before anything is written: that it has the numbers of `steps`
/// steps from `step` on for `points` points of `dim` coordinates. A source that computes its numbers has all of them; one
/// that does not has a member `require_noise(step, steps, points, dim, where)`, which throws std::invalid_argument. Steps
/// are addresses of 32 bits: others throw std::invalid_argument, too.
template <noise_source N>
void require_noise(const N& source, index_t step, index_t steps, index_t points, index_t dim, const char* where) {
    require_step(step, where);
    if (steps > 0) require_step(step + steps - 1, where);
    if constexpr (requires { source.require_noise(step, steps, points, dim, where); })
        source.require_noise(step, steps, points, dim, where);
}

} // namespace cdl::random
