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
#include <cdl/schedule/detail/require_grid.hpp>

namespace cdl::density {

namespace detail {

/// Levels spread evenly from the noisiest to the cleanest.
template <class T>
struct straight_levels {
    T noisiest, length;

    log_snr<T> level(const T& u, const T&) const { return {T(noisiest + length * u)}; }
    T slope(const T&, const T&) const { return length; }
};

template <class T>
quadrature_result<T> nothing_yet() {
    return {T(0), T(std::numeric_limits<T>::quiet_NaN()), 0, 0, 0, true};
}

/// What a diffusion loss asks of its points and its ends, and one in T steps of its grid.
template <class T, class F, class Points>
void check_diffusion(const F& denoiser, const Points& points, log_snr<T> noisiest, log_snr<T> cleanest,
                     const quadrature& rule, const char* where) {
    check(points, rule);
    denoiser::require_dimension(denoiser, points, where, "x");
    require(T(noisiest.value - noisiest.value) == T(0), where, "noisiest", "must be finite", noisiest.value);
    require(T(cleanest.value - cleanest.value) == T(0), where, "cleanest", "must be finite", cleanest.value);
    require(noisiest < cleanest, where, "noisiest", "must be below cleanest", noisiest.value, " against ",
            cleanest.value);
}
template <class T, class F, class Points>
void check_diffusion(const F& denoiser, const Points& points, const std::vector<log_snr<T>>& grid,
                     const quadrature& rule, const char* where) {
    schedule::detail::require_grid(grid, where);
    require(grid.size() >= 2, where, "grid", "must have at least two levels", grid.size());
    check_diffusion(denoiser, points, grid.front(), grid.back(), rule, where);
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
    detail::check_diffusion(denoiser, points, grid, rule, where);
    std::vector<quadrature_result<T>> results(static_cast<std::size_t>(points.size()), detail::nothing_yet<T>());
    if (results.empty()) return results;
    auto means = detail::noise_means_of<T>(policy, denoiser, detail::squared_residual<T>{{clean<T>()}}, points, rule);
    for (std::size_t t = 0; t + 1 < grid.size(); ++t) {
        if (grid[t] < grid[t + 1]) {
            const T weight = T(channel::snr_ratio_minus_one(grid[t + 1], grid[t]) / T(2));
            const auto at_level = means.at(grid[t], detail::all_points(results, rule));
            for (std::size_t i = 0; i < results.size(); ++i) {
                results[i].value = T(results[i].value + weight * at_level[i].value);
                results[i].admit(at_level[i].intervals, at_level[i].denoiser_calls);
                results[i].converged = results[i].converged && at_level[i].converged;
            }
        }
        for (auto& result : results) ++result.level_nodes;
    }
    return results;
}

/// L_inf in nats for each point of x (n x d, d <= 2) between two finite levels, by quadrature over level and noise: with
/// Gauss-Legendre on [noisiest, cleanest], whose nodes are doubled from 24, or one for each unit of log-SNR if that is more, up to
/// 16 times as many until that no longer matters, or as many as `rule.level_nodes` says; `rule.center` is not used. Throws std::invalid_argument on levels that are not finite or not in
/// order. [VDM eqs. 53, 54, 66]
template <exec::policy P, class F, batch X>
std::vector<quadrature_result<batch_scalar_t<X>>>
continuous_diffusion_loss(const P& policy, F&& denoiser, const X& x, log_snr<batch_scalar_t<X>> noisiest,
                          log_snr<batch_scalar_t<X>> cleanest, const quadrature& rule = {}) {
    using T = batch_scalar_t<X>;
    using std::abs;
    constexpr auto where = "cdl::density::continuous_diffusion_loss";
    const auto points = exec::view_on(policy, x);
    detail::check_diffusion(denoiser, points, noisiest, cleanest, rule, where);
    const T length = T(cleanest.value - noisiest.value);
    std::vector<quadrature_result<T>> results(static_cast<std::size_t>(points.size()), detail::nothing_yet<T>());
    if (results.empty()) return results;
    auto means = detail::noise_means_of<T>(policy, denoiser, detail::squared_residual<T>{{clean<T>()}}, points, rule);
    std::vector<detail::integrated_point<T>> all;
    for (index_t i = 0; i < points.size(); ++i) all.push_back({i, T(0), true});
    const index_t first = rule.level_nodes > 0 ? rule.level_nodes : std::max<index_t>(24, detail::even_above(length));
    detail::integrate_levels(means, detail::straight_levels<T>{noisiest.value, length}, first, all, points.dim(), rule,
                             results);
    for (auto& result : results) result = result.mapped(T(0), T(0.5));
    return results;
}

} // namespace cdl::density
