// SPDX-License-Identifier: MIT
#pragma once

// One point: a view of d numbers with a stride, or a local array of d scalars that a kernel keeps in registers.

#include <cdl/core/index.hpp>
#include <cdl/core/scalar.hpp>

#include <array>
#include <type_traits>

namespace cdl {

/// A non-owning view of one point of `dim()` coordinates; D is the dimension where it is known at compile time.
template <class T, index_t D = dynamic>
class point_view {
public:
    using element_type = T;
    using value_type = std::remove_const_t<T>;
    static constexpr index_t static_dim = D;

    CDL_HD constexpr point_view(T* data, index_t dim, index_t stride = 1) : data_(data), dim_(dim), stride_(stride) {}

    /// A view of constant numbers, or of unknown dimension, of the same point.
    template <class U, index_t E>
        requires(std::is_convertible_v<U (*)[], T (*)[]> && (D == E || D == dynamic))
    CDL_HD constexpr point_view(const point_view<U, E>& other)
        : data_(other.data()), dim_(other.size()), stride_(other.stride()) {}

    CDL_HD constexpr T& operator[](index_t j) const { return data_[j * stride_]; }
    CDL_HD constexpr index_t size() const { return D == dynamic ? dim_ : D; }
    CDL_HD constexpr T* data() const { return data_; }
    CDL_HD constexpr index_t stride() const { return stride_; }

private:
    T* data_;
    index_t dim_;
    index_t stride_;
};

/// The largest dimension that `local_point` holds when the dimension is known only at run time.
inline constexpr index_t local_point_capacity = 64;

/// A point held by value, coordinates uninitialised: D of them, or up to `local_point_capacity` when D is dynamic.
template <class S, index_t D = dynamic>
class local_point {
public:
    using value_type = S;
    static constexpr index_t static_dim = D;

    CDL_HD explicit local_point(index_t dim) : dim_(dim) {}

    CDL_HD S& operator[](index_t j) { return values_[static_cast<std::size_t>(j)]; }
    CDL_HD const S& operator[](index_t j) const { return values_[static_cast<std::size_t>(j)]; }
    CDL_HD constexpr index_t size() const { return D == dynamic ? dim_ : D; }

    /// A view of these coordinates, for functions that take views.
    template <index_t E>
        requires(E == D || E == dynamic)
    CDL_HD operator point_view<S, E>() & {
        return {values_, size()};
    }
    template <index_t E>
        requires(E == D || E == dynamic)
    CDL_HD operator point_view<const S, E>() const& {
        return {values_, size()};
    }
    template <index_t E>
    operator point_view<const S, E>() const&& = delete; // the view would outlive the temporary: give the point a name

private:
    S values_[static_cast<std::size_t>(D == dynamic ? local_point_capacity : D)];
    index_t dim_;
};

/// Anything with `p[j]` that reads as a number: a point_view, a local_point, a std::array, an Eigen vector.
template <class P>
concept point = requires(const P p) { requires scalar<std::remove_cvref_t<decltype(p[index_t{}])>>; };

/// The type of a coordinate of a point.
template <class P>
using coordinate_t = std::remove_cvref_t<decltype(std::declval<const P&>()[index_t{}])>;

/// A point as a view, if it is a std::array, std::vector or std::span, whose subscripts are unsigned; any other as it is. Functions
/// that users call with points of theirs begin with it.
template <class P>
CDL_HD constexpr decltype(auto) as_point(P& p) {
    if constexpr (requires {
                      typename P::size_type;
                      p.data();
                  })
        return point_view<std::remove_pointer_t<decltype(p.data())>>(p.data(), static_cast<index_t>(p.size()));
    else
        return (p);
}

} // namespace cdl
