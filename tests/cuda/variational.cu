// SPDX-License-Identifier: MIT
// The variational bound and its objective, on a CUDA device.

#include "cuda/settings.hpp"

namespace {
template <class T>
using tested = cdl::test::on_cuda<T>;
}

#include "policies/variational.hpp"
