// SPDX-License-Identifier: MIT
#pragma once

// The noise levels of EDM [Karras et al. 2022, eq. 5] as a schedule of time: the root of order rho of EDM's sigma rises
// linearly. Their list of sigmas is `karras_grid`.

#include <cdl/core/checks.hpp>
#include <cdl/schedule/noise_schedule.hpp>

namespace cdl::schedule {

/// edm_sigma(t) = (min^(1/rho) + t (max^(1/rho) - min^(1/rho)))^rho, that is
///     a(t) = a(0) - 2 rho log1p(w t),   w = expm1(log(max / min) / rho).
/// The level is off by a few eps max(rho, |a(0)|, |a(1)|).
template <scalar T>
class karras {
public:
    using value_type = T;

    /// 0 < edm_sigma_min < edm_sigma_max and rho > 0, all finite, and rho not so small that w overflows, else
    /// std::invalid_argument. The defaults are EDM's.
    explicit karras(const T& edm_sigma_min = T(0.002), const T& edm_sigma_max = T(80), const T& rho = T(7))
        : cleanest_(from_edm_sigma(edm_sigma_min)), twice_rho_(T(2) * rho) {
        using std::expm1, std::log;
        constexpr auto where = "cdl::schedule::karras";
        require(T(0) < edm_sigma_min && edm_sigma_min - edm_sigma_min == T(0), where, "edm_sigma_min",
                "must be finite and positive", edm_sigma_min);
        require(edm_sigma_min < edm_sigma_max && edm_sigma_max - edm_sigma_max == T(0), where, "edm_sigma_max",
                "must be finite and above edm_sigma_min", edm_sigma_max, " against ", edm_sigma_min);
        require(T(0) < rho && rho - rho == T(0), where, "rho", "must be finite and positive", rho);
        // The logarithm of the ratio has more digits than a difference, where the ratio is finite.
        const T ratio = T(edm_sigma_max / edm_sigma_min);
        const T log_ratio = ratio - ratio == T(0) ? T(log(ratio)) : T(T(log(edm_sigma_max)) - T(log(edm_sigma_min)));
        growth_ = T(expm1(T(log_ratio / rho)));
        require(T(0) < growth_ && growth_ - growth_ == T(0), where, "rho",
                "must let (edm_sigma_max / edm_sigma_min)^(1/rho) be finite and above 1", rho);
        noisiest_ = at(T(1));
    }

    /// The level at time t.
    CDL_HD log_snr<T> at(const T& t) const {
        using std::log1p;
        return {T(cleanest_.value - twice_rho_ * T(log1p(T(growth_ * t))))};
    }

    /// The inverse of `at`; 0 for levels cleaner than at(0), 1 for noisier ones than at(1).
    CDL_HD T time_of(const log_snr<T>& a) const {
        using std::expm1;
        const T t = detail::nearest_time(T(T(expm1(T(T(cleanest_.value - a.value) / twice_rho_))) / growth_));
        return detail::time_between(t, a, cleanest_, noisiest_);
    }

    /// d a / d t = -2 rho w / (1 + w t), negative.
    CDL_HD T slope(const T& t) const { return T(-T(twice_rho_ * growth_) / T(T(1) + growth_ * t)); }

private:
    log_snr<T> cleanest_, noisiest_{T(0)};
    T twice_rho_, growth_;
};

} // namespace cdl::schedule
