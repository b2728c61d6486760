// SPDX-License-Identifier: MIT
#pragma once

// Any system of Thrust: CUDA devices (compiled by nvcc), OpenMP threads and plain C++ (compiled by g++ or clang). Bodies
// run on plain scalars; sums have the tree of every other policy and never go through thrust::reduce, whose order is
// nobody's promise. Needs the component `thrust`, or `cuda`.

#include <cdl/exec/detail/first_exception.hpp>
#include <cdl/exec/policy.hpp>

#if !__has_include(<thrust/version.h>)
#error "cdl: exec/thrust needs Thrust (CCCL, part of the CUDA Toolkit): link cdl::thrust or cdl::cuda"
#endif
#if !defined(__CUDACC__) && !defined(THRUST_DEVICE_SYSTEM)
#error                                                                                                                 \
    "cdl: exec/thrust without nvcc needs a host system: link cdl::thrust or define THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP"
#endif
#include <thrust/version.h>
#if THRUST_VERSION < 200000
#error "cdl: exec/thrust needs Thrust 2 or newer; an old one lies first in the include path (Debian's libthrust-dev?)"
#endif
#include <thrust/execution_policy.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#if defined(__CUDACC__)
#include <cdl/exec/cuda.hpp>
#include <cdl/exec/detail/cuda_products.hpp>

#include <thrust/system_error.h>
#endif

namespace cdl::exec {

namespace detail {

/// A body for groups of points, called with one point.
template <class T, class Body>
struct one_point_at_a_time {
    Body body;

    CDL_HD void operator()(index_t i) const { body(lanes<T>{i, 1}); }
};

/// A body of the host, whose exception waits until all threads are done.
template <class Body>
struct guarded {
    Body body;
    first_exception* thrown;

    void operator()(index_t i) const {
        thrown->guard(i, [&] { body(i); });
    }
};

/// The sum of chunk c of n terms.
template <class T, class Term>
struct sum_of_one_chunk {
    Term term;
    index_t n;
    T* sums;

    CDL_HD void operator()(index_t c) const {
        T chunk[sum_chunk];
        const index_t first = c * sum_chunk, count = n - first < sum_chunk ? n - first : sum_chunk;
        for (index_t i = 0; i < count; ++i) chunk[i] = term(lanes<T>{first + i, 1});
        sums[c] = sum_of_chunk(chunk, count);
    }
};

/// Where a system of Thrust runs.
template <class System>
struct space_of {
    using type = host;
};
#if defined(__CUDACC__)
template <class System>
    requires std::is_base_of_v<::thrust::cuda_cub::execution_policy<System>, System>
struct space_of<System> {
    using type = device;
};
#endif

} // namespace detail

/// Runs on a system of Thrust: exec::thrust{thrust::omp::par}, exec::thrust{thrust::cpp::par}, exec::thrust{thrust::cuda::par},
/// exec::thrust{thrust::cuda::par_nosync.on(stream)}. On a device, work is queued in the order of the stream, and `get`
/// and `sum_over` wait for it. Errors of CUDA are exceptions, exec::cuda_error. On the host, the exception that a body throws at
/// the lowest index reaches the caller; indices above it may be left out.
template <class System>
struct thrust {
    using space = typename detail::space_of<System>::type;
    template <class T>
    using pack = T; ///< the scalar that `for_each_lanes<T>` hands to bodies

    System system;

    explicit thrust(const System& of) : system(of) {}

    /// Calls body(i) for i = 0, ..., n - 1, unordered.
    template <class Body>
    void for_each_index(index_t n, const Body& body) const {
        const ::thrust::counting_iterator<index_t> zero(0);
        if constexpr (std::is_same_v<space, host>) {
            detail::first_exception thrown;
            ::thrust::for_each_n(system, zero, n, detail::guarded<Body>{body, &thrown});
            thrown.rethrow();
        }
#if defined(__CUDACC__)
        else {
            try {
                ::thrust::for_each_n(system, zero, n, body);
            } catch (const ::thrust::system_error& error) {
                throw cuda_error(static_cast<cudaError_t>(error.code().value()), "thrust::for_each_n");
            }
        }
#endif
    }

    /// Calls body(lanes<T>{i}) for i = 0, ..., n - 1, unordered.
    template <class T, class Body>
    void for_each_lanes(index_t n, const Body& body) const {
        for_each_index(n, detail::one_point_at_a_time<T, Body>{body});
    }

    /// The sum of the terms of 0, ..., n - 1; 0 for none. The tree is that of `serial`.
    template <class T, class Term>
    T sum_over(index_t n, const Term& term) const {
        if (n == 0) return T(0);
        if constexpr (std::is_same_v<space, host>) {
            const index_t chunks = (n + sum_chunk - 1) / sum_chunk;
            const auto sums = allocate<T>(chunks);
            for_each_index(chunks, detail::sum_of_one_chunk<T, Term>{term, n, sums.data()});
            return tree_sum(sums.data(), chunks);
        }
#if defined(__CUDACC__)
        else {
            const auto sum = sum_on_device<T>(n, term, stream());
            T value;
            get(sum.data(), 1, &value);
            return value;
        }
#endif
    }

    template <class T>
    buffer<T, space> allocate(index_t n) const {
        if constexpr (std::is_same_v<space, host>) return buffer<T, host>(n);
#if defined(__CUDACC__)
        else
            return buffer<T, device>(n, stream());
#endif
    }

    /// A copy of n numbers of the host where the policy runs; they may be changed when this returns.
    template <class T>
    buffer<T, space> put(const T* numbers, index_t n) const {
        auto copy = allocate<T>(n);
        move(numbers, n, copy.data());
        return copy;
    }

    /// Copies n numbers from where the policy runs to the host, when all work before is done.
    template <class T>
    void get(const T* numbers, index_t n, T* out) const {
        move(numbers, n, out);
    }

#if defined(__CUDACC__)
    /// The stream of a CUDA system.
    cudaStream_t stream() const {
        auto mutable_system = system;
        return ::thrust::cuda_cub::stream(mutable_system);
    }
#endif

private:
    template <class T>
    void move(const T* from, index_t n, T* to) const {
        if constexpr (std::is_same_v<space, host>) std::copy_n(from, n, to);
#if defined(__CUDACC__)
        else {
            const std::size_t bytes = static_cast<std::size_t>(n) * sizeof(T);
            if (bytes != 0)
                require_success(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream()),
                                "cudaMemcpyAsync of " + std::to_string(bytes) + " bytes");
            require_success(cudaStreamSynchronize(stream()), "cudaStreamSynchronize");
        }
#endif
    }
};

} // namespace cdl::exec
