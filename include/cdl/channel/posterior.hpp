// SPDX-License-Identifier: MIT
#pragma once

// One step of the noising chain and its reversal, as Gaussians whose coefficients are functions of two levels alone.
// In VDM's words s is the cleaner time and t the noisier one; here they are the levels a_s >= a_t. VDM's gamma is -a,
// its alpha and sigma are signal_scale and noise_scale.
//
// Everything hangs on c = 1 - e^(a_t - a_s) = -expm1(a_t - a_s) in [0, 1], the part of the noise that is new. The
// levels are subtracted first, which is exact when they are close, and the exponential comes after. VDM's own stable
// form, eq. 63, subtracts softplus(gamma) instead and loses all digits for nearly equal times.

#include <cdl/core/checks.hpp>
#include <cdl/schedule/log_snr.hpp>

namespace cdl::channel {

/// -expm1(a_t - a_s), the share of the noise at t that was added since s. Error <= 3 ULP; 0 for equal levels.
template <scalar T>
CDL_HD T new_noise_share(const log_snr<T>& a_s, const log_snr<T>& a_t) {
    using std::expm1;
    return T(-expm1(select(a_s.value == a_t.value, T(0), T(a_t.value - a_s.value))));
}

/// signal_scale(a_t) / signal_scale(a_s), VDM's alpha_{t|s} [VDM eq. 21]. Error <= 5 ULP; 1 for equal levels.
template <scalar T>
CDL_HD T signal_ratio(const log_snr<T>& a_s, const log_snr<T>& a_t) {
    using std::abs, std::exp, std::sqrt;
    const T half = T(0.5);
    const T t = T(T(1) + exp(T(-abs(a_t.value)))), s = T(T(1) + exp(T(-abs(a_s.value))));
    return T(math::exp_difference(T(half * min_of(a_t.value, T(0))), T(half * min_of(a_s.value, T(0)))) *
             sqrt(T(s / t)));
}

/// noise_power(a_s) / noise_power(a_t) <= 1, VDM's sigma_s^2 / sigma_t^2. Error <= 5 ULP; 1 for equal levels.
template <scalar T>
CDL_HD T noise_power_ratio(const log_snr<T>& a_s, const log_snr<T>& a_t) {
    using std::abs, std::exp;
    const T t = T(T(1) + exp(T(-abs(a_t.value)))), s = T(T(1) + exp(T(-abs(a_s.value))));
    return T(math::exp_difference(max_of(a_t.value, T(0)), max_of(a_s.value, T(0))) * T(t / s));
}

/// A Gaussian whose mean is linear in what is known: mean = from_z z + from_other other, the same variance in every
/// coordinate.
template <class T>
struct linear_gaussian {
    T from_z;     ///< the factor of the noisy point that is known
    T from_other; ///< the factor of x, or of eps_hat, as the function that made it says
    T variance;   ///< of each coordinate
};

/// q(z_t | z_s) = N(from_z z_s, variance) [VDM eqs. 20-22, with sigma_{t|s}^2 = sigmoid(-a_t) c]. Levels
/// a_s >= a_t. Errors <= 5 ULP.
template <scalar T>
CDL_HD linear_gaussian<T> transition(const log_snr<T>& a_s, const log_snr<T>& a_t) {
    return {signal_ratio(a_s, a_t), T(0), T(noise_power(a_t) * new_noise_share(a_s, a_t))};
}

/// q(z_s | z_t, x) = N(from_z z_t + from_other x, variance) [VDM eqs. 23-25]:
///     from_z = alpha_{t|s} sigma_s^2 / sigma_t^2,   from_other = alpha_s c,   variance = sigma_s^2 c.
/// With x_hat in place of x this is the model's p(z_s | z_t) [VDM eqs. 26-28]. Levels a_s >= a_t. Errors <= 5 ULP.
template <scalar T>
CDL_HD linear_gaussian<T> posterior(const log_snr<T>& a_s, const log_snr<T>& a_t) {
    const T c = new_noise_share(a_s, a_t);
    return {T(signal_ratio(a_s, a_t) * noise_power_ratio(a_s, a_t)), T(signal_scale(a_s) * c), T(noise_power(a_s) * c)};
}

/// The same Gaussian in terms of the noise: p(z_s | z_t) = N(from_z z_t + from_other eps_hat, variance)
///     from_z = alpha_s / alpha_t,   from_other = -(alpha_s / alpha_t) sigma_t c     [VDM eqs. 28, 31-33].
/// VDM prints eqs. 31 and 33 without the factor sigma_t. Levels a_s >= a_t > -inf. Errors <= 5 ULP.
template <scalar T>
CDL_HD linear_gaussian<T> posterior_from_noise(const log_snr<T>& a_s, const log_snr<T>& a_t) {
    const T c = new_noise_share(a_s, a_t);
    const T stretch = signal_ratio(a_t, a_s);
    return {stretch, T(-stretch * T(noise_scale(a_t) * c)), T(noise_power(a_s) * c)};
}

/// SNR(s) - SNR(t) = e^a_s c >= 0; half of it weighs ||x - x_hat||^2 in the KL divergence of one step [VDM eq. 48].
/// Error <= 5 ULP; 0 for equal levels; else +inf for a_s = +inf, and where the difference itself is too large.
template <scalar T>
CDL_HD T snr_difference(const log_snr<T>& a_s, const log_snr<T>& a_t) {
    using std::exp;
    const T scale = T(exp(T(a_s.value / T(2)))); // squared last, for e^a_s may overflow where the difference does not
    return select(a_s.value == a_t.value, T(0), T(scale * T(scale * new_noise_share(a_s, a_t))));
}

/// expm1(a_s - a_t) >= 0; half of it weighs ||eps - eps_hat||^2 in the KL divergence of one step, VDM eq. 48 with
/// x - x_hat = -(sigma_t / alpha_t) (eps - eps_hat). Error <= 5 ULP.
template <scalar T>
CDL_HD T snr_ratio_minus_one(const log_snr<T>& a_s, const log_snr<T>& a_t) {
    using std::expm1;
    const T d = select(a_s.value == a_t.value, T(0), T(a_s.value - a_t.value));
    return select(d < T(1), T(expm1(d)), T(math::exp_difference(a_s.value, a_t.value) - T(1)));
}

} // namespace cdl::channel
