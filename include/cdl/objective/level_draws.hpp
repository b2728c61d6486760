// SPDX-License-Identifier: MIT
#pragma once

// The uniform numbers from which an objective's levels come: one at each address, or all from one, in equal distances
// [VDM app. I.1].

#include <cdl/core/lanes.hpp>
#include <cdl/random/noise_stream.hpp>
#include <cdl/schedule/level_sampling.hpp>

namespace cdl::objective::detail {

/// A uniform number as laws take it: the smaller of its tails, and 1 for the lower one, -1 for the upper.
CDL_HD inline scalar_pair<double> tail_and_side(double u) {
    return u < 0.5 ? scalar_pair<double>{u, 1.0} : scalar_pair<double>{1 - u, -1.0};
}

/// Number i of n at a step: uniform(stream, step, i), or u_i = mod(u_0 + i / n, 1) with u_0 the number of point 0.
struct level_draws {
    random::noise_stream stream; ///< its purpose is the caller's
    index_t step;
    index_t count = 0; ///< n for low discrepancy, 0 for independent numbers

    CDL_HD double uniform(index_t i) const {
        if (count == 0) return random::uniform(stream, step, i);
        const double u = random::uniform(stream, step, 0) + static_cast<double>(i) / static_cast<double>(count);
        const double inside = u < 1 ? u : u - 1;
        return inside < 0x1p-53 ? 0x1p-53 : inside; // a sum that rounds to 1
    }

    /// The smaller tail and its side, as laws take them, for a group of numbers.
    template <class S>
    CDL_HD scalar_pair<S> tail_and_side(lanes<S> i) const {
        return gather_pairs(i, [this](index_t k) { return detail::tail_and_side(uniform(k)); });
    }
};

/// Throws std::invalid_argument unless all draws of a step have addresses.
inline void require_addresses(index_t step, index_t draws, const char* where) {
    require(step < (index_t{1} << 32) / draws, where, "step", "must be below 2^32 / draws for each point", step,
            " with ", draws);
}

} // namespace cdl::objective::detail
