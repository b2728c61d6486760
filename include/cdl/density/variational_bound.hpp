// SPDX-License-Identifier: MIT
#pragma once

// The variational bound of a diffusion model, in nats, for any denoiser [VDM eq. 37]:
//
//     -log p(x) <= KL(q(z_1 | x) || N(0, I)) + E[-log p(x | z_0)] + L_T(x),
//                  prior loss                  reconstruction loss  diffusion loss
//
// where p is the model: N(0, I), T steps p(z_s | z_t) made of the denoiser, and the decoder p(x | z_0). The bound
// holds for each x and every denoiser, of the model's own density. Against the density of the data it holds on average over the
// data: the model's density of discrete or continuous data is its own, and at single points may be the larger one.

#include <cdl/density/diffusion_loss.hpp>
#include <cdl/density/prior_loss.hpp>
#include <cdl/density/reconstruction_loss.hpp>

namespace cdl::density {

/// The bound at one point and its three parts, nats; `Data` is the scale: `continuous_data` or `discrete_data<n>`.
template <class Data, class T>
struct bound_parts {
    T prior;                             ///< closed form
    quadrature_result<T> reconstruction; ///< closed form for continuous data
    quadrature_result<T> diffusion;      ///< by quadrature
    index_t dim;

    /// The upper bound of -log p(x).
    T total() const { return T(T(prior + reconstruction.value) + diffusion.value); }
    /// It in bits for each dimension.
    bits_per_dim_of<Data, T> bits_per_dim() const { return in_bits<Data>(total(), dim); }
    bool converged() const { return reconstruction.converged && diffusion.converged; }
};

namespace detail {

template <class P, class X, class T>
std::vector<quadrature_result<T>> reconstruction_of(const P&, const X& x, const continuous_data&, log_snr<T> cleanest,
                                                    const quadrature&) {
    const T value = continuous_reconstruction_loss(cleanest, x.dim());
    return std::vector<quadrature_result<T>>(static_cast<std::size_t>(x.size()), {value, T(0), 0, 0, 0, true});
}
template <class P, class X, index_t Values, class T>
std::vector<quadrature_result<T>> reconstruction_of(const P& policy, const X& x, const discrete_data<Values>& data,
                                                    log_snr<T> cleanest, const quadrature& rule) {
    return reconstruction_loss(policy, x, data, cleanest, rule);
}

/// Throws unless the points are of the data: before any of the three parts is computed.
template <class P, class X>
void check_data(const P&, const X&, const continuous_data&, const char*) {}
template <class P, class X, index_t Values>
void check_data(const P& policy, const X& x, const discrete_data<Values>& data, const char* where) {
    require_values(policy, x, data, where);
}

template <class P, class X, class Data, class T>
std::vector<bound_parts<Data, T>> assemble(const P& policy, const X& x, const Data& data, log_snr<T> noisiest,
                                           log_snr<T> cleanest, const std::vector<quadrature_result<T>>& diffusion,
                                           const quadrature& rule) {
    const auto prior = prior_loss(policy, x, noisiest);
    const auto reconstruction = reconstruction_of(policy, x, data, cleanest, rule);
    std::vector<bound_parts<Data, T>> bounds;
    for (std::size_t i = 0; i < prior.size(); ++i)
        bounds.push_back({prior[i], reconstruction[i], diffusion[i], x.dim()});
    return bounds;
}

} // namespace detail

/// The bound with T steps for each point of x (n x d, d <= 2), for data that are `continuous_data{}` or e.g. `eight_bit()`.
/// The grid has the T + 1 levels, from noisy to clean. Exact to the rule's tolerance. Throws as its three parts do, before
/// anything is computed.
/// [VDM eqs. 37, 55]
template <exec::policy P, class F, batch X, class Data>
auto variational_bound(const P& policy, F&& denoiser, const X& x, const Data& data,
                       const std::vector<log_snr<batch_scalar_t<X>>>& grid, const quadrature& rule = {}) {
    const auto points = exec::view_on(policy, x);
    constexpr auto where = "cdl::density::variational_bound";
    detail::check_diffusion(denoiser, points, grid, rule, where);
    detail::check_data(policy, points, data, where);
    const auto diffusion = diffusion_loss(policy, denoiser, points, grid, rule);
    return detail::assemble(policy, points, data, grid.front(), grid.back(), diffusion, rule);
}

/// The bound in continuous time, T to infinity, between two levels. [VDM eqs. 37, 54]
template <exec::policy P, class F, batch X, class Data>
auto variational_bound(const P& policy, F&& denoiser, const X& x, const Data& data, log_snr<batch_scalar_t<X>> noisiest,
                       log_snr<batch_scalar_t<X>> cleanest, const quadrature& rule = {}) {
    const auto points = exec::view_on(policy, x);
    constexpr auto where = "cdl::density::variational_bound";
    detail::check_diffusion(denoiser, points, noisiest, cleanest, rule, where);
    detail::check_data(policy, points, data, where);
    const auto diffusion = continuous_diffusion_loss(policy, denoiser, points, noisiest, cleanest, rule);
    return detail::assemble(policy, points, data, noisiest, cleanest, diffusion, rule);
}

} // namespace cdl::density
