// SPDX-License-Identifier: MIT
// Data sets as distributions, under exec::simd.

#include "policies/settings.hpp"

#if defined(CDL_HAS_SIMD)
namespace {
template <class T>
using tested = cdl::test::on_simd<T>;
}

#include "policies/data_sets.hpp"
#endif
