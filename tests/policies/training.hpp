// SPDX-License-Identifier: MIT
#pragma once

// Mixtures that are trained: gradients and cotangents at ugly sizes, in every arrangement.

#include <cdl/denoiser/trainable_mixture.hpp>

#include "policies/comparing.hpp"
#include "policies/mixtures.hpp"

namespace cdl::test {

/// The gradient of the parameters, the cotangents of z and those of the levels, for cotangents of eps_hat, then of log
/// p.
template <class T, index_t D, covariance C, class A, class P>
std::vector<T> pulled_back(const P& policy, const levels_of_batch& levels, index_t n, index_t d) {
    const denoiser::trainable_mixture f(some_mixture<T, D, C>(3, d));
    const auto z = placed<A, D>(policy, normal_numbers<T>(n * d, 42, 1.5), n, d);
    const auto of_eps_hat = placed<A, D>(policy, normal_numbers<T>(n * d, 43), n, d);
    const auto of_log_density = placed<A, 1>(policy, normal_numbers<T>(n, 44), n, 1);
    const auto z_bar = room_for<T, A, D>(policy, n, d);
    const auto level_bar = room_for<T, A, 1>(policy, n, 1);
    const placed_levels<T, P> a(policy, levels, n);
    std::vector<T> all;
    const auto collect = [&](const std::vector<T>& numbers) { all.insert(all.end(), numbers.begin(), numbers.end()); };
    for (const bool density : {false, true}) {
        std::vector<T> gradient(f.parameters().size(), T(0));
        if (density)
            f.pull_back_log_density(policy, z.view(), a.view(), of_log_density.view(), gradient, z_bar.view(),
                                    level_bar.view());
        else
            f.pull_back(policy, z.view(), a.view(), of_eps_hat.view(), gradient, z_bar.view(), level_bar.view());
        for (T& g : gradient) g /= T(n < 1 ? 1 : n); // of a mean
        collect(gradient);
        collect(z_bar.numbers(policy));
        collect(level_bar.numbers(policy));
    }
    return all;
}

// Each number is a sum of products of pulls, up to about 8 each, with exponents that are off by a few epsilon times 50.
TEST_CASE_TEMPLATE("Cotangents pulled back through mixtures match serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const auto& levels : two_levels)
        for (const index_t n : small_ugly_sizes) {
            CAPTURE(n);
            matches_serial<S>("pull-back, isotropic, d = 2", rounding{2, 64}, [&](const auto& policy) {
                return pulled_back<T, 2, covariance::isotropic, packed_points>(policy, levels, n, 2);
            });
            matches_serial<S>("pull-back, diagonal, d = 3", rounding{2, 64}, [&](const auto& policy) {
                return pulled_back<T, dynamic, covariance::diagonal, spread_out>(policy, levels, n, 3);
            });
        }
    matches_serial_by_index<S>("pull-back, isotropic, d = 70", rounding{1000, 64}, [&](const auto& policy) {
        return pulled_back<T, dynamic, covariance::isotropic, backwards>(policy, two_levels[1], 300, 70);
    });
}

TEST_CASE_TEMPLATE("Mixtures that are trained denoise like serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    matches_serial<S>("trainable_mixture", rounding{4, 8}, [](const auto& policy) {
        const denoiser::trainable_mixture f(some_mixture<T, 2, covariance::diagonal>(3, 2));
        const auto z = placed<packed_points, 2>(policy, normal_numbers<T>(2 * 597, 42, 1.5), 597, 2);
        const auto eps_hat = room_for<T, packed_points, 2>(policy, 597, 2);
        const placed_levels<T, std::remove_cvref_t<decltype(policy)>> a(policy, two_levels[1], 597);
        f(policy, z.view(), a.view(), eps_hat.view());
        return eps_hat.numbers(policy);
    });
}

} // namespace cdl::test
