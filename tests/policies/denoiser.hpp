// SPDX-License-Identifier: MIT
#pragma once

// The exact denoiser of mixtures, and lifted denoisers of one's own.

#include <cdl/denoiser/optimal.hpp>

#include "policies/comparing.hpp"
#include "policies/exact.hpp"
#include "policies/mixtures.hpp"

#include <span>

namespace cdl::test {

/// The optimal denoiser of standard normal data, on any scalar.
struct denoiser_of_standard_normal {
    template <class Z, class S, class E>
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        for (index_t j = 0; j < z.size(); ++j) eps_hat[j] = S(noise_scale(a) * S(z[j]));
    }
};

/// The same, on plain numbers only: policies with packs must call it for one point after the other.
template <class T>
struct denoiser_of_numbers {
    CDL_HD void operator()(const point_view<const T>& z, const log_snr<T>& a, const point_view<T>& eps_hat) const {
        for (index_t j = 0; j < z.size(); ++j) eps_hat[j] = T(noise_scale(a) * z[j]);
    }
};

/// eps_hat(policy, z, levels) for n points, z in arrangement X and eps_hat in E.
template <class T, index_t D, class X, class E, class P, class F>
std::vector<T> denoised_points(const P& policy, const F& denoiser, const std::vector<T>& z,
                               const levels_of_batch& levels, index_t n, index_t d) {
    const auto from = placed<X, D>(policy, z, n, d);
    const auto to = room_for<T, E, D>(policy, n, d);
    const placed_levels<T, P> a(policy, levels, n);
    denoiser(policy, from.view(), a.view(), to.view());
    return to.numbers(policy);
}

// eps_hat is a sum of the pulls of the components, up to about 8 here, times posterior probabilities. These are exp of
// differences of squared distances q / 2 <= 50, each a sum of d terms and off by a few epsilon q / 2.
template <class S, index_t D, covariance C, class X, class E>
void denoises_like_serial(index_t n, index_t d, index_t components, std::span<const levels_of_batch> kinds) {
    using T = typename S::scalar;
    CAPTURE(n);
    CAPTURE(d);
    const auto mixture = some_mixture<T, D, C>(components, d);
    const auto z = normal_numbers<T>(n * d, 15, 1.5);
    for (const auto& levels : kinds) {
        CAPTURE(levels.name);
        const auto run = [&](const auto& policy) {
            const auto on_policy = mixture.on(policy);
            return denoised_points<T, D, X, E>(policy, denoiser::optimal(on_policy), z, levels, n, d);
        };
        if (D != dynamic || d <= local_point_capacity)
            matches_serial<S>("optimal, near", rounding{16, 8}, run);
        else // too wide for registers: one number at a time. Squared distances are up to 1000
            matches_serial_by_index<S>("optimal, wide", rounding{1000, 8}, run);
    }
}

template <class S, covariance C>
void denoises_near_points_like_serial() {
    for (const index_t n : ugly_sizes) {
        denoises_like_serial<S, 2, C, packed_points, packed_points>(n, 2, 5, all_levels);
        denoises_like_serial<S, dynamic, C, packed_points, packed_points>(n, 3, 5, all_levels);
    }
}

TEST_CASE_TEMPLATE("The optimal denoiser of isotropic mixtures matches serial", S, tested<float>, tested<double>) {
    denoises_near_points_like_serial<S, covariance::isotropic>();
}
TEST_CASE_TEMPLATE("The optimal denoiser of diagonal mixtures matches serial", S, tested<float>, tested<double>) {
    denoises_near_points_like_serial<S, covariance::diagonal>();
}
TEST_CASE_TEMPLATE("The optimal denoiser of full mixtures matches serial", S, tested<float>, tested<double>) {
    denoises_near_points_like_serial<S, covariance::full>();
}

TEST_CASE_TEMPLATE("The optimal denoiser in any arrangement matches serial", S, tested<float>, tested<double>) {
    for (const index_t n : small_ugly_sizes) {
        constexpr auto C = covariance::diagonal;
        denoises_like_serial<S, 2, C, packed_coords, spread_out>(n, 2, 17, two_levels);
        denoises_like_serial<S, dynamic, C, spread_out, packed_coords>(n, 3, 17, two_levels);
        denoises_like_serial<S, dynamic, C, backwards, packed_coords>(n, 3, 17, two_levels);
    }
}

TEST_CASE_TEMPLATE("The optimal denoiser in 100 dimensions matches serial", S, tested<float>, tested<double>) {
    const index_t d = 100;
    static_assert(d > local_point_capacity);
    for (const index_t n : small_ugly_sizes) {
        denoises_like_serial<S, dynamic, covariance::isotropic, packed_points, packed_points>(n, d, 3, two_levels);
        denoises_like_serial<S, dynamic, covariance::diagonal, packed_points, packed_points>(n, d, 3, two_levels);
    }
    for (const index_t n : {0, 1, 7, 65})
        denoises_like_serial<S, dynamic, covariance::full, packed_points, packed_points>(n, d, 3, two_levels);
}

/// Makes the denoiser of a mixture.
struct optimal_of {
    template <class Mixture>
    auto operator()(const Mixture& mixture) const {
        return denoiser::optimal(mixture);
    }
};

TEST_CASE_TEMPLATE("What is known of a mixture at a point matches serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const index_t n : ugly_sizes) { // log densities and means are sums like eps_hat
        knows_what_serial_knows<S>("knowledge, diagonal", some_mixture<T, 2, covariance::diagonal>(5, 2), optimal_of{},
                                   n, {16, 8});
        knows_what_serial_knows<S>("knowledge, full", some_mixture<T, 2, covariance::full>(5, 2), optimal_of{}, n,
                                   {16, 8});
    }
}

TEST_CASE_TEMPLATE("A lifted denoiser matches serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const index_t n : ugly_sizes)
        for (const auto& levels : all_levels) {
            CAPTURE(n);
            CAPTURE(levels.name);
            const auto z = normal_numbers<T>(n * 3, 16);
            // noise_scale is good to 3 ULP, 6 in a pack
            matches_serial<S>("lifted", rounding{10}, [&](const auto& policy) {
                const auto f = denoiser::lift(denoiser_of_standard_normal{});
                return denoised_points<T, dynamic, packed_points, packed_points>(policy, f, z, levels, n, 3);
            });
            matches_serial<S>("lifted static", rounding{10}, [&](const auto& policy) {
                const auto f = denoiser::lift(denoiser_of_standard_normal{});
                return denoised_points<T, 3, packed_coords, spread_out>(policy, f, z, levels, n, 3);
            });
            matches_serial_by_index<S>("lifted, numbers only", rounding{6}, [&](const auto& policy) {
                const auto f = denoiser::lift(denoiser_of_numbers<T>{});
                return denoised_points<T, dynamic, packed_points, packed_points>(policy, f, z, levels, n, 3);
            });
        }
}

TEST_CASE_TEMPLATE("A lifted denoiser of wide points matches serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    const index_t d = local_point_capacity + 1;
    for (const index_t n : small_ugly_sizes)
        for (const auto& levels : two_levels) {
            CAPTURE(n);
            const auto z = normal_numbers<T>(n * d, 17);
            matches_serial_by_index<S>("lifted, wide", rounding{6}, [&](const auto& policy) {
                const auto f = denoiser::lift(denoiser_of_standard_normal{});
                return denoised_points<T, dynamic, packed_points, packed_points>(policy, f, z, levels, n, d);
            });
        }
}

} // namespace cdl::test
