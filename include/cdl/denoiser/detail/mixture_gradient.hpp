// SPDX-License-Identifier: MIT
#pragma once

// The gradient of a mixture's parameters over a batch: each chunk of points adds its own, point after point, into a row
// of partial sums, and the rows are added as a tree. Which chunk a point is in depends on its place alone, so the sums
// do not depend on threads.

#include <cdl/distribution/mixture_on.hpp>
#include <cdl/distribution/mixture_pullback.hpp>
#include <cdl/exec/policy.hpp>
#include <cdl/schedule/level_view.hpp>

#include <vector>

namespace cdl::denoiser::detail {

/// A batch that was not given: no address. Read, it is zeros.
template <class T, class P>
using unwanted = batch_view<T, dynamic, strided, typename P::space>;

/// Adds the cotangents of a group of points to the row of their chunk, one point after the other.
template <class S, class T, distribution::covariance C>
struct added_to_row {
    lanes<S> points;
    T* row; ///< K logits, K x d means, K or K x d variances
    index_t components, dim;

    CDL_HD void logit(index_t k, const S& value) const { add(k, value); }
    CDL_HD void mean(index_t k, index_t j, const S& value) const { add(components + k * dim + j, value); }
    CDL_HD void variance(index_t k, index_t j, const S& value) const {
        add(components * (1 + dim) + (C == distribution::covariance::isotropic ? k : k * dim + j), value);
    }

private:
    CDL_HD void add(index_t place, const S& value) const {
        T sum = row[place];
        scatter(points, value, [&](index_t, const T& of_point) { sum = T(sum + of_point); });
        row[place] = sum;
    }
};

/// Pulls the cotangents of a chunk of points back, a group of S at a time; `Wide` points do not fit into registers.
template <class S, bool Wide, class T, index_t D, distribution::covariance C, class Z, class Levels, class E, class L,
          class ZBar, class LevelBar>
struct chunk_pulled_back {
    distribution::mixture_view<T, D, C> mixture;
    Z z;
    Levels levels;
    E eps_hat_bar;
    L log_density_bar;
    ZBar z_bar;
    LevelBar level_bar;
    index_t parameters;
    T* rows;    ///< chunks x parameters
    T* scratch; ///< chunks x 4d where points are wide

    CDL_HD void operator()(index_t chunk) const {
        const index_t d = mixture.dim();
        if constexpr (Wide) {
            T* from = scratch + chunk * 4 * d;
            point_view<T, D> at(from, d), c(from + d, d), pull(from + 2 * d, d), z_out(from + 3 * d, d);
            run(chunk, at, c, pull, z_out);
        } else {
            local_point<S, D> at(d), c(d), pull(d), z_out(d);
            run(chunk, at, c, pull, z_out);
        }
    }

private:
    template <class Point>
    CDL_HD void run(index_t chunk, Point& at, Point& c, Point& pull, Point& z_out) const {
        T* row = rows + chunk * parameters;
        for (index_t p = 0; p < parameters; ++p) row[p] = T(0);
        const index_t first = chunk * exec::sum_chunk;
        const index_t last = z.size() - first < exec::sum_chunk ? z.size() : first + exec::sum_chunk;
        for (index_t i = first; i < last; i += lanes<S>::width) {
            const lanes<S> group{i, last - i < lanes<S>::width ? last - i : lanes<S>::width};
            for (index_t j = 0; j < mixture.dim(); ++j) {
                at[j] = load(z, group, j);
                c[j] = eps_hat_bar.data() == nullptr ? S(0) : load(eps_hat_bar, group, j);
            }
            const S l = log_density_bar.data() == nullptr ? S(0) : load(log_density_bar, group, 0);
            const S of_level =
                distribution::pull_back(mixture, load(levels, group), at, l, c, pull, z_out,
                                        added_to_row<S, T, C>{group, row, mixture.size(), mixture.dim()});
            if (z_bar.data() != nullptr)
                for (index_t j = 0; j < mixture.dim(); ++j) store(z_bar, group, j, S(z_out[j]));
            if (level_bar.data() != nullptr) store(level_bar, group, 0, of_level);
        }
    }
};

/// The sums over all points of the cotangents of logits, means and variances.
template <class P, class T, index_t D, distribution::covariance C, class Z, class Space, class E, class L, class ZBar,
          class LevelBar>
std::vector<T> mixture_gradient(const P& policy, const distribution::mixture_view<T, D, C>& mixture, const Z& z,
                                const level_view<T, Space>& levels, const E& eps_hat_bar, const L& log_density_bar,
                                const ZBar& z_bar, const LevelBar& level_bar) {
    const index_t k = mixture.size(), d = mixture.dim();
    const index_t parameters = k * (1 + d + (C == distribution::covariance::isotropic ? 1 : d));
    const index_t chunks = (z.size() + exec::sum_chunk - 1) / exec::sum_chunk;
    if (chunks == 0) return std::vector<T>(static_cast<std::size_t>(parameters), T(0));
    const bool wide = d > local_point_capacity;
    const auto rows = policy.template allocate<T>(chunks * parameters);
    const auto scratch = policy.template allocate<T>(wide ? chunks * 4 * d : 0);
    const auto run = [&]<class S, bool Wide>() {
        policy.for_each_index(chunks,
                              chunk_pulled_back<S, Wide, T, D, C, Z, level_view<T, Space>, E, L, ZBar, LevelBar>{
                                  mixture, z, levels, eps_hat_bar, log_density_bar, z_bar, level_bar, parameters,
                                  rows.data(), scratch.data()});
    };
    if (wide)
        run.template operator()<T, true>();
    else
        run.template operator()<typename P::template pack<T>, false>();
    std::vector<T> on_host(static_cast<std::size_t>(chunks * parameters)), sums;
    policy.get(rows.data(), rows.size(), on_host.data());
    for (index_t p = 0; p < parameters; ++p) sums.push_back(exec::tree_sum(on_host.data() + p, chunks, parameters));
    return sums;
}

} // namespace cdl::denoiser::detail
