// SPDX-License-Identifier: MIT
#pragma once

// The variational bound and its objective: the exact parts, the queries, the values and both kinds of cotangents.

#include <cdl/denoiser/fourier_features.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/variational_bound.hpp>
#include <cdl/objective/variational.hpp>
#include <cdl/schedule/linear_log_snr.hpp>
#include <cdl/schedule/monotone_network.hpp>

#include "policies/comparing.hpp"
#include "policies/mixtures.hpp"

namespace cdl::test {

/// n x d values of 16 on [-1, 1].
inline constexpr density::discrete_data<16> sixteen{1. / 16 - 1, 2. / 16};
template <class T>
std::vector<T> some_values(index_t count) {
    std::vector<T> numbers;
    for (index_t i = 0; i < count; ++i) numbers.push_back(sixteen.value(static_cast<T>(i * 7 % 16)));
    return numbers;
}

TEST_CASE_TEMPLATE("The parts of the variational bound match serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    const density::quadrature few{.level_nodes = 6, .noise_nodes = 12};
    for (const index_t n : {0, 1, 7}) {
        CAPTURE(n);
        const auto mixture = some_mixture<T, 1, covariance::isotropic>(3, 1);
        const auto x = some_values<T>(n);
        matches_serial<S>("variational bound", rounding{2, 8}, [&](const auto& policy) {
            const auto there = mixture.on(policy);
            const auto points = placed<spread_out, 1>(policy, x, n, 1);
            std::vector<T> numbers;
            for (const auto& bound : density::variational_bound(policy, denoiser::optimal(there), points.view(),
                                                                sixteen, log_snr{T(-4)}, log_snr{T(5)}, few))
                numbers.insert(numbers.end(), {bound.prior, bound.reconstruction.value, bound.diffusion.value});
            return numbers;
        });
    }
    const auto wide = some_values<T>(597 * 3);
    matches_serial_by_index<S>("reconstruction loss", rounding{10, 8}, [&](const auto& policy) {
        const auto points = placed<backwards>(policy, wide, 597, 3);
        std::vector<T> numbers;
        for (const auto& loss : density::reconstruction_loss(policy, points.view(), sixteen, log_snr{T(5)}, few))
            numbers.push_back(loss.value);
        const auto prior = density::prior_loss(policy, points.view(), log_snr{T(-3)});
        numbers.insert(numbers.end(), prior.begin(), prior.end());
        return numbers;
    });
}

/// The numbers of a step of training: queries, losses, the cotangents of eps_hat and of the schedule.
template <class S, index_t D, class A, class Schedule, class Data>
void trains_like_serial(const std::string& what, const Schedule& schedule, const Data& data, index_t steps, index_t n,
                        index_t d) {
    using T = typename S::scalar;
    CAPTURE(what);
    CAPTURE(n);
    const auto x = some_values<T>(n * d), of_z = normal_numbers<T>(n * d, 7), of_level = normal_numbers<T>(n, 8);
    const auto mixture = some_mixture<T, D, covariance::diagonal>(3, d);
    // squared errors of some coordinates, weighted by up to some tens
    matches_serial<S>(what, rounding{8, 50}, [&](const auto& policy) {
        using P = std::remove_cvref_t<decltype(policy)>;
        const auto there = mixture.on(policy);
        const auto points = placed<A, D>(policy, x, n, d);
        const auto eps_hat = room_for<T, packed_points, D>(policy, n, d);
        const auto cotangent = room_for<T, A, D>(policy, n, d);
        const auto z_cotangent = placed<packed_points, D>(policy, of_z, n, d);
        const auto level_cotangent = policy.put(of_level.data(), n);
        auto training = objective::prepare(policy, objective::variational{schedule, data, steps}, points.view());
        const auto q = training.queries(policy, points.view(), {.seed = 31, .first = 5}, 3);
        const denoiser::optimal f(there);
        f(policy, q.z, q.levels, eps_hat.view());
        const auto value = training.value_and_cotangent(policy, eps_hat.view(), cotangent.view());
        std::vector<T> numbers = cotangent.numbers(policy);
        const auto losses = training.losses(policy), answers = eps_hat.numbers(policy);
        numbers.insert(numbers.end(), losses.begin(), losses.end());
        numbers.insert(numbers.end(), answers.begin(), answers.end());
        numbers.insert(numbers.end(), {value.value, n < 2 ? T(0) : value.standard_error});
        const auto parts = training.evaluator().parts(policy);
        numbers.insert(numbers.end(), {parts.prior.value, parts.reconstruction.value, parts.diffusion.value});
        const batch_view<const T, 1, point_major, typename P::space> levels(level_cotangent.data(), n);
        for (const auto& c : training.evaluator().level_cotangents(policy, points.view(), z_cotangent.view(), levels))
            numbers.insert(numbers.end(), {c.time, c.level, c.slope});
        for (const auto& c : training.evaluator().end_cotangents(policy, points.view()))
            numbers.insert(numbers.end(), {c.time, c.level, c.slope});
        return numbers;
    });
}

TEST_CASE_TEMPLATE("The variational objective matches serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    const schedule::linear_log_snr<T> linear({T(5)}, {T(-4)});
    for (const index_t n : {1, 7, 597}) {
        trains_like_serial<S, 2, packed_points>("continuous time", linear, density::continuous_data{}, 0, n, 2);
        trains_like_serial<S, dynamic, spread_out>("9 steps, discrete data", linear, sixteen, 9, n, 3);
    }
    trains_like_serial<S, dynamic, packed_coords>("a network", schedule::monotone_network<T>({T(5)}, {T(-4)}, 3),
                                                  sixteen, 0, 33, 3);
}

TEST_CASE_TEMPLATE("Fourier features match serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    const denoiser::fourier_features features{-1, 9};
    for (const index_t n : small_ugly_sizes) {
        const auto z = normal_numbers<T>(n * 3, 4);
        matches_serial_by_index<S>("fourier features", rounding{4, 1}, [&](const auto& policy) {
            const auto from = placed<spread_out>(policy, z, n, 3);
            const auto to = room_for<T, packed_coords>(policy, n, features.width(3));
            features(policy, from.view(), to.view());
            return to.numbers(policy);
        });
    }
}

} // namespace cdl::test
