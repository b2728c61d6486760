// SPDX-License-Identifier: MIT
#pragma once

// What a Monte-Carlo computation returns: a value never comes without its standard error and what it cost.

#include <cdl/core/index.hpp>
#include <cdl/core/scalar.hpp>

#include <vector>

namespace cdl::density {

/// An unbiased estimate.
template <class T>
struct estimate {
    T value;
    T standard_error;       ///< of `value`, from the spread over independent draws
    index_t denoiser_calls; ///< evaluations of the denoiser at one point

    /// The estimate of offset + factor value, factor > 0.
    estimate mapped(const T& offset, const T& factor) const {
        return {T(offset + factor * value), T(factor * standard_error), denoiser_calls};
    }
};

/// The values of results, estimates or integrals, one for each point, without what is known of their errors.
template <class Result>
auto values_of(const std::vector<Result>& results) {
    std::vector<decltype(Result::value)> values;
    for (const auto& result : results) values.push_back(result.value);
    return values;
}

} // namespace cdl::density
