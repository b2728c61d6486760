// SPDX-License-Identifier: MIT
// Noise classifiers and their objective, on a CUDA device.

#include "cuda/settings.hpp"

namespace {
template <class T>
using tested = cdl::test::on_cuda<T>;
}

#include "policies/classification.hpp"
