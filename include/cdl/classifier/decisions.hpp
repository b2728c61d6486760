// SPDX-License-Identifier: MIT
#pragma once

// What a classifier says of each point of a batch, read off its logits in one pass.

#include <cdl/exec/policy.hpp>
#include <cdl/math/log_sum_exp.hpp>

#include <span>
#include <vector>

namespace cdl::classifier::detail {

/// The logarithm of the sum of the exponentials of the logits of a group of points.
template <class S, class L>
CDL_HD S log_normaliser(const L& logits, lanes<S> i) {
    math::log_sum_exp<S> total;
    for (index_t k = 0; k < logits.dim(); ++k) total.largest = max_of(total.largest, S(load(logits, i, k)));
    for (index_t k = 0; k < logits.dim(); ++k) total.weigh(S(load(logits, i, k)));
    return total.value();
}

/// The most probable class of each point, counted from 1, of equal ones the first, and the logarithm of the sum of the
/// exponentials of its logits. Of logits with a NaN that is NaN, and the class 0, which is none.
template <class L, class T>
struct decided {
    L logits;
    T* log_normalisers;
    index_t* classes;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const S total = log_normaliser(logits, i);
        scatter(i, total, [this](index_t p, const T& value) {
            log_normalisers[p] = value;
            index_t best = 0;
            for (index_t k = 1; k < logits.dim(); ++k)
                if (logits(p, best) < logits(p, k)) best = k;
            classes[p] = value == value ? best + 1 : 0;
        });
    }
};

/// Log normalisers and decisions of n points.
template <class P, class T>
struct decisions {
    exec::buffer<T, typename P::space> log_normalisers;
    exec::buffer<index_t, typename P::space> classes;
};

template <class P, class L>
auto decide(const P& policy, const L& logits) {
    using T = typename L::value_type;
    decisions<P, T> made{policy.template allocate<T>(logits.size()), policy.template allocate<index_t>(logits.size())};
    policy.template for_each_lanes<T>(logits.size(),
                                      decided<L, T>{logits, made.log_normalisers.data(), made.classes.data()});
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
