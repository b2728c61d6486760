// SPDX-License-Identifier: MIT
#pragma once

// A batch is n points of d coordinates in somebody else's memory. The view is trivially copyable and shallow: copying
// it copies the address, and a constant view of mutable numbers can write them. Conversions follow mdspan's rules:
// what forgets something (constness, a static dimension, a layout) is implicit, what claims something is explicit and
// checked.

#include <cdl/core/checks.hpp>
#include <cdl/core/lanes.hpp>
#include <cdl/view/layout.hpp>
#include <cdl/view/point.hpp>
#include <cdl/view/space.hpp>

#include <cstdlib>
#include <numeric>

namespace cdl {

/// A non-owning view of `size()` points with `dim()` coordinates each.
template <class T, index_t D = dynamic, class Layout = point_major, class Space = host>
class batch_view {
public:
    using element_type = T;
    using value_type = std::remove_const_t<T>;
    using layout = Layout;
    using space = Space;
    static constexpr index_t static_dim = D;

    /// No points.
    constexpr batch_view() = default;

    /// n points packed one after the other (point-major) or coordinate after coordinate (coord-major).
    CDL_HD constexpr batch_view(T* data, index_t size, index_t dim = D == dynamic ? 1 : D)
        : batch_view(data, size, dim, std::is_same_v<Layout, coord_major> ? 1 : dim,
                     std::is_same_v<Layout, coord_major> ? size : 1) {}

    /// n points with any strides, counted in numbers. The caller vouches for the strides that the layout fixes.
    CDL_HD constexpr batch_view(T* data, index_t size, index_t dim, index_t point_stride, index_t coord_stride)
        : data_(data), size_(size), dim_(dim), point_stride_(point_stride), coord_stride_(coord_stride) {}

    /// The same points, as constants, with a dynamic dimension or with run-time strides.
    template <class U, index_t E, class L>
        requires(std::is_convertible_v<U (*)[], T (*)[]> && (D == E || D == dynamic) &&
                 (std::is_same_v<Layout, L> || std::is_same_v<Layout, strided>))
    CDL_HD constexpr batch_view(const batch_view<U, E, L, Space>& other)
        : batch_view(other.data(), other.size(), other.dim(), other.point_stride(), other.coord_stride()) {}

    /// The same points with a dimension or a layout that is checked here. Throws std::invalid_argument.
    template <class U, index_t E, class L>
        requires(std::is_convertible_v<U (*)[], T (*)[]> &&
                 !((D == E || D == dynamic) && (std::is_same_v<Layout, L> || std::is_same_v<Layout, strided>)))
    explicit batch_view(const batch_view<U, E, L, Space>& other)
        : batch_view(other.data(), other.size(), other.dim(), other.point_stride(), other.coord_stride()) {
        constexpr auto where = "cdl::batch_view::batch_view";
        require(D == dynamic || D == other.dim(), where, "dim", "must equal the static dimension", other.dim());
        require(!std::is_same_v<Layout, point_major> || coord_stride_ == 1 || dim_ <= 1, where, "layout",
                "point_major needs coordinate stride 1", coord_stride_);
        require(!std::is_same_v<Layout, coord_major> || point_stride_ == 1 || size_ <= 1, where, "layout",
                "coord_major needs point stride 1", point_stride_);
    }

    CDL_HD constexpr point_view<T, D> operator[](index_t i) const {
        return {data_ + i * point_stride(), dim(), coord_stride()};
    }
    CDL_HD constexpr T& operator()(index_t i, index_t j) const {
        return data_[i * point_stride() + j * coord_stride()];
    }

    CDL_HD constexpr T* data() const { return data_; }
    CDL_HD constexpr index_t size() const { return size_; }
    CDL_HD constexpr index_t dim() const { return D == dynamic ? dim_ : D; }
    CDL_HD constexpr index_t point_stride() const { return std::is_same_v<Layout, coord_major> ? 1 : point_stride_; }
    CDL_HD constexpr index_t coord_stride() const { return std::is_same_v<Layout, point_major> ? 1 : coord_stride_; }

    /// Points first, ..., first + count - 1.
    CDL_HD constexpr batch_view slice(index_t first, index_t count) const {
        return {data_ + first * point_stride(), count, dim(), point_stride(), coord_stride()};
    }

private:
    T* data_ = nullptr;
    index_t size_ = 0;
    index_t dim_ = D == dynamic ? 0 : D;
    index_t point_stride_ = 0;
    index_t coord_stride_ = 1;
};

namespace detail {
/// Whether coordinate j of a full group of points lies side by side in memory, as its pack does.
template <class S, class T, index_t D, class Layout, class Space>
CDL_HD bool is_packed(const batch_view<T, D, Layout, Space>& batch, lanes<S> points) {
    return batch.point_stride() == 1 && points.count == lanes<S>::width;
}
} // namespace detail

/// Coordinate j of a group of points.
template <class S, class T, index_t D, class Layout, class Space>
CDL_HD S load(const batch_view<T, D, Layout, Space>& batch, lanes<S> points, index_t j) {
    if constexpr (lanes<S>::width > 1 && std::is_same_v<lane_t<S>, std::remove_const_t<T>>)
        if (detail::is_packed(batch, points)) return lane_traits<S>::load(&batch(points.first, j));
    return gather(points, [&](index_t i) { return batch(i, j); });
}

/// Writes coordinate j of a group of points.
template <class S, class T, index_t D, class Layout, class Space>
CDL_HD void store(const batch_view<T, D, Layout, Space>& batch, lanes<S> points, index_t j, const S& value) {
    if constexpr (lanes<S>::width > 1 && std::is_same_v<lane_t<S>, T>)
        if (detail::is_packed(batch, points)) return lane_traits<S>::store(value, &batch(points.first, j));
    scatter(points, value, [&](index_t i, const auto& number) { batch(i, j) = number; });
}

/// The checks that every writer makes: points that exist once each, so that no two writes meet.
/// Throws std::invalid_argument when two points or two coordinates share an address.
template <class T, index_t D, class Layout, class Space>
void require_writable(const batch_view<T, D, Layout, Space>& batch, const char* where, const char* argument) {
    require(batch.size() <= 1 || batch.dim() == 0 || batch.point_stride() != 0, where, argument,
            "points must not share memory", "point stride 0");
    require(batch.dim() <= 1 || batch.size() == 0 || batch.coord_stride() != 0, where, argument,
            "coordinates must not share memory", "coordinate stride 0");
    // i point_stride = j coord_stride first happens at i = coord_stride / gcd, j = point_stride / gcd
    const index_t step = std::gcd(batch.point_stride(), batch.coord_stride());
    require(step == 0 || batch.size() <= std::abs(batch.coord_stride() / step) ||
                batch.dim() <= std::abs(batch.point_stride() / step),
            where, argument, "points must not share memory", "point stride ", batch.point_stride(),
            " and coordinate stride ", batch.coord_stride());
}

} // namespace cdl
