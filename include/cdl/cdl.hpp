// SPDX-License-Identifier: MIT
#pragma once

// All of cdl that needs only Eigen, module by module. Each of these headers begins with the manual of its module, whose program
// stands in a function after `#include <cdl/cdl.hpp>`. Optional parts have headers of their own: exec/simd.hpp, exec/openmp.hpp,
// exec/thrust.hpp, adapter/xtensor.hpp, adapter/thrust_vector.hpp, adapter/torch_*.hpp, adapter/eigen_autodiff.hpp.

// Each after those that it stands on.
// clang-format off
#include <cdl/version.hpp>
#include <cdl/core.hpp>
#include <cdl/math.hpp>
#include <cdl/view.hpp>
#include <cdl/exec.hpp>
#include <cdl/random.hpp>
#include <cdl/schedule.hpp>
#include <cdl/channel.hpp>
#include <cdl/distribution.hpp>
#include <cdl/denoiser.hpp>
#include <cdl/density.hpp>
#include <cdl/information.hpp>
#include <cdl/classifier.hpp>
#include <cdl/metric.hpp>
#include <cdl/objective.hpp>
#include <cdl/sampler.hpp>
#include <cdl/adapter.hpp>
// clang-format on
