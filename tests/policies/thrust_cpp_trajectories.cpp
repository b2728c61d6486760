// SPDX-License-Identifier: MIT
// Trajectories, toy sets and denoisers made of denoisers, under exec::thrust{thrust::cpp::par}.

#include "policies/settings.hpp"

#if defined(CDL_HAS_THRUST)
namespace {
template <class T>
using tested = cdl::test::on_thrust_cpp<T>;
}

#include "policies/toys_and_parts.hpp"
#include "policies/trajectories.hpp"
#endif
