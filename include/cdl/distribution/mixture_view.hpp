// SPDX-License-Identifier: MIT
#pragma once

// A Gaussian mixture as denoisers see it: borrowed memory, which a device can read. Each covariance Sigma_k is kept as
// U diag(lambda) U^T, to whose eigenvalues noise adds.

#include <cdl/core/config.hpp>
#include <cdl/core/index.hpp>

namespace cdl::distribution {

/// The shape of the components' covariances: lambda I, diag(lambda), or any.
enum class covariance { isotropic, diagonal, full };

/// The parameters of K components in d dimensions, in somebody else's memory; trivially copyable.
template <class T, index_t D, covariance C>
struct mixture_view {
    static constexpr covariance shape = C;
    using value_type = T;

    const T* log_weights; ///< K
    const T* means;       ///< K x d
    const T* variances;   ///< eigenvalues of the covariances: K if isotropic, else K x d
    const T* bases;       ///< eigenvectors, K x d x d, one after the other; full covariances only
    index_t components;
    index_t dimension;
    T smallest_variance; ///< of all components, along any axis

    CDL_HD constexpr index_t size() const { return components; }
    CDL_HD constexpr index_t dim() const { return D == dynamic ? dimension : D; }
    CDL_HD constexpr T mean(index_t k, index_t j) const { return means[k * dim() + j]; }
    CDL_HD constexpr T variance(index_t k, index_t j) const {
        return C == covariance::isotropic ? variances[k] : variances[k * dim() + j];
    }
    /// Coordinate i of eigenvector j of component k.
    CDL_HD constexpr T axis(index_t k, index_t j, index_t i) const { return bases[(k * dim() + j) * dim() + i]; }
};

} // namespace cdl::distribution
