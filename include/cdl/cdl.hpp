// SPDX-License-Identifier: MIT
#pragma once

// All of cdl that needs only Eigen. Optional parts have headers of their own: exec/simd.hpp, exec/openmp.hpp, exec/thrust.hpp,
// adapter/xtensor.hpp, adapter/thrust_vector.hpp, adapter/eigen_autodiff.hpp.

#include <cdl/adapter/eigen.hpp>
#include <cdl/channel/composition.hpp>
#include <cdl/channel/noising.hpp>
#include <cdl/channel/posterior.hpp>
#include <cdl/classifier/noise_level.hpp>
#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/empirical_top_k.hpp>
#include <cdl/denoiser/lift.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/prediction.hpp>
#include <cdl/density/log_density_ratio.hpp>
#include <cdl/density/nll.hpp>
#include <cdl/density/squared_error.hpp>
#include <cdl/distribution/empirical.hpp>
#include <cdl/distribution/gaussian_mixture.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/metric/bandwidth.hpp>
#include <cdl/metric/frechet.hpp>
#include <cdl/metric/mmd.hpp>
#include <cdl/metric/permutation_test.hpp>
#include <cdl/schedule/linear_log_snr.hpp>
#include <cdl/version.hpp>
