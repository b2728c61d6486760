// SPDX-License-Identifier: MIT
#pragma once

// Kernel values on the host, a tile of them at a time: rows are lanes, so that one instruction serves as many pairs as
// a pack has lanes, and the tile's points stay in the cache. What is done with a value is said by a fold.

#include <cdl/exec/buffer.hpp>
#include <cdl/metric/detail/kernel_value.hpp>

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

/// A tile of rows of x and columns of y, packed coordinate after coordinate.
///
/// A fold is told where a tile begins by open_tile(row, column, columns), of each group of rows by open_rows(), of their
/// kernel values k[p][r] with columns j, ..., j + columns_at_once - 1 of the tile by pairs(k, j, counted), and of the
/// ends by close_rows(first row of the tile, rows) and close_tile(). counted(p, r, value, otherwise) is `value` in the
/// lanes whose pair counts. finish() comes last.
template <class S, class K, class X, class Y>
class pair_tile {
public:
    using T = lane_t<S>;
    static constexpr index_t rows_at_once = row_packs * lanes<S>::width;

    pair_tile(const K& kernel, const X& x, const Y& y)
        : most_rows(fitting(32 * rows_at_once, rows_at_once, x.dim())),
          most_columns(fitting(256, columns_at_once, x.dim())), kernel_(kernel), x_(x), y_(y), dim_(x.dim()),
          rows_(packed ? most_rows / rows_at_once * row_packs * dim_ : 0), columns_(packed ? most_columns * dim_ : 0),
          squares_(of_products ? most_columns : 0) {}

    const index_t most_rows, most_columns;

    /// Rows first, ..., first + count - 1. Incomplete groups are filled up with the last row.
    void take_rows(index_t first, index_t count) {
        first_row_ = first;
        row_count_ = count;
        if constexpr (packed)
            for (index_t g = 0; g * rows_at_once < count; ++g)
                for (index_t c = 0; c < dim_; ++c)
                    for (index_t p = 0; p < row_packs; ++p)
                        rows_[(g * dim_ + c) * row_packs + p] = gather(lanes<S>{}, [&](index_t lane) {
                            return x_(row(g * rows_at_once + p * lanes<S>::width + lane), c);
                        });
    }

    /// Columns first, ..., first + count - 1.
    void take_columns(index_t first, index_t count) {
        first_column_ = first;
        column_count_ = count;
        if constexpr (packed)
            for (index_t j = 0; j < (count + columns_at_once - 1) / columns_at_once * columns_at_once; ++j) {
                for (index_t c = 0; c < dim_; ++c)
                    columns_[(j / columns_at_once * dim_ + c) * columns_at_once + j % columns_at_once] =
                        y_(column(j), c);
                if constexpr (of_products) {
                    const auto y = as_constant(y_[column(j)]);
                    squares_[j] = inner_product(y, y);
                }
            }
    }

    /// Tells the fold of all pairs with row < column + shift.
    template <index_t D, class Fold>
    void visit(index_t shift, Fold& fold) const {
        const bool whole =
            shift >= row_count_ && row_count_ % rows_at_once == 0 && column_count_ % columns_at_once == 0;
        whole ? sweep<D, true>(shift, fold) : sweep<D, false>(shift, fold);
    }

private:
    using values = S[row_packs][columns_at_once];
    static constexpr bool of_products = !kernel_of_distance<K, T> && kernel_of_products<K, T>;
    static constexpr bool packed = kernel_of_distance<K, T> || of_products; ///< else points are read where they are

    /// How many points fill a tile: at most `most`, a multiple of `group`, about 2^16 numbers.
    static constexpr index_t fitting(index_t most, index_t group, index_t dim) {
        const index_t fit = (index_t{1} << 16) / dim / group * group;
        return fit < group ? group : fit < most ? fit : most;
    }

    /// The points in row i and column j of the tile; those beyond the last one repeat it.
    index_t row(index_t i) const { return first_row_ + (i < row_count_ ? i : row_count_ - 1); }
    index_t column(index_t j) const { return first_column_ + (j < column_count_ ? j : column_count_ - 1); }

    template <index_t D, bool Whole, class Fold>
    void sweep(index_t shift, Fold& fold) const {
        for (index_t i = 0; i < row_count_; i += rows_at_once) {
            const auto x = rows_at<D>(i);
            [[maybe_unused]] pairs_below<S> below = from_row(i);
            fold.open_rows();
            for (index_t j = 0; j < column_count_; j += columns_at_once) {
                values k;
                evaluate<D>(x, i, j, k);
                if constexpr (Whole) {
                    fold.pairs(k, j, all_pairs{});
                } else {
                    for (index_t r = 0; r < columns_at_once; ++r) below.limit[r] = S(limit_of_column(j + r, shift));
                    fold.pairs(k, j, below);
                }
            }
            fold.close_rows(i, row_count_ - i < rows_at_once ? row_count_ - i : rows_at_once);
        }
    }

    /// k[p][r] for the rows from i on, with coordinates x, and the columns from j on.
    template <index_t D, class Rows>
    void evaluate(const Rows& x, index_t i, index_t j, values& k) const {
        if constexpr (packed) {
            const index_t dim = D == dynamic ? dim_ : D;
            const T* y = columns_.data() + j * dim;
            for (auto& of_row : k)
                for (S& sum : of_row) sum = S(0);
            for (index_t c = 0; c < dim; ++c)
                for (index_t p = 0; p < row_packs; ++p)
                    for (index_t r = 0; r < columns_at_once; ++r) {
                        const S u = x[c * row_packs + p], v = S(y[c * columns_at_once + r]), offset = S(u - v);
                        k[p][r] = of_products ? multiply_add(u, v, k[p][r]) : multiply_add(offset, offset, k[p][r]);
                    }
            for (index_t p = 0; p < row_packs; ++p) {
                [[maybe_unused]] S square = S(0);
                if constexpr (of_products)
                    for (index_t c = 0; c < dim; ++c)
                        square = multiply_add(x[c * row_packs + p], x[c * row_packs + p], square);
                for (index_t r = 0; r < columns_at_once; ++r)
                    if constexpr (of_products)
                        k[p][r] = kernel_(square, S(squares_[j + r]), k[p][r]);
                    else
                        k[p][r] = kernel_(k[p][r]);
            }
        } else {
            for (index_t p = 0; p < row_packs; ++p)
                for (index_t r = 0; r < columns_at_once; ++r)
                    k[p][r] = gather(lanes<S>{}, [&](index_t lane) {
                        return kernel_value(kernel_, x_, row(i + p * lanes<S>::width + lane), y_, column(j + r));
                    });
        }
    }

    template <index_t Count>
    struct registers {
        S values[static_cast<std::size_t>(Count)];
        const S& operator[](index_t i) const { return values[i]; }
    };

    /// The coordinates of a group of rows: in registers where their number is known.
    template <index_t D>
    auto rows_at(index_t i) const {
        const S* from = packed ? rows_.data() + i / rows_at_once * row_packs * dim_ : nullptr;
        if constexpr (D == dynamic || !packed) {
            return from;
        } else {
            registers<D * row_packs> x;
            std::copy_n(from, D * row_packs, x.values);
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

    K kernel_;
    X x_;
    Y y_;
    index_t dim_, first_row_ = 0, row_count_ = 0, first_column_ = 0, column_count_ = 0;
    exec::buffer<S, host> rows_;
    exec::buffer<T, host> columns_, squares_; ///< coordinates, and squared norms where the kernel asks for them
};

} // namespace cdl::metric::detail
