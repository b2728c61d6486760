// SPDX-License-Identifier: MIT
#pragma once

// Sampling in parallel over time [CDL sec. 4, eqs. 12-13; Shih et al. 2023, alg. 1]. The trajectory of a sampler is the
// fixed point of its own sum: guess all its points, ask the denoiser at all of them at once, sum the steps up,
//
//     z_{j+1} = z_0 + sum_{i <= j} (step_i(z_i) - z_i)                                     [CDL eq. 13]
//
// and repeat. Each sweep makes at least one more point exact, so that as many sweeps as steps give the sequential
// trajectory, with noise too, because the noise has addresses. A window slides along the trajectory as its points settle.

#include <cdl/sampler/detail/picard_sweep.hpp>
#include <cdl/sampler/run.hpp>

namespace cdl::sampler {

/// What the sweeps were and cost.
struct picard_report {
    index_t sweeps = 0;         ///< batched calls of the denoiser
    index_t denoiser_calls = 0; ///< points and levels asked in all of them: divided by n, the calls for a point (NFE)
    std::vector<double> residuals; ///< for each step: how far, rms over coordinates, its end moved in its last sweep;
                                   ///< the largest of the batch, NaN where one is
    bool converged = true; ///< whether all states of all trajectories are finite: then each has settled, or is exact
};

/// Takes the points z, n x d, from the first level of the grid to the last, in place, by a method that asks the denoiser
/// once a step (`ddim`, `ancestral`), all steps of the window at once. Arguments as for `run`, with the same
/// result up to the tolerance, but where a trajectory passes so near to a watershed between modes that this decides for another;
/// to rounding for a window of 1 or a tolerance of 0. Each point has a window of its own,
/// so its result depends on no other point, unless settings.together asks for the published rule.
///
/// The observer is called as observer(sweep, path) before the first sweep, with sweep 0, and after each: `path` is a
/// `picard_path`, all trajectories as they are then, in memory of the policy; `path.level(k)` are the points at level k of the
/// grid without repetitions, n x d, which `record` keeps.
///
/// Throws std::invalid_argument as `run` does, and for settings that are not possible. z is written at the end: what the
/// denoiser or the observer throws leaves it as it was. Memory: (T + 1) n d numbers, as many
/// again for stochastic methods, and (2 d + 3) n W for windows of W steps, allocated once.
template <exec::policy P, class M, class F, writable_batch Z, random::noise_source N = random::noise_stream,
          class Observer = no_observer>
picard_report picard(const P& policy, const M& method, F&& denoiser, std::span<const log_snr<batch_scalar_t<Z>>> grid,
                     Z&& z, const N& noise, const picard_settings& settings = {}, Observer&& observer = {}) {
    static_assert(one_call_method<M>,
                  "cdl: picard sums up the steps of methods that ask the denoiser once, as ddim and ancestral do: take "
                  "sampler::run for heun, dpm_solver, corrected and known_coordinates");
    using T = batch_scalar_t<Z>;
    constexpr auto where = "cdl::sampler::picard";
    const auto points = exec::view_on(policy, z);
    const auto steps = detail::moving_steps(usable_levels(grid, where));
    require_writable(points, where, "z");
    denoiser::require_dimension(denoiser, points, where, "z");
    settings.check(where);
    const auto count = static_cast<index_t>(steps.size());
    detail::check_method(method, noise, count, points.size(), points.dim(), where);

    picard_report report;
    if (steps.empty() || points.size() == 0 || points.dim() == 0) return report;
    detail::picard_sweeper<T, decltype(points)::static_dim, P> sweeper(policy, method, steps, points, noise, settings);
    observer(index_t{0}, sweeper.path());
    while (const index_t rows = sweeper.plan()) {
        sweeper.sweep(denoiser, rows);
        report.denoiser_calls += rows;
        observer(++report.sweeps, sweeper.path());
    }
    report.residuals = sweeper.residuals();
    report.converged = sweeper.is_finite();
    sweeper.finish(points);
    return report;
}

/// The same for methods without noise. Throws std::invalid_argument for a stochastic one.
template <exec::policy P, class M, class F, writable_batch Z>
picard_report picard(const P& policy, const M& method, F&& denoiser, std::span<const log_snr<batch_scalar_t<Z>>> grid,
                     Z&& z, const picard_settings& settings = {}) {
    require(!method.stochastic(), "cdl::sampler::picard", "noise", "is needed by a stochastic method", "none");
    return picard(policy, method, denoiser, grid, z, random::noise_stream{}, settings);
}

} // namespace cdl::sampler
