// SPDX-License-Identifier: MIT
#pragma once

// A data set as a distribution: samples of it, and its exact denoiser.

#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/empirical_top_k.hpp>

#include "policies/comparing.hpp"
#include "policies/exact.hpp"

#include <span>

namespace cdl::test {

template <class T, index_t D>
distribution::empirical<T, D> some_cloud(index_t points, index_t d, T width) {
    return {normal_numbers<T>(points * d, 21), d, distribution::kernel_width<T>{width}};
}

template <class S, index_t D, class A>
void draws_from_the_cloud_like_serial(index_t n, index_t d, double width) {
    using T = typename S::scalar;
    CAPTURE(n);
    CAPTURE(width);
    const auto cloud = some_cloud<T, D>(31, d, static_cast<T>(width));
    // a product and a sum of numbers below 5
    matches_serial_by_index<S>("empirical.draw", rounding{1, 5}, [&](const auto& policy) {
        const auto x = room_for<T, A, D>(policy, n, d);
        cloud.on(policy).draw(policy, {22, random::purpose::user}, 1, x.view());
        return x.numbers(policy);
    });
}

TEST_CASE_TEMPLATE("A data set on a policy draws the points of serial", S, tested<float>, tested<double>) {
    for (const index_t n : ugly_sizes)
        for (const double width : {0.0, 0.3}) {
            draws_from_the_cloud_like_serial<S, 2, packed_points>(n, 2, width);
            draws_from_the_cloud_like_serial<S, dynamic, spread_out>(n, 3, width);
        }
}

/// What the rounding of a squared distance q does to a posterior probability, which is exp of differences of q / 2v: at
/// the cleanest levels here v is 3e-4, and queries are some of sqrt(v) from the points that count. Of many coordinates a
/// device may make matrix products, whose rounding is some eps (|z|^2 + |S x|^2), and that is about 2 d eps here.
template <class S>
rounding rounding_of_estimates(index_t d) {
    if (same_machine<S> || d <= local_point_capacity) return {16, 64};
    return {16 * static_cast<double>(d), 8};
}

template <class S, index_t D, class X, class E>
void estimates_noise_like_serial(index_t n, index_t d, index_t points, double width,
                                 std::span<const levels_of_batch> kinds) {
    using T = typename S::scalar;
    CAPTURE(n);
    CAPTURE(d);
    CAPTURE(points);
    CAPTURE(width);
    const auto cloud = some_cloud<T, D>(points, d, static_cast<T>(width));
    const auto z = normal_numbers<T>(n * d, 23);
    for (const auto& levels : kinds) {
        CAPTURE(levels.name);
        matches_serial<S>("empirical, d = " + std::to_string(d), rounding_of_estimates<S>(d), [&](const auto& policy) {
            const auto on_policy = cloud.on(policy);
            const denoiser::empirical denoise(on_policy);
            const auto from = placed<X, D>(policy, z, n, d);
            const auto to = room_for<T, E, D>(policy, n, d);
            const placed_levels<T, std::remove_cvref_t<decltype(policy)>> a(policy, levels, n);
            denoise(policy, from.view(), a.view(), to.view());
            return to.numbers(policy);
        });
    }
}

TEST_CASE_TEMPLATE("The denoiser of a data set in few dimensions matches serial", S, tested<float>, tested<double>) {
    for (const index_t n : small_ugly_sizes)
        for (const double width : {0.0, 0.3}) {
            estimates_noise_like_serial<S, 2, packed_points, packed_points>(n, 2, 597, width, all_levels);
            estimates_noise_like_serial<S, dynamic, packed_coords, spread_out>(n, 3, 65, width, all_levels);
        }
    estimates_noise_like_serial<S, 2, packed_points, packed_points>(65537, 2, 7, 0.3, all_levels);
    estimates_noise_like_serial<S, 2, packed_points, packed_points>(7, 2, 65537, 0, all_levels);
    estimates_noise_like_serial<S, 2, packed_points, packed_points>(597, 2, 1, 0, all_levels);
}

TEST_CASE_TEMPLATE("The denoiser of a data set in many dimensions matches serial", S, tested<float>, tested<double>) {
    for (const index_t n : small_ugly_sizes) {
        estimates_noise_like_serial<S, dynamic, packed_points, packed_points>(n, 100, 257, 0, all_levels);
        estimates_noise_like_serial<S, dynamic, packed_points, backwards>(n, 7, 597, 0.3, all_levels);
        estimates_noise_like_serial<S, 5, packed_coords, packed_points>(n, 5, 31, 0, two_levels);
    }
    estimates_noise_like_serial<S, dynamic, packed_points, packed_points>(65, 1001, 7, 0.3, two_levels);
}

/// eps_hat from the k nearest points, and the bound on what the others weigh. Few points: which are nearest must not
/// depend on roundings.
template <class S, index_t D, class X, class E>
void estimates_noise_of_nearest_like_serial(index_t n, index_t d, index_t k) {
    using T = typename S::scalar;
    CAPTURE(n);
    CAPTURE(d);
    CAPTURE(k);
    const auto cloud = some_cloud<T, D>(31, d, T(0.3));
    const auto z = normal_numbers<T>(n * d, 24);
    for (const auto& levels : all_levels) {
        CAPTURE(levels.name);
        matches_serial<S>("top_k, d = " + std::to_string(d), rounding{16, 8}, [&](const auto& policy) {
            const auto on_policy = cloud.on(policy);
            const auto denoise = denoiser::top_k(denoiser::empirical(on_policy), k);
            const auto from = placed<X, D>(policy, z, n, d);
            const auto to = room_for<T, E, D>(policy, n, d);
            const auto neglected = room_for<T, packed_points, 1>(policy, n, 1);
            const placed_levels<T, std::remove_cvref_t<decltype(policy)>> a(policy, levels, n);
            denoise(policy, from.view(), a.view(), to.view(), neglected.view());
            auto numbers = to.numbers(policy);
            const auto masses = neglected.numbers(policy);
            numbers.insert(numbers.end(), masses.begin(), masses.end());
            return numbers;
        });
    }
}

TEST_CASE_TEMPLATE("The denoiser of the nearest points matches serial", S, tested<float>, tested<double>) {
    for (const index_t n : small_ugly_sizes)
        for (const index_t k : {1, 7, 64}) {
            estimates_noise_of_nearest_like_serial<S, 2, packed_points, packed_points>(n, 2, k);
            estimates_noise_of_nearest_like_serial<S, dynamic, packed_coords, spread_out>(n, 17, k);
        }
}

/// Makes the denoiser of a data set.
struct empirical_of {
    template <class Data>
    auto operator()(const Data& data) const {
        return denoiser::empirical(data);
    }
};

TEST_CASE_TEMPLATE("What is known of a data set at a point matches serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const index_t n : small_ugly_sizes) // log densities are up to some thousand where kernels are narrow
        knows_what_serial_knows<S>("knowledge, empirical", some_cloud<T, 2>(31, 2, T(0.3)), empirical_of{}, n, {16, 8});
}

} // namespace cdl::test
