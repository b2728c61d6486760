// SPDX-License-Identifier: MIT
// Noise classifiers and their objective, under exec::simd.

#include "policies/settings.hpp"

#if defined(CDL_HAS_SIMD)
namespace {
template <class T>
using tested = cdl::test::on_simd<T>;
}

#include "policies/classification.hpp"
#endif
