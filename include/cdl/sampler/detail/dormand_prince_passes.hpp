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
enum outcome { well, too_small, not_finite, too_many };

/// What each row knows about its step; n of each.
template <class T>
struct step_state {
    log_snr<T>* level; ///< of y
    T* step;           ///< 0 where the row has ended
    T* error;          ///< of the step, in units of its tolerance
    T* accepted;       ///< 1 where the step was taken, else 0
    T* outcome;        ///< an `outcome`
    T* share;          ///< the tolerance of a step, in units of that of the result
    T* rate;           ///< v . J v / v . v at y, J the derivative of the slope, v the way of the last step
    T* rate_ahead;     ///< the same at the end of the step
    T* rounding;       ///< of the state at the end of the step, in units of the tolerance there
    T* shrunk;         ///< the unit of the tolerance at y over that at the end of the step
    T* estimate;       ///< of the error of y, in units of the tolerance
    T* largest;        ///< of `estimate`, so far
};

/// The number of each point of a group.
template <class S, class T>
CDL_HD S number_of(const T* numbers, lanes<S> i) {
    return gather(i, [&](index_t k) { return numbers[k]; });
}

/// The longest step at a level: half a unit of log-SNR where data of unit size decides, farther out a share of the level.
template <class T>
CDL_HD T longest_at(T level, T longest) {
    using std::abs;
    return min_of(T(max_of(T(1), T(abs(level) / T(8))) / T(2)), longest);
}

/// A row at its start, point index[i] of the batch: the point and, behind it, zeros; and its first step.
template <class T, class Space, class Start>
struct steps_begun {
    step_state<T> state;
    state_rows<T, Space> rows;
    Start start;
    const index_t* index;
    T from, to, first_step, longest;

    CDL_HD void operator()(index_t i) const {
        for (index_t j = 0; j < rows.dim(); ++j) rows(i, j) = j < start.dim() ? start(index[i], j) : T(0);
        const T whole = T(to - from), size = whole < T(0) ? T(-whole) : whole;
        const T first = min_of(first_step, longest_at(from, longest));
        state.level[i] = {from};
        state.step[i] = first < size ? (whole < T(0) ? T(-first) : first) : whole;
        state.outcome[i] = T(well);
        state.rate[i] = state.estimate[i] = state.largest[i] = T(0);
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

/// Ends the rows that have not arrived.
template <class T>
struct cut_off {
    step_state<T> state;

    CDL_HD void operator()(index_t i) const {
        if (state.step[i] != T(0)) state.outcome[i] = T(too_many);
        state.step[i] = T(0);
    }
};

/// The factors of the slopes k_1, ..., k_count in a sum.
template <class T>
struct slope_weights {
    T of[7];
    int count;
};

/// sum_r weights[r] slopes[r] for coordinate j of a group.
template <class S, class T, class Space>
CDL_HD S weighted(const state_rows<T, Space> (&slopes)[7], const slope_weights<T>& weights, lanes<S> i, index_t j) {
    S sum = S(S(weights.of[0]) * load<S>(slopes[0], i, j));
    for (int r = 1; r < weights.count; ++r) sum = multiply_add(S(weights.of[r]), load<S>(slopes[r], i, j), sum);
    return sum;
}

/// A stage: ahead = y + h sum_r weights[r] slopes[r], and its level.
template <class T, class Space>
struct advance {
    state_rows<T, Space> y, ahead, slopes[7];
    slope_weights<T> weights;
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
            store(ahead, i, j, multiply_add(h, weighted<S>(slopes, weights, i, j), load<S>(y, i, j)));
    }
};

/// The error of a step in units of its tolerance, and the rate at which the flow parts there. Stages 6 and 7 lie at the same
/// level, at states y_6 and y_7: v = y_7 - y_6 and J v ~ k_7 - k_6 [Hairer & Wanner 1996, sec. IV.2].
template <class T, class Space>
struct estimated_error {
    state_rows<T, Space> y, ahead, slopes[7];
    slope_weights<T> of_error, of_way; ///< of_way: h sum of_way[r] k_r = v
    step_state<T> state;
    index_t together;
    T absolute, relative;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        using std::abs, std::sqrt;
        const S h = number_of<S>(state.step, i), none = S(T(0)), epsilon = S(std::numeric_limits<T>::epsilon());
        S squares = none, along = none, way = none, size = none, worst = none, rounding = none, shrunk = none;
        for (index_t j = 0; j < y.dim(); ++j) {
            const S before = abs(load<S>(y, i, j)), after = abs(load<S>(ahead, i, j));
            const S unit_before = multiply_add(S(relative), before, S(absolute));
            const S unit = multiply_add(S(relative), after, S(absolute)), larger = max_of(unit_before, unit);
            const S off = S(h * weighted<S>(slopes, of_error, i, j));
            const S e = select(off == none, none, S(abs(off) / larger)); // a unit of 0 where everything is 0
            rounding = max_or_nan(rounding, select(after == none, none, S(epsilon * after / unit)));
            shrunk = max_or_nan(shrunk, select(unit_before == unit, S(T(1)), S(unit_before / unit)));
            if (j >= together) {
                worst = max_or_nan(worst, e);
                continue;
            }
            squares = multiply_add(e, e, squares);
            const S v = S(h * weighted<S>(slopes, of_way, i, j));
            along = multiply_add(v, S(load<S>(slopes[6], i, j) - load<S>(slopes[5], i, j)), along);
            way = multiply_add(v, v, way);
            size = multiply_add(after, after, size);
        }
        worst = max_or_nan(worst, sqrt(S(squares / S(static_cast<T>(together > 0 ? together : 1)))));
        // where the stages do not differ by more than rounding, the rate is that of the last step
        const S least = S(S(T(64) * epsilon) * S(T(64) * epsilon) * S(size + S(T(1))));
        const S rate = select(least < way, S(along / way), number_of<S>(state.rate, i));
        const auto keep = [&](T* column, const S& value) {
            scatter(i, value, [&](index_t k, const auto& number) { column[k] = number; });
        };
        keep(state.error, S(worst / number_of<S>(state.share, i)));
        keep(state.rate_ahead, rate);
        keep(state.rounding, rounding);
        keep(state.shrunk, shrunk);
    }
};

/// Takes the step of a row or not, and chooses the next one. Host and device, one row at a time.
template <class T>
struct steps_decided {
    step_state<T> state;
    T end, longest;

    /// The most that errors may grow in a step: e^(1/2). Beyond, the stages do not see what lies between them.
    static constexpr double most_growth = 0.5;

    CDL_HD void operator()(index_t i) const {
        using std::abs, std::exp, std::pow;
        const T h = state.step[i];
        // the exponent by which errors grow; along one way at two levels: no contraction is believed beyond that of the noise
        const T growth = max_of(max_of(T(h * state.rate[i]), T(h * state.rate_ahead[i])), T(-abs(h) / T(2)));
        const T e = max_or_nan(state.error[i], T(pow(T(max_of(growth, T(0)) / T(most_growth)), T(5))));
        const bool going = h != T(0), take = going && e <= T(1);
        state.accepted[i] = T(take ? 1 : 0);
        if (!going) return;
        if (take) {
            const T shrunk = state.shrunk[i], added = T(state.share[i] * state.error[i] + state.rounding[i]);
            state.estimate[i] = T(state.estimate[i] * T(exp(growth)) * shrunk + added * max_of(shrunk, T(1)));
            state.largest[i] = max_or_nan(state.largest[i], state.estimate[i]);
            state.rate[i] = state.rate_ahead[i];
            const bool landed = h == T(end - state.level[i].value);
            state.level[i].value = landed ? end : T(state.level[i].value + h);
            if (landed) {
                state.step[i] = T(0);
                return;
            }
        }
        const T wanted = e - e == T(0) ? T(T(0.9) * pow(e, T(-0.2))) : T(0); // 0 where the error is not finite
        const T grown = T(h * min_of(max_of(wanted, T(0.2)), take ? T(5) : T(0.9)));
        const T most = longest_at(state.level[i].value, longest);
        const T next = min_of(max_of(grown, T(-most)), most);
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

/// result[index[i]] = row i, where it arrived.
template <class T, class Space>
struct arrived {
    step_state<T> state;
    state_rows<T, Space> rows, result;
    const index_t* index;

    CDL_HD void operator()(index_t i) const {
        if (state.outcome[i] != T(well)) return;
        for (index_t j = 0; j < rows.dim(); ++j) result(index[i], j) = rows(i, j);
    }
};

} // namespace cdl::sampler::detail
