// SPDX-License-Identifier: MIT
#pragma once

// Fourier features of one number [VDM app. C, eq. 34]: sin(2^n pi z) and cos(2^n pi z). Fed to a network beside z, they let it
// see the fine structure of discrete data at low noise. Multiplying by a power of two is exact and so is the remainder of a
// division by two: however large n, no digit of the angle is lost, where sin(2^n * pi * z) has the rounding of pi 2^n times
// enlarged.
//
// Mind the counting: the published code multiplies z by 2^n 2 pi, with n = 6 and 7. These are the paper's n = 7 and 8.

#include <cdl/core/config.hpp>

#include <cmath>
#include <concepts>
#include <limits>
#include <numbers>

namespace cdl::math {

/// sin and cos of the same angle.
template <class T>
struct sine_and_cosine {
    T sine, cosine;
};

/// sin(pi r) and cos(pi r) for |r| <= 1: by the nearest quarter of a turn, so that both are exact where they are 0 or +-1.
/// Error <= 2 ULP.
template <std::floating_point T>
CDL_HD sine_and_cosine<T> sine_and_cosine_of_half_turns(T r) {
    using std::cos, std::floor, std::sin;
    const T quarters = floor(r + r + T(0.5)); // -2, ..., 2
    const T angle = std::numbers::pi_v<T> * (r - quarters / T(2));
    const T s = sin(angle), c = cos(angle);
    const int turn = r == r ? static_cast<int>(quarters) & 3 : 0; // a NaN is in s and c already
    const T sine = turn % 2 == 0 ? s : c, cosine = turn % 2 == 0 ? c : s;
    return {turn >= 2 ? -sine : sine, turn == 1 || turn == 2 ? -cosine : cosine};
}

/// sin(2^n pi z) and cos(2^n pi z), n any integer. Error <= 2 ULP, whatever n. From where 2^n z is an even integer, as it is for
/// every z once n is large enough, they are 0 and 1. NaN for an infinite z. The derivatives by z are 2^n pi cos and
/// -2^n pi sin. [VDM eq. 34]
template <std::floating_point T>
CDL_HD sine_and_cosine<T> fourier_feature(T z, int n) {
    using std::ldexp, std::remainder;
    // an exponent beyond which 2^n z is even; more would overflow
    const int most = std::numeric_limits<T>::digits - std::numeric_limits<T>::min_exponent + 2;
    T turns = ldexp(z, n < most ? n : most);
    if (turns - turns != T(0) && z - z == T(0)) turns = T(0);
    return sine_and_cosine_of_half_turns(T(remainder(turns, T(2))));
}

} // namespace cdl::math
