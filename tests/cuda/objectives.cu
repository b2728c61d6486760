// SPDX-License-Identifier: MIT
// Objectives, on a CUDA device.

#include "cuda/settings.hpp"

namespace {
template <class T>
using tested = cdl::test::on_cuda<T>;
}

#include "policies/objectives.hpp"
#include "policies/training.hpp"
