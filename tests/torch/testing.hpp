// SPDX-License-Identifier: MIT
#pragma once

// LibTorch and doctest in one unit: both name macros CHECK and the like, and doctest's are meant here.

#include <torch/script.h>
#include <torch/torch.h>
#undef CHECK
#undef CHECK_EQ
#undef CHECK_NE
#undef CHECK_LE
#undef CHECK_LT
#undef CHECK_GE
#undef CHECK_GT

#include <cdl/adapter/torch_tensor.hpp>
#include <cdl/exec/serial.hpp>

#include <distribution/testing.hpp>

#include <stdexcept>
#include <string>

namespace cdl::test {

/// A smooth network of points and numbers, in double: eps = W2 tanh(W1 [z, told / 10]).
struct told_network : torch::nn::Module {
    torch::nn::Linear in{nullptr}, out{nullptr};
    torch::Tensor seen_points, seen_told; ///< of the last call

    explicit told_network(index_t d, torch::Dtype type = torch::kFloat64) {
        torch::manual_seed(7);
        in = register_module("in", torch::nn::Linear(d + 1, 8));
        out = register_module("out", torch::nn::Linear(8, d));
        to(type);
    }
    torch::Tensor forward(const torch::Tensor& points, const torch::Tensor& told) {
        seen_points = points;
        seen_told = told;
        const auto number = told.to(points.scalar_type()).unsqueeze(1) / 10;
        return out->forward(torch::tanh(in->forward(torch::cat({points, number}, 1))));
    }
};

/// What a function complains of, as one line.
template <class F>
std::string complaint(const F& f) {
    try {
        f();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "nothing";
}

/// The largest |a - b| over the largest |b|.
inline double relative_distance(const torch::Tensor& a, const torch::Tensor& b) {
    return (a - b).abs().max().item<double>() / std::max(b.abs().max().item<double>(), 1e-300);
}

} // namespace cdl::test
