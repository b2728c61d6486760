// SPDX-License-Identifier: MIT
// Data sets as distributions, on a CUDA device.

#include "cuda/settings.hpp"

namespace {
template <class T>
using tested = cdl::test::on_cuda<T>;
}

#include "policies/data_sets.hpp"
