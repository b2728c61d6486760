// SPDX-License-Identifier: MIT
#pragma once

// Eigen matrices as batches without a copy. Points lie in rows or in columns, and a matrix does not say which:
// `as_batch_of_rows(m)` reads n x d, `as_batch_of_columns(m)` reads d x n, in any storage order. Functions take a column-major
// matrix as it is for d x n, a point in each column. One that is row-major, as NumPy's are, or that has a fixed number of columns
// and any number of rows, looks like n x d: it is refused, with a sentence, until its reading is said. A column vector is
// one point and a row vector is n points on a line.

#include <cdl/view/as_batch.hpp>

#include <Eigen/Core>

namespace cdl {

namespace detail {

/// Any Eigen object that is stored in memory: Matrix, Array, Map, Ref, Block.
template <class M>
concept eigen_matrix = std::is_base_of_v<Eigen::DenseBase<std::remove_cvref_t<M>>, std::remove_cvref_t<M>> &&
                       (std::remove_cvref_t<M>::Flags & Eigen::DirectAccessBit) != 0;

/// The element of m as it may be reached: constant where m is, or where it is a view of constants.
template <class M>
using eigen_element_t = std::remove_pointer_t<decltype(std::declval<M&>().data())>;

constexpr index_t dimension_of(int compile_time_size) {
    return compile_time_size == Eigen::Dynamic ? dynamic : index_t{compile_time_size};
}

/// How points lie in memory whose coordinates are neighbours (in the inner dimension), or not.
template <class M, bool CoordinatesAreInner>
using eigen_layout_t = std::conditional_t<int(M::InnerStrideAtCompileTime) == 1,
                                          std::conditional_t<CoordinatesAreInner, point_major, coord_major>, strided>;

template <class M>
using view_of_columns_t =
    batch_view<eigen_element_t<M>, dimension_of(M::RowsAtCompileTime), eigen_layout_t<M, !bool(M::IsRowMajor)>>;
template <class M>
using view_of_rows_t =
    batch_view<eigen_element_t<M>, dimension_of(M::ColsAtCompileTime), eigen_layout_t<M, bool(M::IsRowMajor)>>;

template <class M>
view_of_columns_t<M> view_of_columns(M& m) {
    return {m.data(), m.cols(), m.rows(), m.colStride(), m.rowStride()};
}
template <class M>
view_of_rows_t<M> view_of_rows(M& m) {
    return {m.data(), m.rows(), m.cols(), m.rowStride(), m.colStride()};
}

/// Whether a matrix that is no vector looks as if its points were its rows.
template <class M>
inline constexpr bool looks_like_rows =
    !bool(M::IsVectorAtCompileTime) &&
    (bool(M::IsRowMajor) || (M::RowsAtCompileTime == Eigen::Dynamic && M::ColsAtCompileTime != Eigen::Dynamic));

/// Whether the memory goes with M: of matrices, and of constant references, which may hold a copy.
template <class M>
inline constexpr bool eigen_owns = std::is_base_of_v<Eigen::PlainObjectBase<M>, M>;
template <class M, int Options, class Stride>
inline constexpr bool eigen_owns<Eigen::Ref<const M, Options, Stride>> = true;

template <class M>
concept eigen_view = eigen_matrix<M> && (std::is_lvalue_reference_v<M> || !eigen_owns<std::remove_cvref_t<M>>);

} // namespace detail

/// A column-major matrix with a point in each column, or a vector.
template <detail::eigen_matrix M>
struct batch_adapter<M> {
    static constexpr bool owns = detail::eigen_owns<M>;

    static detail::view_of_columns_t<M> view(M& m) { return columns(m); }
    static detail::view_of_columns_t<const M> view(const M& m) { return columns(m); }

private:
    template <class N>
    static auto columns(N& m) {
        static_assert(
            !detail::looks_like_rows<M>,
            "cdl: an Eigen matrix that is row-major, or has a fixed number of columns, may hold a point in each "
            "row (n x d) or in each column (d x n): say which by as_batch_of_rows(m) or as_batch_of_columns(m)");
        return detail::view_of_columns(m);
    }
};

/// The rows of an n x d Eigen matrix as n points, in any storage order, without a copy. A column vector is n points on a line.
/// The view must not outlive the matrix.
template <detail::eigen_view M>
auto as_batch_of_rows(M&& m) {
    return detail::view_of_rows(m);
}
template <detail::eigen_matrix M>
    requires(!detail::eigen_view<M>)
void as_batch_of_rows(M&& temporary) = delete; // the view would outlive the temporary: give the matrix a name

/// The columns of a d x n Eigen matrix as n points, in any storage order, without a copy. A row vector is n points on a line.
/// The view must not outlive the matrix.
template <detail::eigen_view M>
auto as_batch_of_columns(M&& m) {
    return detail::view_of_columns(m);
}
template <detail::eigen_matrix M>
    requires(!detail::eigen_view<M>)
void as_batch_of_columns(M&& temporary) = delete; // the view would outlive the temporary: give the matrix a name

} // namespace cdl
