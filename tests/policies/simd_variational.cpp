// SPDX-License-Identifier: MIT
// The variational bound and its objective, under exec::simd.

#include "policies/settings.hpp"

#if defined(CDL_HAS_SIMD)
namespace {
template <class T>
using tested = cdl::test::on_simd<T>;
}

#include "policies/variational.hpp"
#endif
