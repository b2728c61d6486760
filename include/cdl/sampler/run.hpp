// SPDX-License-Identifier: MIT
#pragma once

// The loop over the levels of a grid, the only one: every method, denoiser, policy and source of noise goes through it.
// A point's result depends on its start, its address in the noise and the grid, and on nothing else: not on the other
// points of the batch, their number, their order or the threads.

#include <cdl/sampler/grid.hpp>
#include <cdl/sampler/stepper.hpp>

namespace cdl::sampler {

/// An observer that does nothing. Observers are called as observer(k, level, z): with the start, k = 0, and after step
/// k = 1, ..., T with the points at level k of the grid; z is a view in memory of the policy. One that has `check(levels, z)`
/// may refuse before anything is written, by std::invalid_argument.
struct no_observer {
    void operator()(const auto&...) const {}
};

/// Satisfied where a method can take points of a batch from level to level by a denoiser.
template <class P, class M, class F, class Z>
concept runnable =
    usable_method<M, P, batch_scalar_t<Z>, batch_view_of<Z>::static_dim> &&
    denoiser::usable_denoiser<std::remove_cvref_t<F>, P, batch_scalar_t<Z>, batch_view_of<Z>::static_dim>;

/// Takes the points z, n x d, from the first level of the grid to the last, in place, by the method: `ddim{}`,
/// `ancestral{}`, `heun{}`, `dpm_solver_2{}`, `dpm_solver_pp_2m{}`, or one of your own. Returns the number of calls of the
/// denoiser, each on the whole batch.
///
/// z: at the first level; `draw_start` draws it where that is pure noise. grid: levels that do not decrease, from noisy
/// to clean, +-inf included; pure noise is taken at `noisiest_usable`, repeated levels change nothing, and so the denoiser
/// is only asked at finite levels. denoiser: a batch denoiser, or a point denoiser, which is lifted. noise: a
/// `random::noise_stream`, or any other source; step k uses the numbers of its step k. The batch of the points first, ...
/// of a larger one takes `noise.starting_at(first)`.
///
/// Throws std::invalid_argument where the grid decreases, is empty or has a NaN, where the method's settings, shapes or
/// recorded noise do not fit, before z is touched. What the denoiser or the observer throws passes through. z then holds the
/// points where the last step that was completed left them, so that the rest of the grid goes on from there: a step writes
/// z after its last call of the denoiser. (With `corrected` that step may be a correction, at the next level already.)
/// Cost: the calls, and one pass over z for each. Memory: the stepper's.
template <exec::policy P, class M, class F, writable_batch Z, random::noise_source N = random::noise_stream,
          class Observer = no_observer>
    requires runnable<P, M, F, std::remove_reference_t<Z>>
index_t run(const P& policy, const M& method, F&& denoiser, std::span<const log_snr<batch_scalar_t<Z>>> grid, Z&& z,
            const N& noise, Observer&& observer = {}) {
    using T = batch_scalar_t<Z>;
    constexpr auto where = "cdl::sampler::run";
    const auto points = exec::view_on(policy, z);
    const auto levels = usable_levels(grid, where);
    const auto steps = detail::moving_steps(levels);
    const auto count = static_cast<index_t>(steps.size());
    require_writable(points, where, "z");
    denoiser::require_dimension(denoiser, points, where, "z");
    detail::check_method(method, noise, count, points.size(), points.dim(), where);
    if constexpr (requires { observer.check(index_t{}, points); }) observer.check(std::ssize(levels), points);

    auto stepper = stepper_for<T, decltype(points)::static_dim>(policy, method, points.size(), points.dim());
    index_t calls = 0;
    auto step = steps.begin();
    observer(index_t{0}, levels.front(), points);
    for (std::size_t k = 1; k < levels.size(); ++k) {
        if (levels[k - 1] < levels[k]) calls += stepper.step(policy, denoiser, points, *step++, noise);
        observer(static_cast<index_t>(k), levels[k], points);
    }
    return calls;
}

/// The same for methods without noise. Throws std::invalid_argument for a stochastic one.
template <exec::policy P, class M, class F, writable_batch Z>
    requires runnable<P, M, F, std::remove_reference_t<Z>>
index_t run(const P& policy, const M& method, F&& denoiser, std::span<const log_snr<batch_scalar_t<Z>>> grid, Z&& z) {
    require(!method.stochastic(), "cdl::sampler::run", "noise", "is needed by a stochastic method", "none");
    return run(policy, method, denoiser, grid, z, random::noise_stream{});
}

/// What is no method, or no denoiser, is refused.
template <exec::policy P, class M, class F, class Grid, writable_batch Z, class... Rest>
    requires(!runnable<P, M, F, std::remove_reference_t<Z>>)
void run(const P&, const M&, F&&, const Grid&, Z&&, const Rest&...) {
    using batch = std::remove_reference_t<Z>;
    if constexpr (!usable_method<M, P, batch_scalar_t<Z>, batch_view_of<batch>::static_dim>)
        require_method<M, P, batch>();
    else
        denoiser::require_denoiser<F, P, batch>();
}

/// A grid of another scalar than that of the points is refused.
template <exec::policy P, class M, class F, class U, writable_batch Z, class... Rest>
    requires(runnable<P, M, F, std::remove_reference_t<Z>> && !std::same_as<U, batch_scalar_t<Z>>)
void run(const P&, const M&, F&&, const std::vector<log_snr<U>>&, Z&&, const Rest&...) {
    constexpr bool good = std::same_as<U, batch_scalar_t<Z>>;
    static_assert(good,
                  "cdl: the levels of a grid must be of the scalar of the points: log_snr<float> for points of float");
}

/// A call without a policy is refused.
template <class First, class... Rest>
    requires(!exec::policy<First>)
void run(const First&, const Rest&...) {
    exec::require_policy<First>();
}

/// Draws z, n x d, from N(0, I), the law of pure noise, at an address that no run reaches: the last step, 2^32 - 1. The start
/// is the same for every method and number of steps.
///
/// It is the start of a grid whose first level is (nearly) pure noise: from a cleaner first level a the run goes on with points
/// that lack signal_scale(a) x. The form with the level refuses those.
template <exec::policy P, writable_batch Z>
void draw_start(const P& policy, const random::noise_stream& noise, Z&& z) {
    channel::draw_noise(policy, noise, 0xFFFFFFFF, z);
}

/// The largest share of the signal's power, sigmoid(a), at which `draw_start` takes the first level of a grid for pure noise:
/// signal_scale(a) is 0.1 there. Stable Diffusion's last step has 0.0047, DDPM's 0.00004.
inline constexpr double most_signal_at_start = 0.01;

/// The same for a grid that begins with the level `first`: grid.front().
///
/// Throws std::invalid_argument, before anything is written, where `first` is NaN or has more of the signal than
/// `most_signal_at_start`. Ways out: a grid that reaches pure noise, as `ddpm_linear_scaled(T)` or `zero_terminal()` of
/// `schedule::discrete_levels` do, or points of the data noised to `first` by `channel::add_noise`.
template <exec::policy P, writable_batch Z>
void draw_start(const P& policy, const random::noise_stream& noise, log_snr<batch_scalar_t<Z>> first, Z&& z) {
    const double signal = static_cast<double>(signal_power(first));
    require(signal <= most_signal_at_start, "cdl::sampler::draw_start", "first",
            "must be (nearly) pure noise, sigmoid(first) <= 0.01: take levels that reach it, ddpm_linear_scaled(T) or "
            "zero_terminal(), or start from data noised to this level by channel::add_noise",
            "sigmoid(first) = ", signal);
    draw_start(policy, noise, z);
}

} // namespace cdl::sampler
