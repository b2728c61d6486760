// SPDX-License-Identifier: MIT
#pragma once

// All of cdl that needs only Eigen. Optional parts have headers of their own: exec/simd.hpp, exec/openmp.hpp, exec/thrust.hpp,
// adapter/xtensor.hpp, adapter/thrust_vector.hpp, adapter/eigen_autodiff.hpp.

#include <cdl/adapter/eigen.hpp>
#include <cdl/channel/composition.hpp>
#include <cdl/channel/noising.hpp>
#include <cdl/channel/posterior.hpp>
#include <cdl/channel/sde.hpp>
#include <cdl/classifier/noise_level.hpp>
#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/empirical_top_k.hpp>
#include <cdl/denoiser/guided.hpp>
#include <cdl/denoiser/lift.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/perturbed.hpp>
#include <cdl/denoiser/prediction.hpp>
#include <cdl/denoiser/quantised.hpp>
#include <cdl/density/log_density_ratio.hpp>
#include <cdl/density/nll.hpp>
#include <cdl/density/squared_error.hpp>
#include <cdl/distribution/empirical.hpp>
#include <cdl/distribution/gaussian_mixture.hpp>
#include <cdl/distribution/toy.hpp>
#include <cdl/distribution/toy_mixture.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/metric/bandwidth.hpp>
#include <cdl/metric/frechet.hpp>
#include <cdl/metric/mmd.hpp>
#include <cdl/metric/permutation_test.hpp>
#include <cdl/random/recorded_noise.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/corrected.hpp>
#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/dpm_solver.hpp>
#include <cdl/sampler/heun.hpp>
#include <cdl/sampler/known_coordinates.hpp>
#include <cdl/sampler/log_likelihood.hpp>
#include <cdl/sampler/picard.hpp>
#include <cdl/sampler/probability_flow.hpp>
#include <cdl/sampler/record.hpp>
#include <cdl/sampler/run.hpp>
#include <cdl/schedule/cosine.hpp>
#include <cdl/schedule/discrete_grids.hpp>
#include <cdl/schedule/geometric.hpp>
#include <cdl/schedule/grids.hpp>
#include <cdl/schedule/karras.hpp>
#include <cdl/schedule/linear_beta.hpp>
#include <cdl/schedule/linear_log_snr.hpp>
#include <cdl/schedule/shifted.hpp>
#include <cdl/schedule/sigmoid_alpha_bar.hpp>
#include <cdl/schedule/uniform_noise.hpp>
#include <cdl/schedule/zero_terminal.hpp>
#include <cdl/version.hpp>
