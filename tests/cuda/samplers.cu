// SPDX-License-Identifier: MIT
// Samplers, one after the other and in parallel over time, on a CUDA device.

#include "cuda/settings.hpp"

namespace {
template <class T>
using tested = cdl::test::on_cuda<T>;
}

#include "policies/sampler.hpp"
