// SPDX-License-Identifier: MIT
#pragma once

// The policies of a CUDA device, as settings of the tests of tests/policies: the default stream and a stream of one's own,
// neither of which waits for a kernel. What waits, thrust::cuda::par, launches the same kernels: see operations.cu.

#include <cdl/exec/thrust.hpp>

#include "policies/comparing.hpp"

#include <doctest/doctest.h>
#include <thrust/system/cuda/execution_policy.h>

#include <array>

namespace cdl::test {

/// A stream that waits for no other; it lives as long as the program.
inline cudaStream_t stream_of_tests() {
    static const cudaStream_t stream = [] {
        cudaStream_t made = nullptr;
        exec::require_success(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
        return made;
    }();
    return stream;
}

/// Work that is queued on a stream.
using on_a_stream = exec::thrust<std::remove_cvref_t<decltype(::thrust::cuda::par_nosync.on(cudaStream_t{}))>>;

template <class T>
struct on_cuda {
    using scalar = T;
    static constexpr bool same_bits = false; // a device has an exp and a log of its own
    static std::array<on_a_stream, 2> policies() {
        return {on_a_stream{::thrust::cuda::par_nosync.on(nullptr)},
                on_a_stream{::thrust::cuda::par_nosync.on(stream_of_tests())}};
    }
};

} // namespace cdl::test
TYPE_TO_STRING_AS("cuda float", cdl::test::on_cuda<float>);
TYPE_TO_STRING_AS("cuda double", cdl::test::on_cuda<double>);
