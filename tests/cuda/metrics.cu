// SPDX-License-Identifier: MIT
// What compares two samples, on a CUDA device.

#include "cuda/settings.hpp"

namespace {
template <class T>
using tested = cdl::test::on_cuda<T>;
}

#include "policies/metrics.hpp"
