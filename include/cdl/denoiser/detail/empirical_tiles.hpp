// SPDX-License-Identifier: MIT
#pragma once

// The empirical denoiser of many queries at once, for points of many coordinates. A tile is a few SIMD packs of queries,
// one query in each lane. Against it go blocks of points that fit into the caches: first the squared distances of all
// pairs, then their weights, then the weighted offsets. Distances and offsets are sums in registers over a few points, or a
// few coordinates, at a time, as in a matrix product, but of differences and not of products: nothing cancels. Memory is
// O(d) numbers for each query of the tiles at work. What happens to a query depends on the cloud alone, not on its
// neighbours, so its bits do not depend on its place in the batch.

#include <cdl/denoiser/concept.hpp>
#include <cdl/distribution/detail/cloud_comparison.hpp>

namespace cdl::denoiser::detail {

/// The queries of one tile, as they meet the points of a cloud: y = z / S, in units of x.
template <class S, class Cloud>
class query_tile {
public:
    using T = lane_t<S>;
    static constexpr index_t packs = 2;
    static constexpr index_t rows = sizeof(S) >= 64 ? 8 : 4;    ///< points whose distances share the registers
    static constexpr index_t columns = sizeof(S) >= 64 ? 6 : 3; ///< coordinates whose sums share the registers
    static constexpr index_t block = 128;                       ///< points between two corrections of the weights
    static constexpr index_t run = 256;                         ///< coordinates of a block that stay in the cache
    static constexpr index_t size = packs * lanes<S>::width;

    /// Queries index * size, ... of z; a place without a query repeats the last.
    template <class Z>
    query_tile(const Cloud& cloud, const Z& z, const level_view<T>& levels, index_t index)
        : cloud_(cloud), y_(cloud.dim() * packs), squares_(block * packs) {
        for (index_t p = 0; p < packs; ++p) {
            const index_t first = (index * packs + p) * lanes<S>::width, left = z.size() - first;
            group[p] =
                left > 0 ? lanes<S>{first, left < lanes<S>::width ? left : lanes<S>::width} : lanes<S>{z.size() - 1, 1};
            kernel[p] = {load(levels, group[p]), S(cloud.kernel_width)};
            // a smaller signal is lost in the rounding of z
            unit[p] = max_of(kernel[p].signal, S(std::numeric_limits<T>::epsilon() / T(256)));
            falloff[p] = S(kernel[p].falloff * S(kernel[p].signal * kernel[p].signal));
            for (index_t j = 0; j < cloud.dim(); ++j) y_[j * packs + p] = S(load(z, group[p], j) / unit[p]);
        }
    }

    lanes<S> group[packs];
    distribution::detail::noised_kernel<S> kernel[packs];
    S unit[packs];    ///< S, where it is not vanishing
    S falloff[packs]; ///< S^2 / 2v: r_i = softmax_i(-falloff |y - x_i|^2)

    /// Coordinate j of the queries.
    const S* y(index_t j) const { return y_.data() + j * packs; }
    /// Number i of a block: its squared distances, later whatever is made of them.
    S* squares(index_t i) const { return squares_.data() + i * packs; }

    /// squares(i) = |y - x_(first + i)|^2 for i = 0, ..., count - 1.
    void find_distances(index_t first, index_t count) const {
        for (index_t j = 0; j < cloud_.dim(); j += run) {
            const index_t coordinates = cloud_.dim() - j < run ? cloud_.dim() - j : run;
            find_distances<rows>(first, 0, count, j, coordinates);
        }
    }

private:
    /// The same for points i, ..., count - 1 and a run of coordinates, R points at a time.
    template <index_t R>
    void find_distances(index_t first, index_t i, index_t count, index_t from, index_t coordinates) const {
        for (; i + R <= count; i += R) {
            S sums[extent(R)][extent(packs)];
            for (index_t r = 0; r < R; ++r)
                for (index_t p = 0; p < packs; ++p) sums[r][p] = S(0);
            const T* x = &cloud_(first + i, from);
            for (index_t j = 0; j < coordinates; ++j) {
                const S* y_j = y(from + j);
                for (index_t r = 0; r < R; ++r) {
                    const S x_j = S(x[r * cloud_.dim() + j]);
                    for (index_t p = 0; p < packs; ++p) {
                        const S offset = S(y_j[p] - x_j);
                        sums[r][p] = multiply_add(offset, offset, sums[r][p]);
                    }
                }
            }
            for (index_t r = 0; r < R; ++r)
                for (index_t p = 0; p < packs; ++p)
                    squares(i + r)[p] = from == 0 ? sums[r][p] : S(squares(i + r)[p] + sums[r][p]);
        }
        if constexpr (R > 1) find_distances<R / 2>(first, i, count, from, coordinates);
    }

    Cloud cloud_;
    exec::buffer<S, host> y_, squares_;
};

/// eps_hat = N/v S sum_i r_i (y - x_i) for the queries of tile `index`.
template <class S, class Cloud, class Z, class E>
struct estimate_tile {
    using T = lane_t<S>;
    using tile = query_tile<S, Cloud>;
    static constexpr index_t packs = tile::packs;

    Cloud cloud;
    Z z;
    level_view<T> levels;
    E eps_hat;

    void operator()(index_t index) const {
        const tile queries(cloud, z, levels, index);
        const exec::buffer<compensated, host> sums(cloud.dim() * packs);
        for (index_t j = 0; j < sums.size(); ++j) sums[j] = {};
        compensated weight[extent(packs)];
        S nearest[extent(packs)], rescale[extent(packs)];
        for (index_t p = 0; p < packs; ++p) nearest[p] = S((std::numeric_limits<T>::max)());
        for (index_t first = 0; first < cloud.size(); first += tile::block) {
            const index_t count = cloud.size() - first < tile::block ? cloud.size() - first : tile::block;
            queries.find_distances(first, count);
            for (index_t p = 0; p < packs; ++p) rescale[p] = find_weights(queries, p, count, nearest[p], weight[p]);
            add_offsets<tile::columns>(queries, first, count, 0, rescale, sums.data());
        }
        for (index_t p = 0; p < packs; ++p) {
            const S unit = queries.unit[p], excess = S(unit - queries.kernel[p].signal); // unit is S but for S ~ 0
            for (index_t j = 0; j < cloud.dim(); ++j) {
                const S mean = S(sums[j * packs + p].sum / weight[p].sum), x_bar = S(queries.y(j)[p] - mean);
                const S offset = multiply_add(excess, x_bar, S(unit * mean)); // z - S x_bar
                store(eps_hat, queries.group[p], j, S(queries.kernel[p].pull * offset));
            }
            compare_doubtful(queries, p, nearest[p]);
        }
    }

private:
    using compensated = distribution::detail::compensated_sum<S>;

    /// Does the queries of pack p once more whose sums are in doubt, the nearest point being at this squared distance.
    void compare_doubtful(const tile& queries, index_t p, const S& nearest) const {
        using namespace distribution::detail;
        const S unit = queries.kernel[p].unit(), infinity = S(std::numeric_limits<T>::infinity());
        const S exponent =
            select(nearest < S((std::numeric_limits<T>::max)()), S(queries.falloff[p] * nearest), infinity);
        const auto trust = may_trust<trusted::pulls>(exponent, S(unit * unit), cloud.dim());
        if (all_lanes(trust)) return;
        const S trusted_lanes = select(trust, S(1), S(0));
        const lanes<S>& group = queries.group[p];
        for (index_t l = 0; l < group.count; ++l) {
            if (one_lane<S>{l}.of(trusted_lanes) == T(1)) continue;
            const index_t i = group[l];
            const auto at = z[i];
            auto out = eps_hat[i];
            const auto compared = compare(cloud, log_snr<T>(levels[i]), at);
            put_mean_point(compared, compared.kernel().pull, T(0), one_lane<T>{0}, out);
        }
    }

    /// Turns the squared distances of pack p into weights relative to the nearest point so far and adds them up. Returns
    /// the factor for what was added before. Distances that overflow are all the same.
    static S find_weights(const tile& queries, index_t p, index_t count, S& nearest, compensated& weight) {
        const S farthest = S((std::numeric_limits<T>::max)()), before = nearest;
        for (index_t i = 0; i < count; ++i) nearest = min_of(nearest, queries.squares(i)[p]);
        const S rescale = math::exp_nonpositive(S(queries.falloff[p] * S(nearest - before)));
        S total = S(0);
        for (index_t i = 0; i < count; ++i) {
            S& square = queries.squares(i)[p];
            square = math::exp_nonpositive(S(queries.falloff[p] * S(nearest - min_of(farthest, square))));
            total = S(total + square);
        }
        weight.add(rescale, total);
        return rescale;
    }

    /// sums[j] = sums[j] rescale + sum_i w_i (y_j - x_ij) for coordinates j, ..., d - 1, J of them at a time.
    template <index_t J>
    void add_offsets(const tile& queries, index_t first, index_t count, index_t j, const S (&rescale)[extent(packs)],
                     compensated* sums) const {
        for (; j + J <= cloud.dim(); j += J) {
            S y[extent(J)][extent(packs)], total[extent(J)][extent(packs)];
            for (index_t c = 0; c < J; ++c)
                for (index_t p = 0; p < packs; ++p) y[c][p] = queries.y(j + c)[p], total[c][p] = S(0);
            for (index_t i = 0; i < count; ++i) {
                const T* x = &cloud(first + i, j);
                const S* w = queries.squares(i);
                for (index_t c = 0; c < J; ++c) {
                    const S x_j = S(x[c]);
                    for (index_t p = 0; p < packs; ++p) total[c][p] = multiply_add(w[p], S(y[c][p] - x_j), total[c][p]);
                }
            }
            for (index_t c = 0; c < J; ++c)
                for (index_t p = 0; p < packs; ++p) sums[(j + c) * packs + p].add(rescale[p], total[c][p]);
        }
        if constexpr (J > 1) add_offsets<J / 2>(queries, first, count, j, rescale, sums);
    }
};

} // namespace cdl::denoiser::detail
