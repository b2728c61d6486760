// SPDX-License-Identifier: MIT
// Noise classifiers and their objective, under exec::openmp.

#include "policies/settings.hpp"

#if defined(CDL_HAS_OPENMP)
namespace {
template <class T>
using tested = cdl::test::on_openmp<T>;
}

#include "policies/classification.hpp"
#endif
