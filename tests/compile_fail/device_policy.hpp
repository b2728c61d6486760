// SPDX-License-Identifier: MIT
#pragma once

// A policy of a device, as far as a compiler of the host can read it.

#include <cdl/exec/policy.hpp>

namespace cdl::exec {

template <class T>
class buffer<T, device> {
public:
    T* data() const { return nullptr; }
    index_t size() const { return 0; }
};

} // namespace cdl::exec

struct device_policy {
    using space = cdl::device;
    template <class T>
    using pack = T;

    template <class Body>
    void for_each_index(cdl::index_t, const Body&) const {}
    template <class T, class Body>
    void for_each_lanes(cdl::index_t, const Body&) const {}
    template <class T, class Term>
    T sum_over(cdl::index_t, const Term&) const {
        return T(0);
    }
    template <class T>
    cdl::exec::buffer<T, cdl::device> allocate(cdl::index_t) const {
        return {};
    }
    template <class T>
    cdl::exec::buffer<T, cdl::device> put(const T*, cdl::index_t) const {
        return {};
    }
    template <class T>
    void get(const T*, cdl::index_t, T*) const {}
};
static_assert(cdl::exec::policy<device_policy>);

template <class T>
using device_batch = cdl::batch_view<T, 2, cdl::point_major, cdl::device>;
