// SPDX-License-Identifier: MIT
#pragma once

// The likelihood of a point in one evaluation of a noise classifier, at any of its levels [CDM thm 3.2]:
//
//     log p_t(z) = log pi_(T+1) / pi_t + log p(t | z) / p(T + 1 | z) + log N(z; 0, I)     [CDM eq. 8].
//
// Of the exact classifier it is exact. Of a learned one it is what the classifier claims: neither a bound nor a normalised
// density. Step 1 stands for clean data in the paper; the published code has T + 2 classes, of which the first is clean data
// itself (here: levels that begin at +inf), and takes that.

#include <cdl/classifier/exact.hpp>

namespace cdl::classifier {

/// log p_k(z) in nats at class k in 1, ..., T + 1, from the T + 1 logits of the point z, or from its log posteriors, which are
/// logits, too. Exactly log N(z; 0, I) for class T + 1.
template <point L, class T, class Space, point Z>
CDL_HD coordinate_t<Z> log_likelihood(const L& logits, const class_view<T, Space>& classes, index_t k, const Z& z) {
    using S = coordinate_t<Z>;
    auto&& l = as_point(logits);
    const index_t last = classes.size();
    const S prior_odds = S(T(classes.log_prior(last) - classes.log_prior(k)));
    return S(S(prior_odds + S(S(l[k - 1]) - S(l[last - 1]))) + log_standard_normal(z));
}

namespace detail {

/// The log likelihoods of a group of points.
template <class L, class Classes, class Z, class Out>
struct likelihoods {
    L logits;
    Classes classes;
    index_t k;
    Z z;
    Out out;

    /// Coordinates of a group of points, read when asked for.
    template <class S, class Batch>
    struct group {
        const Batch& batch;
        lanes<S> i;
        CDL_HD S operator[](index_t j) const { return load(batch, i, j); }
        CDL_HD index_t size() const { return batch.dim(); }
    };

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        store(out, i, 0, log_likelihood(group<S, L>{logits, i}, classes, k, group<S, Z>{z, i}));
    }
};

} // namespace detail

/// The log likelihoods of n points at class k in 1, ..., T + 1, in nats. logits: n x (T + 1); z: n x d; out: n x 1. Throws
/// std::invalid_argument when shapes differ or there is no such class. One pass.
template <exec::policy P, batch L, scalar T, batch Z, writable_batch Out>
void log_likelihoods(const P& policy, const L& logits, const noise_classes<T, typename P::space>& classes, index_t k,
                     const Z& z, Out&& out) {
    constexpr auto where = "cdl::classifier::log_likelihoods";
    const auto from = exec::view_on(policy, logits);
    const auto at = exec::view_on(policy, z);
    const auto to = exec::view_on(policy, out);
    const index_t n = at.size();
    require(1 <= k && k <= classes.size(), where, "k", "must be from 1 to the number of classes", k, " of ",
            classes.size());
    require(from.size() == n && (n == 0 || from.dim() == classes.size()), where, "logits",
            "must have a number for each point and class", from.size(), " x ", from.dim(), " for ", n, " x ",
            classes.size());
    require(to.size() == n && (n == 0 || to.dim() == 1), where, "out", "must have a number for each point", to.size(),
            " x ", to.dim(), " for ", n);
    require_writable(to, where, "out");
    policy.template for_each_lanes<T>(n, detail::likelihoods{from, classes.view(), k, at, to});
}

} // namespace cdl::classifier
