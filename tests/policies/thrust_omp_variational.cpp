// SPDX-License-Identifier: MIT
// The variational bound and its objective, under exec::thrust{thrust::omp::par}.

#include "policies/settings.hpp"

#if defined(CDL_HAS_THRUST)
namespace {
template <class T>
using tested = cdl::test::on_thrust_omp<T>;
}

#include "policies/variational.hpp"
#endif
