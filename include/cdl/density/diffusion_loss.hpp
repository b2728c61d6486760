// SPDX-License-Identifier: MIT
#pragma once

// The part of the variational bound that the denoiser answers for. Each step of a chain of T costs the KL divergence of
// the model's p(z_s | z_t) from q(z_s | z_t, x), which is a squared error with a weight [VDM eqs. 38, 48-50, 55]:
//
//     L_T(x) = sum over steps of 1/2 (e^(a_s - a_t) - 1) E|eps - eps_hat(z_t, a_t)|^2,
//
// eq. 48 with x - x_hat = -(N/S) (eps - eps_hat). For T to infinity the sum is an integral over the level that knows nothing of
// the schedule but its ends [VDM eqs. 53, 54, 66]:
//
//     L_inf(x) = 1/2 int E|eps - eps_hat(z, a)|^2 da,   a from the noisiest to the cleanest level.
//
// On average over the data, and for the optimal denoiser, L_2T <= L_T [VDM app. F]. At a single point it need not be: the
// error about an unlikely x may be larger at less noise.

#include <cdl/channel/posterior.hpp>
#include <cdl/density/quadrature.hpp>
#include <cdl/schedule/require_grid.hpp>

namespace cdl::density {

namespace detail {

/// Adds weight E|eps - eps_hat|^2 at level a to a result.
template <class P, class F, class Point, class T>
void add_error(const P& policy, F& denoiser, const Point& x, log_snr<T> a, const T& weight, const quadrature& rule,
               quadrature_result<T>& result) {
    const auto mean = integrate_noise<T>(policy, denoiser, squared_residual<T>{{clean<T>()}}, x, a, rule);
    result.value = T(result.value + weight * mean.value);
    result.denoiser_calls += mean.denoiser_calls;
    result.noise_nodes = mean.intervals > result.noise_nodes ? mean.intervals : result.noise_nodes;
    result.converged = result.converged && mean.converged;
}

template <class T>
quadrature_result<T> nothing_yet() {
    return {T(0), T(std::numeric_limits<T>::quiet_NaN()), 0, 0, 0, true};
}

template <class T>
void require_finite_ends(log_snr<T> noisiest, log_snr<T> cleanest, const char* where) {
    require(T(noisiest.value - noisiest.value) == T(0), where, "noisiest", "must be finite", noisiest.value);
    require(T(cleanest.value - cleanest.value) == T(0), where, "cleanest", "must be finite", cleanest.value);
    require(noisiest < cleanest, where, "noisiest", "must be below cleanest", noisiest.value, " against ",
            cleanest.value);
}

} // namespace detail

/// L_T in nats for each point of x (n x d, d <= 2) by quadrature over the noise, exact to its tolerance, for any denoiser.
/// The grid has the T + 1 levels from noisy to clean, as those of samplers do; `schedule::uniform_in_time(schedule, T)` is
/// VDM's. Throws std::invalid_argument on a grid that decreases, has a NaN, less than two levels or infinite ones.
/// T noise_nodes^d denoiser evaluations for each point and attempt; `level_nodes` of the result is T. [VDM eqs. 38, 50, 55]
template <exec::policy P, class F, batch X>
std::vector<quadrature_result<batch_scalar_t<X>>> diffusion_loss(const P& policy, F&& denoiser, const X& x,
                                                                 const std::vector<log_snr<batch_scalar_t<X>>>& grid,
                                                                 const quadrature& rule = {}) {
    using T = batch_scalar_t<X>;
    constexpr auto where = "cdl::density::diffusion_loss";
    const auto points = exec::view_on(policy, x);
    detail::check(points, rule);
    denoiser::require_dimension(denoiser, points, where, "x");
    schedule::require_grid(grid, where);
    require(grid.size() >= 2, where, "grid", "must have at least two levels", grid.size());
    detail::require_finite_ends(grid.front(), grid.back(), where);
    std::vector<quadrature_result<T>> results;
    for (index_t i = 0; i < points.size(); ++i) {
        auto result = detail::nothing_yet<T>();
        for (std::size_t t = 0; t + 1 < grid.size(); ++t) {
            const T weight = T(channel::snr_ratio_minus_one(grid[t + 1], grid[t]) / T(2));
            if (grid[t] < grid[t + 1]) detail::add_error(policy, denoiser, points[i], grid[t], weight, rule, result);
            ++result.level_nodes;
        }
        results.push_back(result);
    }
    return results;
}

/// L_inf in nats for each point of x (n x d, d <= 2) between two finite levels, by quadrature over level and noise: with
/// Gauss-Legendre on [noisiest, cleanest], whose nodes are doubled from 24 to 384 until that no longer matters, or as many as
/// `rule.level_nodes` says; `rule.center` is not used. Throws std::invalid_argument on levels that are not finite or not in
/// order. [VDM eqs. 53, 54, 66]
template <exec::policy P, class F, batch X>
std::vector<quadrature_result<batch_scalar_t<X>>>
continuous_diffusion_loss(const P& policy, F&& denoiser, const X& x, log_snr<batch_scalar_t<X>> noisiest,
                          log_snr<batch_scalar_t<X>> cleanest, const quadrature& rule = {}) {
    using T = batch_scalar_t<X>;
    using std::abs;
    constexpr auto where = "cdl::density::continuous_diffusion_loss";
    const auto points = exec::view_on(policy, x);
    detail::check(points, rule);
    denoiser::require_dimension(denoiser, points, where, "x");
    detail::require_finite_ends(noisiest, cleanest, where);
    const T length = T(cleanest.value - noisiest.value);
    std::vector<quadrature_result<T>> results;
    for (index_t i = 0; i < points.size(); ++i) {
        auto result = detail::nothing_yet<T>();
        for (index_t levels = rule.level_nodes > 0 ? rule.level_nodes : 24;; levels *= 2) {
            const auto axis = math::gauss_legendre<T>(levels);
            const T before = result.value;
            const bool first = result.level_nodes == 0;
            result.value = T(0);
            result.converged = true;
            for (std::size_t l = 0; l < axis.nodes.size(); ++l) {
                const log_snr<T> a{T(noisiest.value + length * axis.nodes[l])};
                detail::add_error(policy, denoiser, points[i], a, T(T(length * axis.weights[l]) / T(2)), rule, result);
            }
            result.level_nodes = levels;
            if (!first) result.last_change = T(abs(T(result.value - before)));
            const bool settled = !first && detail::settled(rule, result.last_change, result.value, 32 * points.dim());
            result.converged = result.converged && settled;
            if (rule.level_nodes > 0 || levels >= 384 || settled) break;
        }
        results.push_back(result);
    }
    return results;
}

} // namespace cdl::density
