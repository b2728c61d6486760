// SPDX-License-Identifier: MIT
// Sums of losses.

#include <cdl/objective/contrastive.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/objective/variational.hpp>
#include <cdl/objective/weighted_sum.hpp>
#include <cdl/schedule/linear_log_snr.hpp>

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

TEST_CASE("the parts of a value come with it, without their weights") {
    constexpr exec::serial policy{};
    const auto numbers = laws::normal_batch(40, 2, 1);
    const auto x = as_batch(numbers, 2);
    const auto evaluate = [&](const auto& loss) {
        return objective::evaluate(policy, loss, laws::imperfect{}, x, laws::training_noise, 4);
    };
    const auto same = [](const density::estimate<double>& one, const density::estimate<double>& other) {
        CHECK(one.value == other.value);
        CHECK(one.standard_error == doctest::Approx(other.standard_error).epsilon(1e-13));
        CHECK(one.denoiser_calls == other.denoiser_calls);
    };
    const objective::variational bound{schedule::linear_log_snr<double>({7.}, {-5.})};
    const auto one = evaluate(denoising{}), other = evaluate(contrast);
    const auto third = evaluate(bound);
    same(one.parts, one);
    same(other.parts, other);
    same(third.parts.total, third);
    CHECK(third.parts.prior.value + third.parts.reconstruction.value + third.parts.diffusion.value ==
          doctest::Approx(third.value).epsilon(1e-14));
    const auto sum = evaluate(weighted_sum{weighted_sum{denoising{}, 2.0, contrast, 0.25}, 3.0, bound, 0.5});
    same(sum.parts.first.first, one);
    same(sum.parts.first.second, other);
    same(sum.parts.second.total, third);
    CHECK(sum.value == doctest::Approx(6 * one.value + 0.75 * other.value + 0.5 * third.value).epsilon(1e-13));
    auto training = objective::prepare(policy, weighted_sum{denoising{}, 1.0, contrast, 1.0}, x);
    CHECK_THROWS_WITH_AS(training.parts(policy), "cdl::objective::parts: value: must be asked for first; got none",
                         std::invalid_argument);
}

// Data that the second loss refuses: the first must not have drawn anything then, nor the denoiser have been asked.
TEST_CASE("points are checked for all losses of a sum before any of them is asked") {
    constexpr exec::serial policy{};
    const objective::variational bytes{schedule::linear_log_snr<double>({7.}, {-5.}), density::eight_bit()};
    const weighted_sum loss{denoising{}, 1.0, bytes, 1.0};
    std::vector<double> x{0, 128, 255};
    index_t calls = 0;
    CHECK_THROWS_AS(objective::evaluate(policy, loss, laws::counting_denoiser{&calls}, x, laws::training_noise),
                    std::invalid_argument);
    CHECK(calls == 0);
    auto training = objective::prepare(policy, loss, x);
    const std::vector<double> good{density::eight_bit().value(0.0), density::eight_bit().value(100.0),
                                   density::eight_bit().value(255.0)};
    const auto q = training.queries(policy, good, laws::training_noise, 0);
    const std::vector<double> before(q.z.data(), q.z.data() + q.z.size());
    CHECK_THROWS_AS(training.queries(policy, x, laws::training_noise, 1), std::invalid_argument);
    CHECK(std::equal(before.begin(), before.end(), q.z.data()));
    // a denoiser of another dimension, a step without an address
    const distribution::gaussian_mixture<double, 2> plane({1}, {0, 0}, {1, 0, 0, 1});
    CHECK_THROWS_WITH_AS(objective::evaluate(policy, denoising{}, denoiser::optimal(plane), good, laws::training_noise),
                         "cdl::objective::evaluate: x: must have the dimension of the denoiser; got 1 for 2",
                         std::invalid_argument);
    CHECK_THROWS_AS(
        objective::evaluate(policy, denoising{}, laws::counting_denoiser{&calls}, good, laws::training_noise, -1),
        std::invalid_argument);
    CHECK(calls == 0);
}

TEST_CASE("weights that are not finite are refused") {
    const std::vector<double> x(3);
    const double inf = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH_AS(objective::prepare(exec::serial{}, weighted_sum{denoising{}, inf, contrast, 1.0}, x),
                         "cdl::objective::weighted_sum: first_weight: must be finite; got inf", std::invalid_argument);
    CHECK_THROWS_WITH_AS(objective::prepare(exec::serial{}, weighted_sum{denoising{}, 1.0, contrast, -inf}, x),
                         "cdl::objective::weighted_sum: second_weight: must be finite; got -inf",
                         std::invalid_argument);
    CHECK_THROWS_AS(objective::prepare(exec::serial{}, weighted_sum{denoising{}, 1e300, contrast, 1.0},
                                       std::vector<float>(3)), // no number of the scalar
                    std::invalid_argument);
}
