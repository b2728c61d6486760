// SPDX-License-Identifier: MIT
#pragma once

// Inputs are made on the host, put where a policy runs, and results are brought back: the tests below do not know in
// which memory they work. A batch lies in its memory in one of several arrangements; the numbers between its points
// are brought back too, so a write beside the batch is seen.

#include <cdl/random/normal.hpp>
#include <cdl/schedule/level_view.hpp>
#include <cdl/view/batch_view.hpp>

#include "laws/policy.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace cdl::test {

/// The sizes at which packs, chunks and blocks of threads do not come out even.
inline constexpr index_t ugly_sizes[] = {0, 1, 7, 597, 65537};
/// The same without the largest, for what costs much for each point.
inline constexpr index_t small_ugly_sizes[] = {0, 1, 7, 597};

template <class P>
using space_of = typename std::remove_cvref_t<P>::space;

/// Normal numbers times `scale`, others for each seed.
template <class T>
std::vector<T> normal_numbers(index_t count, std::uint64_t seed, double scale = 1) {
    std::vector<T> numbers;
    for (index_t i = 0; i < count; ++i)
        numbers.push_back(static_cast<T>(scale * random::normal({seed, random::purpose::user}, 0, i)));
    return numbers;
}

/// Numbers of a policy's memory, on the host.
template <class P, class T>
std::vector<T> brought_back(const P& policy, const exec::buffer<T, space_of<P>>& memory) {
    std::vector<T> numbers(static_cast<std::size_t>(memory.size()));
    policy.get(memory.data(), memory.size(), numbers.data());
    return numbers;
}

/// Where the numbers of n points of d coordinates lie.
struct strides {
    index_t first, point, coord, numbers;
};

/// The points one after the other.
struct packed_points {
    using layout = point_major;
    static strides of(index_t n, index_t d) { return {0, d, 1, n * d}; }
};
/// The coordinates one after the other.
struct packed_coords {
    using layout = coord_major;
    static strides of(index_t n, index_t d) { return {0, 1, n, n * d}; }
};
/// Numbers of others before, between and behind.
struct spread_out {
    using layout = strided;
    static strides of(index_t n, index_t d) { return {5, 2 * d + 3, 2, 5 + n * (2 * d + 3)}; }
};
/// The last point first, its last coordinate first.
struct backwards {
    using layout = strided;
    static strides of(index_t n, index_t d) { return {n * d - 1, -d, -1, n * d}; }
};

/// n points of d coordinates where a policy runs.
template <class T, index_t D, class Arrangement, class P>
class placed_batch {
public:
    using view_type = batch_view<T, D, typename Arrangement::layout, space_of<P>>;

    /// `numbers`: n x d, one point after the other.
    placed_batch(const P& policy, const std::vector<T>& numbers, index_t n, index_t d)
        : n_(n), d_(d), strides_(Arrangement::of(n, d)), memory_(put(policy, numbers)) {}

    view_type view() const {
        // an empty batch that lies backwards has no first number
        T* first = n_ == 0 ? memory_.data() : memory_.data() + strides_.first;
        return view_type(first, n_, d_, strides_.point, strides_.coord);
    }
    operator view_type() const { return view(); }

    /// All numbers of the memory, those between the points included.
    std::vector<T> numbers(const P& policy) const { return brought_back(policy, memory_); }

private:
    static constexpr double of_others = -77;

    exec::buffer<T, space_of<P>> put(const P& policy, const std::vector<T>& numbers) const {
        std::vector<T> all(static_cast<std::size_t>(strides_.numbers), T(of_others));
        for (index_t i = 0; i < n_; ++i)
            for (index_t j = 0; j < d_; ++j)
                all[static_cast<std::size_t>(strides_.first + i * strides_.point + j * strides_.coord)] =
                    numbers[static_cast<std::size_t>(i * d_ + j)];
        return policy.put(all.data(), strides_.numbers);
    }

    index_t n_, d_;
    strides strides_;
    exec::buffer<T, space_of<P>> memory_;
};

/// n x d numbers in an arrangement.
template <class A, index_t D = dynamic, class T, class P>
placed_batch<T, D, A, P> placed(const P& policy, const std::vector<T>& numbers, index_t n, index_t d) {
    return {policy, numbers, n, d};
}

/// n x d numbers to be written, each -1 now.
template <class T, class A, index_t D = dynamic, class P>
placed_batch<T, D, A, P> room_for(const P& policy, index_t n, index_t d) {
    return {policy, std::vector<T>(static_cast<std::size_t>(n * d), T(-1)), n, d};
}

/// Which levels a batch is given: one for all, or one for each point.
struct levels_of_batch {
    const char* name;
    index_t stride; ///< 0: one for all
    double common;
};

inline constexpr double infinity = std::numeric_limits<double>::infinity();

inline constexpr levels_of_batch all_levels[] = {{"one level", 0, 0.3},
                                                 {"clean", 0, infinity},
                                                 {"pure noise", 0, -infinity},
                                                 {"a level for each point", 1, 0},
                                                 {"a level for each point, spread out", 3, 0}};
inline constexpr levels_of_batch two_levels[] = {{"one level", 0, 0.3}, {"a level for each point", 1, 0}};

/// The levels of n points where a policy runs: -8 to 8, with both infinities among them.
template <class T, class P>
class placed_levels {
public:
    placed_levels(const P& policy, const levels_of_batch& kind, index_t n) : kind_(kind), n_(n) {
        if (kind.stride == 0) return;
        std::vector<log_snr<T>> levels(static_cast<std::size_t>(n * kind.stride), log_snr<T>{T(-77)});
        for (index_t i = 0; i < n; ++i) {
            const double a = i % 97 == 5 ? infinity : i % 89 == 3 ? -infinity : static_cast<double>(i % 65) / 4 - 8;
            levels[static_cast<std::size_t>(i * kind.stride)] = {static_cast<T>(a)};
        }
        memory_.emplace(policy.put(levels.data(), n * kind.stride));
    }

    level_view<T, space_of<P>> view() const {
        if (kind_.stride == 0) return log_snr<T>{static_cast<T>(kind_.common)};
        return {memory_->data(), n_, kind_.stride};
    }

private:
    levels_of_batch kind_;
    index_t n_;
    std::optional<exec::buffer<log_snr<T>, space_of<P>>> memory_;
};

} // namespace cdl::test
