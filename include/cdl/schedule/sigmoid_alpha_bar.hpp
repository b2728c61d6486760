// SPDX-License-Identifier: MIT
#pragma once

// The schedule whose alpha_bar is a piece of a sigmoid, stretched to run from 1 to 0 [Jabri et al. 2022, Chen 2023]. It
// spends more time at the middle levels than the cosine does. Differences of sigmoids are products,
//     sigmoid(p) - sigmoid(q) = sigmoid(p) sigmoid(-q) (1 - e^(q - p)),
// and what remains after they cancel depends on t and 1 - t alone.

#include <cdl/core/checks.hpp>
#include <cdl/schedule/noise_schedule.hpp>

namespace cdl::schedule {

/// alpha_bar(t) = (V(e) - V(u)) / (V(e) - V(s)) with V = sigmoid, s = start / tau, e = end / tau, u = s + t w, w = e - s:
///     a(t) = K - w t + log(expm1(-w (1 - t)) / expm1(-w t)),   K = log(V(e) / V(s)).
/// Clean data at t = 0, pure noise at t = 1. The level is off by a few eps max(1, w, |a|).
template <scalar T>
class sigmoid_alpha_bar {
public:
    using value_type = T;

    /// start < end and tau > 0, all finite, (end - start) / tau neither overflowing nor vanishing, else
    /// std::invalid_argument. The defaults are those of the papers.
    explicit sigmoid_alpha_bar(const T& start = T(-3), const T& end = T(3), const T& tau = T(1))
        : width_(T(end - start) / tau) {
        using std::abs, std::exp, std::log1p;
        constexpr auto where = "cdl::schedule::sigmoid_alpha_bar";
        require(T(start - start) == T(0), where, "start", "must be finite", start);
        require(T(end - end) == T(0) && start < end, where, "end", "must be finite and above start", end, " against ",
                start);
        require(T(tau - tau) == T(0) && T(0) < tau, where, "tau", "must be finite and positive", tau);
        const T s = T(start / tau), e = T(end / tau);
        require(T(0) < width_ && T(s - s) == T(0) && T(e - e) == T(0), where, "tau",
                "must leave (end - start) / tau positive and finite", tau);
        // log V(e) - log V(s), where V(u) = e^min(u, 0) / (1 + e^-|u|)
        const T rise = T(min_of(e, T(0)) - min_of(s, T(0)));
        ratio_ = T(rise + T(T(log1p(T(exp(T(-abs(s)))))) - T(log1p(T(exp(T(-abs(e))))))));
    }

    /// The level at time t.
    CDL_HD log_snr<T> at(const T& t) const {
        using std::expm1, std::log;
        const T before = T(expm1(T(-width_ * t))), after = T(expm1(T(-width_ * T(T(1) - t))));
        return {T(T(ratio_ - width_ * t) + log(T(after / before)))};
    }

    /// The inverse of `at`: with v = a - K
    ///     w t = -log1p(expm1(-w) sigmoid(-v)) = softplus(-v) - softplus(-v - w),
    /// the first near clean data, the second elsewhere, with the large parts of the softplus subtracted exactly.
    CDL_HD T time_of(const log_snr<T>& a) const {
        using std::abs, std::exp, std::expm1, std::log1p;
        const T v = T(a.value - ratio_), half = T(-0.5), none = T(0);
        const T fall = T(T(expm1(T(-width_))) * math::sigmoid(T(-v)));
        const T near_clean = T(-T(log1p(T(max_of(fall, half)))));
        const T large = min_of(T(max_of(T(-v), none)), width_);
        const T elsewhere = T(large + T(T(log1p(T(exp(T(-abs(v)))))) - T(log1p(T(exp(T(-abs(T(v + width_)))))))));
        const T t = detail::nearest_time(T(select(half < fall, near_clean, elsewhere) / width_));
        return detail::time_between(t, a, clean<T>(), pure_noise<T>());
    }

    /// d a / d t = w / expm1(-w (1 - t)) - w / expm1(w t), negative; -inf at both ends.
    CDL_HD T slope(const T& t) const {
        using std::expm1;
        const T to_noise = T(width_ / T(expm1(T(-T(width_ * T(T(1) - t))))));
        return T(to_noise - T(width_ / T(expm1(T(width_ * t)))));
    }

private:
    T width_, ratio_;
};

} // namespace cdl::schedule
