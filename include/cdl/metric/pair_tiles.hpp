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
/// A fold is told of a tile by open_tile(), of each group of rows by open_rows(), of their squared distances q[p][r] to
/// columns j, ..., j + column_numbers - 1 by pairs(q, j, counted), and of the ends by close_rows(first, count) and
/// close_tile(). counted(p, r, value, otherwise) is `value` in the lanes whose pair counts.
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
        fold.open_tile();
        const bool whole = shift >= row_count_ && row_count_ % row_numbers == 0 && column_count_ % column_numbers == 0;
        if (whole)
            sweep<D>(fold, [](index_t, index_t) { return all_pairs{}; });
        else
            sweep<D>(fold, [&](index_t i, index_t j) { return counted(i, j, shift); });
        fold.close_tile();
    }

private:
    /// How many points fill a tile: at most `most`, a multiple of `group`, about 2^16 numbers.
    static constexpr index_t fitting(index_t most, index_t group, index_t dim) {
        const index_t fit = (index_t{1} << 16) / dim / group * group;
        return fit < group ? group : fit < most ? fit : most;
    }

    template <index_t D, class Fold, class Counted>
    void sweep(Fold& fold, const Counted& counted_at) const {
        const index_t dim = D == dynamic ? dim_ : D;
        for (index_t i = 0; i < row_count_; i += row_numbers) {
            const auto x = rows_at<D>(i);
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
                fold.pairs(q, j, counted_at(i, j));
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

    pairs_below<S> counted(index_t i, index_t j, index_t shift) const {
        pairs_below<S> below;
        for (index_t p = 0; p < row_packs; ++p)
            below.row[p] = gather(lanes<S>{}, [&](index_t lane) { return number(i + p * lanes<S>::width + lane); });
        for (index_t r = 0; r < column_numbers; ++r) {
            const index_t limit = j + r >= column_count_ ? 0 : j + r + shift;
            below.limit[r] = S(number(limit < row_count_ ? limit : row_count_));
        }
        return below;
    }
    static T number(index_t count) { return T(static_cast<double>(count)); }

    index_t dim_, row_count_ = 0, column_count_ = 0;
    exec::buffer<S, host> rows_;
    exec::buffer<T, host> columns_;
};

/// Shows the pairs of block `I` of x and block `J` of y to a fold, which learns where tiles stand by move_to(i, j).
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
            fold.move_to(i, j, columns);
            tile.template visit<D>(shift, fold);
        }
    }
}

/// Runs a fold over all pairs: fold_of(I, J) makes the one that is shown the pairs of block I of x with block J of y.
template <exec::policy P, class X, class Y, class FoldOf>
void fold_pairs(const P& policy, const X& x, const Y& y, pairing which, const FoldOf& fold_of) {
    using S = typename P::template pack<typename X::value_type>;
    const point_blocks rows{x.size()}, columns{y.size()};
    policy.for_each_index(rows.count() * columns.count(), [&](index_t task) {
        const index_t row = task / columns.count(), column = task % columns.count();
        if (which == pairing::once && column < row) return;
        auto fold = fold_of(row, column);
        const auto run = [&]<index_t D>(std::integral_constant<index_t, D>) {
            fold_blocks<D, S>(x, rows.first(row), rows.last(row), y, columns.first(column), columns.last(column), which,
                              fold);
            fold.finish();
        };
        if constexpr (X::static_dim != dynamic) {
            run(std::integral_constant<index_t, (X::static_dim <= 4 ? X::static_dim : dynamic)>{});
        } else {
            switch (x.dim()) {
            case 1:
                return run(std::integral_constant<index_t, 1>{});
            case 2:
                return run(std::integral_constant<index_t, 2>{});
            case 3:
                return run(std::integral_constant<index_t, 3>{});
            default:
                return run(std::integral_constant<index_t, dynamic>{});
            }
        }
    });
}

} // namespace cdl::metric::detail
