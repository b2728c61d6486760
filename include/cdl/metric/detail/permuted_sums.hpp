// SPDX-License-Identifier: MIT
#pragma once

// Sums of a kernel over the pairs that a relabelling puts together, for many relabellings at once: a kernel value is
// computed once and added where the labels say so. That is the product of the kernel matrix with a matrix of labels,
// tile by tile, and it costs what the multiplications cost.

#include <cdl/metric/detail/kernel_sums.hpp>

namespace cdl::metric::detail {

/// How many relabellings share a pass over the pairs.
inline constexpr index_t relabellings = 64;

/// For each relabelling the sum of k over pairs within its first group, then for each that over pairs between its two
/// groups, then the sum over all pairs.
inline constexpr index_t grouped_sums = 2 * relabellings + 1;

/// Adds the kernel values of two blocks of points to the grouped sums. Labels are 1 for a point of the first group and 0
/// for one of the second, `relabellings` of them for each point.
template <class S, class R>
class relabelling_fold {
public:
    using T = lane_t<S>;
    static constexpr index_t width = lanes<S>::width;
    static constexpr index_t packs = relabellings / width; ///< of labels for each point

    relabelling_fold(const S* row_labels, const S* column_labels, R* out)
        : row_labels_(row_labels), column_labels_(column_labels), out_(out), values_(256 * row_packs * width) {}

    void open_tile(index_t row, index_t column, index_t columns) {
        row_ = row;
        column_ = column;
        column_count_ = columns;
    }
    void open_rows() {
        for (S& sum : row_sums_) sum = S(0);
    }
    template <class Counted>
    void pairs(const S (&values)[row_packs][columns_at_once], index_t j, const Counted& counted) {
        for (index_t r = 0; r < columns_at_once; ++r)
            for (index_t p = 0; p < row_packs; ++p) {
                const S k = counted(p, r, values[p][r], S(0));
                row_sums_[p] = S(row_sums_[p] + k);
                put(k, values_.data() + ((j + r) * row_packs + p) * width);
            }
    }
    void close_rows(index_t first, index_t count) {
        for (S& sum : within_) sum = S(0);
        for (S& sum : between_) sum = S(0);
        T sums[static_cast<std::size_t>(row_packs * width)];
        for (index_t p = 0; p < row_packs; ++p) put(row_sums_[p], sums + p * width);
        for (index_t b = 0; b < packs; b += packs_at_once)
            for (index_t i = 0; i < count; i += rows_together) add_rows(first, i, count, b, sums);
        for (index_t b = 0; b < packs; ++b) {
            add_lanes(within_[b], out_ + b * width);
            add_lanes(between_[b], out_ + relabellings + b * width);
        }
        for (index_t i = 0; i < count; ++i) out_[grouped_sums - 1] = R(out_[grouped_sums - 1] + R(sums[i]));
    }
    void close_tile() {}
    void finish() {}

private:
    static constexpr index_t rows_together = width == 1 ? row_packs : 4, packs_at_once = packs < 4 ? packs : 4;

    static void put(const S& pack, T* numbers) {
        if constexpr (width == 1)
            *numbers = pack;
        else
            lane_traits<S>::store(pack, numbers);
    }

    static void add_lanes(const S& pack, R* out) {
        scatter(lanes<S>{}, pack, [&](index_t lane, const auto& sum) { out[lane] = R(out[lane] + R(sum)); });
    }

    /// Some rows i of the group: with u_b = sum_j k(x_i, y_j) label_b(j), the sum within the first group grows by
    /// label_b(i) u_b, and that between the groups by u_b where i is in the second, by (sum_j k - u_b) where in the first.
    void add_rows(index_t first, index_t i, index_t count, index_t b, const T* sums) {
        S u[static_cast<std::size_t>(rows_together)][static_cast<std::size_t>(packs_at_once)];
        for (auto& of_row : u)
            for (S& sum : of_row) sum = S(0);
        const T* k = values_.data() + i;
        const S* labels = column_labels_ + column_ * packs + b;
        for (index_t j = 0; j < column_count_; ++j, k += row_packs * width, labels += packs)
            for (index_t e = 0; e < rows_together; ++e)
                for (index_t c = 0; c < packs_at_once; ++c) u[e][c] = multiply_add(S(k[e]), labels[c], u[e][c]);
        for (index_t e = 0; e < rows_together && i + e < count; ++e)
            for (index_t c = 0; c < packs_at_once; ++c) {
                const S label = row_labels_[(row_ + first + i + e) * packs + b + c];
                within_[b + c] = multiply_add(label, u[e][c], within_[b + c]);
                between_[b + c] = S(between_[b + c] + select(label == S(0), u[e][c], S(S(sums[i + e]) - u[e][c])));
            }
    }

    const S *row_labels_, *column_labels_;
    R* out_;
    exec::buffer<T, host> values_; ///< kernel values of a group of rows, column after column
    S row_sums_[row_packs], within_[static_cast<std::size_t>(packs)], between_[static_cast<std::size_t>(packs)];
    index_t row_ = 0, column_ = 0, column_count_ = 0;
};

/// What point i of x, whose label comes from row_labels, adds to the grouped sums with the points of y.
template <class K, class X, class Y, class R>
struct relabelled_row {
    using T = typename X::value_type;
    K kernel;
    X x;
    Y y;
    bool within;
    const T *row_labels, *column_labels;
    R* out;

    CDL_HD void operator()(index_t i) const {
        R u[relabellings], sum = R(0);
        for (R& of_labels : u) of_labels = R(0);
        for (index_t j = within ? i + 1 : 0; j < y.size(); ++j) {
            const R k = R(kernel_value(kernel, x, i, y, j));
            sum = R(sum + k);
            for (index_t b = 0; b < relabellings; ++b) u[b] = R(u[b] + k * R(column_labels[j * relabellings + b]));
        }
        R* sums = out + i * grouped_sums;
        for (index_t b = 0; b < relabellings; ++b) {
            const bool first = row_labels[i * relabellings + b] == T(1);
            sums[b] = first ? u[b] : R(0);
            sums[relabellings + b] = first ? R(sum - u[b]) : u[b];
        }
        sums[2 * relabellings] = sum;
    }
};

/// Adds the grouped sums of the pairs between x and y, or within x, to `sums`. labels: of the points of x and of y, in the
/// policy's memory: packs on the host, numbers on a device.
template <class P, class K, class X, class Y, class Labels, class R>
void add_grouped_sums(const P& policy, const K& kernel, const X& x, const Labels* of_x, const Y& y, const Labels* of_y,
                      pairing which, std::vector<R>& sums) {
    std::vector<R> parts;
    if constexpr (std::is_same_v<typename P::space, host>) {
        const index_t columns = point_blocks{y.size()}.count();
        parts.assign(static_cast<std::size_t>(point_blocks{x.size()}.count() * columns * grouped_sums), R(0));
        fold_pairs(policy, kernel, x, y, which, [&](index_t r, index_t c) {
            return relabelling_fold<Labels, R>(of_x, of_y, parts.data() + (r * columns + c) * grouped_sums);
        });
    } else {
        parts.assign(static_cast<std::size_t>(x.size() * grouped_sums), R(0));
        const auto there = policy.template allocate<R>(x.size() * grouped_sums);
        policy.for_each_index(
            x.size(), relabelled_row<K, X, Y, R>{kernel, x, y, which == pairing::once, of_x, of_y, there.data()});
        policy.get(there.data(), there.size(), parts.data());
    }
    for (index_t b = 0; b < grouped_sums; ++b)
        sums[static_cast<std::size_t>(b)] +=
            exec::tree_sum(parts.data() + b, static_cast<index_t>(parts.size()) / grouped_sums, grouped_sums);
}

} // namespace cdl::metric::detail
