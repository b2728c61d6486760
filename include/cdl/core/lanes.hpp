// SPDX-License-Identifier: MIT
#pragma once

// A body that runs for every point of a batch is handed the points a scalar's width at a time: `lanes<double>` is
// one point, `lanes<xsimd::batch<float>>` is up to sixteen neighbours. The last group of a batch may be incomplete;
// its spare lanes repeat the last point, so every point sees the same instructions wherever it stands in a batch.

#include <cdl/core/index.hpp>
#include <cdl/core/scalar.hpp>

namespace cdl {

/// The points `first`, ..., `first + count - 1`, one in each lane of the scalar `S`.
template <class S>
struct lanes {
    static constexpr index_t width = lane_traits<S>::size; ///< numbers in one S

    index_t first = 0;     ///< the point in lane 0
    index_t count = width; ///< lanes that hold a point, 1, ..., width

    /// The point in lane `l`; spare lanes repeat the last point.
    CDL_HD constexpr index_t operator[](index_t l) const { return first + (l < count ? l : count - 1); }
};

/// A scalar whose lane `l` holds `value_of(points[l])`.
template <class S, class ValueOf>
CDL_HD S gather(lanes<S> points, const ValueOf& value_of) {
    if constexpr (lanes<S>::width == 1) {
        return S(value_of(points.first));
    } else {
        alignas(64) lane_t<S> values[static_cast<std::size_t>(lanes<S>::width)];
        for (index_t l = 0; l < lanes<S>::width; ++l) values[l] = static_cast<lane_t<S>>(value_of(points[l]));
        return lane_traits<S>::load(values);
    }
}

/// Two scalars that are made together.
template <class S>
struct scalar_pair {
    S first, second;
};

/// Two scalars whose lanes `l` hold `first` and `second` of `pair_of(points[l])`.
template <class S, class PairOf>
CDL_HD scalar_pair<S> gather_pairs(lanes<S> points, const PairOf& pair_of) {
    if constexpr (lanes<S>::width == 1) {
        const auto pair = pair_of(points.first);
        return {S(pair.first), S(pair.second)};
    } else {
        alignas(64) lane_t<S> first[static_cast<std::size_t>(lanes<S>::width)];
        alignas(64) lane_t<S> second[static_cast<std::size_t>(lanes<S>::width)];
        for (index_t l = 0; l < lanes<S>::width; ++l) {
            const auto pair = pair_of(points[l]);
            first[l] = static_cast<lane_t<S>>(pair.first);
            second[l] = static_cast<lane_t<S>>(pair.second);
        }
        return {lane_traits<S>::load(first), lane_traits<S>::load(second)};
    }
}

/// Hands every lane of `value` that holds a point to `consume(point, number)`.
template <class S, class Consume>
CDL_HD void scatter(lanes<S> points, const S& value, const Consume& consume) {
    if constexpr (lanes<S>::width == 1) {
        consume(points.first, value);
    } else {
        alignas(64) lane_t<S> values[static_cast<std::size_t>(lanes<S>::width)];
        lane_traits<S>::store(value, values);
        for (index_t l = 0; l < points.count; ++l) consume(points.first + l, values[l]);
    }
}

} // namespace cdl
