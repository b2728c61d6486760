// SPDX-License-Identifier: MIT
#pragma once

// Do predicted probabilities mean what they say? Points are put into bins by the probability of their most probable class;
// in each bin the mean of that probability is compared with how often the class is the true one (Guo et al. 2017). What is
// true may be known as a class for each point, or as probabilities, those of the exact classifier: the second has no noise of
// coins and shows smaller errors.

#include <cdl/classifier/confusion.hpp>

namespace cdl::classifier {

/// The points of one bin.
template <class T>
struct calibration_bin {
    index_t count;          ///< points
    T mean_prediction;      ///< the mean predicted probability of the decided class; NaN in an empty bin
    cell<T> observed;       ///< how often, or how probably, it is the true one
    T miscalibration_error; ///< the standard error of observed - mean_prediction
};

/// Calibration of a classifier on n points. On the host.
template <class T>
struct calibration_curve {
    std::vector<calibration_bin<T>> bins; ///< bin b holds predictions in (b / bins, (b + 1) / bins]
    T expected_calibration_error;         ///< the mean over points of |observed - mean_prediction| of their bins; >= 0
    density::estimate<T> accuracy;        ///< how often, or how probably, the decided class is the true one
    density::estimate<T> confidence;      ///< the mean predicted probability of the decided class
};

namespace detail {

/// The predicted and the observed probability of the decided class: true classes.
template <class T>
struct observed_classes {
    const T* surprisals;
    const index_t *decided, *truth;
    T *predicted, *observed;

    CDL_HD void operator()(index_t p) const {
        using std::exp;
        predicted[p] = T(exp(T(-surprisals[p])));
        observed[p] = decided[p] == truth[p] ? T(1) : T(0);
    }
};

/// The same: true log posteriors.
template <class E, class T>
struct observed_posteriors {
    E exact;
    const T* surprisals;
    const index_t* decided;
    T *predicted, *observed;

    CDL_HD void operator()(index_t p) const {
        using std::exp;
        predicted[p] = T(exp(T(-surprisals[p])));
        observed[p] = decided[p] == 0 ? T(0) : T(exp(exact(p, decided[p] - 1)));
    }
};

template <class P, class T>
calibration_curve<T> binned(const P& policy, const exec::buffer<T, typename P::space>& predicted,
                            const exec::buffer<T, typename P::space>& observed, index_t bins) {
    using std::abs;
    const index_t n = predicted.size();
    const auto predictions = brought(policy, predicted), truths = brought(policy, observed);
    std::vector<running_mean<T>> of_prediction(static_cast<std::size_t>(bins)), of_truth(of_prediction),
        of_difference(of_prediction);
    for (std::size_t p = 0; p < predictions.size(); ++p) {
        const T place = T(predictions[p] * T(static_cast<lane_t<T>>(bins)));
        index_t b = place == place ? static_cast<index_t>(place) : 0;
        if (!(T(static_cast<lane_t<T>>(b)) < place)) --b; // bins are closed above
        const auto at = static_cast<std::size_t>(b < 0 ? 0 : b < bins ? b : bins - 1);
        of_prediction[at].add(predictions[p]);
        of_truth[at].add(truths[p]);
        of_difference[at].add(T(truths[p] - predictions[p]));
    }
    calibration_curve<T> curve{
        {}, T(0), density::mean_of(policy, observed.data(), n), density::mean_of(policy, predicted.data(), n)};
    for (std::size_t b = 0; b < of_prediction.size(); ++b) {
        const T count = of_prediction[b].count;
        if (T(0) < count)
            curve.expected_calibration_error =
                T(curve.expected_calibration_error +
                  T(count / T(static_cast<lane_t<T>>(n))) * T(abs(of_difference[b].mean)));
        curve.bins.push_back({static_cast<index_t>(count), of_prediction[b].result().value, of_truth[b].result(),
                              of_difference[b].result().standard_error});
    }
    return curve;
}

} // namespace detail

/// The calibration of n x (T + 1) logits (or log posteriors) against the true classes of the points, in 1, ..., T + 1, on the
/// host. bins >= 1 of equal width. The expected calibration error is biased upwards, by about the mean of the bins' standard
/// errors. A point whose logits have a NaN or +inf, or are all -inf, is decided wrongly, and makes the first bin and the means NaN. Throws
/// std::invalid_argument where there is no point, no such class, no bin.
template <exec::policy P, batch L>
calibration_curve<batch_scalar_t<L>> calibration(const P& policy, const L& logits, std::span<const index_t> truth,
                                                 index_t bins = 10) {
    using T = batch_scalar_t<L>;
    constexpr auto where = "cdl::classifier::calibration";
    const auto from = exec::view_on(policy, logits);
    detail::require_classes(from, truth, where);
    require(bins >= 1, where, "bins", "must be at least one", bins);
    const index_t n = from.size();
    const auto made = detail::decide(policy, from);
    const auto classes = policy.put(truth.data(), n);
    const auto predicted = policy.template allocate<T>(n), observed = policy.template allocate<T>(n);
    policy.for_each_index(n, detail::observed_classes<T>{made.surprisals.data(), made.classes.data(), classes.data(),
                                                         predicted.data(), observed.data()});
    return detail::binned(policy, predicted, observed, bins);
}

/// The calibration against the log posteriors of the exact classifier, n x (T + 1): in place of a true class, its probability.
template <exec::policy P, batch L, batch E>
calibration_curve<batch_scalar_t<L>> calibration(const P& policy, const L& logits, const E& exact_log_posteriors,
                                                 index_t bins = 10) {
    using T = batch_scalar_t<L>;
    constexpr auto where = "cdl::classifier::calibration";
    const auto from = exec::view_on(policy, logits);
    const auto exact = exec::view_on(policy, exact_log_posteriors);
    const index_t n = from.size();
    require(n >= 1 && from.dim() >= 2, where, "logits", "must be of at least one point and two classes", n, " x ",
            from.dim());
    require(exact.size() == n && exact.dim() == from.dim(), where, "exact_log_posteriors",
            "must have the shape of logits", exact.size(), " x ", exact.dim(), " for ", n, " x ", from.dim());
    require(bins >= 1, where, "bins", "must be at least one", bins);
    const auto made = detail::decide(policy, from);
    const auto predicted = policy.template allocate<T>(n), observed = policy.template allocate<T>(n);
    policy.for_each_index(n,
                          detail::observed_posteriors<std::remove_const_t<decltype(exact)>, T>{
                              exact, made.surprisals.data(), made.classes.data(), predicted.data(), observed.data()});
    return detail::binned(policy, predicted, observed, bins);
}

} // namespace cdl::classifier
