// SPDX-License-Identifier: MIT
// Everything that is computed point by point, under exec::thrust{thrust::omp::par}.

#include "policies/settings.hpp"

#if defined(CDL_HAS_THRUST)
namespace {
template <class T>
using tested = cdl::test::on_thrust_omp<T>;
}

#include "policies/channel.hpp"
#include "policies/denoiser.hpp"
#include "policies/distribution.hpp"
#include "policies/exec.hpp"
#include "policies/levels.hpp"
#include "policies/networks.hpp"
#endif
