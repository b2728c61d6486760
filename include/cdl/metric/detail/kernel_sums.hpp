// SPDX-License-Identifier: MIT
#pragma once

// The sums of a kernel matrix that two-sample statistics are made of, without the matrix: what each point adds up to
// with all others, and the sum of squares.

#include <cdl/metric/detail/fold_pairs.hpp>
#include <cdl/metric/sum_scalar.hpp>

#include <vector>

namespace cdl::metric::detail {

/// Sums of k(x_i, y_j). Within one batch (i != j) the columns are the rows and are left empty.
template <class R>
struct kernel_sums {
    std::vector<R> rows;    ///< over j, for each i
    std::vector<R> columns; ///< over i, for each j
    R squares;              ///< the sum of k^2 over all pairs

    R total() const { return exec::tree_sum(rows.data(), static_cast<index_t>(rows.size())); }
};

/// Adds the kernel values of two blocks of points to what each point adds up to with the other block. Within a tile
/// sums are made in T, of at most 256 terms, and added in R.
template <class S, class R>
class sum_fold {
public:
    /// with_columns: for each row point. with_rows: for each column point. squares: one number.
    sum_fold(R* with_columns, R* with_rows, R* squares)
        : with_columns_(with_columns), with_rows_(with_rows), squares_(squares), columns_(256) {}

    void open_tile(index_t row, index_t column, index_t columns) {
        row_ = row;
        column_ = column;
        column_count_ = columns;
        for (index_t j = 0; j < columns_.size(); ++j) columns_[j] = S(0);
    }
    void open_rows() {
        for (S& sum : rows_) sum = S(0);
        tile_squares_ = S(0);
    }
    template <class Counted>
    void pairs(const S (&values)[row_packs][columns_at_once], index_t j, const Counted& counted) {
        for (index_t r = 0; r < columns_at_once; ++r) {
            S column = columns_[j + r];
            for (index_t p = 0; p < row_packs; ++p) {
                const S k = counted(p, r, values[p][r], S(0));
                rows_[p] = S(rows_[p] + k);
                column = S(column + k);
                tile_squares_ = multiply_add(k, k, tile_squares_);
            }
            columns_[j + r] = column;
        }
    }
    void close_rows(index_t first, index_t count) {
        for (index_t p = 0; p < row_packs; ++p)
            scatter(lanes<S>{}, rows_[p], [&](index_t lane, const auto& sum) {
                const index_t i = first + p * lanes<S>::width + lane;
                if (i < first + count) with_columns_[row_ + i] = R(with_columns_[row_ + i] + R(sum));
            });
        add_lanes(tile_squares_, sum_of_squares_);
    }
    void close_tile() {
        for (index_t j = 0; j < column_count_; ++j) add_lanes(columns_[j], with_rows_[column_ + j]);
    }
    void finish() { *squares_ = sum_of_squares_; }

private:
    static void add_lanes(const S& pack, R& sum) {
        scatter(lanes<S>{}, pack, [&](index_t, const auto& number) { sum = R(sum + R(number)); });
    }

    R *with_columns_, *with_rows_, *squares_;
    exec::buffer<S, host> columns_;
    S rows_[row_packs], tile_squares_;
    R sum_of_squares_ = R(0);
    index_t row_ = 0, column_ = 0, column_count_ = 0;
};

/// The sums on the host: every kernel value is computed once. At most 32 (n + m) numbers of memory.
template <class P, class K, class X, class Y>
auto sums_by_tiles(const P& policy, const K& kernel, const X& x, const Y& y, pairing which) {
    using T = typename X::value_type;
    using S = typename P::template pack<T>;
    using R = sum_scalar_t<T>;
    const point_blocks rows{x.size()}, columns{y.size()};
    const bool within = which == pairing::once;
    // for each block, what each point adds up to with it; within one batch rows and columns are the same points
    const exec::buffer<R, host> with_columns(columns.count() * x.size());
    const exec::buffer<R, host> with_rows(within ? 0 : rows.count() * y.size());
    const exec::buffer<R, host> squares(rows.count() * columns.count());
    for (index_t t = 0; t < squares.size(); ++t) squares[t] = R(0);
    fold_pairs(policy, kernel, x, y, which, [&](index_t row, index_t column) {
        R* of_rows = with_columns.data() + column * x.size();
        R* of_columns = (within ? with_columns.data() : with_rows.data()) + row * y.size();
        for (index_t i = rows.first(row); i < rows.last(row); ++i) of_rows[i] = R(0);
        for (index_t j = columns.first(column); j < columns.last(column); ++j) of_columns[j] = R(0);
        return sum_fold<S, R>(of_rows, of_columns, &squares[row * columns.count() + column]);
    });
    const auto over_blocks = [&](const exec::buffer<R, host>& parts, index_t points, index_t blocks) {
        std::vector<R> sums(static_cast<std::size_t>(parts.size() == 0 ? 0 : points), R(0));
        policy.for_each_index(static_cast<index_t>(sums.size()), [&](index_t i) {
            sums[static_cast<std::size_t>(i)] = exec::tree_sum(parts.data() + i, blocks, points);
        });
        return sums;
    };
    const R half = exec::tree_sum(squares.data(), squares.size());
    return kernel_sums<R>{over_blocks(with_columns, x.size(), columns.count()),
                          over_blocks(with_rows, y.size(), rows.count()), within ? R(half + half) : half};
}

/// Rows are cut into this many parts, so that a device has enough to do.
inline constexpr index_t parts_of_row = 16;

/// What point i of x adds up to with the points of part b of y, itself left out if they are the same batch; the index is
/// b n + i.
template <class K, class X, class Y, class R>
struct sum_of_row {
    K kernel;
    X x;
    Y y;
    bool within;
    R *sums, *squares;

    CDL_HD void operator()(index_t index) const {
        using T = typename X::value_type;
        const index_t i = index % x.size(), part_of_y = index / x.size();
        R sum = R(0), square = R(0);
        for (index_t first = part_of_y * 256; first < y.size(); first += parts_of_row * 256) {
            T part = T(0), part_square = T(0);
            for (index_t j = first; j < y.size() && j < first + 256; ++j) {
                if (within && i == j) continue;
                const T k = kernel_value(kernel, x, i, y, j);
                part = T(part + k);
                part_square = T(part_square + k * k);
            }
            sum = R(sum + R(part));
            square = R(square + R(part_square));
        }
        sums[index] = sum;
        squares[index] = square;
    }
};

/// The parts of a row, added.
template <class R>
struct sum_of_parts {
    const R* parts;
    index_t rows;
    R* sums;

    CDL_HD void operator()(index_t i) const { sums[i] = exec::tree_sum(parts + i, parts_of_row, rows); }
};

/// The sums anywhere, a device included: every kernel value is computed twice, and only sums come back.
template <class P, class K, class X, class Y>
auto sums_by_rows(const P& policy, const K& kernel, const X& x, const Y& y, pairing which) {
    using R = sum_scalar_t<typename X::value_type>;
    kernel_sums<R> sums{{}, {}, R(0)};
    const auto run = [&](const auto& points, const auto& others, std::vector<R>& of_points) {
        const index_t n = points.size();
        const auto parts = policy.template allocate<R>(n * parts_of_row);
        const auto square_parts = policy.template allocate<R>(n * parts_of_row);
        const auto there = policy.template allocate<R>(n), squares = policy.template allocate<R>(n);
        policy.for_each_index(n * parts_of_row,
                              sum_of_row<K, std::decay_t<decltype(points)>, std::decay_t<decltype(others)>, R>{
                                  kernel, points, others, which == pairing::once, parts.data(), square_parts.data()});
        policy.for_each_index(n, sum_of_parts<R>{parts.data(), n, there.data()});
        policy.for_each_index(n, sum_of_parts<R>{square_parts.data(), n, squares.data()});
        std::vector<R> of_squares(static_cast<std::size_t>(n), R(0));
        policy.get(squares.data(), n, of_squares.data());
        sums.squares = exec::tree_sum(of_squares.data(), n);
        of_points.assign(static_cast<std::size_t>(n), R(0));
        policy.get(there.data(), n, of_points.data());
    };
    run(x, y, sums.rows);
    if (which == pairing::every) run(y, x, sums.columns);
    return sums;
}

template <class P, class K, class X, class Y>
auto sum_kernel(const P& policy, const K& kernel, const X& x, const Y& y, pairing which) {
    if constexpr (std::is_same_v<typename P::space, host>)
        return sums_by_tiles(policy, kernel, x, y, which);
    else
        return sums_by_rows(policy, kernel, x, y, which);
}

} // namespace cdl::metric::detail
