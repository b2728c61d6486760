// SPDX-License-Identifier: MIT
#pragma once

// Levels of noise. A level is the log signal-to-noise ratio a, a type of its own: z = signal_scale(a) x + noise_scale(a) eps.
//
//     log_snr{a}                       with conversions by name: from_edm_sigma, to_alpha_bar, from_vdm_gamma, ...
//     linear_log_snr, cosine, ...      schedules: at(t), time_of(a), slope(t) for t in [0, 1], 0 = clean
//     discrete_levels<T>::ddpm_linear  the levels of T steps
//     karras_grid(steps), ...          grids: the levels that a sampler visits, noisiest first
//
//     using namespace cdl;
//     const log_snr a = from_edm_sigma(0.5);
//     std::printf("%.6f^2 + %.6f^2 = 1\n", signal_scale(a), noise_scale(a));
//     const schedule::linear_log_snr schedule(log_snr{13.3}, log_snr{-5.0}); // from clean to noisy
//     std::printf("a = %.3f at t = %.3f\n", a.value, schedule.time_of(a));
//     for (const auto level : schedule::uniform_in_time(schedule, 4)) std::printf("%.3f ", level.value);
//     std::puts("");

#include <cdl/schedule/betas.hpp>
#include <cdl/schedule/cosine.hpp>
#include <cdl/schedule/discrete_grids.hpp>
#include <cdl/schedule/discrete_levels.hpp>
#include <cdl/schedule/geometric.hpp>
#include <cdl/schedule/grids.hpp>
#include <cdl/schedule/karras.hpp>
#include <cdl/schedule/level_sampling.hpp>
#include <cdl/schedule/level_view.hpp>
#include <cdl/schedule/linear_beta.hpp>
#include <cdl/schedule/linear_log_snr.hpp>
#include <cdl/schedule/log_snr.hpp>
#include <cdl/schedule/monotone_curve.hpp>
#include <cdl/schedule/monotone_network.hpp>
#include <cdl/schedule/noise_schedule.hpp>
#include <cdl/schedule/shifted.hpp>
#include <cdl/schedule/sigmoid_alpha_bar.hpp>
#include <cdl/schedule/uniform_noise.hpp>
#include <cdl/schedule/uniform_times.hpp>
#include <cdl/schedule/zero_terminal.hpp>
