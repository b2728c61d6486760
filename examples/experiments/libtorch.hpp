// SPDX-License-Identifier: MIT
#pragma once

// LibTorch. Version 1.13 holds vectors of a type that it has only declared, which clang refuses in C++20 unless that type's own
// header comes first.

#include <ATen/core/ivalue.h>
#include <torch/torch.h>
