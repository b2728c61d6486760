// SPDX-License-Identifier: MIT
#pragma once

// How closely the probability flow is followed, and what that took.

#include <cdl/core/checks.hpp>
#include <cdl/core/index.hpp>

namespace cdl::sampler {

/// How closely a differential equation is followed. A step is taken where its error is at most 1 in the unit absolute +
/// relative |y|: the root of the mean square over the coordinates of a point, each in its unit.
struct flow_settings {
    double absolute = 1e-5;    ///< tolerance, >= 0
    double relative = 1e-5;    ///< tolerance, >= 0; not both 0
    double first_step = 0.5;   ///< in log-SNR, > 0
    double longest_step = 2;   ///< in log-SNR, > 0; at level a no step is longer than max(1, |a| / 8) / 2 either
    index_t max_steps = 10000; ///< of a point in one pass, those included that were tried and not taken

    void check(const char* where) const {
        const auto finite = [](double u) { return u - u == 0; };
        require(finite(absolute) && absolute >= 0, where, "absolute", "must be finite and not negative", absolute);
        require(finite(relative) && relative >= 0, where, "relative", "must be finite and not negative", relative);
        require(absolute > 0 || relative > 0, where, "relative", "must be positive where absolute is 0", relative);
        require(finite(first_step) && first_step > 0, where, "first_step", "must be finite and positive", first_step);
        require(finite(longest_step) && longest_step > 0, where, "longest_step", "must be finite and positive",
                longest_step);
        require(max_steps >= 1, where, "max_steps", "must be at least 1", max_steps);
    }
};

/// What an integration took, and how good it is.
struct flow_report {
    index_t denoiser_calls = 0; ///< each on the points that are being followed
    index_t steps = 0;  ///< of the point that needed most in each pass, those included that were tried and not taken
    index_t passes = 0; ///< over points whose error did not reach the tolerance in the pass before; 1 where all did
    double error = 0;   ///< the largest estimate, over the points, of the error at the end, in units of the tolerance
    bool converged = true; ///< whether all estimates are at most 5; else a point is too near to a watershed for T
};

} // namespace cdl::sampler
