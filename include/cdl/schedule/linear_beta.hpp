// SPDX-License-Identifier: MIT
#pragma once

// The schedule of DDPM in continuous time: noise comes in at a rate beta(t) that grows linearly. With the total
// y(t) = int_0^t beta the power of the signal is e^-y, so that a = -log expm1(y).

#include <cdl/core/checks.hpp>
#include <cdl/schedule/noise_schedule.hpp>

namespace cdl::schedule {

/// a(t) = -log expm1(y(t)) with y(t) = c0 + c1 t + c2 t^2. The VP SDE dx = -beta/2 x dt + sqrt(beta) dw with
/// beta = y' has this level at time t [Song et al. 2021, eq. 11, app. C]. For c0 = 0 the data at t = 0 are clean, a = +inf.
/// The level is off by a few eps max(1, |a|).
template <scalar T>
class linear_beta {
public:
    using value_type = T;

    /// y(0) = c0 >= 0 and beta(0) = c1 >= 0, beta(1) = c1 + 2 c2 >= 0, all finite, y(1) too, and y(1) > y(0), else
    /// std::invalid_argument.
    linear_beta(const T& c0, const T& c1, const T& c2) : c0_(c0), c1_(c1), c2_(c2) {
        constexpr auto where = "cdl::schedule::linear_beta";
        require(T(c0 - c0) == T(0) && !(c0 < T(0)), where, "c0", "must be finite and not negative", c0);
        require(T(c1 - c1) == T(0) && !(c1 < T(0)), where, "c1", "must be finite and not negative", c1);
        require(T(c2 - c2) == T(0) && !(T(c1 + T(2) * c2) < T(0)), where, "c2",
                "must be finite and at least -c1 / 2, the rate of noise must not be negative", c2, " with c1 = ", c1);
        require(T(0) < T(c1 + c2), where, "c1, c2", "must not both be 0", c1, ", ", c2);
        const T most = T(c0 + T(c1 + c2));
        require(T(most - most) == T(0), where, "c0 + c1 + c2", "must be finite", most);
        first_ = at(T(0)), last_ = at(T(1));
    }

    /// The VP SDE with beta(t) = beta_min + t (beta_max - beta_min), clean at t = 0 [Song et al. 2021, app. C].
    /// The defaults are theirs, the limit of DDPM's 1000 steps. Errors as above.
    static linear_beta vp_sde(const T& beta_min = T(0.1), const T& beta_max = T(20)) {
        return linear_beta(T(0), beta_min, T(T(beta_max - beta_min) / T(2)));
    }

    /// The fit of DDPM's 1000 discrete levels, y = 1e-4 + 10 t^2 [VDM app. K]. In log-SNR it is off by 0.12 at
    /// t = 1 and by up to 0.69 near clean data, at step 4: for the levels themselves see `discrete_levels::ddpm_linear`.
    static linear_beta vdm_fit_of_ddpm() { return linear_beta(T(1e-4), T(0), T(10)); }

    /// The level at time t, as -(y + log(1 - e^-y)), which does not overflow.
    CDL_HD log_snr<T> at(const T& t) const {
        using std::expm1, std::log;
        const T y = total(t);
        return {T(-T(y + log(T(-expm1(T(-y))))))};
    }

    /// The inverse of `at`: of y = softplus(-a) the share r = (y - c0) / (c1 + c2), and the root of b t + (1 - b) t^2 = r,
    /// b = c1 / (c1 + c2), without cancellation: t = 2 r / (b + sqrt(b^2 + 4 (1 - b) r)). 0 for levels cleaner than
    /// at(0), 1 for noisier ones than at(1).
    CDL_HD T time_of(const log_snr<T>& a) const {
        using std::sqrt;
        const T none = T(0), whole = T(c1_ + c2_), b = T(c1_ / whole), rest = T(c2_ / whole); // rest is 1 - b
        const T r = detail::nearest_time(T(T(math::softplus(T(-a.value)) - c0_) / whole));
        const T root = sqrt(T(max_of(T(b * b + T(4) * rest * r), none)));
        // 0 / 0 is time 0: at the end, and where 4 (1 - b) r is too small for T.
        const T t = detail::nearest_time(T(select(T(b + root) == none, none, T(T(T(2) * r) / T(b + root)))));
        return detail::time_between(t, a, first_, last_);
    }

    /// d a / d t = y' / expm1(-y), negative where beta is positive; -inf at clean data.
    CDL_HD T slope(const T& t) const {
        using std::expm1;
        const T y = total(t);
        return select(y == T(0), pure_noise<T>().value, T(beta(t) / expm1(T(-y))));
    }

    /// y'(t), the rate of noise: -beta / 2 is the drift and beta the squared diffusion of the SDE, finite at clean
    /// data, too.
    CDL_HD T beta(const T& t) const { return T(c1_ + T(T(2) * c2_) * t); }

private:
    CDL_HD T total(const T& t) const { return T(c0_ + t * T(c1_ + c2_ * t)); }

    T c0_, c1_, c2_;
    log_snr<T> first_{T(0)}, last_{T(0)};
};

} // namespace cdl::schedule
