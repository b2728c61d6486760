// SPDX-License-Identifier: MIT
#pragma once

// Tensors of LibTorch as batches, and batches as tensors, without a copy: an n x d tensor is n points, one in each row, with any
// strides; a tensor of rank 1 is n points on a line. The type, the rank and the device of a tensor are known at run time only,
// so they are named by the caller and checked here. Needs the component `torch`; LibTorch 1.13 or later.

#include <cdl/view/as_batch.hpp>

#if !__has_include(<torch/torch.h>)
#error "cdl: adapter/torch_tensor needs LibTorch: link cdl::torch (find_package(cdl COMPONENTS torch))"
#endif
// LibTorch 1.13 holds vectors of a type that it has only declared, which clang refuses in C++20 unless that type comes first.
#include <ATen/core/ivalue.h>
#include <torch/torch.h>

namespace cdl {

namespace detail {

/// The device whose memory is Space: the processor, or the current device of CUDA.
template <class Space>
torch::Device torch_device() {
    if constexpr (std::is_same_v<Space, host>)
        return torch::kCPU;
    else
        return c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).getDevice();
}

/// Tensors of numbers T in Space.
template <class T, class Space>
torch::TensorOptions torch_options() {
    return torch::dtype(c10::CppTypeToScalarType<std::remove_const_t<T>>::value).device(torch_device<Space>());
}

} // namespace detail

/// The tensor's numbers as n points, one in each row: `as_batch<float>(tensor)`, or `as_batch<const float, 2>(tensor)` where the
/// dimension is known. The tensor must outlive the view; a view of a tensor that is `expand`ed is refused where it is written to.
/// Throws std::invalid_argument on another type, another dimension, a rank other than 1 or 2, and memory that is not Space.
template <class T, index_t D = dynamic, class Space = host>
    requires scalar<std::remove_const_t<T>>
batch_view<T, D, strided, Space> as_batch(const torch::Tensor& tensor) {
    using number = std::remove_const_t<T>;
    constexpr auto where = "cdl::as_batch";
    require(tensor.defined() && tensor.layout() == torch::kStrided, where, "tensor", "must be a dense tensor",
            tensor.defined() ? "another layout" : "an undefined one");
    require(!tensor.is_neg(), where, "tensor", "must have its signs in memory", "one that LibTorch has yet to negate");
    require(tensor.dim() == 1 || tensor.dim() == 2, where, "tensor", "must have rank 1 or 2", tensor.dim());
    require(tensor.scalar_type() == c10::CppTypeToScalarType<number>::value, where, "tensor",
            "must hold the type named", tensor.scalar_type(), " for ", c10::CppTypeToScalarType<number>::value);
    require(std::is_same_v<Space, host> ? tensor.is_cpu() : tensor.is_cuda(), where, "tensor",
            "must be in the memory named", tensor.device());
    const bool line = tensor.dim() == 1;
    const index_t d = line ? 1 : tensor.size(1);
    require(D == dynamic || d == D, where, "tensor", "must have the dimension named", d, " for ", D);
    return {tensor.data_ptr<number>(), tensor.size(0), d, tensor.stride(0), line ? 1 : tensor.stride(1)};
}

template <class T, index_t D = dynamic, class Space = host>
void as_batch(const torch::Tensor&&) = delete; // the view would outlive the temporary: give the tensor a name

/// The batch as an n x d tensor that looks at the same numbers, with the batch's strides. The memory must outlive the tensor; that
/// of a batch of constants must not be written through it. Throws std::invalid_argument on negative strides, which tensors have not.
template <batch B>
torch::Tensor as_tensor(B& container) {
    const auto view = as_batch(container);
    using T = batch_scalar_t<B>;
    require(view.point_stride() >= 0 && view.coord_stride() >= 0, "cdl::as_tensor", "batch",
            "must have strides that are not negative", view.point_stride(), " and ", view.coord_stride());
    return torch::from_blob(const_cast<T*>(view.data()), {view.size(), view.dim()},
                            {view.point_stride(), view.coord_stride()},
                            detail::torch_options<T, typename batch_view_of<B>::space>());
}

template <batch B>
    requires detail::batch_adapter_of<B>::owns
void as_tensor(const B&&) = delete; // the tensor would outlive the temporary: give the container a name

} // namespace cdl
