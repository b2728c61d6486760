// SPDX-License-Identifier: MIT
#pragma once

// Denoisers: eps_hat(z, a) = E[eps | z], exact or learned. All that the modules after this one ask for is a function
//
//     f(z, a, eps_hat)                  of one point, const and trivially copyable; or
//     f(policy, z, levels, eps_hat)     of a batch, as a network computes it
//
// and these make one:
//
//     optimal(mixture), empirical(cloud)      the exact denoisers of known data, with log_density and posterior_mean
//     from_network(network, parametrisation)  a network of any framework: what it is given, what it predicts
//     x_from_eps, score_from_eps, ...         the same prediction in other coordinates
//     guided, clipped, top_k, perturbed       a denoiser made of others
//
//     using namespace cdl;
//     const distribution::gaussian_mixture<double, 1> data({1, 2}, {-2, 1}, {0.3, 0.5});
//     const denoiser::optimal eps_hat(data); // a view of the mixture
//     const std::array z{0.5};
//     const log_snr a{1.0};
//     std::array<double, 1> eps;
//     eps_hat(z, a, eps);
//     std::printf("eps_hat %.6f, x_hat %.6f, log p_a(z) %.6f\n", eps[0], denoiser::x_from_eps(z[0], eps[0], a),
//                 eps_hat.log_density(z, a));

#include <cdl/denoiser/any_batch_denoiser.hpp>
#include <cdl/denoiser/clipped.hpp>
#include <cdl/denoiser/concept.hpp>
#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/empirical_top_k.hpp>
#include <cdl/denoiser/eps_hat_at.hpp>
#include <cdl/denoiser/fourier_features.hpp>
#include <cdl/denoiser/from_classifier.hpp>
#include <cdl/denoiser/from_network.hpp>
#include <cdl/denoiser/guided.hpp>
#include <cdl/denoiser/lift.hpp>
#include <cdl/denoiser/network_pull_back.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/parametrisation.hpp>
#include <cdl/denoiser/perturbed.hpp>
#include <cdl/denoiser/prediction.hpp>
#include <cdl/denoiser/quantised.hpp>
#include <cdl/denoiser/trainable_mixture.hpp>
