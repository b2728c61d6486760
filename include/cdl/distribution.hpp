// SPDX-License-Identifier: MIT
#pragma once

// Data about which everything is known: mixtures, data sets, toy sets, with their densities at every level of noise.
//
//     gaussian_mixture<T, D>(weights, means, covariances)   log_density(z, a), score(z, a, out), draw(policy, stream, step, x)
//     empirical(x, kernel_width{h})                         n points, each with a Gaussian kernel of standard deviation h
//     moons{}, spirals{}, checkerboard{}, ...               toy sets in the plane: draw(policy, toy, stream, step, x)
//     quadrature_points(mixture)                            points and weights: a mean over the mixture is a sum
//
//     using namespace cdl;
//     const distribution::gaussian_mixture<double, 1> data({1, 2}, {-2, 1}, {0.3, 0.5}); // weights, means, variances
//     std::vector<double> x(1000);
//     data.draw(exec::serial{}, {.seed = 1, .use = random::purpose::data}, 0, x);
//     const distribution::empirical sample(x, distribution::kernel_width{0.2});
//     const std::array z{0.5};
//     for (const double a : {0.0, 2.0})
//         std::printf("%.4f %.4f\n", data.log_density(z, log_snr{a}), sample.log_density(z, log_snr{a}));

#include <cdl/distribution/cloud_view.hpp>
#include <cdl/distribution/data_scales.hpp>
#include <cdl/distribution/empirical.hpp>
#include <cdl/distribution/empirical_on.hpp>
#include <cdl/distribution/gaussian_mixture.hpp>
#include <cdl/distribution/mixture_on.hpp>
#include <cdl/distribution/mixture_pullback.hpp>
#include <cdl/distribution/mixture_view.hpp>
#include <cdl/distribution/quadrature_points.hpp>
#include <cdl/distribution/toy.hpp>
#include <cdl/distribution/toy_curves.hpp>
#include <cdl/distribution/toy_mixture.hpp>
#include <cdl/distribution/toy_patches.hpp>
#include <cdl/distribution/toy_point.hpp>
