// SPDX-License-Identifier: MIT
#pragma once

// Standard normal numbers by Box and Muller (1958), with a logarithm, a sine and a cosine of our own: they use only
// operations that IEEE 754 rounds correctly, and every product that is added to something is an explicit fma. So the
// bits are the same for every compiler, flag, library and device. The number at an address is one double, whatever
// scalar asks for it: a float sees the same noise, rounded.

#include <cdl/core/lanes.hpp>
#include <cdl/random/noise_stream.hpp>

#include <bit>
#include <cmath>
#include <numbers>

namespace cdl::random {

namespace detail {

/// log u for 0 < u < 1: with u = m 2^e and m within a factor sqrt(2) of 1, log u = e log 2 + 2 artanh s,
/// s = (m - 1) / (m + 1), and artanh s = s + s^3 / 3 + s^5 / 5 + ... Error <= 2 ULP.
CDL_HD inline double log_of_uniform(double u) {
    using std::fma;
    const auto bits = std::bit_cast<std::uint64_t>(u);
    const auto e = (static_cast<std::int32_t>(bits >> 32) - 0x3FE6A09E) >> 20; // 0x3FE6A09E... is sqrt(1/2)
    const auto m = std::bit_cast<double>(bits - (static_cast<std::uint64_t>(static_cast<std::int64_t>(e)) << 52));
    const double s = (m - 1.0) / (m + 1.0);
    const double s2 = s * s;
    double series = 1.0 / 23;
    for (const double k : {21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0}) series = fma(series, s2, 1.0 / k);
    return fma(static_cast<double>(e), std::numbers::ln2, 2.0 * fma(s * s2, series, s));
}

/// 1 / k!, rounded once: the factorials are exact up to 22!.
CDL_HD constexpr std::array<double, 20> inverse_factorials() {
    std::array<double, 20> table{1.0};
    double factorial = 1.0;
    for (int k = 1; k < 20; ++k) table[static_cast<std::size_t>(k)] = 1.0 / (factorial *= k);
    return table;
}

struct sine_cosine {
    double sine, cosine;
};

/// sin and cos of 2 pi u for 0 < u < 1: by Taylor series about the nearest multiple of a quarter turn, where the
/// remaining angle is below pi / 4. Error <= 2 ULP of 1.
CDL_HD inline sine_cosine sine_cosine_of_turns(double u) {
    using std::fma;
    const auto quarter = static_cast<std::int32_t>(4.0 * u + 0.5);
    const double y = (4.0 * u - static_cast<double>(quarter)) * (std::numbers::pi / 2);
    const double y2 = y * y;
    constexpr auto inverse_factorial = inverse_factorials(); // local, so that a device finds it too
    double s = 0.0, c = 0.0;                                 // (1 - sin y / y) / y^2 and (1 - cos y) / y^2
    for (std::size_t k = 18; k >= 2; k -= 2) {
        s = fma(-s, y2, inverse_factorial[k + 1]);
        c = fma(-c, y2, inverse_factorial[k]);
    }
    s = fma(-s * y2, y, y);
    c = fma(-c, y2, 1.0);
    const bool swapped = (quarter & 1) != 0;
    const double sine = swapped ? c : s, cosine = swapped ? s : c;
    return {(quarter & 2) != 0 ? -sine : sine, ((quarter + 1) & 2) != 0 ? -cosine : cosine};
}

} // namespace detail

/// Two independent standard normal numbers, those of coordinates 2 block and 2 block + 1.
struct normal_pair {
    double first, second;
};

/// The pair made of two uniform numbers strictly between 0 and 1.
CDL_HD inline normal_pair box_muller(double u, double v) {
    using std::sqrt;
    const double radius = sqrt(-2.0 * detail::log_of_uniform(u));
    const auto angle = detail::sine_cosine_of_turns(v);
    return {radius * angle.cosine, radius * angle.sine};
}

/// The pair at (step, point, block).
CDL_HD inline normal_pair normals(const noise_stream& stream, index_t step, index_t point, index_t block) {
    const auto words = stream.words(step, point, block);
    return box_muller(to_uniform(words[0]), to_uniform(words[1]));
}

/// The standard normal number at (step, point, coordinate); the same bits everywhere. |n| < 8.6.
CDL_HD inline double normal(const noise_stream& stream, index_t step, index_t point, index_t coord = 0) {
    const auto pair = normals(stream, step, point, coord / 2);
    return coord % 2 == 0 ? pair.first : pair.second;
}

} // namespace cdl::random
