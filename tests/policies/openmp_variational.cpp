// SPDX-License-Identifier: MIT
// The variational bound and its objective, under exec::openmp.

#include "policies/settings.hpp"

#if defined(CDL_HAS_OPENMP)
namespace {
template <class T>
using tested = cdl::test::on_openmp<T>;
}

#include "policies/variational.hpp"
#endif
