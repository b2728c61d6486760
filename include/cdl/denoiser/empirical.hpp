// SPDX-License-Identifier: MIT
#pragma once

// The exact denoiser of a data set: of n points x_i with a Gaussian kernel of standard deviation h on each [CDL eq. 1]:
//
//     eps_hat(z, a) = E[eps | z] = N/v sum_i r_i (z - S x_i),   r_i = softmax_i(-|z - S x_i|^2 / 2v),   v = S^2 h^2 + N^2,
//
// S = signal_scale(a), N = noise_scale(a). The same softmax is what attention computes, and it is computed in the same
// way: in one pass, with O(1) memory for each query, whatever the number of points.

#include <cdl/denoiser/detail/empirical_products.hpp>
#include <cdl/denoiser/detail/empirical_tiles.hpp>
#include <cdl/denoiser/lift.hpp>
#include <cdl/distribution/detail/cloud_divergence.hpp>
#include <cdl/distribution/empirical.hpp>

namespace cdl::denoiser {

/// The exact denoiser of an empirical distribution: a point denoiser, a batch denoiser and an exact density in one
/// value. It views the points, which must outlive it. One for a device is made from `distribution.on(policy)`.
template <class T, index_t D = dynamic, class Space = host>
class empirical {
public:
    using space = Space; ///< where the points lie

    explicit empirical(const distribution::empirical<T, D>& data)
        requires std::is_same_v<Space, host>
        : cloud_(data.view()) {}
    explicit empirical(const distribution::empirical<T, D>&&) = delete;
    explicit empirical(const distribution::empirical_on<T, D, Space>& data) : cloud_(data.view()) {}
    explicit empirical(const distribution::empirical_on<T, D, Space>&&) = delete;
    CDL_HD explicit empirical(const distribution::cloud_view<T, D, Space>& cloud) : cloud_(cloud) {}

    CDL_HD index_t dim() const { return cloud_.dim(); }
    /// The scales of the data, see `distribution::data_scales`. O(1).
    distribution::data_scales<T> scales() const { return distribution::scales_of(cloud_); }
    /// The points and the width of their kernels.
    CDL_HD const distribution::cloud_view<T, D, Space>& cloud() const { return cloud_; }

    /// eps_hat = E[eps | z] for one point z of any scalar made of T. At a = -inf eps_hat = z. At a = +inf it is 0, also
    /// where h = 0 and z is no point of the cloud: there, as a grows, eps_hat is the offset from the nearest point divided
    /// by N, and has no limit. Error: 4 epsilon times what rounding z, S and the exponents once can change, for static D
    /// whatever n; for dynamic D, whose sums are not compensated, up to n/256 epsilon more. O(n d), no memory.
    template <point Z, class S, class E>
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        auto&& out = as_point(eps_hat);
        distribution::detail::noise_estimate(cloud_, a, as_point(z), out);
    }

    /// eps_hat for a batch, m x d, arguments as for `lifted`. Error: 5 epsilon times the same, for any D and n. On the
    /// host O(m n d) at the speed of a matrix product where d is large, O(d) numbers for each query at work, and of a cloud
    /// far from the origin no more error than S itself brings. Throws std::invalid_argument when shapes differ.
    template <exec::policy P, batch Z, writable_batch E>
    void operator()(const P& policy, const Z& z, level_view<batch_scalar_t<E>, typename P::space> levels,
                    E&& eps_hat) const {
        const auto from = exec::view_on(policy, z);
        const auto to = exec::view_on(policy, eps_hat);
        require_same_space(*this, policy);
        detail::require_estimable(*this, from, levels, to, "cdl::denoiser::empirical");
        if (from.size() == 0) return;
        switch (dim()) {
        case 1:
            return run_points<1>(policy, from, levels, to);
        case 2:
            return run_points<2>(policy, from, levels, to);
        case 3:
            return run_points<3>(policy, from, levels, to);
        case 4:
            return run_points<4>(policy, from, levels, to);
        default:
            return run_tiles(policy, from, levels, to);
        }
    }

    /// log p_a(z), nats, see distribution::empirical::log_density.
    template <point Z, class S>
    CDL_HD S log_density(const Z& z, const log_snr<S>& a) const {
        return distribution::detail::log_density(cloud_, a, as_point(z));
    }

    /// x_hat = E[x | z], a mean of points and so without loss at low signal; at a = -inf it is the mean of the data, at
    /// a = +inf the nearest point for h = 0, else z.
    template <point Z, class S, class X>
    CDL_HD void posterior_mean(const Z& z, const log_snr<S>& a, X&& x_hat) const {
        auto&& out = as_point(x_hat);
        distribution::detail::posterior_mean(cloud_, a, as_point(z), out);
    }

    /// tr Cov(x | z), the mean squared error that x_hat is left with, a sum of what is nowhere negative and so good at every level.
    /// At a = -inf it is the variance of the data, summed over coordinates; at a = +inf it is 0. Packs compute it lane by lane.
    /// A few passes over the cloud for each `local_point_capacity` coordinates.
    template <point Z, class S>
    CDL_HD S posterior_variance(const Z& z, const log_snr<S>& a) const {
        return distribution::detail::posterior_variance(cloud_, a, as_point(z));
    }

    /// div_z eps_hat = sum_j d eps_hat_j / d z_j = N/v [ d - 1/v sum_i r_i |o_i - o|^2 ], o_i = z - S x_i, o = sum_i r_i o_i; it
    /// is -N times the Laplacian of log p_a(z). At a = -inf it is d, at a = +inf 0. It is negative, and large, between points
    /// that are as near. Error: a few epsilon times d N/v and what rounding the exponents once can change. Two passes, O(n d),
    /// no memory; a dynamic d above `local_point_capacity` takes 2 ceil(d / capacity).
    template <point Z, class S>
    CDL_HD S divergence(const Z& z, const log_snr<S>& a) const {
        return distribution::detail::divergence(cloud_, a, as_point(z));
    }

private:
    /// A pass over the cloud for each query, in N dimensions.
    template <index_t N, class P, class Z, class Levels, class E>
    void run_points(const P& policy, const Z& z, const Levels& levels, const E& eps_hat) const {
        if constexpr (D == N || D == dynamic) {
            using point_function = empirical<T, N, Space>;
            const batch_view<const T, N, typename Z::layout, Space> from(z);
            const batch_view<T, N, typename E::layout, Space> to(eps_hat);
            const point_function f(distribution::cloud_view<T, N, Space>{cloud_.points, cloud_.size(), N,
                                                                         cloud_.kernel_width, cloud_.radius});
            detail::for_each_group<point_function, T, N>(policy, z.size(), N, detail::denoised{f, from, levels, to});
        }
    }

    /// Tiles of queries against blocks of points; on a device matrix products, where they are good enough.
    template <class P, class Z, class Levels, class E>
    void run_tiles(const P& policy, const Z& z, const Levels& levels, const E& eps_hat) const {
        if constexpr (std::is_same_v<Space, host>) {
            using tiles = detail::estimate_tile<typename P::template pack<T>, distribution::cloud_view<T, D>, Z, E>;
            policy.for_each_index((z.size() + tiles::tile::size - 1) / tiles::tile::size,
                                  tiles{cloud_, z, levels, eps_hat});
        } else {
            // products where they lose less than 2^-10 of a weight, else a pass over the cloud for each query
            const detail::estimate_by_products products(policy, cloud_);
            if (dim() > local_point_capacity && products.products_lose(z, levels) < T(0x1p-10)) {
                products(z, levels, eps_hat);
                return;
            }
            detail::for_each_group<empirical, T, D>(policy, z.size(), dim(),
                                                    detail::denoised{*this, z, levels, eps_hat});
        }
    }

    distribution::cloud_view<T, D, Space> cloud_;
};

template <class T, index_t D>
explicit empirical(const distribution::empirical<T, D>&) -> empirical<T, D, host>;

} // namespace cdl::denoiser
