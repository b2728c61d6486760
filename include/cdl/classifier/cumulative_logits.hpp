// SPDX-License-Identifier: MIT
#pragma once

// The last, unlearned layer of CDM's network [CDM app. B.1]: the outputs are increments, and logits are their running sums
// over the classes. The optimal increments are log p_k(z) - log p_(k-1)(z) (with equal priors), ratios of neighbouring densities,
// and the first one is log p_1(z), up to a number common to all classes, which no softmax sees. (The paper writes r_1 = log p_1
// where log r_1 is meant.)

#include <cdl/exec/policy.hpp>

namespace cdl::classifier {

namespace detail {

/// Running sums along the coordinates of a group of points, from the first or from the last.
template <class From, class To>
struct running_sums {
    From from;
    To to;
    bool backwards;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        S sum = S(0);
        for (index_t k = 0; k < from.dim(); ++k) {
            const index_t at = backwards ? from.dim() - 1 - k : k;
            sum = S(sum + S(load(from, i, at)));
            store(to, i, at, sum);
        }
    }
};

template <class P, class From, class To>
void write_sums(const P& policy, const From& from, To&& to, bool backwards, const char* where, const char* argument) {
    const auto source = exec::view_on(policy, from);
    const auto target = exec::view_on(policy, to);
    require(source.size() == target.size() && (source.size() == 0 || source.dim() == target.dim()), where, argument,
            "must have the shape of its argument", target.size(), " x ", target.dim(), " for ", source.size(), " x ",
            source.dim());
    require_writable(target, where, argument);
    policy.template for_each_lanes<batch_scalar_t<To>>(source.size(), running_sums{source, target, backwards});
}

} // namespace detail

/// logits_k = increments_1 + ... + increments_k for each point. Both n x (T + 1); they may be the same batch. Throws
/// std::invalid_argument when shapes differ. One pass; plain sums, good to T roundings. [CDM app. B.1]
template <exec::policy P, batch Increments, writable_batch L>
void cumulative_logits(const P& policy, const Increments& increments, L&& logits) {
    detail::write_sums(policy, increments, logits, false, "cdl::classifier::cumulative_logits", "logits");
}

/// Its derivative backwards, the cotangent of the increments from that of the logits: sums from the last class down. Shapes and
/// errors as above.
template <exec::policy P, batch L, writable_batch Increments>
void cumulative_logits_pull_back(const P& policy, const L& logits_cotangent, Increments&& increments_cotangent) {
    detail::write_sums(policy, logits_cotangent, increments_cotangent, true,
                       "cdl::classifier::cumulative_logits_pull_back", "increments_cotangent");
}

} // namespace cdl::classifier
