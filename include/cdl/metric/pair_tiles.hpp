// SPDX-License-Identifier: MIT
#pragma once

// All pairs of points of two batches, or within one, on the host: in tiles that stay in the cache, and with a pack of
// rows against one column at a time, so that one instruction serves as many pairs as a pack has lanes. What is done with
// a pair is said by a fold.

#include <cdl/exec/policy.hpp>

namespace cdl::metric::detail {

/// Every pair (x_i, y_j), or, within one batch, each pair once: i < j.
enum class pairing { every, once };

/// n points cut into at most 32 blocks, whose size is a function of n alone. Two blocks are the work of one thread.
struct point_blocks {
    index_t points;

    constexpr index_t size() const { return (points + 32 * 256 - 1) / (32 * 256) * 256; }
    constexpr index_t count() const { return points == 0 ? 0 : (points + size() - 1) / size(); }
    constexpr index_t first(index_t block) const { return block * size(); }
    constexpr index_t last(index_t block) const { return block + 1 == count() ? points : first(block + 1); }
};

inline constexpr index_t row_packs = 2;      ///< packs of rows that are compared at once
inline constexpr index_t column_numbers = 4; ///< with this many columns

/// The pairs of a tile that count: row < limit[column].
template <class S>
struct pairs_below {
    S row[row_packs];
    S limit[column_numbers];

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
/// squared distances q[p][r] to columns j, ..., j + column_numbers - 1 of the tile by pairs(q, j, counted), and of the
/// ends by close_rows(first row of the tile, rows) and close_tile(). counted(p, r, value, otherwise) is `value` in the
/// lanes whose pair counts. finish() comes last.
template <class S>
class pair_tile {
public:
    using T = lane_t<S>;
    static constexpr index_t row_numbers = row_packs * lanes<S>::width;

    explicit pair_tile(index_t dim)
        : most_rows(fitting(32 * row_numbers, row_numbers, dim)), most_columns(fitting(256, column_numbers, dim)),
          dim_(dim), rows_(most_rows / row_numbers * row_packs * dim), columns_(most_columns * dim) {}

    const index_t most_rows, most_columns;

    /// Rows first, ..., first + count - 1 of x. Incomplete groups are filled up with the last row.
    template <class X>
    void take_rows(const X& x, index_t first, index_t count) {
        row_count_ = count;
        for (index_t g = 0; g * row_numbers < count; ++g)
            for (index_t c = 0; c < dim_; ++c)
                for (index_t p = 0; p < row_packs; ++p)
                    rows_[(g * dim_ + c) * row_packs + p] = gather(lanes<S>{}, [&](index_t lane) {
                        const index_t i = g * row_numbers + p * lanes<S>::width + lane;
                        return x(first + (i < count ? i : count - 1), c);
                    });
    }

    /// Columns first, ..., first + count - 1 of y.
    template <class Y>
    void take_columns(const Y& y, index_t first, index_t count) {
        column_count_ = count;
        for (index_t j = 0; j < (count + column_numbers - 1) / column_numbers * column_numbers; ++j)
            for (index_t c = 0; c < dim_; ++c)
                columns_[(j / column_numbers * dim_ + c) * column_numbers + j % column_numbers] =
                    y(first + (j < count ? j : count - 1), c);
    }

    /// Tells the fold of all pairs with row < column + shift.
    template <index_t D, class Fold>
    void visit(index_t shift, Fold& fold) const {
        const bool whole = shift >= row_count_ && row_count_ % row_numbers == 0 && column_count_ % column_numbers == 0;
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
        for (index_t i = 0; i < row_count_; i += row_numbers) {
            const auto x = rows_at<D>(i);
            [[maybe_unused]] pairs_below<S> below = from_row(i);
            fold.open_rows();
            for (index_t j = 0; j < column_count_; j += column_numbers) {
                const T* y = columns_.data() + j * dim;
                S q[row_packs][column_numbers];
                for (auto& of_row : q)
                    for (S& distance : of_row) distance = S(0);
                for (index_t c = 0; c < dim; ++c)
                    for (index_t p = 0; p < row_packs; ++p)
                        for (index_t r = 0; r < column_numbers; ++r) {
                            const S offset = S(x[c * row_packs + p] - S(y[c * column_numbers + r]));
                            q[p][r] = multiply_add(offset, offset, q[p][r]);
                        }
                if constexpr (Whole) {
                    fold.pairs(q, j, all_pairs{});
                } else {
                    for (index_t r = 0; r < column_numbers; ++r) below.limit[r] = S(limit_of_column(j + r, shift));
                    fold.pairs(q, j, below);
                }
            }
            fold.close_rows(i, row_count_ - i < row_numbers ? row_count_ - i : row_numbers);
        }
    }

    /// The coordinates of a group of rows: in registers where their number is known.
    template <index_t D>
    auto rows_at(index_t i) const {
        const S* from = rows_.data() + i / row_numbers * row_packs * dim_;
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

/// Shows a fold the pairs of some rows of x and some columns of y.
template <index_t D, class S, class X, class Y, class Fold>
void fold_blocks(const X& x, index_t row, index_t last_row, const Y& y, index_t column, index_t last_column,
                 pairing which, Fold& fold) {
    pair_tile<S> tile(x.dim());
    for (index_t i = row; i < last_row; i += tile.most_rows) {
        const index_t rows = last_row - i < tile.most_rows ? last_row - i : tile.most_rows;
        tile.take_rows(x, i, rows);
        for (index_t j = column; j < last_column; j += tile.most_columns) {
            const index_t columns = last_column - j < tile.most_columns ? last_column - j : tile.most_columns;
            const index_t shift = which == pairing::every ? rows : j - i;
            if (shift + columns <= 1) continue; // below the diagonal
            tile.take_columns(y, j, columns);
            fold.open_tile(i, j, columns);
            tile.template visit<D>(shift, fold);
            fold.close_tile();
        }
    }
}

/// Runs a fold over all pairs: fold_of(r, c) makes the one that is shown the pairs of block r of x with block c of y.
template <exec::policy P, class X, class Y, class FoldOf>
void fold_pairs(const P& policy, const X& x, const Y& y, pairing which, const FoldOf& fold_of) {
    using S = typename P::template pack<typename X::value_type>;
    const point_blocks rows{x.size()}, columns{y.size()};
    policy.for_each_index(rows.count() * columns.count(), [&](index_t task) {
        const index_t row = task / columns.count(), column = task % columns.count();
        if (which == pairing::once && column < row) return;
        auto fold = fold_of(row, column);
        const auto run = [&]<index_t Known>(std::integral_constant<index_t, Known>) {
            fold_blocks<Known, S>(x, rows.first(row), rows.last(row), y, columns.first(column), columns.last(column),
                                  which, fold);
            fold.finish();
        };
        constexpr index_t D = X::static_dim;
        if constexpr (D != dynamic)
            run(std::integral_constant<index_t, D <= 4 ? D : dynamic>{});
        else if (x.dim() == 1)
            run(std::integral_constant<index_t, 1>{});
        else if (x.dim() == 2)
            run(std::integral_constant<index_t, 2>{});
        else if (x.dim() == 3)
            run(std::integral_constant<index_t, 3>{});
        else
            run(std::integral_constant<index_t, dynamic>{});
    });
}

} // namespace cdl::metric::detail
