// SPDX-License-Identifier: MIT
// Sums of losses.

#include <cdl/objective/contrastive.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/objective/weighted_sum.hpp>

#include <laws/objective.hpp>

using namespace cdl;
using objective::contrastive;
using objective::denoising;
using objective::weighted_sum;

namespace {
const contrastive contrast{.zetas = schedule::uniform_levels{0, 3}, .levels = 2};
}

TEST_CASE("cotangents of sums are those of their parts") {
    laws::check_cotangent("sum", weighted_sum{denoising{}, 1.0, contrast, 0.25}, 5, 2);
    laws::check_cotangent("sum of sums",
                          weighted_sum{weighted_sum{denoising{}, 2.0, contrast, -0.25}, 0.5, denoising{}, 3.0}, 5, 2);
    laws::check_refusals("sum", weighted_sum{denoising{}, 1.0, contrast, 0.25}, 3, 2);
}

TEST_CASE("a sum has the value of its parts, and the error of the sum of a point's losses") {
    constexpr exec::serial policy{};
    const auto numbers = laws::normal_batch(40, 2, 1);
    const auto x = as_batch(numbers, 2);
    const auto evaluate = [&](const auto& loss) {
        return objective::evaluate(policy, loss, laws::imperfect{}, x, laws::training_noise, 4);
    };
    const auto one = evaluate(denoising{}), other = evaluate(contrast);
    const auto sum = evaluate(weighted_sum{denoising{}, 2.0, contrast, 0.25});
    CHECK(sum.value == doctest::Approx(2 * one.value + 0.25 * other.value).epsilon(1e-14));
    CHECK(sum.denoiser_calls == one.denoiser_calls + other.denoiser_calls);
    // perfectly dependent: twice the same
    const auto twice = evaluate(weighted_sum{denoising{}, 1.0, denoising{}, 1.0});
    CHECK(twice.value == doctest::Approx(2 * one.value).epsilon(1e-14));
    CHECK(twice.standard_error == doctest::Approx(2 * one.standard_error).epsilon(1e-12));
    CHECK(evaluate(weighted_sum{denoising{}, 1.0, denoising{}, -1.0}).standard_error == 0);
    // losses point by point
    auto training = objective::prepare(policy, weighted_sum{denoising{}, 2.0, contrast, 0.25}, x);
    const auto q = training.queries(policy, x, laws::training_noise, 4);
    std::vector<double> eps_hat(static_cast<std::size_t>(q.size() * 2));
    denoiser::lift(laws::imperfect{})(policy, q.z, q.levels, as_batch(eps_hat, 2));
    training.value(policy, as_batch(eps_hat, 2));
    const auto losses = training.losses(policy);
    double squares = 0;
    for (std::size_t i = 0; i < 40; ++i) squares += std::pow(2 * losses[i] + 0.25 * losses[40 + i] - sum.value, 2);
    CHECK(sum.standard_error == doctest::Approx(std::sqrt(squares / (40 * 39))).epsilon(1e-12));
}

TEST_CASE("a part on a few of the points has the error of their mean") {
    constexpr exec::serial policy{};
    const auto numbers = laws::normal_batch(40, 1, 1);
    const auto evaluate = [&](const auto& loss) {
        return objective::evaluate(policy, loss, laws::imperfect{}, numbers, laws::training_noise, 4);
    };
    auto few = contrast;
    few.points = 10;
    const auto alone = evaluate(few);
    const auto sum = evaluate(weighted_sum{denoising{}, 0.0, few, 3.0});
    CHECK(sum.value == doctest::Approx(3 * alone.value).epsilon(1e-14));
    CHECK(sum.standard_error == doctest::Approx(3 * alone.standard_error).epsilon(1e-12));
    few.points = 1;
    CHECK(evaluate(weighted_sum{denoising{}, 1.0, few, 1.0}).standard_error == std::numeric_limits<double>::infinity());
}

TEST_CASE("weights that are not finite are refused") {
    const std::vector<double> x(3);
    const double inf = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH_AS(objective::prepare(exec::serial{}, weighted_sum{denoising{}, inf, contrast, 1.0}, x),
                         "cdl::objective::weighted_sum: first_weight: must be finite; got inf", std::invalid_argument);
    CHECK_THROWS_WITH_AS(objective::prepare(exec::serial{}, weighted_sum{denoising{}, 1.0, contrast, -inf}, x),
                         "cdl::objective::weighted_sum: second_weight: must be finite; got -inf",
                         std::invalid_argument);
}
