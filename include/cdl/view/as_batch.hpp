// SPDX-License-Identifier: MIT
#pragma once

// The customisation point that turns containers into batches without a copy. An adapter specialises `batch_adapter`
// for the containers of one library; functions of cdl take anything that has one. An owning temporary is refused,
// because the view would outlive it.

#include <cdl/view/batch_view.hpp>

#include <array>
#include <span>
#include <vector>

namespace cdl {

/// How a container is viewed. A specialisation has `static auto view(C&)` for constant and for mutable C, which
/// returns a batch_view of its memory, and `static constexpr bool owns`, whether the memory goes with the container.
template <class Container>
struct batch_adapter;

/// A view of itself.
template <class T, index_t D, class Layout, class Space>
struct batch_adapter<batch_view<T, D, Layout, Space>> {
    static constexpr bool owns = false;
    CDL_HD static constexpr auto view(const batch_view<T, D, Layout, Space>& batch) { return batch; }
};

/// n points on a line.
template <scalar T>
struct batch_adapter<std::vector<T>> {
    static constexpr bool owns = true;
    static auto view(std::vector<T>& v) { return batch_view<T, 1>(v.data(), static_cast<index_t>(v.size())); }
    static auto view(const std::vector<T>& v) {
        return batch_view<const T, 1>(v.data(), static_cast<index_t>(v.size()));
    }
};

/// n points on a line in borrowed memory.
template <class T>
    requires scalar<std::remove_const_t<T>>
struct batch_adapter<std::span<T>> {
    static constexpr bool owns = false;
    static auto view(const std::span<T>& s) { return batch_view<T, 1>(s.data(), static_cast<index_t>(s.size())); }
};

/// One point of a static dimension.
template <scalar T, std::size_t D>
struct batch_adapter<std::array<T, D>> {
    static constexpr bool owns = true;
    static auto view(std::array<T, D>& p) { return batch_view<T, static_cast<index_t>(D)>(p.data(), 1); }
    static auto view(const std::array<T, D>& p) { return batch_view<const T, static_cast<index_t>(D)>(p.data(), 1); }
};

/// n points of a static dimension.
template <scalar T, std::size_t D>
struct batch_adapter<std::vector<std::array<T, D>>> {
    static constexpr bool owns = true;
    static auto view(std::vector<std::array<T, D>>& v) {
        return batch_view<T, static_cast<index_t>(D)>(v.empty() ? nullptr : v[0].data(),
                                                      static_cast<index_t>(v.size()));
    }
    static auto view(const std::vector<std::array<T, D>>& v) {
        return batch_view<const T, static_cast<index_t>(D)>(v.empty() ? nullptr : v[0].data(),
                                                            static_cast<index_t>(v.size()));
    }
};

namespace detail {
template <class C>
using batch_adapter_of = batch_adapter<std::remove_cvref_t<C>>;

template <class C>
concept adapted = requires(C& container) { batch_adapter_of<C>::view(container)(index_t{}, index_t{}); };
} // namespace detail

/// The batch that views the memory of a container. No copy; the view must not outlive the container.
template <class C>
    requires(detail::adapted<C> && (std::is_lvalue_reference_v<C> || !detail::batch_adapter_of<C>::owns))
CDL_HD constexpr auto as_batch(C&& container) {
    return detail::batch_adapter_of<C>::view(container);
}
template <class C>
    requires(detail::adapted<C> && !std::is_lvalue_reference_v<C> && detail::batch_adapter_of<C>::owns)
void as_batch(C&& temporary) = delete; // the view would outlive the temporary: give the container a name

/// Numbers read as points of `dim` coordinates, one point after the other.
/// Throws std::invalid_argument unless `dim` divides their count.
template <class T>
    requires scalar<std::remove_const_t<T>>
batch_view<T> as_batch(std::span<T> numbers, index_t dim) {
    const auto count = static_cast<index_t>(numbers.size());
    require(dim >= 1, "cdl::as_batch", "dim", "must be at least 1", dim);
    require(count % dim == 0, "cdl::as_batch", "numbers", "must be a whole number of points", count,
            " numbers for dimension ", dim);
    return {numbers.data(), count / dim, dim};
}
template <scalar T>
batch_view<T> as_batch(std::vector<T>& numbers, index_t dim) {
    return as_batch(std::span<T>(numbers), dim);
}
template <scalar T>
batch_view<const T> as_batch(const std::vector<T>& numbers, index_t dim) {
    return as_batch(std::span<const T>(numbers), dim);
}
template <scalar T>
void as_batch(const std::vector<T>&&, index_t) = delete;

/// The view that `as_batch` makes of B.
template <class B>
using batch_view_of = decltype(detail::batch_adapter_of<B>::view(std::declval<B&>()));

/// Satisfied by everything that `as_batch` views: batch_view, std::vector, std::span, std::array of one point, and the
/// containers of each included adapter.
template <class B>
concept batch = detail::adapted<B>;

/// Satisfied by batches whose numbers may be written.
template <class B>
concept writable_batch = batch<B> && !std::is_const_v<typename batch_view_of<B>::element_type>;

/// The scalar of a batch.
template <class B>
using batch_scalar_t = typename batch_view_of<B>::value_type;

} // namespace cdl
