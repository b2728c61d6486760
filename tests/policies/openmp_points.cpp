// SPDX-License-Identifier: MIT
// Everything that is computed point by point, under exec::openmp.

#include "policies/settings.hpp"

#if defined(CDL_HAS_OPENMP)
namespace {
template <class T>
using tested = cdl::test::on_openmp<T>;
}

#include "policies/channel.hpp"
#include "policies/denoiser.hpp"
#include "policies/distribution.hpp"
#include "policies/exec.hpp"
#include "policies/levels.hpp"
#include "policies/networks.hpp"
#endif
