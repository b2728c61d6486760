// SPDX-License-Identifier: MIT
#pragma once

// The passes over the rows that `dormand_prince` is made of.

#include <cdl/schedule/level_view.hpp>
#include <cdl/view/batch_view.hpp>

#include <cmath>

namespace cdl::sampler::detail {

template <class T, class Space>
using state_rows = batch_view<T, dynamic, point_major, Space>;

/// Why a row stopped.
enum outcome { well, too_small, not_finite };

/// What each row knows about its step; n of each.
template <class T>
struct step_state {
    log_snr<T>* level; ///< of y
    T* step;           ///< 0 where the row has ended
    T* error;          ///< of the step, in units of the tolerance
    T* accepted;       ///< 1 where the step was taken, else 0
    T* outcome;        ///< an `outcome`
};

/// The number of each point of a group.
template <class S, class T>
CDL_HD S number_of(const T* numbers, lanes<S> i) {
    return gather(i, [&](index_t k) { return numbers[k]; });
}

/// The first step of a row.
template <class T>
struct steps_begun {
    step_state<T> state;
    T from, to, first_step;

    CDL_HD void operator()(index_t i) const {
        const T whole = T(to - from), size = whole < T(0) ? T(-whole) : whole;
        state.level[i] = {from};
        state.step[i] = first_step < size ? (whole < T(0) ? T(-first_step) : first_step) : whole;
        state.outcome[i] = T(well);
    }
};

/// 1 for a row that has not ended.
template <class T>
struct still_going {
    step_state<T> state;

    template <class S>
    CDL_HD S operator()(lanes<S> i) const {
        return select(number_of<S>(state.step, i) == S(T(0)), S(T(0)), S(T(1)));
    }
};

/// 1 for a row that stopped for a reason.
template <class T>
struct gone_wrong {
    step_state<T> state;
    T reason;

    template <class S>
    CDL_HD S operator()(lanes<S> i) const {
        return select(number_of<S>(state.outcome, i) == S(reason), S(T(1)), S(T(0)));
    }
};

/// sum_r weights[r] slopes[r] for coordinate j of a group.
template <class S, class T, class Space>
CDL_HD S weighted(const state_rows<T, Space> (&slopes)[6], const T (&weights)[6], int count, lanes<S> i, index_t j) {
    S sum = S(S(weights[0]) * load<S>(slopes[0], i, j));
    for (int r = 1; r < count; ++r) sum = multiply_add(S(weights[r]), load<S>(slopes[r], i, j), sum);
    return sum;
}

/// A stage: ahead = y + h sum_r weights[r] slopes[r], and its level.
template <class T, class Space>
struct advance {
    state_rows<T, Space> y, ahead, slopes[6];
    T weights[6];
    int count;
    double share; ///< of the step
    step_state<T> state;
    log_snr<T>* level_ahead;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const S h = number_of<S>(state.step, i);
        for (index_t l = 0; l < i.count; ++l) {
            const index_t k = i.first + l;
            level_ahead[k] = {T(state.level[k].value + T(share) * state.step[k])};
        }
        for (index_t j = 0; j < y.dim(); ++j)
            store(ahead, i, j, multiply_add(h, weighted<S>(slopes, weights, count, i, j), load<S>(y, i, j)));
    }
};

/// The error of a step in units of the tolerance.
template <class T, class Space>
struct estimated_error {
    state_rows<T, Space> y, ahead, slopes[6];
    T weights[6];
    step_state<T> state;
    index_t together;
    T absolute, relative;

    template <class S>
    CDL_HD S of_coordinate(lanes<S> i, index_t j) const {
        using std::abs;
        const S before = abs(load<S>(y, i, j)), after = abs(load<S>(ahead, i, j));
        const S unit = multiply_add(S(relative), max_of(before, after), S(absolute));
        const S off = S(number_of<S>(state.step, i) * weighted<S>(slopes, weights, 6, i, j));
        return select(off == S(T(0)), S(T(0)), S(off / unit)); // a unit of 0 where everything is 0
    }

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        using std::abs, std::sqrt;
        S squares = S(T(0));
        for (index_t j = 0; j < together; ++j) {
            const S e = of_coordinate(i, j);
            squares = multiply_add(e, e, squares);
        }
        S worst = sqrt(S(squares / S(static_cast<T>(together > 0 ? together : 1))));
        for (index_t j = together; j < y.dim(); ++j) {
            const S e = abs(of_coordinate(i, j));
            worst = select(e <= worst, worst, e); // a NaN stays
        }
        scatter(i, worst, [&](index_t k, const auto& number) { state.error[k] = number; });
    }
};

/// Takes the step of a row or not, and chooses the next one. Host and device, one row at a time.
template <class T>
struct steps_decided {
    step_state<T> state;
    T end, longest;

    CDL_HD void operator()(index_t i) const {
        using std::abs, std::pow;
        const T h = state.step[i], e = state.error[i];
        const bool going = h != T(0), take = going && e <= T(1);
        state.accepted[i] = T(take ? 1 : 0);
        if (!going) return;
        if (take) {
            const bool landed = h == T(end - state.level[i].value);
            state.level[i].value = landed ? end : T(state.level[i].value + h);
            if (landed) {
                state.step[i] = T(0);
                return;
            }
        }
        const T wanted = e - e == T(0) ? T(T(0.9) * pow(e, T(-0.2))) : T(0); // 0 where the error is not finite
        const T grown = T(h * min_of(max_of(wanted, T(0.2)), take ? T(5) : T(0.9)));
        const T next = min_of(max_of(grown, T(-longest)), longest);
        const T rest = T(end - state.level[i].value);
        if (T(T(1.01) * abs(next)) >= abs(rest)) { // no crumbs
            state.step[i] = rest;
            return;
        }
        const T least = T(T(16) * std::numeric_limits<T>::epsilon() * max_of(T(abs(state.level[i].value)), T(1)));
        const bool stuck = abs(next) < least;
        state.step[i] = stuck ? T(0) : next;
        if (stuck) state.outcome[i] = T(e - e == T(0) ? too_small : not_finite);
    }
};

/// y = ahead and its slope, where the step was taken.
template <class T, class Space>
struct taken {
    state_rows<T, Space> y, ahead, slope, slope_ahead;
    step_state<T> state;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const auto take = number_of<S>(state.accepted, i) == S(T(1));
        for (index_t j = 0; j < y.dim(); ++j) {
            store(y, i, j, select(take, load<S>(ahead, i, j), load<S>(y, i, j)));
            store(slope, i, j, select(take, load<S>(slope_ahead, i, j), load<S>(slope, i, j)));
        }
    }
};

} // namespace cdl::sampler::detail
