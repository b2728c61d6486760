// SPDX-License-Identifier: MIT
#pragma once

// Noise classifiers: to which level of noise does a point belong? [CDL eqs. 6, 8; CDM sec. 3]
//
//     noise_level(policy, denoiser, x, zeta, rule)     the posterior of the label: clean, or noised to zeta
//     noise_levels(policy, denoiser, x, levels, rule)  that of any number of levels
//     exact(denoiser, classes)                         the optimal one, for noise_classes: logits, log_posteriors, ratio_gradients
//     log_likelihood(logits, classes, k, z)            the density of a point in one evaluation of a classifier [CDM eq. 8]
//
//     using namespace cdl;
//     const distribution::gaussian_mixture<double, 1> data({1, 2}, {-2, 1}, {0.3, 0.5});
//     const denoiser::optimal eps_hat(data);
//     const std::vector<double> x{-4, -2, 0};
//     const auto label = classifier::noise_level(exec::serial{}, eps_hat, x, log_snr{2.0}, density::quadrature{});
//     for (const auto& l : label) std::printf("%.6f ", std::exp(l.log_noisy)); // 0.660798 0.464593 0.541852
//     std::puts("");

#include <cdl/classifier/calibration.hpp>
#include <cdl/classifier/confusion.hpp>
#include <cdl/classifier/cumulative_logits.hpp>
#include <cdl/classifier/exact.hpp>
#include <cdl/classifier/likelihood.hpp>
#include <cdl/classifier/noise_classes.hpp>
#include <cdl/classifier/noise_level.hpp>
#include <cdl/classifier/noise_levels.hpp>
