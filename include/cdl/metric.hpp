// SPDX-License-Identifier: MIT
#pragma once

// Distances between samples.
//
//     mmd(policy, kernel, x, y)                  the squared maximum mean discrepancy, with its standard error
//     permutation_test(policy, kernel, x, y, ..) a p-value: are the distributions equal?
//     frechet(policy, x, y)                      the squared Frechet distance
//     median_distance, maximising_bandwidth      how wide a kernel should be
//
// Kernels: gaussian (by standard deviation or by variance), laplace, energy, polynomial (KID), or your own.
//
//     using namespace cdl;
//     const distribution::gaussian_mixture<double, 1> p({1, 2}, {-2, 1}, {0.3, 0.5}), q({1, 1}, {-2, 1}, {0.3, 0.5});
//     std::vector<double> x(500), y(500);
//     p.draw(exec::serial{}, {.seed = 1}, 0, x);
//     q.draw(exec::serial{}, {.seed = 2}, 0, y);
//     const auto kernel = metric::gaussian<double>::with_standard_deviation(1);
//     const auto mmd = metric::mmd(exec::serial{}, kernel, x, y);
//     std::printf("%.4f +- %.4f, p = %.3f\n", mmd.unbiased, mmd.standard_error,
//                 metric::permutation_test(exec::serial{}, kernel, x, y, 199, 3).p_value);

// clang-format off
#include <cdl/metric/kernel.hpp> // what the others take
// clang-format on
#include <cdl/metric/bandwidth.hpp>
#include <cdl/metric/frechet.hpp>
#include <cdl/metric/mmd.hpp>
#include <cdl/metric/moments.hpp>
#include <cdl/metric/permutation_test.hpp>
#include <cdl/metric/polynomial.hpp>
#include <cdl/metric/sum_scalar.hpp>
