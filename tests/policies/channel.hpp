// SPDX-License-Identifier: MIT
#pragma once

// Noise and the channel: at ugly sizes, in every arrangement, with every kind of levels.

#include <cdl/channel/noising.hpp>

#include "policies/comparing.hpp"

namespace cdl::test {

template <class S, index_t D, class A>
void draws_the_noise_of_serial(index_t n, index_t d) {
    using T = typename S::scalar;
    CAPTURE(n);
    CAPTURE(d);
    same_bits_as_serial<S>([&](const auto& policy) {
        const auto eps = room_for<T, A, D>(policy, n, d);
        channel::draw_noise(policy, {42, random::purpose::channel}, 3, eps.view());
        return eps.numbers(policy);
    });
}

TEST_CASE_TEMPLATE("The same seed gives the same noise bits", S, tested<float>, tested<double>) {
    for (const index_t n : ugly_sizes) {
        draws_the_noise_of_serial<S, 2, packed_points>(n, 2);
        draws_the_noise_of_serial<S, 2, packed_coords>(n, 2);
        draws_the_noise_of_serial<S, dynamic, packed_points>(n, 3);
        draws_the_noise_of_serial<S, dynamic, spread_out>(n, 3);
        draws_the_noise_of_serial<S, dynamic, backwards>(n, 3);
    }
    draws_the_noise_of_serial<S, dynamic, packed_points>(597, 1);
    draws_the_noise_of_serial<S, dynamic, packed_points>(7, 1001);
}

/// z from x and eps, each arranged otherwise.
template <class S, index_t D, class X, class E, class Z>
void adds_the_noise_of_serial(index_t n, index_t d) {
    using T = typename S::scalar;
    CAPTURE(n);
    const auto x = normal_numbers<T>(n * d, 4), eps = normal_numbers<T>(n * d, 5);
    for (const auto& levels : all_levels) {
        CAPTURE(levels.name);
        // the scales are good to 3 ULP, 6 in a pack, and meet numbers below 5
        matches_serial<S>("add_noise", rounding{9, 5}, [&](const auto& policy) {
            const auto from = placed<X, D>(policy, x, n, d);
            const auto noise = placed<E, D>(policy, eps, n, d);
            const auto to = room_for<T, Z, D>(policy, n, d);
            const placed_levels<T, std::remove_cvref_t<decltype(policy)>> a(policy, levels, n);
            channel::add_noise(policy, from.view(), a.view(), noise.view(), to.view());
            return to.numbers(policy);
        });
    }
}

TEST_CASE_TEMPLATE("Noise is added as under serial", S, tested<float>, tested<double>) {
    for (const index_t n : ugly_sizes) {
        adds_the_noise_of_serial<S, 2, packed_points, packed_points, packed_points>(n, 2);
        adds_the_noise_of_serial<S, dynamic, packed_points, packed_points, packed_points>(n, 3);
    }
}

TEST_CASE_TEMPLATE("Noise is added as under serial in other arrangements", S, tested<float>, tested<double>) {
    for (const index_t n : small_ugly_sizes) {
        adds_the_noise_of_serial<S, 2, packed_coords, spread_out, backwards>(n, 2);
        adds_the_noise_of_serial<S, dynamic, spread_out, packed_points, packed_coords>(n, 3);
        adds_the_noise_of_serial<S, dynamic, backwards, packed_coords, spread_out>(n, 3);
    }
}

TEST_CASE_TEMPLATE("Noise is added in place as under serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    const index_t n = 597, d = 3;
    const auto x = normal_numbers<T>(n * d, 4), eps = normal_numbers<T>(n * d, 5);
    for (const auto& levels : all_levels)
        for (const bool over_x : {true, false}) {
            CAPTURE(levels.name);
            CAPTURE(over_x);
            matches_serial<S>("add_noise in place", rounding{9, 5}, [&](const auto& policy) {
                const auto from = placed<packed_points>(policy, x, n, d),
                           noise = placed<packed_points>(policy, eps, n, d);
                const auto& to = over_x ? from : noise;
                const placed_levels<T, std::remove_cvref_t<decltype(policy)>> a(policy, levels, n);
                channel::add_noise(policy, from.view(), a.view(), noise.view(), to.view());
                return to.numbers(policy);
            });
        }
}

} // namespace cdl::test
