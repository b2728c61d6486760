// SPDX-License-Identifier: MIT
#pragma once

// How `picard` iterates, and what its observer sees.

#include <cdl/core/checks.hpp>
#include <cdl/view/batch_view.hpp>

namespace cdl::sampler {

/// How the linear part of a step, A z, enters a sweep.
enum class linear_part {
    iterated,   ///< with the z of the sweep before, as in [CDL eq. 13] and ParaDiGMS
    integrated, ///< with the new z, so that only eps_hat is iterated: the iteration in y = z / S
};

/// The settings of `picard`.
struct picard_settings {
    /// The steps of a window; 0 for all of them.
    index_t window = 0;
    /// A state has settled when it moves, rms over coordinates, by no more than this many standard deviations of the
    /// posterior of the step that leaves it [Shih et al. 2023, alg. 1]; the last state when it does not move at all.
    double tolerance = 0.1;
    linear_part linear = linear_part::iterated;
    /// Whether all windows of the batch move together, by the least of their strides, as published: a point's result
    /// then depends, within the tolerance, on the other points.
    bool together = false;
    /// Anderson's extrapolation from the last two sweeps, triangular, so that no state waits for a later one [Tang et al.
    /// 2024, ParaTAA, with m = 1]. 2 n T d numbers more.
    bool anderson = false;

    void check(const char* where) const {
        require(window >= 0, where, "window", "must not be negative", window);
        require(tolerance >= 0 && tolerance - tolerance == 0, where, "tolerance", "must be finite and not negative",
                tolerance);
    }
};

/// All trajectories of a batch while they are iterated: a view in memory of the policy.
template <class T, index_t D, class Space>
struct picard_path {
    batch_view<const T, D, point_major, Space> states; ///< (T + 1) rows for each point, one point after the other
    index_t steps;                                     ///< T, without those between equal levels

    /// The points at level k = 0, ..., T, n x d.
    batch_view<const T, D, strided, Space> level(index_t k) const {
        const index_t n = states.size() / (steps + 1), d = states.dim();
        return {states.data() + k * d, n, d, (steps + 1) * d, 1};
    }
};

} // namespace cdl::sampler
