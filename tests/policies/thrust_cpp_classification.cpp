// SPDX-License-Identifier: MIT
// Noise classifiers and their objective, under exec::thrust{thrust::cpp::par}.

#include "policies/settings.hpp"

#if defined(CDL_HAS_THRUST)
namespace {
template <class T>
using tested = cdl::test::on_thrust_cpp<T>;
}

#include "policies/classification.hpp"
#endif
