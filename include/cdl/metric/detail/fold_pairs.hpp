// SPDX-License-Identifier: MIT
#pragma once

// The kernel values of all pairs of points of two batches, or within one, shown to a fold tile by tile, on all threads of a policy of the
// host. How the pairs are shared out depends on the numbers of points alone, so results do not depend on threads.

#include <cdl/exec/policy.hpp>
#include <cdl/metric/detail/pair_tile.hpp>

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

/// Shows a fold the kernel values of some rows of x and some columns of y.
template <index_t D, class S, class K, class X, class Y, class Fold>
void fold_blocks(const K& kernel, const X& x, index_t row, index_t last_row, const Y& y, index_t column,
                 index_t last_column, pairing which, Fold& fold) {
    pair_tile<S, K, X, Y> tile(kernel, x, y);
    for (index_t i = row; i < last_row; i += tile.most_rows) {
        const index_t rows = last_row - i < tile.most_rows ? last_row - i : tile.most_rows;
        tile.take_rows(i, rows);
        for (index_t j = column; j < last_column; j += tile.most_columns) {
            const index_t columns = last_column - j < tile.most_columns ? last_column - j : tile.most_columns;
            const index_t shift = which == pairing::every ? rows : j - i;
            if (shift + columns <= 1) continue; // below the diagonal
            tile.take_columns(j, columns);
            fold.open_tile(i, j, columns);
            tile.template visit<D>(shift, fold);
            fold.close_tile();
        }
    }
}

/// Calls run with the dimension as a constant where it is small, else with `dynamic`.
template <index_t D, class Run>
void with_known_dim(index_t dim, const Run& run) {
    if constexpr (D != dynamic)
        run(std::integral_constant<index_t, D <= 4 ? D : dynamic>{});
    else if (dim == 1)
        run(std::integral_constant<index_t, 1>{});
    else if (dim == 2)
        run(std::integral_constant<index_t, 2>{});
    else if (dim == 3)
        run(std::integral_constant<index_t, 3>{});
    else
        run(std::integral_constant<index_t, dynamic>{});
}

/// Runs a fold over all pairs: fold_of(r, c) makes the one that is shown the pairs of block r of x with block c of y.
template <exec::policy P, class K, class X, class Y, class FoldOf>
void fold_pairs(const P& policy, const K& kernel, const X& x, const Y& y, pairing which, const FoldOf& fold_of) {
    using S = typename P::template pack<typename X::value_type>;
    const point_blocks rows{x.size()}, columns{y.size()};
    policy.for_each_index(rows.count() * columns.count(), [&](index_t task) {
        const index_t row = task / columns.count(), column = task % columns.count();
        if (which == pairing::once && column < row) return;
        auto fold = fold_of(row, column);
        with_known_dim<X::static_dim>(x.dim(), [&]<index_t D>(std::integral_constant<index_t, D>) {
            fold_blocks<D, S>(kernel, x, rows.first(row), rows.last(row), y, columns.first(column),
                              columns.last(column), which, fold);
        });
        fold.finish();
    });
}

} // namespace cdl::metric::detail
