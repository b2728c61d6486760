// SPDX-License-Identifier: MIT
#pragma once

// xtensor containers as batches without a copy: an n x d tensor is n points, one in each row, with any strides; a
// tensor of rank 1 is n points on a line. Works with xtensor 0.24 and later. Needs the component `xtensor`.

#include <cdl/view/as_batch.hpp>

#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xfixed.hpp>
#include <xtensor/containers/xtensor.hpp>
#elif __has_include(<xtensor/xtensor.hpp>)
#include <xtensor/xfixed.hpp>
#include <xtensor/xtensor.hpp>
#else
#error "cdl: adapter/xtensor needs xtensor: link cdl::xtensor (find_package(cdl COMPONENTS xtensor))"
#endif

namespace cdl {

namespace detail {

template <class T, class Tensor>
auto view_rows(T* data, const Tensor& rows) {
    const auto& strides = rows.strides();
    const auto size = static_cast<index_t>(rows.shape(0));
    if constexpr (xt::get_rank<Tensor>::value == 1)
        return batch_view<T, 1, strided>(data, size, 1, static_cast<index_t>(strides[0]), 1);
    else
        return batch_view<T, dynamic, strided>(data, size, static_cast<index_t>(rows.shape(1)),
                                               static_cast<index_t>(strides[0]), static_cast<index_t>(strides[1]));
}

/// Tensors of rank 1 or 2 with data and strides.
template <class Tensor>
concept strided_tensor = (xt::get_rank<Tensor>::value == 1 || xt::get_rank<Tensor>::value == 2) && requires(Tensor& t) {
    t.data();
    t.strides();
};

} // namespace detail

/// xt::xtensor<T, 1 or 2>, owning.
template <class Storage, std::size_t Rank, xt::layout_type Layout, class Tag>
    requires(Rank == 1 || Rank == 2)
struct batch_adapter<xt::xtensor_container<Storage, Rank, Layout, Tag>> {
    using tensor = xt::xtensor_container<Storage, Rank, Layout, Tag>;
    static constexpr bool owns = true;

    static auto view(tensor& rows) { return detail::view_rows(rows.data(), rows); }
    static auto view(const tensor& rows) { return detail::view_rows(rows.data(), rows); }
};

/// What xt::adapt makes of foreign memory, not owning.
template <class Storage, std::size_t Rank, xt::layout_type Layout, class Tag>
    requires(Rank == 1 || Rank == 2)
struct batch_adapter<xt::xtensor_adaptor<Storage, Rank, Layout, Tag>> {
    using tensor = xt::xtensor_adaptor<Storage, Rank, Layout, Tag>;
    static constexpr bool owns = false;

    static auto view(tensor& rows) { return detail::view_rows(rows.data(), rows); }
    static auto view(const tensor& rows) { return detail::view_rows(rows.data(), rows); }
};

} // namespace cdl
