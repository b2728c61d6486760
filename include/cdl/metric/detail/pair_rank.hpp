// SPDX-License-Identifier: MIT
#pragma once

// Where a number stands among all squared distances, without a list of them: how many are at or below it, and which
// comes next. Enough to find any of them by bisection in O(n) memory.

#include <cdl/metric/detail/fold_pairs.hpp>

#include <limits>
#include <vector>

namespace cdl::metric::detail {

/// The squared distance itself, as the kernel whose values are ranked.
struct own_distance {
    template <class S>
    CDL_HD S operator()(const S& squared_distance) const {
        return squared_distance;
    }
};

/// A number among squared distances. One that is NaN is neither at or below it nor next.
template <class T>
struct pair_rank {
    index_t at_or_below = 0;                     ///< how many distances are not larger
    T next = std::numeric_limits<T>::infinity(); ///< the smallest that is larger

    pair_rank operator+(const pair_rank& other) const {
        return {at_or_below + other.at_or_below, min_of(next, other.next)};
    }
};

/// The rank of a number among the pairs of two blocks.
template <class S>
class rank_fold {
public:
    using T = lane_t<S>;
    rank_fold(const T& number, pair_rank<T>* out) : number_(number), out_(out) {}

    void open_tile(index_t, index_t, index_t) {}
    void open_rows() { at_or_below_ = S(0); }
    template <class Counted>
    void pairs(const S (&distances)[row_packs][columns_at_once], index_t, const Counted& counted) {
        const S infinity = S(std::numeric_limits<T>::infinity());
        for (index_t p = 0; p < row_packs; ++p)
            for (index_t r = 0; r < columns_at_once; ++r) {
                const S distance = distances[p][r];
                at_or_below_ = S(at_or_below_ + counted(p, r, select(distance <= number_, S(1), S(0)), S(0)));
                next_ = min_of(next_, counted(p, r, select(number_ < distance, distance, infinity), infinity));
            }
    }
    void close_rows(index_t, index_t) {
        scatter(lanes<S>{}, at_or_below_, [&](index_t, T count) { rank_.at_or_below += static_cast<index_t>(count); });
    }
    void close_tile() {}
    void finish() {
        scatter(lanes<S>{}, next_, [&](index_t, T next) { rank_.next = min_of(rank_.next, next); });
        *out_ = rank_;
    }

private:
    S number_, at_or_below_ = S(0), next_ = S(std::numeric_limits<T>::infinity());
    pair_rank<T> rank_, *out_;
};

/// The rank of a number among the distances of point i of x from the points first(i), ... of y.
template <class X, class Y, class T>
struct rank_of_row {
    X x;
    Y y;
    bool within;
    T number;
    pair_rank<T>* ranks;

    CDL_HD void operator()(index_t i) const {
        pair_rank<T> rank;
        for (index_t j = within ? i + 1 : 0; j < y.size(); ++j) {
            const T distance = kernel_value(own_distance{}, x, i, y, j);
            if (distance <= number) ++rank.at_or_below;
            if (number < distance) rank.next = min_of(rank.next, distance);
        }
        ranks[i] = rank;
    }
};

/// The rank of a number among the squared distances between x and y, or within x.
template <class P, class X, class Y, class T>
pair_rank<T> rank_among(const P& policy, const X& x, const Y& y, pairing which, const T& number) {
    std::vector<pair_rank<T>> parts;
    if constexpr (std::is_same_v<typename P::space, host>) {
        const index_t columns = point_blocks{y.size()}.count();
        parts.resize(static_cast<std::size_t>(point_blocks{x.size()}.count() * columns));
        fold_pairs(policy, own_distance{}, x, y, which, [&](index_t r, index_t c) {
            return rank_fold<typename P::template pack<T>>(number, &parts[static_cast<std::size_t>(r * columns + c)]);
        });
    } else {
        parts.resize(static_cast<std::size_t>(x.size()));
        const auto there = policy.template allocate<pair_rank<T>>(x.size());
        policy.for_each_index(x.size(), rank_of_row<X, Y, T>{x, y, which == pairing::once, number, there.data()});
        policy.get(there.data(), x.size(), parts.data());
    }
    pair_rank<T> rank;
    for (const pair_rank<T>& part : parts) rank = rank + part;
    return rank;
}

/// The rank of a number among the squared distances of all pairs of points of x and y together.
template <class P, class X, class Y, class T>
pair_rank<T> rank_in_pool(const P& policy, const X& x, const Y& y, const T& number) {
    return rank_among(policy, x, x, pairing::once, number) + rank_among(policy, y, y, pairing::once, number) +
           rank_among(policy, x, y, pairing::every, number);
}

} // namespace cdl::metric::detail
