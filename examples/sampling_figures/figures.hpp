// SPDX-License-Identifier: MIT
#pragma once

// The figures of this program. Each prints what it shows as a table, and writes it as SVG and, number by number, as
// CSV.

#include "../support/output.hpp"
#include "../support/plane_set.hpp"

namespace figures {

using cdl::index_t;
using support::cloud, support::data_block, support::output, support::plane_set, support::table, support::text;

/// [CDL fig. 1]: where a denoiser that is not exact errs, and where samplers ask it.
struct error_field {
    index_t draws = 200;    ///< that the first denoiser knows of the data
    double width = 0.4;     ///< standard deviation of its kernels
    double amplitude = 0.3; ///< of the error of the second one's score
    index_t levels = 40;    ///< that the second one knows
    index_t steps = 1000;
    index_t trajectories = 512;
    std::uint64_t seed = 1;

    void draw(output& to) const;
};

/// [CDL fig. 8]: MMD^2 between a set and the standard Gaussian against the bandwidth.
struct bandwidth {
    index_t points = 2000; ///< of each set, and as many of the Gaussian
    std::uint64_t seed = 1;

    void draw(output& to, const std::vector<plane_set>& sets) const;
};

/// [CDL fig. 4, table 1], with the exact denoiser of a cloud: samples in parallel and one step after the other.
struct parallel {
    index_t samples = 700;
    index_t data = 500;   ///< points that the denoiser knows
    index_t judge = 4000; ///< independent points that the samples are compared with
    double width = 0.05;  ///< standard deviation of the denoiser's kernels
    index_t steps = 1000;
    index_t window = 0; ///< 0: all steps
    double tolerance = 0.1;
    std::uint64_t seed = 1;

    void draw(output& to, const std::vector<plane_set>& sets) const;
};

} // namespace figures
