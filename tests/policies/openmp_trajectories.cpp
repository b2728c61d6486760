// SPDX-License-Identifier: MIT
// Trajectories, toy sets and denoisers made of denoisers, under exec::openmp.

#include "policies/settings.hpp"

#if defined(CDL_HAS_OPENMP)
namespace {
template <class T>
using tested = cdl::test::on_openmp<T>;
}

#include "policies/toys_and_parts.hpp"
#include "policies/trajectories.hpp"
#endif
