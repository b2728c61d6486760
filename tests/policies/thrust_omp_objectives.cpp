// SPDX-License-Identifier: MIT
// Objectives, under exec::thrust{thrust::omp::par}.

#include "policies/settings.hpp"

#if defined(CDL_HAS_THRUST)
namespace {
template <class T>
using tested = cdl::test::on_thrust_omp<T>;
}

#include "policies/objectives.hpp"
#include "policies/training.hpp"
#endif
