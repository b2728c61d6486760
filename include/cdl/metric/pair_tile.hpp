// SPDX-License-Identifier: MIT
#pragma once

// Squared distances on the host, a tile of them at a time: rows are lanes, so that one instruction serves as many pairs as
// a pack has lanes, and the tile's points stay in the cache. What is done with a pair is said by a fold.

#include <cdl/exec/buffer.hpp>
#include <cdl/view/batch_view.hpp>

namespace cdl::metric::detail {

inline constexpr index_t row_packs = 2;       ///< packs of rows that are compared at once
inline constexpr index_t columns_at_once = 4; ///< with this many columns

/// The pairs of a tile that count: row < limit[column].
template <class S>
struct pairs_below {
    S row[row_packs];
    S limit[columns_at_once];

    S operator()(index_t p, index_t r, const S& value, const S& otherwise) const {
        return select(row[p] < limit[r], value, otherwise);
    }
};

/// All pairs of a tile count.
struct all_pairs {
    template <class S>
    const S& operator()(index_t, index_t, const S& value, const S&) const {
        return value;
    }
};

/// A tile of rows and columns, packed coordinate after coordinate.
///
/// A fold is told where a tile begins by open_tile(row, column, columns), of each group of rows by open_rows(), of their
/// squared distances q[p][r] to columns j, ..., j + columns_at_once - 1 of the tile by pairs(q, j, counted), and of the
/// ends by close_rows(first row of the tile, rows) and close_tile(). counted(p, r, value, otherwise) is `value` in the
/// lanes whose pair counts. finish() comes last.
template <class S>
class pair_tile {
public:
    using T = lane_t<S>;
    static constexpr index_t rows_at_once = row_packs * lanes<S>::width;

    explicit pair_tile(index_t dim)
        : most_rows(fitting(32 * rows_at_once, rows_at_once, dim)), most_columns(fitting(256, columns_at_once, dim)),
          dim_(dim), rows_(most_rows / rows_at_once * row_packs * dim), columns_(most_columns * dim) {}

    const index_t most_rows, most_columns;

    /// Rows first, ..., first + count - 1 of x. Incomplete groups are filled up with the last row.
    template <class X>
    void take_rows(const X& x, index_t first, index_t count) {
        row_count_ = count;
        for (index_t g = 0; g * rows_at_once < count; ++g)
            for (index_t c = 0; c < dim_; ++c)
                for (index_t p = 0; p < row_packs; ++p)
                    rows_[(g * dim_ + c) * row_packs + p] = gather(lanes<S>{}, [&](index_t lane) {
                        const index_t i = g * rows_at_once + p * lanes<S>::width + lane;
                        return x(first + (i < count ? i : count - 1), c);
                    });
    }

    /// Columns first, ..., first + count - 1 of y.
    template <class Y>
    void take_columns(const Y& y, index_t first, index_t count) {
        column_count_ = count;
        for (index_t j = 0; j < (count + columns_at_once - 1) / columns_at_once * columns_at_once; ++j)
            for (index_t c = 0; c < dim_; ++c)
                columns_[(j / columns_at_once * dim_ + c) * columns_at_once + j % columns_at_once] =
                    y(first + (j < count ? j : count - 1), c);
    }

    /// Tells the fold of all pairs with row < column + shift.
    template <index_t D, class Fold>
    void visit(index_t shift, Fold& fold) const {
        const bool whole =
            shift >= row_count_ && row_count_ % rows_at_once == 0 && column_count_ % columns_at_once == 0;
        whole ? sweep<D, true>(shift, fold) : sweep<D, false>(shift, fold);
    }

private:
    /// How many points fill a tile: at most `most`, a multiple of `group`, about 2^16 numbers.
    static constexpr index_t fitting(index_t most, index_t group, index_t dim) {
        const index_t fit = (index_t{1} << 16) / dim / group * group;
        return fit < group ? group : fit < most ? fit : most;
    }

    template <index_t D, bool Whole, class Fold>
    void sweep(index_t shift, Fold& fold) const {
        const index_t dim = D == dynamic ? dim_ : D;
        for (index_t i = 0; i < row_count_; i += rows_at_once) {
            const auto x = rows_at<D>(i);
            [[maybe_unused]] pairs_below<S> below = from_row(i);
            fold.open_rows();
            for (index_t j = 0; j < column_count_; j += columns_at_once) {
                const T* y = columns_.data() + j * dim;
                S q[row_packs][columns_at_once];
                for (auto& of_row : q)
                    for (S& distance : of_row) distance = S(0);
                for (index_t c = 0; c < dim; ++c)
                    for (index_t p = 0; p < row_packs; ++p)
                        for (index_t r = 0; r < columns_at_once; ++r) {
                            const S offset = S(x[c * row_packs + p] - S(y[c * columns_at_once + r]));
                            q[p][r] = multiply_add(offset, offset, q[p][r]);
                        }
                if constexpr (Whole) {
                    fold.pairs(q, j, all_pairs{});
                } else {
                    for (index_t r = 0; r < columns_at_once; ++r) below.limit[r] = S(limit_of_column(j + r, shift));
                    fold.pairs(q, j, below);
                }
            }
            fold.close_rows(i, row_count_ - i < rows_at_once ? row_count_ - i : rows_at_once);
        }
    }

    /// The coordinates of a group of rows: in registers where their number is known.
    template <index_t D>
    auto rows_at(index_t i) const {
        const S* from = rows_.data() + i / rows_at_once * row_packs * dim_;
        if constexpr (D == dynamic) {
            return from;
        } else {
            std::array<S, static_cast<std::size_t>(D * row_packs)> x;
            std::copy_n(from, D * row_packs, x.begin());
            return x;
        }
    }

    static pairs_below<S> from_row(index_t i) {
        pairs_below<S> below;
        for (index_t p = 0; p < row_packs; ++p)
            below.row[p] = gather(lanes<S>{}, [&](index_t lane) { return number(i + p * lanes<S>::width + lane); });
        return below;
    }
    T limit_of_column(index_t j, index_t shift) const {
        const index_t limit = j < column_count_ ? j + shift : 0;
        return number(limit < row_count_ ? limit : row_count_);
    }
    static T number(index_t count) { return T(static_cast<double>(count)); }

    index_t dim_, row_count_ = 0, column_count_ = 0;
    exec::buffer<S, host> rows_;
    exec::buffer<T, host> columns_;
};

} // namespace cdl::metric::detail
