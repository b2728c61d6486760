// SPDX-License-Identifier: MIT
// Denoisers of mixtures and of one's own, on a CUDA device.

#include "cuda/settings.hpp"

namespace {
template <class T>
using tested = cdl::test::on_cuda<T>;
}

#include "policies/denoiser.hpp"
#include "policies/networks.hpp"
