// SPDX-License-Identifier: MIT
#pragma once

// What exec/thrust needs of CUDA itself: memory and copies in the order of a stream, errors as exceptions, and the tree
// of sums. Compiled by nvcc only.

#include <cdl/core/lanes.hpp>
#include <cdl/exec/buffer.hpp>
#include <cdl/exec/reduce_tree.hpp>

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace cdl::exec {

/// Thrown when CUDA refuses: "cdl::exec::thrust: cudaMallocAsync of 80 bytes: out of memory".
struct cuda_error : std::runtime_error {
    cudaError_t status;

    cuda_error(cudaError_t status, const std::string& call)
        : std::runtime_error("cdl::exec::thrust: " + call + ": " + cudaGetErrorString(status)), status(status) {}
};

/// Throws cuda_error unless the call succeeded. The error is taken off CUDA's record, so that the next call starts anew.
inline void require_success(cudaError_t status, const std::string& call) {
    if (status == cudaSuccess) return;
    cudaGetLastError();
    throw cuda_error(status, call);
}

/// n numbers on a device, uninitialised, allocated and freed in the order of a stream.
template <class T>
class buffer<T, device> {
public:
    buffer(index_t size, cudaStream_t stream) : size_(size), stream_(stream) {
        if (size == 0) return;
        const std::size_t bytes = static_cast<std::size_t>(size) * sizeof(T);
        require_success(cudaMallocAsync(reinterpret_cast<void**>(&numbers_), bytes, stream),
                        "cudaMallocAsync of " + std::to_string(bytes) + " bytes");
    }
    buffer(buffer&& other) noexcept
        : numbers_(std::exchange(other.numbers_, nullptr)), size_(std::exchange(other.size_, 0)),
          stream_(other.stream_) {}
    buffer& operator=(buffer&& other) noexcept {
        std::swap(numbers_, other.numbers_);
        std::swap(size_, other.size_);
        std::swap(stream_, other.stream_);
        return *this;
    }
    ~buffer() {
        if (numbers_ != nullptr) cudaFreeAsync(numbers_, stream_);
    }

    /// The address on the device; the host may not read it.
    T* data() const& { return numbers_; }
    T* data() const&& = delete; // the address would outlive the temporary: give the buffer a name
    index_t size() const { return size_; }

private:
    T* numbers_ = nullptr;
    index_t size_;
    cudaStream_t stream_;
};

namespace detail {

/// Numbers as the terms of a sum.
template <class T>
struct given_terms {
    const T* numbers;

    CDL_HD T operator()(lanes<T> i) const { return numbers[i.first]; }
};

/// sums[c] = the sum of chunk c: a block of threads is a chunk, and halves it as `sum_of_chunk` does.
template <class T, class Term>
__global__ void sum_chunks(index_t n, Term term, T* sums) {
    __shared__ alignas(T) unsigned char memory[sum_chunk * sizeof(T)];
    T* chunk = reinterpret_cast<T*>(memory);
    const auto t = static_cast<index_t>(threadIdx.x), i = static_cast<index_t>(blockIdx.x) * sum_chunk + t;
    chunk[t] = i < n ? T(term(lanes<T>{i, 1})) : T(0);
    for (index_t half = sum_chunk / 2; half >= 1; half /= 2) {
        __syncthreads();
        if (t < half) chunk[t] = T(chunk[t] + chunk[t + half]);
    }
    if (t == 0) sums[blockIdx.x] = chunk[0];
}

template <class T, class Term>
buffer<T, device> chunk_sums(index_t n, const Term& term, cudaStream_t stream) {
    const index_t chunks = (n + sum_chunk - 1) / sum_chunk, most = (index_t{1} << 31) - 1; // blocks in a grid
    require_success(chunks <= most ? cudaSuccess : cudaErrorInvalidConfiguration, "launch of a sum");
    buffer<T, device> sums(chunks, stream);
    sum_chunks<<<static_cast<unsigned>(chunks), static_cast<unsigned>(sum_chunk), 0, stream>>>(n, term, sums.data());
    require_success(cudaGetLastError(), "launch of a sum");
    return sums;
}

} // namespace detail

/// The sum of n terms on a device, n > 0: level by level of the tree of `tree_sum`, so that terms of the same bits give
/// a sum of the same bits. One number on the device.
template <class T, class Term>
buffer<T, device> sum_on_device(index_t n, const Term& term, cudaStream_t stream) {
    auto sums = detail::chunk_sums<T>(n, term, stream);
    while (sums.size() > 1) sums = detail::chunk_sums<T>(sums.size(), detail::given_terms<T>{sums.data()}, stream);
    return sums;
}

} // namespace cdl::exec
