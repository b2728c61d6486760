// SPDX-License-Identifier: MIT
#pragma once

// What a classifier says of each point of a batch, read off its logits in one pass.

#include <cdl/exec/policy.hpp>
#include <cdl/math/log_sum_exp.hpp>

#include <span>
#include <vector>

namespace cdl::classifier::detail {

/// The sum of the exponentials of the logits of a group of points.
template <class S, class L>
CDL_HD math::log_sum_exp<S> sum_of(const L& logits, lanes<S> i) {
    math::log_sum_exp<S> total;
    for (index_t k = 0; k < logits.dim(); ++k) total.largest = max_of(total.largest, S(load(logits, i, k)));
    for (index_t k = 0; k < logits.dim(); ++k) total.weigh(S(load(logits, i, k)));
    return total;
}

/// The most probable class of each point, counted from 1, of equal ones the first, and its surprisal, minus the logarithm of its
/// probability, nats. Of logits with a NaN or +inf among them, or all of which are -inf, that is NaN, and the class 0, which is
/// none: they are the logarithms of no probabilities.
template <class L, class T>
struct decided {
    L logits;
    T* surprisals;
    index_t* classes;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        using std::log;
        scatter(i, S(log(sum_of(logits, i).sum)), [this](index_t p, const T& value) {
            const bool finite = T(value - value) == T(0);
            surprisals[p] = finite ? value : T(std::numeric_limits<lane_t<T>>::quiet_NaN());
            index_t best = 0;
            for (index_t k = 1; k < logits.dim(); ++k)
                if (logits(p, best) < logits(p, k)) best = k;
            classes[p] = finite ? best + 1 : 0;
        });
    }
};

/// log p(k + 1 | point p): relative to the decided class first, as logits may be large. NaN where none was decided.
template <class L, class T>
CDL_HD T log_probability(const L& logits, const T* surprisals, const index_t* decided, index_t p, index_t k) {
    if (decided[p] == 0) return surprisals[p];
    return T(T(logits(p, k) - logits(p, decided[p] - 1)) - surprisals[p]);
}

/// Decisions of n points, and their surprisals.
template <class P, class T>
struct decisions {
    exec::buffer<T, typename P::space> surprisals;
    exec::buffer<index_t, typename P::space> classes;
};

template <class P, class L>
auto decide(const P& policy, const L& logits) {
    using T = typename L::value_type;
    decisions<P, T> made{policy.template allocate<T>(logits.size()), policy.template allocate<index_t>(logits.size())};
    policy.template for_each_lanes<T>(logits.size(),
                                      decided<L, T>{logits, made.surprisals.data(), made.classes.data()});
    return made;
}

/// Throws unless there are logits of at least one point and two classes, and a true class for each point.
template <class L>
void require_classes(const L& logits, std::span<const index_t> truth, const char* where) {
    require(logits.size() >= 1 && logits.dim() >= 2, where, "logits", "must be of at least one point and two classes",
            logits.size(), " x ", logits.dim());
    require(static_cast<index_t>(truth.size()) == logits.size(), where, "truth", "must be a class for each point",
            truth.size(), " for ", logits.size());
    for (const index_t k : truth)
        require(1 <= k && k <= logits.dim(), where, "truth", "must be from 1 to the number of classes", k, " of ",
                logits.dim());
}

} // namespace cdl::classifier::detail
