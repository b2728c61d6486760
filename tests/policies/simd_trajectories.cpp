// SPDX-License-Identifier: MIT
// Trajectories, toy sets and denoisers made of denoisers, under exec::simd.

#include "policies/settings.hpp"

#if defined(CDL_HAS_SIMD)
namespace {
template <class T>
using tested = cdl::test::on_simd<T>;
}

#include "policies/toys_and_parts.hpp"
#include "policies/trajectories.hpp"
#endif
