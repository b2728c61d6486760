// SPDX-License-Identifier: MIT
#pragma once

// What every batch view must satisfy: it is its strides, copying it copies an address, and it can be written through.

#include <cdl/view/batch_view.hpp>

#include <doctest/doctest.h>

#include <type_traits>

namespace cdl::laws {

/// `address(i, j)` says where coordinate j of point i lies.
template <class T, index_t D, class Layout, class Address>
void view_laws(const batch_view<T, D, Layout>& batch, index_t size, index_t dim, const Address& address) {
    using view = batch_view<T, D, Layout>;
    static_assert(std::is_trivially_copyable_v<view>);
    static_assert(std::is_same_v<typename view::value_type, std::remove_const_t<T>>);
    CHECK(batch.size() == size);
    CHECK(batch.dim() == dim);
    const batch_view<const T, dynamic, strided> weakest = batch; // what forgets is implicit
    const view copy = batch;
    for (index_t i = 0; i < size; ++i) {
        CHECK(batch[i].size() == dim);
        for (index_t j = 0; j < dim; ++j) {
            CAPTURE(i);
            CAPTURE(j);
            const T* const where = address(i, j);
            CHECK(&batch(i, j) == where);
            CHECK(&batch[i][j] == where);
            CHECK(&copy(i, j) == where);
            CHECK(&weakest(i, j) == where);
            CHECK(batch.data() + i * batch.point_stride() + j * batch.coord_stride() == where);
        }
    }
    if (size >= 2) {
        const view middle = batch.slice(1, size - 1);
        CHECK(middle.size() == size - 1);
        CHECK(&middle(0, 0) == address(1, 0));
        CHECK(&middle(size - 2, dim - 1) == address(size - 1, dim - 1));
    }
    if constexpr (!std::is_const_v<T>) {
        for (index_t i = 0; i < size; ++i)
            for (index_t j = 0; j < dim; ++j) {
                const T before = batch(i, j);
                batch(i, j) = before + T(1); // through a constant view: it is shallow
                CHECK(*address(i, j) == before + T(1));
                batch(i, j) = before;
            }
    }
}

} // namespace cdl::laws
