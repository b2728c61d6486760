// SPDX-License-Identifier: MIT
#pragma once

// The empirical denoiser cut off after the k nearest points of each query, with a bound on what is lost. With the squared
// distances in order, q_1 <= ... <= q_n, and weights w_i = e^(-(q_i - q_1) / 2v), no neglected point weighs more than
// w_(k+1), so the posterior mass of all n - k of them is
//
//     rho <= M / (W + M),   M = (n - k) w_(k+1),   W = w_1 + ... + w_k.
//
// The exact mean is (1 - rho) times that of the kept points plus rho times that of the neglected ones, and both lie in the
// convex hull of a cloud of radius R, so the estimate is wrong by |error| <= N/v S 2R rho. All distances are computed, but
// few exponentials and few weighted sums.

#include <cdl/denoiser/detail/empirical_nearest.hpp>
#include <cdl/denoiser/empirical.hpp>

namespace cdl::denoiser {

/// The largest k.
inline constexpr index_t top_k_capacity = detail::nearest_capacity;

namespace detail {

/// eps_hat and the neglected mass for the queries of tile `index`.
template <class S, class Cloud, class Z, class E, class M>
struct top_k_tile {
    using T = lane_t<S>;
    using tile = query_tile<S, Cloud>;

    Cloud cloud;
    index_t k;
    Z z;
    level_view<T> levels;
    E eps_hat;
    M neglected; ///< n x 1, or n x 0 where nobody asks

    void operator()(index_t index) const {
        const tile queries(cloud, z, levels, index);
        nearest_points<S> seen[tile::packs] = {nearest_points<S>(k + 1), nearest_points<S>(k + 1)};
        for (index_t first = 0; first < cloud.size(); first += tile::block) {
            const index_t count = cloud.size() - first < tile::block ? cloud.size() - first : tile::block;
            queries.find_distances(first, count);
            for (index_t p = 0; p < tile::packs; ++p) {
                index_t i = 0;
                const auto square = [&](index_t g) { return queries.squares(i + g)[p]; };
                for (; i + 16 <= count; i += 16) seen[p].template consider<16>(first + i, square);
                for (; i < count; ++i) seen[p].template consider<1>(first + i, square);
            }
        }
        for (index_t p = 0; p < tile::packs; ++p) {
            const S unit = queries.unit[p], excess = S(unit - queries.kernel[p].signal);
            const auto offset = [&](index_t j, const S& x_j) {
                return multiply_add(excess, x_j, S(unit * S(queries.y(j)[p] - x_j)));
            };
            const auto put = [&](index_t j, const S& value) { store(eps_hat, queries.group[p], j, value); };
            const S mass = mean_of_nearest(seen[p], cloud, queries.falloff[p], queries.kernel[p].pull, offset, put);
            if (neglected.dim() > 0) store(neglected, queries.group[p], 0, mass);
        }
    }
};

/// The same for query i, one at a time.
template <class F, class Z, class Levels, class E, class M>
struct top_k_point {
    F f;
    Z z;
    Levels levels;
    E eps_hat;
    M neglected;

    CDL_HD void operator()(index_t i) const {
        const auto mass = f(z[i], levels[i], eps_hat[i]);
        if (neglected.dim() > 0) neglected(i, 0) = mass;
    }
};

} // namespace detail

/// An empirical denoiser that keeps only the k nearest points of each query; made by `top_k`. A point and a batch denoiser.
template <class T, index_t D, class Space>
class empirical_top_k {
public:
    using space = Space;

    CDL_HD empirical_top_k(const distribution::cloud_view<T, D, Space>& cloud, index_t k)
        : cloud_(cloud), k_(k < cloud.size() ? k : cloud.size()) {}

    CDL_HD index_t dim() const { return cloud_.dim(); }
    CDL_HD index_t k() const { return k_; }

    /// eps_hat for one point; returns the bound on the neglected posterior mass, in [0, 1], 0 for k >= n.
    template <point Z, class S, class E>
    CDL_HD S operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        const distribution::detail::noised_kernel<S> kernel(a, S(cloud_.kernel_width));
        const S minus_signal = S(-kernel.signal);
        auto&& from = as_point(z);
        auto&& to = as_point(eps_hat);
        detail::nearest_points<S> seen(k_ + 1);
        for (index_t i = 0; i < cloud_.size(); ++i) {
            S square = S(0);
            for (index_t j = 0; j < dim(); ++j) {
                const S offset = multiply_add(minus_signal, S(cloud_(i, j)), S(from[j]));
                square = multiply_add(offset, offset, square);
            }
            seen.template consider<1>(i, [&](index_t) { return square; });
        }
        const auto offset = [&](index_t j, const S& x_j) { return multiply_add(minus_signal, x_j, S(from[j])); };
        const auto put = [&](index_t j, const S& value) { to[j] = value; };
        return detail::mean_of_nearest(seen, cloud_, kernel.falloff, kernel.pull, offset, put);
    }

    /// eps_hat for a batch, m x d, arguments as for `lifted`.
    template <exec::policy P, batch Z, writable_batch E>
    void operator()(const P& policy, const Z& z, level_view<batch_scalar_t<E>, typename P::space> levels,
                    E&& eps_hat) const {
        run(policy, z, levels, eps_hat, batch_view<T, dynamic, point_major, Space>()); // nobody asks
    }

    /// The same, and neglected[i] the bound on the neglected posterior mass of query i; m numbers.
    template <exec::policy P, batch Z, writable_batch E, writable_batch M>
    void operator()(const P& policy, const Z& z, level_view<batch_scalar_t<E>, typename P::space> levels, E&& eps_hat,
                    M&& neglected) const {
        const auto queries = as_batch(z);
        const auto mass = exec::view_on(policy, neglected);
        require(mass.size() == queries.size() && mass.dim() == 1, where, "neglected",
                "must be one number for each point", mass.size(), " x ", mass.dim(), " for ", queries.size());
        require_writable(mass, where, "neglected");
        run(policy, z, levels, eps_hat, mass);
    }

    /// The largest |eps_hat - exact eps_hat| that a neglected mass allows at level a: N/v S 2R mass.
    template <class S>
    CDL_HD S error_bound(const S& neglected, const log_snr<S>& a) const {
        const distribution::detail::noised_kernel<S> kernel(a, S(cloud_.kernel_width));
        return S(S(kernel.pull * kernel.signal) * S(S(S(2) * S(cloud_.radius)) * neglected));
    }

private:
    static constexpr auto where = "cdl::denoiser::empirical_top_k";

    template <class P, class Z, class Levels, class E, class M>
    void run(const P& policy, const Z& z, const Levels& levels, E& eps_hat, const M& neglected) const {
        const auto from = exec::view_on(policy, z);
        const auto to = exec::view_on(policy, eps_hat);
        require_same_space(*this, policy);
        detail::require_estimable(*this, from, levels, to, where);
        using z_view = std::remove_const_t<decltype(from)>;
        using eps_view = std::remove_const_t<decltype(to)>;
        if constexpr (std::is_same_v<Space, host>) {
            using tiles =
                detail::top_k_tile<typename P::template pack<T>, distribution::cloud_view<T, D>, z_view, eps_view, M>;
            policy.for_each_index((from.size() + tiles::tile::size - 1) / tiles::tile::size,
                                  tiles{cloud_, k_, from, levels, to, neglected});
        } else {
            policy.for_each_index(from.size(), detail::top_k_point<empirical_top_k, z_view, Levels, eps_view, M>{
                                                   *this, from, levels, to, neglected});
        }
    }

    distribution::cloud_view<T, D, Space> cloud_;
    index_t k_;
};

/// The denoiser that keeps the k nearest points of each query, 1 <= k <= 64; it views the points, as `exact` does.
/// Throws std::invalid_argument on other k. O(m n d) for distances, O(m k d) for the rest.
template <class T, index_t D, class Space>
empirical_top_k<T, D, Space> top_k(const empirical<T, D, Space>& exact, index_t k) {
    require(1 <= k && k <= top_k_capacity, "cdl::denoiser::top_k", "k", "must be between 1 and 64", k);
    return {exact.cloud(), k};
}

} // namespace cdl::denoiser
