// SPDX-License-Identifier: MIT
#pragma once

// The inverse of a deterministic sampler: from clean points to the noise that it turns into them [Song et al. 2021a, sec. 4.3;
// Pan et al. 2023]. A step z' = A z + B eps_hat(z, a) is an equation for z, the fixed point of
//
//     G(z) = (z' - B eps_hat(z, a)) / A,
//
// solved to a tolerance. (The usual DDIM inversion asks for eps_hat at z' instead and is off by the order of the step.)
// Iterates are extrapolated from the last two, as in `picard_settings::anderson`; on a line that is the secant method.

#include <cdl/sampler/grid.hpp>
#include <cdl/sampler/stepper.hpp>

#include <algorithm>
#include <vector>

namespace cdl::sampler {

/// How closely a step is inverted.
struct invert_settings {
    /// How far the step may miss each coordinate of z', in units of 1 + |z'|; > 0. Rounding, 16 epsilon (1 + |z'| + |A z|), is
    /// always allowed; where that is more than 16 sqrt(epsilon) (1 + |z'|), no z is taken for a solution.
    double tolerance = 1e-13;
    index_t max_sweeps = 100; ///< of a step

    void check(const char* where) const {
        require(tolerance > 0 && tolerance - tolerance == 0, where, "tolerance", "must be finite and positive",
                tolerance);
        require(max_sweeps >= 1, where, "max_sweeps", "must be at least 1", max_sweeps);
    }
};

/// What an inversion took, and whether it succeeded.
struct invert_report {
    index_t denoiser_calls = 0; ///< each on the whole batch
    index_t failed = 0;         ///< points that did not converge; they are NaN
    double residual = 0;        ///< the largest miss of a step, in units of 1 + |z'|, of the others
    bool converged = true;      ///< failed == 0
};

namespace detail {

/// How the iteration of a point stands.
enum inversion : index_t { iterating, solved, failed };

/// One iterate of a point.
template <class T, class Space>
struct inverted_step {
    using rows = batch_view<T, dynamic, point_major, Space>;
    affine_update<T> update;
    rows at, target, eps_hat, moved, image; ///< z, z', eps_hat(z), and F = G(z) - z and G(z) of the iterate before
    index_t* status;
    T* miss;
    T tolerance;
    bool first, last; ///< sweep of this step

    CDL_HD void operator()(index_t i) const {
        using std::abs, std::sqrt;
        if (status[i] != iterating) return;
        const T epsilon = std::numeric_limits<T>::epsilon(), most = T(T(16) * sqrt(epsilon));
        T along = T(0), across = T(0), worst = T(0), excess = T(0);
        for (index_t j = 0; j < at.dim(); ++j) {
            const T F = T(image_of(i, j) - at(i, j)), change = T(F - moved(i, j));
            along = T(along + change * F);
            across = T(across + change * change);
            const T unit = T(T(1) + abs(target(i, j))), off = T(abs(T(update.from_z * F)));
            const T rounding = T(T(16) * epsilon * T(unit + abs(T(update.from_z * at(i, j)))));
            worst = max_or_nan(worst, T(off / unit));
            // so far out that rounding hides any miss, nothing is solved
            excess = max_or_nan(excess, rounding <= T(most * unit) ? T(off / T(tolerance * unit + rounding)) : T(2));
        }
        miss[i] = worst;
        if (excess <= T(1)) {
            status[i] = solved;
            return;
        }
        if (last || !(excess - excess == T(0))) {
            status[i] = failed;
            return;
        }
        const T u = !first && across > T(0) ? T(along / across) : T(0);
        for (index_t j = 0; j < at.dim(); ++j) {
            const T G = image_of(i, j);
            moved(i, j) = T(G - at(i, j));
            at(i, j) = u == T(0) ? G : T(G - u * T(G - image(i, j)));
            image(i, j) = G;
        }
    }

    CDL_HD T image_of(index_t i, index_t j) const {
        return T(T(target(i, j) - update.from_eps_hat * eps_hat(i, j)) / update.from_z);
    }
};

/// z' of the next step is z of the last one.
template <class T, class Space>
struct next_target {
    batch_view<T, dynamic, point_major, Space> at, target;
    index_t* status;

    CDL_HD void operator()(index_t i) const {
        if (status[i] == solved) status[i] = iterating;
        for (index_t j = 0; j < at.dim(); ++j) target(i, j) = at(i, j);
    }
};

/// z = at, NaN for points that failed.
template <class T, class Space, class Z>
struct inverted_points {
    batch_view<T, dynamic, point_major, Space> at;
    const index_t* status;
    Z z;

    CDL_HD void operator()(index_t i) const {
        for (index_t j = 0; j < z.dim(); ++j)
            z(i, j) = status[i] == failed ? std::numeric_limits<T>::quiet_NaN() : at(i, j);
    }
};

} // namespace detail

/// Takes the points z, n x d, from the last level of the grid back to the first, in place, so that `run` with the same method,
/// denoiser and grid returns them: each step to the tolerance, all of them to what the steps make of their misses.
///
/// A step has an inverse, and the iteration finds it, where 1 + (B / A) d eps_hat / dz stays away from 0: for steps that are
/// short where modes part, and data that has a width at the level before clean data. A step to clean data from which
/// x_hat does not depend on z, as of data without width, has none: end the grid at a finite level.
///
/// - Arguments: method: one that asks the denoiser once a step and is not stochastic, `ddim{}`. grid: as for `run`, noisy to clean.
/// - Returns: an `invert_report`. Points that did not converge are NaN and counted; NaN never counts as converged.
/// - Throws: std::invalid_argument as `run`, and for settings out of range, before z changes; what the denoiser throws leaves z as it was.
/// - Cost: about 5 calls of the denoiser a step, at most max_sweeps. Memory: five batches.
template <exec::policy P, one_call_method M, class F, writable_batch Z>
invert_report invert(const P& policy, const M& method, F&& denoiser, std::span<const log_snr<batch_scalar_t<Z>>> grid,
                     Z&& z, const invert_settings& settings = {}) {
    using T = batch_scalar_t<Z>;
    using Space = typename P::space;
    constexpr auto where = "cdl::sampler::invert";
    const auto points = exec::view_on(policy, z);
    constexpr index_t D = decltype(exec::view_on(policy, z))::static_dim;
    const auto steps = detail::moving_steps(usable_levels(grid, where));
    settings.check(where);
    if constexpr (requires { method.check(where); }) method.check(where);
    require(!method.stochastic(), where, "method", "must be deterministic", "one with noise");
    require_writable(points, where, "z");
    denoiser::require_dimension(denoiser, points, where, "z");
    const index_t n = points.size(), d = points.dim();

    invert_report report;
    if (n == 0 || steps.empty()) return report;
    const auto numbers = policy.template allocate<T>(5 * n * d), misses = policy.template allocate<T>(n);
    const std::vector<index_t> begun(static_cast<std::size_t>(n), detail::iterating);
    const auto status = policy.put(begun.data(), n);
    const auto part = [&](index_t k) {
        return batch_view<T, dynamic, point_major, Space>(numbers.data() + k * n * d, n, d);
    };
    const auto same = [&](index_t k) { return batch_view<T, D, point_major, Space>(numbers.data() + k * n * d, n, d); };
    detail::combine<P, T, D, Space>(policy, {{T(1), points}}, same(0));
    std::vector<index_t> standing(begun);
    std::vector<T> miss(static_cast<std::size_t>(n));
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        const auto u = detail::rounded_coefficients(method, step->from, step->to);
        policy.for_each_index(n, detail::next_target<T, Space>{part(0), part(1), status.data()});
        for (index_t sweep = 1; sweep <= settings.max_sweeps; ++sweep) {
            denoiser::denoise(policy, denoiser, same(0), level_view<T, Space>(step->from), same(2));
            ++report.denoiser_calls;
            policy.for_each_index(n, detail::inverted_step<T, Space>{
                                         u, part(0), part(1), part(2), part(3), part(4), status.data(), misses.data(),
                                         T(settings.tolerance), sweep == 1, sweep == settings.max_sweeps});
            policy.get(status.data(), n, standing.data());
            if (std::count(standing.begin(), standing.end(), index_t{detail::iterating}) == 0) break;
        }
        policy.get(misses.data(), n, miss.data());
        for (std::size_t i = 0; i < miss.size(); ++i)
            if (standing[i] == detail::solved)
                report.residual = max_or_nan(report.residual, static_cast<double>(miss[i]));
    }
    report.failed = static_cast<index_t>(std::count(standing.begin(), standing.end(), index_t{detail::failed}));
    report.converged = report.failed == 0;
    policy.for_each_index(
        n, detail::inverted_points<T, Space, std::remove_const_t<decltype(points)>>{part(0), status.data(), points});
    return report;
}

} // namespace cdl::sampler
