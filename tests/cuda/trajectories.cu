// SPDX-License-Identifier: MIT
// Trajectories, toy sets and denoisers made of denoisers, on a CUDA device.

#include "cuda/settings.hpp"

namespace {
template <class T>
using tested = cdl::test::on_cuda<T>;
}

#include "policies/toys_and_parts.hpp"
#include "policies/trajectories.hpp"
