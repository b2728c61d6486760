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

/// A level drawn from a law, and one over its density there if it has one.
template <class S>
struct drawn_level {
    log_snr<S> a;
    S inverse_density;
};

/// The levels of a law at uniform numbers, a tail and a side for each number of the scalar. They are constants: numbers with
/// derivatives, or with more digits than double, get them in double.
template <class S, class Law, class TailAndSide>
CDL_HD drawn_level<S> draw_level(const Law& law, lanes<S> group, const TailAndSide& tail_and_side_of) {
    using number = std::conditional_t<std::is_floating_point_v<lane_t<S>>, S, double>;
    const auto u = gather_pairs(lanes<number>{group.first, group.count}, tail_and_side_of);
    const log_snr<number> a = law.at(u.first, u.second);
    if constexpr (schedule::continuous_level_law<Law, number>)
        return {{S(a.value)}, S(law.inverse_density(u.first, u.second))};
    else
        return {{S(a.value)}, S(0)};
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

    /// The same as laws take it.
    CDL_HD scalar_pair<double> operator()(index_t i) const { return tail_and_side(uniform(i)); }
};

/// Throws std::invalid_argument unless all draws of a step have addresses.
inline void require_addresses(index_t step, index_t draws, const char* where) {
    require(step < (index_t{1} << 32) / draws, where, "step", "must be below 2^32 / draws for each point", step,
            " with ", draws);
}

} // namespace cdl::objective::detail
