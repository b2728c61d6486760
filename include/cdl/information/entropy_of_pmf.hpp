// SPDX-License-Identifier: MIT
#pragma once

// The entropy of a finite distribution: what the classes of a noise classifier tell of themselves before a point is seen.

#include <cdl/core/checks.hpp>
#include <cdl/core/index.hpp>
#include <cdl/core/scalar.hpp>

#include <span>
#include <vector>

namespace cdl::information {

/// The entropy -sum_k p_k log p_k of a finite distribution, nats; 0 log 0 = 0. All terms are positive, so nothing cancels.
///
/// - pmf: numbers that are not negative, at least one of them positive, normalised here by their sum, like the priors of
///   classifier::noise_classes.
/// - Throws: std::invalid_argument if one is negative or not finite, or their sum is 0 or not finite.
/// - Accuracy: a few eps for each term.
template <scalar T>
T entropy_of_pmf(std::span<const T> pmf) {
    using std::log;
    constexpr auto where = "cdl::information::entropy_of_pmf";
    T total = T(0);
    for (const T& p : pmf) {
        require(!(p < T(0)) && T(p - p) == T(0), where, "pmf", "must be finite and not negative", p);
        total = T(total + p);
    }
    require(T(0) < total && T(total - total) == T(0), where, "pmf", "must have a positive and finite sum", total);
    T entropy = T(0);
    for (const T& weight : pmf) {
        const T p = T(weight / total);
        if (T(0) < p) entropy = T(entropy - p * log(p));
    }
    return entropy;
}
template <scalar T>
T entropy_of_pmf(const std::vector<T>& pmf) {
    return entropy_of_pmf(std::span<const T>(pmf));
}

} // namespace cdl::information
