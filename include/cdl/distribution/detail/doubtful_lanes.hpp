// SPDX-License-Identifier: MIT
#pragma once

// When a sum over components or points may be trusted. Its terms are rounded relative to their exponents, so far from all data,
// where even the nearest exponent is large, they no longer say which component a point belongs to; and where a variance, its
// inverse or a squared distance leaves the range of the scalar they say nothing. Fast formulas say where they may be trusted; other
// points, few and far, are done again with care, one number at a time, by differences (mixture_comparison.hpp,
// cloud_comparison.hpp).

#include <cdl/core/lanes.hpp>
#include <cdl/schedule/log_snr.hpp>
#include <cdl/view/point.hpp>

namespace cdl::distribution::detail {

/// How much of an exponent's rounding a sum may bear: sums of pulls, whose components differ little where exponents are large, that
/// of exponents to epsilon^-1/2; means of the data, that of exponents of 64. To both, 4 for each dimension are usual.
enum class trusted { pulls, means };

/// Whether a sum may be trusted whose nearest exponent and smallest variance are these, lane by lane; NaN may not.
template <trusted Sums, class S>
CDL_HD auto may_trust(const S& nearest_exponent, const S& smallest_variance, index_t d) {
    using std::abs, std::sqrt;
    using T = lane_t<S>;
    const T epsilon = std::numeric_limits<T>::epsilon();
    const T most = Sums == trusted::means ? T(64) : T(T(1) / T(sqrt(epsilon)));
    const S safe = S((std::numeric_limits<T>::min)() / epsilon / epsilon);
    return S(abs(nearest_exponent)) <= S(most + T(static_cast<double>(4 * d))) && safe <= smallest_variance;
}

/// One lane of scalars S: reads and writes the number that it holds.
template <class S>
struct one_lane {
    index_t lane;

    CDL_HD lane_t<S> of(const S& held) const {
        if constexpr (lanes<S>::width == 1) {
            return held;
        } else {
            alignas(64) lane_t<S> numbers[static_cast<std::size_t>(lanes<S>::width)];
            lane_traits<S>::store(held, numbers);
            return numbers[lane];
        }
    }
    CDL_HD void put(S& held, const lane_t<S>& number) const {
        if constexpr (lanes<S>::width == 1) {
            held = number;
        } else {
            alignas(64) lane_t<S> numbers[static_cast<std::size_t>(lanes<S>::width)];
            lane_traits<S>::store(held, numbers);
            numbers[lane] = number;
            held = lane_traits<S>::load(numbers);
        }
    }
};

/// The point that one lane of a point of scalars S holds, of any dimension: nothing is copied.
template <class S, class Z>
struct point_in_lane {
    const Z& z;
    one_lane<S> lane;

    CDL_HD lane_t<S> operator[](index_t j) const { return lane.of(S(z[j])); }
};

/// Calls redo(z, a, lane) for each lane that may not be trusted, with the point and the level that this lane holds.
template <class Condition, class S, class Z, class Redo>
CDL_HD void redo_doubtful(const Condition& trust, const Z& z, const log_snr<S>& a, const Redo& redo) {
    if (all_lanes(trust)) return;
    if constexpr (lanes<S>::width == 1) {
        redo(z, a, one_lane<S>{0});
    } else {
        using T = lane_t<S>;
        const S trusted_lanes = select(trust, S(1), S(0));
        for (index_t l = 0; l < lanes<S>::width; ++l) {
            const one_lane<S> lane{l};
            if (lane.of(trusted_lanes) == T(1)) continue;
            const point_in_lane<S, Z> at{z, lane};
            redo(at, log_snr<T>{lane.of(a.value)}, lane);
        }
    }
}

/// Calls redo(z, a, lane) for every lane.
template <class S, class Z, class Redo>
CDL_HD void do_each_lane(const Z& z, const log_snr<S>& a, const Redo& redo) {
    redo_doubtful(S(0) == S(1), z, a, redo);
}

} // namespace cdl::distribution::detail
