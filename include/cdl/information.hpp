// SPDX-License-Identifier: MIT
#pragma once

// What classifiers and losses can reach at best, for known data: entropies and divergences in nats, by quadrature or in closed
// form.
//
//     kl_divergence(policy, p, a, q, b, rule)    from the mixture p, noised to level a, to q, noised to b
//     jensen_shannon(policy, p, zeta, rule)      between p and p noised to zeta; contrastive_loss is log 2 less that
//     cross_entropy(policy, p, classes, rule)    of the optimal classifier of noise levels
//     mmd_of_mixtures(p, q, s)                   the squared MMD of the distributions, Gaussian kernel
//
//     using namespace cdl;
//     const distribution::gaussian_mixture<double, 1> p({1, 2}, {-2, 1}, {0.3, 0.5}), q({1, 1}, {-2, 1}, {0.3, 0.5});
//     const auto kl = information::kl_divergence(exec::serial{}, p, clean<double>(), q, clean<double>());
//     std::printf("KL %.6f, converged: %s\n", kl.value, kl.converged ? "yes" : "no");
//     const auto js = information::jensen_shannon(exec::serial{}, p, log_snr{2.0});
//     std::printf("Jensen-Shannon divergence of p and p noised to a = 2: %.6f\n", js.value);
//     std::printf("MMD^2 %.6f\n", information::mmd_of_mixtures(p, q, 1));

#include <cdl/information/contrastive_loss.hpp>
#include <cdl/information/cross_entropy.hpp>
#include <cdl/information/entropy_of_pmf.hpp>
#include <cdl/information/kl_divergence.hpp>
#include <cdl/information/kl_of_gaussians.hpp>
#include <cdl/information/mmd_of_mixtures.hpp>
