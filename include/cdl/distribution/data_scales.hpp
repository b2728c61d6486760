// SPDX-License-Identifier: MIT
#pragma once

// The scales of data about which everything is known: how narrow is the narrowest part, how far do the parts reach? What
// integrates over levels, or steps through them, learns from these two where a density may change.

#include <cdl/core/scalar.hpp>
#include <cdl/distribution/cloud_view.hpp>
#include <cdl/distribution/mixture_view.hpp>

namespace cdl::distribution {

/// Bounds on the scales of data, in units of x.
template <class T>
struct data_scales {
    T narrowest; ///< the smallest standard deviation of a component, or a kernel, along any axis; 0 for points
    T widest;    ///< no two means, or points, are farther apart than this, less the largest standard deviation
};

/// The scales of a mixture: widest = 2 max_k |mu_k - mu_0| + the largest standard deviation. For full covariances they are
/// those of the eigenvalues. +inf where T holds no such distance. O(K d).
template <class T, index_t D, covariance C>
data_scales<T> scales_of(const mixture_view<T, D, C>& mixture) {
    using std::sqrt, std::abs;
    T narrowest = mixture.variance(0, 0), wide = narrowest, farthest = T(0);
    for (index_t k = 0; k < mixture.size(); ++k) {
        T unit = T(0), square = T(0); // |mu_k - mu_0|^2 = unit^2 square, whose unit keeps it from an overflow
        for (index_t j = 0; j < mixture.dim(); ++j) {
            narrowest = min_of(narrowest, mixture.variance(k, j));
            wide = max_of(wide, mixture.variance(k, j));
            unit = max_of(unit, T(abs(T(mixture.mean(k, j) - mixture.mean(0, j)))));
        }
        for (index_t j = 0; j < mixture.dim() && T(0) < unit; ++j) {
            const T offset = T(T(mixture.mean(k, j) - mixture.mean(0, j)) / unit);
            square = T(square + offset * offset);
        }
        farthest = max_of(farthest, T(unit * T(sqrt(square))));
    }
    return {T(sqrt(narrowest)), T(T(2) * farthest + sqrt(wide))};
}

/// The scales of a cloud: its kernel's width h, and 2 radius + h. O(1).
template <class T, index_t D, class Space>
data_scales<T> scales_of(const cloud_view<T, D, Space>& cloud) {
    return {cloud.kernel_width, T(T(2) * cloud.radius + cloud.kernel_width)};
}

} // namespace cdl::distribution
