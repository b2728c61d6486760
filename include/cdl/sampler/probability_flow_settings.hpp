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
    double longest_step = 2;   ///< in log-SNR, > 0; longer ones may step over all levels where the data decides
    index_t max_steps = 10000; ///< of a point, those included that were tried and not taken

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

/// What an integration took.
struct flow_report {
    index_t denoiser_calls = 0; ///< each on the whole batch
    index_t steps = 0;          ///< of the point that needed most, those included that were tried and not taken
};

} // namespace cdl::sampler
