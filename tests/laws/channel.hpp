// SPDX-License-Identifier: MIT
#pragma once

// Channels in a row: levels are a commutative monoid under `compose`, and noising from r to s to t is noising from r
// to t. The laws hold for every pair and triple of a list of levels.

#include <cdl/channel/composition.hpp>
#include <cdl/channel/posterior.hpp>

#include "support/ulp.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace cdl::laws {

/// Levels that try the formulas: clean, pure noise, far ends, nearly equal ones, small ones.
template <class T>
std::vector<log_snr<T>> hard_levels() {
    const T infinity = std::numeric_limits<T>::infinity(), eps = std::numeric_limits<T>::epsilon();
    std::vector<log_snr<T>> levels;
    for (const T a : {infinity, T(80), T(20), T(7.25), T(1), std::numeric_limits<T>::denorm_min(), T(0)})
        for (const T near : {T(1), T(1) + eps, T(1) - T(1e-3)}) {
            levels.push_back({T(a * near)});
            levels.push_back({T(-a * near)});
        }
    return levels;
}

template <class T>
void same_bits(T u, T v) {
    CAPTURE(u);
    CAPTURE(v);
    if constexpr (sizeof(T) == 4)
        CHECK(std::bit_cast<std::uint32_t>(u) == std::bit_cast<std::uint32_t>(v));
    else
        CHECK(std::bit_cast<std::uint64_t>(u) == std::bit_cast<std::uint64_t>(v));
}

/// |u - v| within `ulps` of the larger one or, near the zero of compose, 4 epsilon more.
template <class T>
bool close(T u, T v, double ulps) {
    if (u == v) return true;
    const T size = std::max(std::abs(u), std::abs(v));
    return std::abs(u - v) <= std::numeric_limits<T>::epsilon() * (T(ulps) * size + T(4));
}

/// Composition is a commutative monoid with identity +inf and absorbing element -inf, and never gains signal.
template <class T>
void composition_laws(const std::vector<log_snr<T>>& levels) {
    for (const log_snr<T> a : levels) {
        CAPTURE(a.value);
        same_bits(compose(a, clean<T>()).value, a.value == 0 ? T(0) : a.value); // the sign of zero is not kept
        same_bits(compose(a, pure_noise<T>()).value, pure_noise<T>().value);
        CHECK(composition_gap(a, clean<T>()) == 0);
        for (const log_snr<T> b : levels) {
            CAPTURE(b.value);
            const log_snr<T> both = compose(a, b);
            same_bits(both.value, compose(b, a).value);
            CHECK(both <= std::min(a, b));
            CHECK(composition_gap(a, b) >= 0);
            if (const T gap = composition_gap(a, b); std::isfinite(gap) && std::isfinite(a.value))
                CHECK(std::abs(T(a.value - gap) - both.value) <=
                      std::numeric_limits<T>::epsilon() * (std::abs(a.value) + std::abs(both.value) + 3 * gap + 4));
            const noise_share<T> share = share_of_noise(a, b);
            CHECK(std::abs(share.b * share.b + share.rotation * share.rotation - T(1)) <=
                  8 * std::numeric_limits<T>::epsilon());
            CHECK(std::abs(share.b + share.one_minus_b - T(1)) <= 4 * std::numeric_limits<T>::epsilon());
            for (const log_snr<T> c : levels) {
                CAPTURE(c.value);
                CHECK(close(compose(both, c).value, compose(a, compose(b, c)).value, 6));
            }
        }
    }
}

/// Noising from r to s and from s to t is noising from r to t; reversing with a known x undoes it [VDM eqs. 20-25].
/// Only levels in decreasing order are used.
template <class T>
void transition_laws(const std::vector<log_snr<T>>& levels) {
    const auto agree = [](T u, T v) {
        using limits = std::numeric_limits<T>;
        return std::abs(u - v) <=
               16 * limits::epsilon() * std::max(std::abs(u), std::abs(v)) + 4 * limits::denorm_min();
    };
    for (const log_snr<T> r : levels)
        for (const log_snr<T> s : levels) {
            if (s > r) continue;
            CAPTURE(r.value);
            CAPTURE(s.value);
            const auto rs = channel::transition(r, s);
            // variance is preserved: noise power at s = carried over from r + new
            CHECK(agree(rs.from_z * rs.from_z * noise_power(r) + rs.variance, noise_power(s)));
            CHECK(agree(rs.from_z * signal_scale(r), signal_scale(s)));
            if (r == s) {
                CHECK(rs.from_z == 1);
                CHECK(rs.variance == 0);
            }
            // the posterior mixes z and x so that a noiseless z = signal_scale(s) x goes to signal_scale(r) x,
            // and its variance with that of the way there is the variance at r
            const auto back = channel::posterior(r, s);
            CHECK(agree(back.from_z * signal_scale(s) + back.from_other, signal_scale(r)));
            CHECK(agree(back.from_z * back.from_z * noise_power(s) + back.variance, noise_power(r)));
            for (const log_snr<T> t : levels) {
                if (t > s) continue;
                CAPTURE(t.value);
                const auto st = channel::transition(s, t), rt = channel::transition(r, t);
                CHECK(agree(rs.from_z * st.from_z, rt.from_z));
                CHECK(agree(st.from_z * st.from_z * rs.variance + st.variance, rt.variance));
            }
        }
}

} // namespace cdl::laws
