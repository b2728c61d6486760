// SPDX-License-Identifier: MIT
#pragma once

// What the tests of samplers share: grids, noise that a test wrote down, and the law of what a sampler makes of Gaussian
// data, taken from its own runs.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/sampler/run.hpp>

#include "sampler/oracle.hpp"

#include <doctest/doctest.h>

#include <span>
#include <string>
#include <vector>

namespace cdl::test {

inline constexpr double infinite = std::numeric_limits<double>::infinity();

/// Levels that are written as numbers.
template <class T = double>
std::vector<log_snr<T>> grid_of(const std::vector<double>& levels) {
    std::vector<log_snr<T>> grid;
    for (const double a : levels) grid.push_back({static_cast<T>(a)});
    return grid;
}

/// steps + 1 levels from one to the other at equal distances.
inline std::vector<double> uniform_levels(double from, double to, index_t steps) {
    std::vector<double> levels;
    for (index_t k = 0; k <= steps; ++k)
        levels.push_back(from + (to - from) * static_cast<double>(k) / static_cast<double>(steps));
    return levels;
}

inline std::vector<oracle::real> wide_levels(const std::vector<double>& levels) {
    return {levels.begin(), levels.end()};
}

/// `size` at the step that has the number of the point, else 0.
struct noise_at_one_step {
    double size;
};
inline random::normal_pair normals(noise_at_one_step noise, index_t step, index_t point, index_t) {
    return {step == point ? noise.size : 0.0, 0.0};
}

/// No noise where noise is asked for.
struct no_noise {};
inline random::normal_pair normals(no_noise, index_t, index_t, index_t) {
    return {0, 0};
}

/// The law of the output of `sampler::run` for a start N(m, v) and a denoiser that is affine in z, of one coordinate:
/// one run whose point k has noise at step k alone, one whose points start at 0 and elsewhere. What a unit of the start or
/// of the noise does may be small beside the mean, so 1024 units are taken.
template <class Method, class F>
oracle::law law_of_run(const Method& method, const F& denoiser, const std::vector<double>& levels, oracle::law start) {
    const auto grid = grid_of(levels);
    constexpr double units = 1024;
    std::vector<double> ends{0, units}, responses(levels.size() - 1, 0.0);
    sampler::run(exec::serial{}, method, denoiser, grid, ends, no_noise{});
    if (method.stochastic()) sampler::run(exec::serial{}, method, denoiser, grid, responses, noise_at_one_step{units});
    const oracle::real at_0 = static_cast<oracle::real>(ends[0]),
                       slope = (static_cast<oracle::real>(ends[1]) - at_0) / 1024;
    oracle::law out{at_0 + slope * start.mean, slope * slope * start.variance};
    if (method.stochastic())
        for (const double r : responses)
            out.variance += std::pow((static_cast<oracle::real>(r) - at_0) / 1024, oracle::real(2));
    return out;
}

/// N(mean, variance) as a mixture of one component.
inline distribution::gaussian_mixture<double, 1> gaussian_data(double mean, double variance) {
    return {{1}, {mean}, {variance}};
}

/// |got - want| / |want|.
inline double relative_error(oracle::real got, oracle::real want) {
    return static_cast<double>(std::fabs(got - want) / std::fabs(want));
}

} // namespace cdl::test
