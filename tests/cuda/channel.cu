// SPDX-License-Identifier: MIT
// Noise, levels and samples, on a CUDA device.

#include "cuda/settings.hpp"

namespace {
template <class T>
using tested = cdl::test::on_cuda<T>;
}

#include "policies/channel.hpp"
#include "policies/distribution.hpp"
#include "policies/levels.hpp"
