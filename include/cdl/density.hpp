// SPDX-License-Identifier: MIT
#pragma once

// What a denoiser says of the density of its data [CDL eqs. 2, 3, 8; Kong et al. 2023; VDM eqs. 37, 54, 55].
//
//     nll(policy, denoiser, x, rule)                       -log p(x), nats for each point
//     nll(policy, denoiser, x, zeta, rule)                 -log p_zeta(x), of the data noised to level zeta
//     log_density_ratio(policy, denoiser, x, zeta, rule)   log p_zeta(x) - log p(x)
//     variational_bound(policy, denoiser, x, data, grid)   VDM's bound on -log p(x), in its three parts
//
// Rules: `quadrature{}` is exact to its tolerance, for d <= 2, and says whether it converged; `monte_carlo{}` is unbiased, for any
// d, with a standard error.
//
//     using namespace cdl;
//     const distribution::gaussian_mixture<double, 1> data({1, 2}, {-2, 1}, {0.3, 0.5});
//     const denoiser::optimal eps_hat(data);
//     const std::vector<double> x{-2, 0, 1};
//     const auto exact = density::nll(exec::serial{}, eps_hat, x, density::quadrature{});
//     const auto estimate = density::nll(exec::serial{}, eps_hat, x, density::monte_carlo{});
//     for (std::size_t i = 0; i < x.size(); ++i)
//         std::printf("%.6f   %.2f +- %.2f\n", exact[i].value, estimate[i].value, estimate[i].standard_error);

#include <cdl/density/data_scale.hpp>
#include <cdl/density/diffusion_loss.hpp>
#include <cdl/density/estimate.hpp>
#include <cdl/density/integration_rule.hpp>
#include <cdl/density/log_density_ratio.hpp>
#include <cdl/density/mean_of.hpp>
#include <cdl/density/monte_carlo.hpp>
#include <cdl/density/nll.hpp>
#include <cdl/density/prior_loss.hpp>
#include <cdl/density/quadrature.hpp>
#include <cdl/density/quadrature_result.hpp>
#include <cdl/density/reconstruction_loss.hpp>
#include <cdl/density/softmax_decoder.hpp>
#include <cdl/density/squared_error.hpp>
#include <cdl/density/variational_bound.hpp>
