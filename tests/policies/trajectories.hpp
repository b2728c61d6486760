// SPDX-License-Identifier: MIT
#pragma once

// Trajectories in parallel over time, steps that choose themselves, and methods around methods.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/corrected.hpp>
#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/known_coordinates.hpp>
#include <cdl/sampler/log_likelihood.hpp>
#include <cdl/sampler/picard.hpp>
#include <cdl/sampler/probability_flow.hpp>

#include "policies/comparing.hpp"
#include "policies/mixtures.hpp"

#include <limits>

namespace cdl::test {

/// From a level that is noise but for a thousandth to clean data, with a repeated level.
template <class T>
std::vector<log_snr<T>> twelve_levels() {
    return {{T(-7)}, {T(-5.5)}, {T(-4)}, {T(-3)},  {T(-2)}, {T(-2)},
            {T(-1)}, {T(0)},    {T(1)},  {T(2.5)}, {T(5)},  clean<T>()};
}

inline constexpr random::noise_stream noise_of_trajectories{32, random::purpose::sampler};

/// The n points of Picard, and behind them the number of its sweeps. A tolerance of 0, so that no decision hangs on rounding.
template <class S, index_t D, class A, class Method>
void iterates_like_serial(const char* name, const Method& method, const sampler::picard_settings& settings, index_t d) {
    using T = typename S::scalar;
    const auto mixture = some_mixture<T, D, covariance::diagonal>(3, d);
    for (const index_t n : {0, 1, 7, 65}) {
        CAPTURE(n);
        matches_serial<S>(name, rounding{12, 8}, [&](const auto& policy) {
            const auto on_policy = mixture.on(policy);
            const auto z = placed<A, D>(policy, normal_numbers<T>(n * d, 30), n, d);
            sampler::picard(policy, method, denoiser::optimal(on_policy), twelve_levels<T>(), z.view(),
                            noise_of_trajectories, settings);
            return z.numbers(policy);
        });
    }
}

TEST_CASE_TEMPLATE("Picard matches serial", S, tested<float>, tested<double>) {
    using sampler::linear_part;
    iterates_like_serial<S, 2, packed_points>("ddim", sampler::ddim{}, {.tolerance = 0}, 2);
    iterates_like_serial<S, 2, packed_coords>("ancestral", sampler::ancestral{}, {.window = 4, .tolerance = 0}, 2);
    iterates_like_serial<S, dynamic, spread_out>("ancestral, integrated", sampler::ancestral{},
                                                 {.tolerance = 0, .linear = linear_part::integrated}, 3);
    iterates_like_serial<S, dynamic, packed_points>("ancestral, Anderson", sampler::ancestral{},
                                                    {.tolerance = 0, .anderson = true}, 1);
    iterates_like_serial<S, 2, packed_points>("ddim, together", sampler::ddim{},
                                              {.window = 5, .tolerance = 0, .together = true}, 2);
}

TEST_CASE_TEMPLATE("Corrections and known coordinates match serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    const T free = std::numeric_limits<T>::quiet_NaN();
    const auto mixture = some_mixture<T, 2, covariance::diagonal>(3, 2);
    for (const index_t n : {0, 1, 7, 597}) {
        std::vector<T> knowledge;
        for (index_t i = 0; i < n; ++i) knowledge.insert(knowledge.end(), {free, i % 3 == 0 ? free : T(0.5)});
        matches_serial<S>("corrected, known coordinates", rounding{15, 8}, [&](const auto& policy) {
            const auto on_policy = mixture.on(policy);
            const auto z = placed<packed_points, 2>(policy, normal_numbers<T>(n * 2, 30), n, 2);
            const auto known = placed<packed_points, 2>(policy, knowledge, n, 2);
            const random::noise_stream other{33, random::purpose::sampler};
            const sampler::known_coordinates method{sampler::corrected{sampler::ddim{}, 0.2, 2}, known.view(), other};
            sampler::run(policy, method, denoiser::optimal(on_policy), twelve_levels<T>(), z.view(),
                         noise_of_trajectories);
            return z.numbers(policy);
        });
    }
}

TEST_CASE_TEMPLATE("The probability flow and its log likelihood match serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    const auto mixture = some_mixture<T, 2, covariance::diagonal>(3, 2);
    const sampler::flow_settings settings{.absolute = 1e-4, .relative = 1e-4};
    for (const index_t n : {0, 1, 7, 65}) {
        CAPTURE(n);
        const rounding bound{60, 8}; // the sizes of the steps are rounded, too
        matches_serial<S>("flow", bound, [&](const auto& policy) {
            const auto on_policy = mixture.on(policy);
            const auto z = placed<spread_out, 2>(policy, normal_numbers<T>(n * 2, 30), n, 2);
            sampler::probability_flow(policy, denoiser::optimal(on_policy), log_snr<T>{T(-7)}, clean<T>(), z.view(),
                                      settings);
            return z.numbers(policy);
        });
        matches_serial<S>("log likelihood", bound, [&](const auto& policy) {
            const auto on_policy = mixture.on(policy);
            const auto z = placed<packed_points, 2>(policy, normal_numbers<T>(n * 2, 30), n, 2);
            const auto log_p = room_for<T, packed_points, 1>(policy, n, 1);
            sampler::log_likelihood(policy, denoiser::optimal(on_policy), log_snr<T>{T(4)}, z.view(), log_p.view(),
                                    settings);
            return log_p.numbers(policy);
        });
    }
}

} // namespace cdl::test
