// SPDX-License-Identifier: MIT
#pragma once

// Standard normal numbers by Box and Muller (1958), with a logarithm, a sine and a cosine of our own: they use only
// operations that IEEE 754 rounds correctly, and every product that is added to something is an explicit fma. So the
// bits are the same for every compiler, flag, library and device. The number at an address is one double, whatever
// scalar asks for it: a float sees the same noise, rounded.
//
// Without branches and loops, every function inlined: a compiler makes vector instructions of a loop over points,
// and correctly rounded operations give a lane the bits that they give a number.

#include <cdl/core/lanes.hpp>
#include <cdl/random/noise_stream.hpp>

#include <bit>
#include <cmath>
#include <numbers>

namespace cdl::random {

namespace detail {

/// c0 + c1 u + c2 u^2 + ... by Horner's rule.
template <class... Rest>
[[gnu::always_inline]] CDL_HD inline double polynomial(double u, double c0, Rest... rest) {
    if constexpr (sizeof...(rest) == 0)
        return c0;
    else
        return std::fma(polynomial(u, rest...), u, c0);
}

/// log u for 0 < u < 1: with u = m 2^e and m within a factor sqrt(2) of 1, log u = e log 2 + 2 artanh s,
/// s = (m - 1) / (m + 1), and artanh s = s + s^3 / 3 + s^5 / 5 + ... Error <= 2 ULP.
[[gnu::always_inline]] CDL_HD inline double log_of_uniform(double u) {
    using std::fma;
    const auto bits = std::bit_cast<std::uint64_t>(u);
    const auto e = (static_cast<std::int32_t>(bits >> 32) - 0x3FE6A09E) >> 20; // 0x3FE6A09E... is sqrt(1/2)
    const auto m = std::bit_cast<double>(bits - (static_cast<std::uint64_t>(static_cast<std::int64_t>(e)) << 52));
    const double s = (m - 1.0) / (m + 1.0);
    const double s2 = s * s;
    const double series = polynomial(s2, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17,
                                     1.0 / 19, 1.0 / 21, 1.0 / 23);
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
[[gnu::always_inline]] CDL_HD inline sine_cosine sine_cosine_of_turns(double u) {
    using std::fma;
    const auto quarter = static_cast<std::int32_t>(4.0 * u + 0.5);
    const double y = (4.0 * u - static_cast<double>(quarter)) * (std::numbers::pi / 2);
    const double y2 = y * y;
    constexpr auto f = inverse_factorials(); // local, so that a device finds it too
    const double sine_series = polynomial(-y2, f[3], f[5], f[7], f[9], f[11], f[13], f[15], f[17], f[19]);
    const double cosine_series = polynomial(-y2, f[2], f[4], f[6], f[8], f[10], f[12], f[14], f[16], f[18]);
    const double s = fma(-sine_series * y2, y, y), c = fma(-cosine_series, y2, 1.0);
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

/// Where a number is drawn.
struct noise_address {
    index_t step, point;
};

/// The pairs of a group of points, each at the (step, point) that `address_of` its number says, and a block; each lane has
/// the bits of its point alone.
template <class S, class AddressOf>
CDL_HD scalar_pair<S> normals(const noise_stream& stream, lanes<S> points, index_t block, const AddressOf& address_of) {
    constexpr index_t width = lanes<S>::width;
    if constexpr (width == 1) {
        const noise_address at = address_of(points.first);
        const auto pair = normals(stream, at.step, at.point, block);
        return {S(pair.first), S(pair.second)};
    } else {
        // box_muller for every lane, in loops that a compiler turns into vector instructions
        alignas(64) double u[extent(width)], v[extent(width)];
        alignas(64) lane_t<S> first[extent(width)], second[extent(width)];
        for (index_t l = 0; l < width; ++l) {
            const noise_address at = address_of(points[l]);
            const auto words = stream.words(at.step, at.point, block);
            u[l] = to_uniform(words[0]);
            v[l] = to_uniform(words[1]);
        }
        for (index_t l = 0; l < width; ++l) u[l] = -2.0 * detail::log_of_uniform(u[l]);
        for (index_t l = 0; l < width; ++l) u[l] = std::sqrt(u[l]); // alone: it may set errno, one number at a time
        for (index_t l = 0; l < width; ++l) {
            const auto angle = detail::sine_cosine_of_turns(v[l]);
            first[l] = static_cast<lane_t<S>>(u[l] * angle.cosine);
            second[l] = static_cast<lane_t<S>>(u[l] * angle.sine);
        }
        return {lane_traits<S>::load(first), lane_traits<S>::load(second)};
    }
}

/// The pairs at (step, point, block) for a group of points.
template <class S>
CDL_HD scalar_pair<S> normals(const noise_stream& stream, index_t step, lanes<S> points, index_t block) {
    return normals(stream, points, block, [step](index_t i) { return noise_address{step, i}; });
}

/// The standard normal number at (step, point, coordinate); the same bits everywhere. |n| < 8.6. Not checked: that the
/// address is one, see `noise_stream::words`.
CDL_HD inline double normal(const noise_stream& stream, index_t step, index_t point, index_t coord = 0) {
    const auto pair = normals(stream, step, point, coord / 2);
    return coord % 2 == 0 ? pair.first : pair.second;
}

} // namespace cdl::random
