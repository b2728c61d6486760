// SPDX-License-Identifier: MIT
#pragma once

// The coordinate of the whole library: the natural logarithm of the signal-to-noise ratio, as a power ratio. Larger
// is cleaner, +inf is clean data, -inf is pure noise. It is a type of its own because "alpha" means three things in
// three papers; conversions are functions with names. The channel at level a preserves variance [CDL sec. 2]:
//
//     z = signal_scale(a) x + noise_scale(a) eps,   signal_scale^2 = sigmoid(a),   noise_scale^2 = sigmoid(-a).

#include <cdl/math/logistic.hpp>

#include <compare>

namespace cdl {

/// A level of noise: the log signal-to-noise ratio, natural logarithm of a ratio of powers.
template <class T>
struct log_snr {
    T value; ///< +inf is clean data, -inf pure noise

    /// The level in another floating-point type, rounded: a level of double may be given where points are of float.
    template <std::floating_point U>
        requires(std::floating_point<T> && !std::same_as<T, U>)
    CDL_HD constexpr operator log_snr<U>() const {
        return {static_cast<U>(value)};
    }

    friend auto operator<=>(const log_snr&, const log_snr&) = default;
};

template <class T>
log_snr(T) -> log_snr<T>;

/// The level of clean data, a = +inf.
template <scalar T>
CDL_HD constexpr log_snr<T> clean() {
    return {T(std::numeric_limits<lane_t<T>>::infinity())};
}

/// The level of pure noise, a = -inf.
template <scalar T>
CDL_HD constexpr log_snr<T> pure_noise() {
    return {T(-std::numeric_limits<lane_t<T>>::infinity())};
}

/// sqrt(sigmoid(a)), the factor of x in the channel; in [0, 1]. VDM's alpha_t. Error <= 3 ULP.
template <scalar T>
CDL_HD T signal_scale(const log_snr<T>& a) {
    return math::sqrt_sigmoid(a.value);
}

/// sqrt(sigmoid(-a)), the factor of eps in the channel; in [0, 1]. VDM's sigma_t. Error <= 3 ULP.
template <scalar T>
CDL_HD T noise_scale(const log_snr<T>& a) {
    return math::sqrt_sigmoid(T(-a.value));
}

/// sigmoid(a), the power of the signal, DDPM's cumulative alpha_bar; in [0, 1]. Error <= 3 ULP.
template <scalar T>
CDL_HD T signal_power(const log_snr<T>& a) {
    return math::sigmoid(a.value);
}

/// sigmoid(-a), the power of the noise, 1 - alpha_bar; in [0, 1]. Error <= 3 ULP.
template <scalar T>
CDL_HD T noise_power(const log_snr<T>& a) {
    return math::sigmoid(T(-a.value));
}

/// DDPM's alpha_bar = sigmoid(a).
template <scalar T>
CDL_HD T to_alpha_bar(const log_snr<T>& a) {
    return signal_power(a);
}

/// The level of DDPM's alpha_bar in [0, 1]; NaN outside. Near 1 the result is only as good as alpha_bar is: prefer
/// `from_one_minus_alpha_bar` there.
template <scalar T>
CDL_HD log_snr<T> from_alpha_bar(const T& alpha_bar) {
    return {math::logit(alpha_bar)};
}

/// The level of 1 - alpha_bar, DDPM's noise power, in [0, 1]; NaN outside.
template <scalar T>
CDL_HD log_snr<T> from_one_minus_alpha_bar(const T& one_minus_alpha_bar) {
    return {T(-math::logit(one_minus_alpha_bar))};
}

/// EDM's noise level sigma = e^(-a/2), the standard deviation of the noise on x itself, z / signal_scale = x + sigma
/// eps [CDL B.3, below eq. 18]. 0 for clean data, +inf for pure noise.
template <scalar T>
CDL_HD T to_edm_sigma(const log_snr<T>& a) {
    using std::exp;
    return T(exp(T(-a.value / T(2))));
}

/// The level of EDM's sigma >= 0, a = -2 log sigma; NaN below 0.
template <scalar T>
CDL_HD log_snr<T> from_edm_sigma(const T& edm_sigma) {
    using std::log;
    return {T(T(-2) * log(edm_sigma))};
}

/// VDM's gamma = -a.
template <scalar T>
CDL_HD T to_vdm_gamma(const log_snr<T>& a) {
    return T(-a.value);
}

/// The level of VDM's gamma, a = -gamma.
template <scalar T>
CDL_HD log_snr<T> from_vdm_gamma(const T& vdm_gamma) {
    return {T(-vdm_gamma)};
}

} // namespace cdl
