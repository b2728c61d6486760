// SPDX-License-Identifier: MIT
#pragma once

// Losses that train a denoiser or a noise classifier, without a framework of their own: queries, value, cotangent.
//
//     denoising, contrastive, variational, classification   losses; weighted_sum adds them
//     prepare(policy, loss, x)                              the loss with its memory, for batches like x
//       .queries(policy, x, stream, step)                   where the denoiser is to be evaluated: z and levels
//       .value_and_cotangent(policy, eps_hat, cotangent)    the loss with its standard error, and its gradient
//     evaluate(policy, loss, denoiser, x, stream, step)     the value alone
//
//     using namespace cdl;
//     const distribution::gaussian_mixture<double, 1> data({1, 2}, {-2, 1}, {0.3, 0.5});
//     const random::noise_stream stream{.seed = 1};
//     std::vector<double> x(512);
//     data.draw(exec::serial{}, stream, 0, x);
//     const auto value =
//         objective::evaluate(exec::serial{}, objective::denoising{}, denoiser::optimal(data), x, stream, 0);
//     std::printf("%.3f +- %.3f\n", value.value, value.standard_error);

#include <cdl/objective/classification.hpp>
#include <cdl/objective/concept.hpp>
#include <cdl/objective/contrastive.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/objective/gaussian_control.hpp>
#include <cdl/objective/prepare.hpp>
#include <cdl/objective/schedule_cotangent.hpp>
#include <cdl/objective/variational.hpp>
#include <cdl/objective/weighted_sum.hpp>
#include <cdl/objective/weighting.hpp>
