// SPDX-License-Identifier: MIT
#pragma once

// The cosine schedule [Nichol & Dhariwal 2021, eq. 17]: alpha_bar(t) = f(t) / f(0), f(t) = cos^2(c (t + s)) with
// c = pi/2 / (1 + s). All angles are formed from t and 1 - t themselves, so that nothing cancels at the ends.

#include <cdl/core/checks.hpp>
#include <cdl/schedule/noise_schedule.hpp>

namespace cdl::schedule {

/// a(t) = log(p^2 / (q r)), p = sin(c (1 - t)), q = sin(c t), r = sin(c (t + 2 s)); clean data at t = 0, pure noise at
/// t = 1. Without offset, s = 0, it is a = -2 log tan(pi t / 2). The level is off by a few eps max(1, |a|).
template <scalar T>
class cosine {
public:
    using value_type = T;

    /// The offset s is finite and not negative, else std::invalid_argument. The default is the one of the paper.
    explicit cosine(const T& offset = T(0.008)) : offset_(offset) {
        using std::atan2, std::sin;
        require(T(offset - offset) == T(0) && !(offset < T(0)), "cdl::schedule::cosine", "offset",
                "must be finite and not negative", offset);
        rate_ = T(T(T(2) * T(atan2(T(1), T(1)))) / T(T(1) + offset)); // pi / 2 to the last digit of any scalar
        tangent_ = T(sin(T(rate_ * offset)) / sin(rate_));            // of c s, as c s + c = pi / 2
    }

    /// The level at time t.
    CDL_HD log_snr<T> at(const T& t) const {
        using std::log;
        const sines s = of(t);
        return {T(log(T(s.p / s.q)) + log(T(s.p / s.r)))};
    }

    /// The inverse of `at`: with S, N the scales of the level, T0 = tan(c s) and R = sqrt(T0^2 + N^2)
    ///     tan(c t) = N^2 (1 + T0^2) / ((R + S T0) (S + R T0)),
    /// a sum of positive terms.
    CDL_HD T time_of(const log_snr<T>& a) const {
        using std::atan2, std::sqrt;
        const T tiny = T((std::numeric_limits<lane_t<T>>::min)());
        const T signal = signal_scale(a), noise = noise_scale(a);
        const T large = max_of(T(max_of(tangent_, noise)), tiny), ratio = T(min_of(tangent_, noise) / large);
        const T hypotenuse = T(large * sqrt(T(T(1) + ratio * ratio)));
        const T share = T(noise / T(hypotenuse + signal * tangent_)); // in [0, 1], and 0 for clean data
        const T above = T(T(noise * share) * T(T(1) + tangent_ * tangent_));
        const T t = T(T(atan2(above, T(signal + hypotenuse * tangent_))) / rate_);
        return detail::nearest_time(T(select(signal == T(0), T(1), t)));
    }

    /// d a / d t = -2 c cos(c (1 - t)) (1 / p + p / (q r)), negative; -inf at both ends.
    CDL_HD T slope(const T& t) const {
        using std::sin;
        const sines s = of(t);
        const T cosine_of_p = T(sin(T(rate_ * T(t + offset_)))); // the complement of the angle of p
        const T sum = T(T(cosine_of_p / s.p) + T(cosine_of_p / s.r) * T(s.p / s.q));
        return select(t == T(0), pure_noise<T>().value, T(T(T(-2) * rate_) * sum));
    }

private:
    struct sines {
        T p, q, r;
    };
    CDL_HD sines of(const T& t) const {
        using std::sin;
        const T angle = min_of(T(t + T(T(2) * offset_)), T(T(2) - t)); // that, or what is left of it to pi
        return {T(sin(T(rate_ * T(T(1) - t)))), T(sin(T(rate_ * t))), T(sin(T(rate_ * angle)))};
    }

    T offset_, rate_, tangent_;
};

} // namespace cdl::schedule
