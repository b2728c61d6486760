// SPDX-License-Identifier: MIT
#pragma once

// Sampling: moves points along a grid of levels, with any denoiser, by any method.
//
//     run(policy, method, denoiser, grid, z, noise)      in sequence; ancestral{}, ddim{}, heun{}, dpm_solver_2{}, ...
//     picard(policy, method, denoiser, grid, z, noise)   the same points, the trajectory in parallel
//     draw_start(policy, noise, z)                       the start, pure noise
//     log_likelihood(policy, denoiser, a, z, log_p)      by the probability flow, with adaptive steps
//
//     using namespace cdl;
//     const distribution::gaussian_mixture<double, 1> data({1, 2}, {-2, 1}, {0.3, 0.5});
//     const denoiser::optimal eps_hat(data);
//     const auto grid = schedule::karras_grid<double>(30);
//     const random::noise_stream noise{.seed = 7, .use = random::purpose::sampler};
//     std::vector<double> z(5);
//     sampler::draw_start(exec::serial{}, noise, z);
//     sampler::run(exec::serial{}, sampler::dpm_solver_pp_2m{}, eps_hat, grid, z);
//     for (const double x : z) std::printf("%.4f ", x);
//     std::puts("");

#include <cdl/sampler/affine_update.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/corrected.hpp>
#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/dpm_solver.hpp>
#include <cdl/sampler/gaussian_law.hpp>
#include <cdl/sampler/grid.hpp>
#include <cdl/sampler/heun.hpp>
#include <cdl/sampler/invert.hpp>
#include <cdl/sampler/known_coordinates.hpp>
#include <cdl/sampler/log_likelihood.hpp>
#include <cdl/sampler/picard.hpp>
#include <cdl/sampler/picard_settings.hpp>
#include <cdl/sampler/probability_flow.hpp>
#include <cdl/sampler/probability_flow_settings.hpp>
#include <cdl/sampler/record.hpp>
#include <cdl/sampler/run.hpp>
#include <cdl/sampler/stepper.hpp>
