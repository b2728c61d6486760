// SPDX-License-Identifier: MIT
#pragma once

// Objectives: queries, values and cotangents at ugly sizes, in every arrangement, with the exact denoiser of a mixture.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/objective/contrastive.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/objective/weighted_sum.hpp>
#include <cdl/schedule/linear_log_snr.hpp>
#include <cdl/schedule/uniform_times.hpp>

#include "policies/comparing.hpp"
#include "policies/mixtures.hpp"

namespace cdl::test {

/// A step of a loss for n points: value, standard error, the losses of the points and the cotangents. The denoiser that answers
/// is a mixture's.
template <class T, index_t D, class A, class Loss, class P>
std::vector<T> step_of(const P& policy, const Loss& loss, index_t n, index_t d) {
    const auto mixture = some_mixture<T, D, covariance::diagonal>(3, d);
    const auto on_policy = mixture.on(policy);
    const auto x = placed<A, D>(policy, normal_numbers<T>(n * d, 40), n, d);
    auto training = objective::prepare(policy, loss, x.view());
    const auto q = training.queries(policy, x.view(), {41, random::purpose::user, 5}, 2);
    const auto eps_hat = room_for<T, A, D>(policy, q.size(), d);
    const auto cotangent = room_for<T, A, D>(policy, q.size(), d);
    const denoiser::optimal f(on_policy);
    f(policy, q.z, q.levels, eps_hat.view());
    const auto value = training.value_and_cotangent(policy, eps_hat.view(), cotangent.view());
    std::vector<T> numbers{value.value, value.standard_error};
    const auto losses = training.losses(policy);
    numbers.insert(numbers.end(), losses.begin(), losses.end());
    const auto cotangents = cotangent.numbers(policy);
    numbers.insert(numbers.end(), cotangents.begin(), cotangents.end());
    return numbers;
}

template <class S, class Loss>
void objective_like_serial(const std::string& name, const Loss& loss, const rounding& bound) {
    using T = typename S::scalar;
    for (const index_t n : {1, 7, 597}) {
        CAPTURE(n);
        matches_serial<S>(name + ", d = 2", bound,
                          [&](const auto& policy) { return step_of<T, 2, packed_points>(policy, loss, n, 2); });
        matches_serial<S>(name + ", d = 3", bound,
                          [&](const auto& policy) { return step_of<T, dynamic, spread_out>(policy, loss, n, 3); });
    }
    matches_serial<S>(name + ", d = 1", bound,
                      [&](const auto& policy) { return step_of<T, 1, backwards>(policy, loss, 65, 1); });
}

TEST_CASE_TEMPLATE("Denoising objectives match serial", S, tested<float>, tested<double>) {
    using namespace schedule;
    const uniform_in_schedule times{linear_log_snr<double>({6.}, {-6.})};
    objective_like_serial<S>("simple", objective::denoising{logistic_levels{}}, {4, 8});
    objective_like_serial<S>("EDM", objective::denoising{normal_levels{}, objective::edm()}, {4, 100});
    objective_like_serial<S>("bound", objective::denoising{times, objective::vlb(), true}, {4, 100});
}

TEST_CASE_TEMPLATE("The contrastive loss matches serial", S, tested<float>, tested<double>) {
    const objective::contrastive few{.zetas = schedule::uniform_levels{0, 3}, .law = {0.5, 1.5}, .levels = 3};
    auto independent = few;
    independent.noises = 2;
    independent.common_random_numbers = false;
    objective_like_serial<S>("contrastive", few, {2, 50});
    objective_like_serial<S>("contrastive, independent", independent, {2, 50});
    objective_like_serial<S>("sum", objective::weighted_sum{objective::denoising{}, 1.0, few, 0.5}, {2, 50});
}

TEST_CASE_TEMPLATE("The contrastive loss with a matched Gaussian matches serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    objective::contrastive loss{.zetas = schedule::uniform_levels{0, 3}, .law = {0.5, 1.5}, .levels = 3};
    loss.control = {{0.25, -0.5}, {2, 3}};
    matches_serial<S>("contrastive, matched", {2, 50},
                      [&](const auto& policy) { return step_of<T, 2, packed_points>(policy, loss, 597, 2); });
}

} // namespace cdl::test
