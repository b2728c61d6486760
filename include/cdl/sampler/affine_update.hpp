// SPDX-License-Identifier: MIT
#pragma once

// One step of a sampler that asks the denoiser once is a linear combination of what is known,
//
//     z' = A z + B eps_hat(z, a) + C noise,
//
// with factors that are functions of the two levels alone. The sequential loop and the Picard iteration use the same
// factors, so that both give the same points.

#include <cdl/schedule/log_snr.hpp>

namespace cdl::sampler {

/// The factors of one step.
template <class T>
struct affine_update {
    T from_z;       ///< A
    T from_eps_hat; ///< B
    T from_noise;   ///< C, of a standard normal number
};

/// Satisfied by methods that ask the denoiser once a step: `coefficients(from, to)` for finite from <= to <= +inf, the
/// identity {1, 0, 0} where the levels are equal; `stochastic()` says whether C may differ from 0.
template <class M>
concept one_call_method = requires(const M method, const log_snr<double> from, const log_snr<double> to) {
    { method.coefficients(from, to) } -> std::same_as<affine_update<double>>;
    { method.stochastic() } -> std::same_as<bool>;
};

namespace detail {

/// Floats have their factors computed in double and rounded once.
template <class T>
using wide = std::conditional_t<std::is_same_v<T, float>, double, T>;

template <class T, one_call_method M>
affine_update<T> rounded_coefficients(const M& method, log_snr<T> from, log_snr<T> to) {
    const auto update = method.coefficients(log_snr<wide<T>>{wide<T>(from.value)}, log_snr<wide<T>>{wide<T>(to.value)});
    return {T(update.from_z), T(update.from_eps_hat), T(update.from_noise)};
}

} // namespace detail
} // namespace cdl::sampler
