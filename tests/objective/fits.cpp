// SPDX-License-Identifier: MIT
// Mixtures that are trained by gradient descent through the cotangents recover the data,
// and exact denoisers stay where they are: the denoising objective, and its sum with the contrastive one.

#include <cdl/objective/contrastive.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/objective/weighted_sum.hpp>

#include <objective/fitting.hpp>

using namespace cdl;
using objective::contrastive, objective::denoising, objective::weighted_sum;
using schedule::logistic_levels, schedule::uniform_levels;

TEST_CASE("denoising recovers the parameters of the data") {
    test::three_calls simple(denoising{logistic_levels{0, 1.5}, objective::simple()}, 256);
    test::check_recovered("denoising, simple", simple, .1, {});
    test::three_calls vlb(denoising{logistic_levels{0, 2}, objective::vlb()}, 256);
    test::check_recovered("denoising, variational weights", vlb, .1, {});
}

TEST_CASE("denoising and contrast together recover the parameters of the data") {
    const contrastive contrast{.zetas = uniform_levels{3, 8}, .levels = 32, .points = 16};
    test::three_calls both(weighted_sum{denoising{logistic_levels{0, 1.5}, objective::simple()}, 1, contrast, 3}, 256);
    test::check_recovered("denoising + 3 contrastive", both, .1, {});
}

TEST_CASE("the exact denoiser is a stationary point of denoising and of its sum with contrast") {
    const denoising mse{logistic_levels{0, 1.5}, objective::simple()};
    test::three_calls of_mse(mse, 256);
    test::check_stationary("denoising", of_mse, 256, 200);
    const contrastive contrast{.zetas = uniform_levels{6, 15}, .levels = 16, .points = 16};
    test::three_calls of_both(weighted_sum{mse, 1, contrast, 1}, 256);
    test::check_stationary("denoising + contrastive", of_both, 256, 200);
}

TEST_CASE("the exact denoiser is a stationary point of contrast alone, up to the bias of the softplus") {
    // noise that is told from the data at all: at zeta = 6 and above, 16000 points of these smooth data would show no
    // error
    const uniform_levels zetas{0, 4};
    test::three_calls many(contrastive{.zetas = zetas, .levels = 128}, 8);
    test::check_stationary("contrastive, 128 levels", many, 8, 1000, .3);
    // a ratio from few levels is uncertain; its softplus is too large, and less so for a denoiser that lets it vary
    // less
    test::three_calls few(contrastive{.zetas = zetas, .levels = 8}, 128);
    const double bias = test::gradient_in_standard_errors(few, test::plane_mixture(test::plane_data()), 128, 150);
    INFO("contrastive, 8 levels, gradient at the exact denoiser in standard errors: ", bias);
    CHECK(bias > 6);
}
