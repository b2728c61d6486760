// SPDX-License-Identifier: MIT
#pragma once

// The same prediction in five coordinates. With S = signal_scale(a), N = noise_scale(a) and z = S x + N eps:
//
//     x_hat = (z - N eps_hat) / S          [VDM eq. 29 solved for x]
//     v_hat = S eps_hat - N x_hat          (Salimans & Ho 2022)
//     score = -eps_hat / N                 [CDL eq. 9]
//     D(y; edm_sigma) = x_hat, y = z / S   (Karras et al. 2022)
//
// Each function converts one coordinate of one point. Where a conversion divides by a scale that is 0, the answer is
// not determined by the prediction (x from eps at pure noise, eps from x at clean data): the result is NaN or
// infinite, and nothing else is.

#include <cdl/schedule/log_snr.hpp>

namespace cdl::denoiser {

/// x_hat of eps_hat. Loses digits as S -> 0, by cancellation: the relative error grows like 1 / S.
template <scalar T>
CDL_HD T x_from_eps(const T& z, const T& eps_hat, const log_snr<T>& a) {
    return T(T(z - noise_scale(a) * eps_hat) / signal_scale(a));
}

/// eps_hat of x_hat [VDM eq. 29]. Loses digits as N -> 0.
template <scalar T>
CDL_HD T eps_from_x(const T& z, const T& x_hat, const log_snr<T>& a) {
    return T(T(z - signal_scale(a) * x_hat) / noise_scale(a));
}

/// v_hat of eps_hat: (eps_hat - N z) / S.
template <scalar T>
CDL_HD T v_from_eps(const T& z, const T& eps_hat, const log_snr<T>& a) {
    return T(T(eps_hat - noise_scale(a) * z) / signal_scale(a));
}

/// eps_hat of v_hat: N z + S v_hat. Well conditioned at every level.
template <scalar T>
CDL_HD T eps_from_v(const T& z, const T& v_hat, const log_snr<T>& a) {
    return T(noise_scale(a) * z + signal_scale(a) * v_hat);
}

/// x_hat of v_hat: S z - N v_hat. Well conditioned at every level.
template <scalar T>
CDL_HD T x_from_v(const T& z, const T& v_hat, const log_snr<T>& a) {
    return T(signal_scale(a) * z - noise_scale(a) * v_hat);
}

/// The score grad log p_a(z) of eps_hat [CDL eq. 9].
template <scalar T>
CDL_HD T score_from_eps(const T& eps_hat, const log_snr<T>& a) {
    return T(-eps_hat / noise_scale(a));
}

/// eps_hat of the score [CDL eq. 9].
template <scalar T>
CDL_HD T eps_from_score(const T& score, const log_snr<T>& a) {
    return T(-noise_scale(a) * score);
}

/// EDM's input y = z / S = x + edm_sigma eps of the variance-preserving z.
template <scalar T>
CDL_HD T edm_input(const T& z, const log_snr<T>& a) {
    return T(z / signal_scale(a));
}

/// The variance-preserving z = S y of EDM's input y; this is c_in(sigma) y of [CDL eq. 17] for data of unit variance.
template <scalar T>
CDL_HD T from_edm_input(const T& y, const log_snr<T>& a) {
    return T(signal_scale(a) * y);
}

/// eps_hat of EDM's denoiser output D = x_hat at its input y: (y - D) / edm_sigma.
template <scalar T>
CDL_HD T eps_from_edm(const T& y, const T& x_hat, const log_snr<T>& a) {
    return T(T(y - x_hat) / to_edm_sigma(a));
}

} // namespace cdl::denoiser
