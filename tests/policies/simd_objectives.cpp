// SPDX-License-Identifier: MIT
// Objectives, under exec::simd.

#include "policies/settings.hpp"

#if defined(CDL_HAS_SIMD)
namespace {
template <class T>
using tested = cdl::test::on_simd<T>;
}

#include "policies/objectives.hpp"
#include "policies/training.hpp"
#endif
