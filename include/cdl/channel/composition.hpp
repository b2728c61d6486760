// SPDX-License-Identifier: MIT
#pragma once

// Two channels in a row are one channel. If x_zeta = signal_scale(zeta) x + noise_scale(zeta) eps' is noised again at
// level a, the signal powers multiply: sigmoid(beta) = sigmoid(a) sigmoid(zeta) [CDL eq. 5]. The levels form a
// commutative monoid with identity +inf. And the noise eps of the second channel is seen through the total noise with
// the factor b = noise_scale(a) / noise_scale(beta), so that the denoiser of p_zeta is
//
//     eps_hat_zeta(z, a) = b eps_hat(z, beta)     [CDL eq. 3, derived in CDL A.2].
//
// Nothing here subtracts powers: all formulas are sums of positive terms in the log-SNRs.

#include <cdl/schedule/log_snr.hpp>

namespace cdl {

/// The total level beta of two channels in a row [CDL eq. 5]:
///     beta = -log(e^-a + e^-zeta + e^(-a-zeta)).
/// With m the lower and M the higher level: m + min(M, 0) - log(1 + e^(m - max(M, 0)) + e^-|M|). Error <= 5 ULP, or 4
/// epsilon absolute near its zero; <= min(a, zeta); +inf is the identity, -inf absorbs.
template <scalar T>
CDL_HD log_snr<T> compose(const log_snr<T>& a, const log_snr<T>& zeta) {
    using std::abs, std::exp, std::log1p;
    const auto ordered = a.value < zeta.value; // one comparison for both, so that a NaN is in m or in M
    const T m = select(ordered, a.value, zeta.value), M = select(ordered, zeta.value, a.value);
    const T ceiling = max_of(M, T(0));
    const T gap = select(m == ceiling, T(0), T(m - ceiling)); // 0 also for inf - inf
    return {T(T(m + min_of(M, T(0))) - log1p(T(exp(gap) + exp(T(-abs(M))))))};
}

/// a - compose(a, zeta), how much noisier the second channel gets:
///     log(1 + e^-zeta + e^(a - zeta)) = softplus(softplus(a) - zeta).
/// Error <= 8 ULP; >= 0; 0 for zeta = +inf (the identity), +inf for a = +inf otherwise.
template <scalar T>
CDL_HD T composition_gap(const log_snr<T>& a, const log_snr<T>& zeta) {
    using std::abs, std::exp, std::log1p;
    const T top = max_of(a.value, T(0));
    const T d = select(top == zeta.value, T(0), T(top - zeta.value));
    const T ratio = math::exp_difference(min_of(top, zeta.value), max_of(top, zeta.value)); // e^-|d|
    const T e = exp(T(-abs(a.value)));
    const T beyond = select(T(0) < d, T(ratio + e), T(ratio * T(T(1) + e)));
    const T identity = select(a.value == a.value, T(0), a.value); // NaN stays NaN
    return select(zeta.value == clean<T>().value, identity, T(max_of(d, T(0)) + log1p(beyond)));
}

/// How the noise of the second of two channels is seen through their total noise.
template <class T>
struct noise_share {
    T b;           ///< noise_scale(a) / noise_scale(beta), in [0, 1] [CDL eq. 5]
    T rotation;    ///< sqrt(1 - b^2), the share of the first channel's noise [CDL A.2, where it is called a]
    T one_minus_b; ///< 1 - b = rotation^2 / (1 + b), without cancellation
};

/// The noise share of a channel at level a after one at zeta:
///     b = noise_scale(r),  rotation = signal_scale(r)  with  r = a - softplus(zeta),
/// because (rotation / b)^2 = e^a / (1 + e^zeta). Error <= 5 ULP. b = 1 for zeta = +inf.
template <scalar T>
CDL_HD noise_share<T> share_of_noise(const log_snr<T>& a, const log_snr<T>& zeta) {
    using std::abs, std::exp, std::sqrt;
    // tan^2 = (rotation / b)^2 = e^(a - top) / width, or cot^2 = e^(top - a) width where that is the smaller one
    const T top = max_of(zeta.value, T(0)), width = T(T(1) + exp(T(-abs(zeta.value))));
    const auto above = top < a.value;
    const T low = select(above, top, a.value), high = select(above, a.value, top), half = T(0.5);
    const T fraction = select(above, width, T(T(1) / width));
    const T first_is_clean = select(zeta.value == clean<T>().value, T(0), T(1)); // it adds no noise to share with
    const T q2 = T(first_is_clean * math::exp_difference(low, high) * fraction);
    const T q = T(first_is_clean * math::exp_difference(T(half * low), T(half * high)) * sqrt(fraction));
    const T hypotenuse = sqrt(T(T(1) + q2));
    const T b = T(select(above, q, T(1)) / hypotenuse), rotation = T(select(above, T(1), q) / hypotenuse);
    return {b, rotation, T(T(select(above, T(1), q2) / T(T(1) + q2)) / T(T(1) + b))};
}

/// noise_power(compose(a, zeta)) = sigmoid(-a) + sigmoid(a) sigmoid(-zeta), from the levels themselves, so that the
/// rounding of beta does not count. Error <= 5 ULP.
template <scalar T>
CDL_HD T composed_noise_power(const log_snr<T>& a, const log_snr<T>& zeta) {
    return T(noise_power(a) + signal_power(a) * noise_power(zeta));
}

} // namespace cdl
