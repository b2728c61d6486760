// SPDX-License-Identifier: MIT
#pragma once

// Eigen matrices as batches without a copy: a d x n matrix is n points of d coordinates, one in each column, whatever
// its storage order. A column-major one is point-major, a row-major one coord-major. So a column vector is one point
// and a row vector is n points on a line.

#include <cdl/view/as_batch.hpp>

#include <Eigen/Core>

namespace cdl {

/// Any Eigen object that is stored in memory: Matrix, Array, Map, Ref, Block.
template <class M>
    requires(std::is_base_of_v<Eigen::DenseBase<M>, M> && (M::Flags & Eigen::DirectAccessBit) != 0)
struct batch_adapter<M> {
    static constexpr bool owns = std::is_base_of_v<Eigen::PlainObjectBase<M>, M>;

    static auto view(M& columns) { return view_columns(columns.data(), columns); }
    static auto view(const M& columns) {
        return view_columns(static_cast<const typename M::Scalar*>(columns.data()), columns);
    }

private:
    template <class T>
    static auto view_columns(T* data, const M& columns) {
        constexpr index_t D = M::RowsAtCompileTime == Eigen::Dynamic ? dynamic : index_t{M::RowsAtCompileTime};
        using contiguous = std::conditional_t<bool(M::IsRowMajor), coord_major, point_major>;
        using layout = std::conditional_t<int(M::InnerStrideAtCompileTime) == 1, contiguous, strided>;
        return batch_view<T, D, layout>(data, columns.cols(), columns.rows(), columns.colStride(), columns.rowStride());
    }
};

} // namespace cdl
