// SPDX-License-Identifier: MIT
// The density identities and the classifier, on a CUDA device.

#include "cuda/settings.hpp"

namespace {
template <class T>
using tested = cdl::test::on_cuda<T>;
}

#include "policies/density.hpp"
