// SPDX-License-Identifier: MIT
// Objectives, under exec::openmp.

#include "policies/settings.hpp"

#if defined(CDL_HAS_OPENMP)
namespace {
template <class T>
using tested = cdl::test::on_openmp<T>;
}

#include "policies/objectives.hpp"
#include "policies/training.hpp"
#endif
