// SPDX-License-Identifier: MIT
#pragma once

// The nearest points of each query, in order, kept while the points of a cloud stream by: what empirical_top_k sums over.
// Most points are farther than all that are kept, so a whole group of them is dismissed by its smallest distance.

#include <cdl/core/lanes.hpp>
#include <cdl/math/exp_nonpositive.hpp>

namespace cdl::denoiser::detail {

/// The most points that are kept.
inline constexpr index_t nearest_capacity = 64;

/// The nearest points seen so far by the query in each lane of S, the nearest first; of equals the first seen.
template <class S>
class nearest_points {
public:
    using T = lane_t<S>;
    static constexpr index_t width = lanes<S>::width;

    CDL_HD explicit nearest_points(index_t size) : size_(size) {
        for (index_t l = 0; l < width; ++l) {
            index_t s = 0;
            do { // once at least: an optimiser that cannot see it warns of a nearest distance that is not set
                squares_[l][s] = (std::numeric_limits<T>::max)();
                points_[l][s] = 0;
            } while (++s < size);
        }
    }

    /// Considers points first, ..., first + G - 1, at the squared distances q(0), ..., q(G - 1).
    template <index_t G, class Q>
    CDL_HD void consider(index_t first, const Q& q) {
        S nearest = q(0);
        for (index_t g = 1; g < G; ++g) nearest = min_of(nearest, q(g));
        T in_lane[static_cast<std::size_t>(width)],
            of_point[static_cast<std::size_t>(G)][static_cast<std::size_t>(width)];
        bool stored = false;
        spread(nearest, in_lane);
        for (index_t l = 0; l < width; ++l) {
            if (!(in_lane[l] < squares_[l][size_ - 1])) continue;
            if (!stored)
                for (index_t g = 0; g < G; ++g) spread(q(g), of_point[g]);
            stored = true;
            for (index_t g = 0; g < G; ++g) insert(l, of_point[g][l], first + g);
        }
    }

    /// The squared distance of number s.
    CDL_HD S square(index_t s) const {
        return gather(lanes<S>{}, [&](index_t l) { return squares_[l][s]; });
    }
    /// Coordinate j of number s.
    template <class Cloud>
    CDL_HD S coordinate(const Cloud& cloud, index_t s, index_t j) const {
        return gather(lanes<S>{}, [&](index_t l) { return cloud(points_[l][s], j); });
    }
    CDL_HD index_t size() const { return size_; }

private:
    CDL_HD static void spread(const S& value, T* numbers) {
        scatter(lanes<S>{}, value, [&](index_t l, const T& number) { numbers[l] = number; });
    }

    CDL_HD void insert(index_t l, const T& square, index_t point) {
        T* squares = squares_[l];
        if (!(square < squares[size_ - 1])) return;
        index_t s = size_ - 1;
        for (; s > 0 && square < squares[s - 1]; --s) {
            squares[s] = squares[s - 1];
            points_[l][s] = points_[l][s - 1];
        }
        squares[s] = square;
        points_[l][s] = point;
    }

    static constexpr index_t capacity = nearest_capacity + 1;

    index_t size_;
    T squares_[static_cast<std::size_t>(width)][static_cast<std::size_t>(capacity)];
    index_t points_[static_cast<std::size_t>(width)][static_cast<std::size_t>(capacity)];
};

/// Puts factor times the mean offset from the k nearest points into `put(j, .)`; `offset(j, x_j)` is the offset from a
/// coordinate of a point. Returns the bound on the neglected mass. seen: k + 1 points, the last for the bound, which allows for
/// the rounding of the squared distances: far from all points it is close to 1, as they no longer say which is near. Where no squared
/// distance is a number that S holds, no point is known to be near and the bound is 1; a query with a NaN gives NaN.
template <class S, class Cloud, class Offset, class Put>
CDL_HD S mean_of_nearest(const nearest_points<S>& seen, const Cloud& cloud, const S& falloff, const S& factor,
                         const Offset& offset, const Put& put) {
    const index_t k = seen.size() - 1;
    const auto weight = [&](index_t s) {
        return math::exp_nonpositive(S(falloff * S(seen.square(0) - seen.square(s))));
    };
    S w[static_cast<std::size_t>(nearest_capacity)], total = S(0), nothing = S(0); // NaN for a query with a NaN
    for (index_t s = 0; s < k; ++s) total = S(total + (w[s] = weight(s)));
    for (index_t j = 0; j < cloud.dim(); ++j) {
        const S own = offset(j, S(0));
        nothing = S(nothing + S(own - own));
    }
    for (index_t j = 0; j < cloud.dim(); ++j) {
        S sum = S(0);
        for (index_t s = 0; s < k; ++s) sum = multiply_add(w[s], offset(j, seen.coordinate(cloud, s, j)), sum);
        put(j, S(S(factor * S(sum / total)) + nothing));
    }
    using T = lane_t<S>;
    const bool all = k == cloud.size();
    const S left = S(T(static_cast<double>(cloud.size() - k))), unknown = all ? S(0) : S(1);
    const S relative = S(T(static_cast<double>(4 * (cloud.dim() + 6))) * std::numeric_limits<T>::epsilon());
    const S e =
        S(falloff * S(S(seen.square(0) - seen.square(k)) + S(relative * seen.square(k)))); // log of a neglected weight
    const S below = math::exp_nonpositive(min_of(e, S(0))), above = math::exp_nonpositive(min_of(S(-e), S(0)));
    const S bound = S(S(left * below) / S(S(total * above) + S(left * below)));
    return S(select(seen.square(0) < S((std::numeric_limits<T>::max)()), bound, unknown) + nothing);
}

} // namespace cdl::denoiser::detail
