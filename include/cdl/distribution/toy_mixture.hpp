// SPDX-License-Identifier: MIT
#pragma once

// The toy set about which everything is known: eight Gaussians as a Gaussian mixture, with its density, score and optimal
// denoiser at every level.

#include <cdl/distribution/gaussian_mixture.hpp>
#include <cdl/distribution/toy_patches.hpp>

namespace cdl::distribution {

/// The mixture that eight_gaussians is. It draws the same points from the same stream and step, up to the rounding of T.
/// Throws std::invalid_argument on a radius or a jitter that is not finite and positive.
template <scalar T>
gaussian_mixture<T, 2, covariance::isotropic> as_mixture(const eight_gaussians& toy) {
    toy.check();
    std::vector<T> means;
    for (index_t k = 0; k < 8; ++k) {
        const toy_point center = toy.center(k);
        means.push_back(T(center.x));
        means.push_back(T(center.y));
    }
    return {std::vector<T>(8, T(1)), means, std::vector<T>(8, T(T(toy.jitter) * T(toy.jitter)))};
}

} // namespace cdl::distribution
