// SPDX-License-Identifier: MIT
#pragma once

// The mean of independent numbers as an estimate: with the standard error that their spread tells.

#include <cdl/density/estimate.hpp>
#include <cdl/exec/policy.hpp>

namespace cdl::density {

namespace detail {

/// A number, or the square of its distance from a center.
template <class T>
struct power_of_distance {
    const T* numbers;
    T center;
    bool squared;

    template <class S>
    CDL_HD S operator()(lanes<S> i) const {
        const S distance = S(gather(i, [this](index_t k) { return numbers[k]; }) - S(center));
        return squared ? S(distance * distance) : distance;
    }
};

} // namespace detail

/// The mean of n >= 1 numbers where the policy runs, and its standard error; infinite for one number, which says
/// nothing of its spread.
/// The same bits for any number of threads. Two sums.
template <exec::policy P, class T>
estimate<T> mean_of(const P& policy, const T* numbers, index_t n, index_t denoiser_calls = 0) {
    using std::sqrt;
    const T count = T(static_cast<lane_t<T>>(n));
    const T mean = T(policy.template sum_over<T>(n, detail::power_of_distance<T>{numbers, T(0), false}) / count);
    if (n < 2) return {mean, T(std::numeric_limits<lane_t<T>>::infinity()), denoiser_calls};
    const T squares = policy.template sum_over<T>(n, detail::power_of_distance<T>{numbers, mean, true});
    return {mean, T(sqrt(T(squares / T(count * T(count - T(1)))))), denoiser_calls};
}

} // namespace cdl::density
