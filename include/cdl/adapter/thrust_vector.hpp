// SPDX-License-Identifier: MIT
#pragma once

// Thrust's vectors as batches without a copy: n points on a line, or points of `dim` coordinates one after the other. The
// memory of a device_vector is that of the device system: a device under CUDA, else the host.

#include <cdl/view/as_batch.hpp>

#if !__has_include(<thrust/version.h>)
#error "cdl: adapter/thrust_vector needs Thrust (CCCL, part of the CUDA Toolkit): link cdl::thrust or cdl::cuda"
#endif
#if !defined(__CUDACC__) && !defined(THRUST_DEVICE_SYSTEM)
#error "cdl: adapter/thrust_vector without nvcc needs a host system: link cdl::thrust or define THRUST_DEVICE_SYSTEM"
#endif
#include <thrust/device_vector.h>
#include <thrust/host_vector.h>

namespace cdl {

namespace detail {

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
using thrust_device_space = device;
#else
using thrust_device_space = host;
#endif

/// A vector of Thrust whose memory is in `Space`.
template <class Vector, class Space>
struct thrust_adapter {
    static constexpr bool owns = true;

    static auto view(Vector& v) { return points<1>(v, 1); }
    static auto view(const Vector& v) { return points<1>(v, 1); }

    /// The numbers of v read as points of `dim` coordinates.
    template <index_t D, class V>
    static auto points(V& v, index_t dim) {
        using T = std::remove_pointer_t<decltype(::thrust::raw_pointer_cast(v.data()))>;
        const auto count = static_cast<index_t>(v.size());
        require(dim >= 1, "cdl::as_batch", "dim", "must be at least 1", dim);
        require(count % dim == 0, "cdl::as_batch", "vector", "must be a whole number of points", count,
                " numbers for dimension ", dim);
        return batch_view<T, D, point_major, Space>(::thrust::raw_pointer_cast(v.data()), count / dim, dim);
    }
};

} // namespace detail

template <scalar T, class Allocator>
struct batch_adapter<::thrust::device_vector<T, Allocator>>
    : detail::thrust_adapter<::thrust::device_vector<T, Allocator>, detail::thrust_device_space> {};

template <scalar T, class Allocator>
struct batch_adapter<::thrust::host_vector<T, Allocator>>
    : detail::thrust_adapter<::thrust::host_vector<T, Allocator>, host> {};

/// Numbers of a Thrust vector read as points of `dim` coordinates, one point after the other.
/// Throws std::invalid_argument unless `dim` divides their count.
template <class V>
    requires std::derived_from<detail::batch_adapter_of<V>, detail::thrust_adapter<std::remove_cvref_t<V>, host>> ||
             std::derived_from<detail::batch_adapter_of<V>, detail::thrust_adapter<std::remove_cvref_t<V>, device>>
auto as_batch(V& vector, index_t dim) {
    return detail::batch_adapter_of<V>::template points<dynamic>(vector, dim);
}
template <class V>
    requires detail::batch_adapter_of<V>::owns
void as_batch(const V&&, index_t) = delete; // the view would outlive the temporary: give the vector a name

} // namespace cdl
