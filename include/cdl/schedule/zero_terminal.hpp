// SPDX-License-Identifier: MIT
#pragma once

// A schedule rescaled so that t = 1 is pure noise [Lin et al. 2024, alg. 1]. Many schedules stop a little short of it,
// and a model trained there never learns to start from pure noise. The scale of the signal is moved and stretched:
// S' = S_0 r with r = (S - S_1) / (S_0 - S_1), where S_0 and S_1 are its values at t = 0 and t = 1.

#include <cdl/core/checks.hpp>
#include <cdl/schedule/noise_schedule.hpp>

namespace cdl::schedule {

namespace detail {

/// signal_scale(a) - signal_scale(b) for a >= b, from the difference of the squares, which is a product.
template <scalar T>
CDL_HD T signal_scale_difference(const log_snr<T>& a, const log_snr<T>& b) {
    using std::expm1;
    const T of_a = signal_scale(a), sum = T(of_a + signal_scale(b));
    const T gap = select(a.value == b.value, T(0), T(b.value - a.value));
    const T share = select(T(0) < sum, T(of_a / sum), T(0));                 // both pure noise
    return T(T(T(of_a * share) * noise_power(b)) * T(T(0) - T(expm1(gap)))); // +0 for equal levels
}

/// The map of levels in [last, first] onto [-inf, first].
template <scalar T>
struct zero_terminal_map {
    log_snr<T> first, last;
    T signal, power, range; ///< S_0, N_0^2, S_0 - S_1

    CDL_HD zero_terminal_map(const log_snr<T>& at_0, const log_snr<T>& at_1)
        : first(at_0), last(at_1), signal(signal_scale(at_0)), power(noise_power(at_0)),
          range(signal_scale_difference(at_0, at_1)) {}

    /// S' and N'^2 of a level, the second as N_0^2 + S_0^2 (1 - r) (1 + r).
    struct image {
        T signal, power;
    };
    CDL_HD image of(const log_snr<T>& a) const {
        const T r = T(signal_scale_difference(a, last) / range);
        const T rest = T(signal_scale_difference(first, a) / range);
        return {T(signal * r), T(power + T(signal * signal) * T(rest * T(T(1) + r)))};
    }

    /// The rescaled level.
    CDL_HD log_snr<T> to(const log_snr<T>& a) const {
        using std::log;
        const image z = of(a);
        return {T(T(2) * T(log(z.signal)) - T(log(z.power)))};
    }

    /// The level whose rescaled one is a; `first` for anything cleaner.
    CDL_HD log_snr<T> from(const log_snr<T>& a) const {
        using std::log;
        const log_snr<T> inside{min_of(a.value, first.value)};
        const T rest = T(signal_scale_difference(first, inside) / signal), r = T(signal_scale(inside) / signal);
        const T s = T(signal_scale(last) + T(r * range));
        const T n = T(power + T(T(rest * range) * T(signal + s)));
        return {T(T(2) * T(log(s)) - T(log(n)))};
    }
};

} // namespace detail

/// The schedule with the rescaled signal: unchanged at t = 0, a = -inf at t = 1. Near t = 1 the level is as good as the
/// difference of the levels at t and 1. With an autodiff scalar the base must not begin with clean data, where its
/// derivative is infinite.
template <class Base>
class zero_terminal {
    static_assert(require_schedule<Base>());

public:
    using value_type = typename Base::value_type;

    /// The level of the base at t = 0 is above the one at t = 1, and so is its signal, else std::invalid_argument.
    explicit zero_terminal(const Base& base) : base_(base), map_(base.at(value_type(0)), base.at(value_type(1))) {
        require(map_.last.value < map_.first.value, "cdl::schedule::zero_terminal", "base", "must fall from t = 0 to 1",
                map_.first.value, " and ", map_.last.value);
        require(value_type(0) < map_.range, "cdl::schedule::zero_terminal", "base",
                "must have a signal that falls by more than the scalar can tell from nothing", "levels from ",
                map_.first.value, " to ", map_.last.value);
    }

    /// The level at time t.
    CDL_HD log_snr<value_type> at(const value_type& t) const { return map_.to(base_.at(t)); }

    /// The inverse of `at`; 0 for levels cleaner than at(0).
    CDL_HD value_type time_of(const log_snr<value_type>& a) const {
        using T = value_type;
        const T t = select(signal_scale(a) == T(0), T(1), detail::nearest_time(T(base_.time_of(map_.from(a)))));
        return detail::time_between(t, a, map_.first, pure_noise<T>());
    }

    /// d a / d t = base'(t) S N^2 S_0 / ((S_0 - S_1) S' N'^2), negative; -inf at t = 1 and at clean data.
    CDL_HD value_type slope(const value_type& t) const {
        using T = value_type;
        const log_snr<T> a = base_.at(t);
        const auto z = map_.of(a);
        const T stretch = T(T(signal_scale(a) / z.signal) * T(map_.signal / map_.range));
        const T slope = T(T(T(base_.slope(t) * noise_power(a)) / z.power) * stretch);
        return select(z.power == T(0), pure_noise<T>().value, slope);
    }

private:
    Base base_;
    detail::zero_terminal_map<value_type> map_;
};

} // namespace cdl::schedule
