// SPDX-License-Identifier: MIT
#pragma once

// Which class a classifier takes for which [CDM figs. 6b, 8]. Row r, column c: the mean predicted probability of class c over
// the points whose class is r, which the paper's colours show, and the share of these points for which c is the most probable.
// For levels so close together as those of a schedule the matrix of the best possible classifier is far from the identity.

#include <cdl/classifier/detail/decisions.hpp>
#include <cdl/density/mean_of.hpp>

namespace cdl::classifier {

/// A share or a mean over some points, with its standard error from their spread: NaN over no points, an infinite error of one.
template <class T>
struct cell {
    T value, standard_error;
};

/// The confusion matrices of a classifier on n points, and its scores. On the host. Classes are counted from 1.
template <class T>
struct confusion_matrices {
    index_t classes;
    std::vector<index_t> counts;        ///< points of each true class
    std::vector<cell<T>> probabilities; ///< classes x classes
    std::vector<cell<T>> decisions;     ///< classes x classes
    density::estimate<T> accuracy;      ///< the share of points whose class is the most probable one
    density::estimate<T> cross_entropy; ///< the mean of -log p(true class | z), nats

    /// The mean predicted probability of class `predicted` where the class is `truth`.
    cell<T> probability(index_t truth, index_t predicted) const { return probabilities[at(truth, predicted)]; }
    /// How often class `predicted` is the most probable where the class is `truth`.
    cell<T> decision(index_t truth, index_t predicted) const { return decisions[at(truth, predicted)]; }

private:
    std::size_t at(index_t truth, index_t predicted) const {
        return static_cast<std::size_t>((truth - 1) * classes + predicted - 1);
    }
};

namespace detail {

/// A running mean and spread [Welford 1962].
template <class T>
struct running_mean {
    T count = T(0), mean = T(0), squares = T(0);

    CDL_HD void add(const T& value) {
        const T before = T(value - mean);
        count = T(count + T(1));
        mean = T(mean + before / count);
        squares = T(squares + before * T(value - mean));
    }
    CDL_HD cell<T> result() const {
        using std::sqrt;
        if (count < T(1)) return {T(std::numeric_limits<T>::quiet_NaN()), T(std::numeric_limits<T>::quiet_NaN())};
        if (count < T(2)) return {mean, T(std::numeric_limits<T>::infinity())};
        return {mean, T(sqrt(T(squares / T(count - T(1)) / count)))};
    }
};

/// Cell (r, c) of both matrices.
template <class L, class T>
struct confused {
    L logits;
    const T* surprisals;
    const index_t* decided;
    const index_t* order; ///< the points, those of one class one after the other
    const index_t* first; ///< where those of each class begin in it; classes + 1
    cell<T>*probabilities, *decisions;

    CDL_HD void operator()(index_t at) const {
        using std::exp;
        const index_t row = at / logits.dim(), column = at % logits.dim();
        running_mean<T> of_probability, of_decision;
        for (index_t o = first[row]; o < first[row + 1]; ++o) {
            const index_t p = order[o];
            of_probability.add(T(exp(log_probability(logits, surprisals, decided, p, column))));
            of_decision.add(decided[p] == column + 1 ? T(1) : T(0));
        }
        probabilities[at] = of_probability.result();
        decisions[at] = of_decision.result();
    }
};

/// Whether each point is decided rightly, and the cross entropy of its prediction.
template <class L, class T>
struct scored {
    L logits;
    const T* surprisals;
    const index_t *decided, *truth;
    T *hits, *cross_entropies;

    CDL_HD void operator()(index_t p) const {
        hits[p] = decided[p] == truth[p] ? T(1) : T(0);
        cross_entropies[p] = T(-log_probability(logits, surprisals, decided, p, truth[p] - 1));
    }
};

template <class P, class T>
std::vector<T> brought(const P& policy, const exec::buffer<T, typename P::space>& numbers) {
    std::vector<T> result(static_cast<std::size_t>(numbers.size()));
    policy.get(numbers.data(), numbers.size(), result.data());
    return result;
}

} // namespace detail

/// The confusion matrices of n x (T + 1) logits (or log posteriors), and the true classes of the n points, in 1, ..., T + 1, on
/// the host. A point whose logits have a NaN or +inf, or are all -inf, counts as decided wrongly, and makes its probabilities and the
/// cross entropy NaN.
/// Throws std::invalid_argument where there is no point, or no such class. n (T + 1) exponentials twice; O(n + T^2) memory. The
/// same bits for any number of threads.
template <exec::policy P, batch L>
confusion_matrices<batch_scalar_t<L>> confusion(const P& policy, const L& logits, std::span<const index_t> truth) {
    using T = batch_scalar_t<L>;
    const auto from = exec::view_on(policy, logits);
    detail::require_classes(from, truth, "cdl::classifier::confusion");
    const index_t n = from.size(), classes = from.dim();
    confusion_matrices<T> result{classes, std::vector<index_t>(static_cast<std::size_t>(classes)), {}, {}, {}, {}};
    for (const index_t k : truth) ++result.counts[static_cast<std::size_t>(k - 1)];
    std::vector<index_t> first{0}, order(truth.size());
    for (const index_t count : result.counts) first.push_back(first.back() + count);
    auto next = first;
    for (index_t p = 0; p < n; ++p)
        order[static_cast<std::size_t>(next[static_cast<std::size_t>(truth[static_cast<std::size_t>(p)] - 1)]++)] = p;

    const auto made = detail::decide(policy, from);
    const auto orders = policy.put(order.data(), n), firsts = policy.put(first.data(), classes + 1);
    const auto classes_of_points = policy.put(truth.data(), n);
    const auto probabilities = policy.template allocate<cell<T>>(classes * classes);
    const auto decisions = policy.template allocate<cell<T>>(classes * classes);
    const auto hits = policy.template allocate<T>(n), cross_entropies = policy.template allocate<T>(n);
    using view = std::remove_const_t<decltype(from)>;
    policy.for_each_index(classes * classes,
                          detail::confused<view, T>{from, made.surprisals.data(), made.classes.data(), orders.data(),
                                                    firsts.data(), probabilities.data(), decisions.data()});
    policy.for_each_index(n, detail::scored<view, T>{from, made.surprisals.data(), made.classes.data(),
                                                     classes_of_points.data(), hits.data(), cross_entropies.data()});
    result.probabilities = detail::brought(policy, probabilities);
    result.decisions = detail::brought(policy, decisions);
    result.accuracy = density::mean_of(policy, hits.data(), n);
    result.cross_entropy = density::mean_of(policy, cross_entropies.data(), n);
    return result;
}

} // namespace cdl::classifier
