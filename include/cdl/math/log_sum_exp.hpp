// SPDX-License-Identifier: MIT
#pragma once

// The sum of e^l over a stream of l of any size, in one pass: keep the largest l seen and the sum relative to it, and
// rescale when a larger one arrives. Weighted sums that are carried along are rescaled by the same factor.

#include <cdl/math/exp_nonpositive.hpp>

namespace cdl::math {

/// A running log(e^l1 + e^l2 + ...). Empty, or all -inf: -inf. One +inf: +inf. A NaN: NaN.
template <scalar S>
struct log_sum_exp {
    S largest = S(std::numeric_limits<lane_t<S>>::lowest());
    S sum = S(0); ///< the sum of e^(l - largest)

    /// Admits terms as large as l; returns the factor by which all that was accumulated before must be multiplied.
    CDL_HD S raise(const S& l) {
        const S before = largest;
        largest = max_of(before, l);
        const S factor = exp_nonpositive(select(before == largest, S(0), S(before - largest))); // 1 also for inf - inf
        sum = S(sum * factor);
        return factor;
    }

    /// The weight e^(l - largest) of a finite or -inf term that was admitted by `raise`.
    CDL_HD S weight(const S& l) const { return exp_nonpositive(S(l - largest)); }

    /// Adds such a term and returns its weight.
    CDL_HD S weigh(const S& l) {
        const S added = weight(l);
        sum = S(sum + added);
        return added;
    }

    /// Adds any term.
    CDL_HD void add(const S& l) {
        raise(l);
        sum = S(sum + select(l == largest, S(1), exp_nonpositive(S(l - largest))));
    }

    CDL_HD S value() const {
        using std::log;
        return S(largest + log(sum));
    }

    /// l - value(): the logarithm of the share of a term, without the rounding of a sum as large as the terms are.
    CDL_HD S log_share(const S& l) const {
        using std::log;
        return S(S(l - largest) - log(sum));
    }
};

} // namespace cdl::math
