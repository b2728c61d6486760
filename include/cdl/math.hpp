// SPDX-License-Identifier: MIT
#pragma once

// Scalar functions without cancellation or overflow, each with the error that it may have.
//
//     sigmoid(u), softplus(u), logit(p), ...   for every scalar, infinite arguments included
//     log_sum_exp<S>                           sums exponentials in one pass: add(l), then value()
//     normal_quantile(p)                       the number below which a standard normal variate lies with probability p
//     gauss_legendre<T>(n)                     nodes and weights on (0, 1)
//
//     using namespace cdl;
//     math::log_sum_exp<double> sum;
//     for (const double l : {-1000.0, -1001.0}) sum.add(l);
//     std::printf("%.6f\n", sum.value());                                       // -999.686738
//     std::printf("%g %g\n", math::sigmoid(-700.0), math::softplus(-700.0));    // 9.85968e-305, twice
//     std::printf("%.6f\n", math::normal_quantile(0.025));                     // -1.959964

#include <cdl/math/constants.hpp>
#include <cdl/math/exp_nonpositive.hpp>
#include <cdl/math/fourier_features.hpp>
#include <cdl/math/log_sum_exp.hpp>
#include <cdl/math/logistic.hpp>
#include <cdl/math/normal_quantile.hpp>
#include <cdl/math/quadrature.hpp>
