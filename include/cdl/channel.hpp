// SPDX-License-Identifier: MIT
#pragma once

// The forward process z = signal_scale(a) x + noise_scale(a) eps [CDL sec. 2; VDM sec. 3.1] and its closed
// forms: composition, transitions, posteriors.
//
//     add_noise(policy, x, levels, eps, z)   noises a batch; draw_noise(policy, stream, step, eps) draws the noise
//     compose(a, zeta)                       the level of two channels in a row [CDL eq. 5]
//     posterior(a_s, a_t)                    the mean and the variance of z_s, given z_t and x [VDM eqs. 23-25]
//     transition(a_s, a_t)                   those of z_t, given z_s [VDM eqs. 20-22]
//
//     using namespace cdl;
//     const std::vector<double> x{-1, 0, 1};
//     std::vector<double> eps(3), z(3);
//     channel::draw_noise(exec::serial{}, random::noise_stream{.seed = 1, .use = random::purpose::channel}, 0, eps);
//     channel::add_noise(exec::serial{}, x, log_snr{2.0}, eps, z);
//     for (const double one : z) std::printf("%.4f ", one);
//     const auto back = channel::posterior(log_snr{3.0}, log_snr{2.0}); // z_s = from_z z_t + from_other x + noise
//     std::printf("\nvariance %.4f, two channels: a = %.4f\n", back.variance, compose(log_snr{2.0}, log_snr{3.0}).value);

#include <cdl/channel/composition.hpp>
#include <cdl/channel/noising.hpp>
#include <cdl/channel/posterior.hpp>
#include <cdl/channel/sde.hpp>
