// SPDX-License-Identifier: MIT
#pragma once

// What a monotone network computes [VDM app. H, I.2 eq. 59], without its memory: with
//
//     D(t) = gamma~(t) - gamma~(0) = w t + sum_k u_k (sigmoid(h_k(t)) - sigmoid(h_k(0))),   h_k(t) = v_k (w t + b) + c_k,
//     a(t) = a_0 + (a_1 - a_0) D(t) / D(1).
//
// The differences of sigmoids are formed as sigmoid(h) - sigmoid(k) = -expm1(k - h) sigmoid(h) sigmoid(-k), so that all sums
// are of positive terms.

#include <cdl/core/index.hpp>
#include <cdl/schedule/noise_schedule.hpp>

namespace cdl::schedule {

namespace detail {

/// A hidden unit: its weights, and its sigmoid at t = 0 and 1 minus that.
template <class T>
struct monotone_unit {
    T v = T(0), c = T(0), u = T(0);
    T at_0 = T(0), left_at_0 = T(0);

    CDL_HD T input(const T& l1) const { return T(T(v * l1) + c); }
    /// What the sigmoid has risen since t = 0, when l1 has risen by w t.
    CDL_HD T risen(const T& l1, const T& wt) const {
        using std::expm1;
        return T(T(math::sigmoid(input(l1)) * left_at_0) * T(-expm1(T(-v * wt))));
    }
};

} // namespace detail

/// The curve of a monotone network at its present parameters: a schedule that may be copied, as long as the network is there and
/// its parameters are not set again.
template <class T>
struct monotone_curve {
    using value_type = T;

    const detail::monotone_unit<T>* units;
    index_t hidden;
    T cleanest, noisiest, w, b;
    T whole; ///< D(1)

    /// D(t) = gamma~(t) - gamma~(0).
    CDL_HD T rise(const T& t) const {
        const T wt = T(w * t), l1 = T(wt + b);
        T sum = wt;
        for (index_t k = 0; k < hidden; ++k) sum = T(sum + units[k].u * units[k].risen(l1, wt));
        return sum;
    }
    /// D'(t).
    CDL_HD T steepness(const T& t) const {
        const T l1 = T(w * t + b);
        T sum = T(1);
        for (index_t k = 0; k < hidden; ++k) {
            const T h = units[k].input(l1);
            sum = T(sum + T(units[k].u * units[k].v) * T(math::sigmoid(h) * math::sigmoid(T(-h))));
        }
        return T(w * sum);
    }

    /// The level at time t; exact at t = 0 and t = 1.
    CDL_HD log_snr<T> at(const T& t) const {
        const T r = T(rise(t) / whole);
        return {T(cleanest * T(T(1) - r) + noisiest * r)};
    }

    /// d a / d t at time t, negative.
    CDL_HD T slope(const T& t) const { return T(T(T(noisiest - cleanest) * steepness(t)) / whole); }

    /// The inverse of `at`; 0 and 1 for levels beyond the ends, NaN for NaN. Newton's method inside a bracket: a step that
    /// leaves the bracket, or is longer than half the step before, is replaced by a bisection. So it ends, whatever the curve.
    CDL_HD T time_of(const log_snr<T>& a) const {
        using std::abs;
        if (cleanest <= a.value) return T(0);
        if (a.value <= noisiest) return T(1);
        const T share = T(T(cleanest - a.value) / T(cleanest - noisiest));
        const T target = T(share * whole), tiny = T((std::numeric_limits<T>::min)());
        T low = T(0), high = T(1), t = share, before = T(1);
        while (true) {
            const T off = T(rise(t) - target);
            (off < T(0) ? low : high) = t;
            const T newton = T(off / steepness(t)), next = T(t - newton);
            const T close = T(T(T(T(2) * T(std::numeric_limits<T>::epsilon())) * t) + tiny);
            if (!(close < abs(newton) && close < T(high - low))) // or NaN
                return min_of(T(max_of(next, low)), high);
            const bool newton_shrinks = low < next && next < high && abs(newton) <= T(before / T(2));
            before = newton_shrinks ? T(abs(newton)) : T(T(high - low) / T(2));
            t = newton_shrinks ? next : T(T(low + high) / T(2));
        }
    }
};

} // namespace cdl::schedule
