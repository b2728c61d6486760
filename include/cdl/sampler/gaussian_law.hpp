// SPDX-License-Identifier: MIT
#pragma once

// What a sampler makes of Gaussian data. There eps_hat is linear in z,
//
//     eps_hat(z, a) = N (z - S m) / V,   V = S^2 v + N^2,
//
// so each step z' = A z + B eps_hat + C noise is affine, and carries a Gaussian to a Gaussian: with g = A + B N / V
//
//     mean' = g mean - B N S m / V,   variance' = g^2 variance + C^2.
//
// The difference from N(S' m, V') is the error of the method and its grid, without a sample.

#include <cdl/sampler/grid.hpp>
#include <cdl/sampler/stepper.hpp>

namespace cdl::sampler {

/// A normal distribution of one coordinate.
template <class T>
struct gaussian {
    T mean;
    T variance;
};

/// Returns the law of the points that `run` makes, by a method that asks the denoiser once a step and with the exact denoiser
/// of data N(mean, variance), of a start with a normal law, N(0, 1) by default.
///
/// Coordinates of Gaussian data with a diagonal covariance are each on their own; so are those along its axes.
///
/// - Arguments: the grid as for `run`, levels below `noisiest_usable` raised to it. Variances may be 0.
/// - Accuracy: computed in long double; a step from a noisy level a loses log2(1 / signal_scale(a)) bits, as the sampler does.
/// - Throws: std::invalid_argument for a grid or settings that `run` refuses, means that are not finite, and variances that are
///   negative or not finite.
/// - Cost: O(1) a step.
template <one_call_method M, scalar T>
gaussian<T> gaussian_law(const M& method, std::span<const log_snr<T>> grid, const gaussian<T>& data,
                         const gaussian<T>& start = {T(0), T(1)}) {
    using real = long double;
    constexpr auto where = "cdl::sampler::gaussian_law";
    const auto steps = detail::moving_steps(usable_levels(grid, where));
    if constexpr (requires { method.check(where); }) method.check(where);
    const auto require_law = [&](const gaussian<T>& law, const char* argument) {
        require(law.mean - law.mean == T(0), where, argument, "must have a finite mean", law.mean);
        require(law.variance >= T(0) && law.variance - law.variance == T(0), where, argument,
                "must have a finite variance that is not negative", law.variance);
    };
    require_law(data, "data");
    require_law(start, "start");

    const auto m = static_cast<real>(data.mean), v = static_cast<real>(data.variance);
    real mean = static_cast<real>(start.mean), variance = static_cast<real>(start.variance);
    for (const auto& step : steps) {
        const log_snr<real> from{static_cast<real>(step.from.value)}, to{static_cast<real>(step.to.value)};
        const auto [A, B, C] = method.coefficients(from, to);
        const real S = signal_scale(from), N = noise_scale(from), V = S * S * v + N * N;
        const real growth = A + B * (N / V);
        mean = growth * mean - B * (N / V) * S * m;
        variance = growth * growth * variance + C * C;
    }
    return {static_cast<T>(mean), static_cast<T>(variance)};
}

/// The same for a grid in a std::vector.
template <one_call_method M, scalar T>
gaussian<T> gaussian_law(const M& method, const std::vector<log_snr<T>>& grid, const gaussian<T>& data,
                         const gaussian<T>& start = {T(0), T(1)}) {
    return gaussian_law(method, std::span<const log_snr<T>>(grid), data, start);
}

} // namespace cdl::sampler
