// SPDX-License-Identifier: MIT
#pragma once

// One run of every method on a mixture in the plane, for tests that change everything about it but the numbers.

#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/dpm_solver.hpp>
#include <cdl/sampler/heun.hpp>

#include "sampler/testing.hpp"

#include <array>

namespace cdl::test {

inline constexpr index_t plane_points = 301;
using points = std::vector<std::array<double, 2>>;
inline constexpr random::noise_stream plane_noise{8, random::purpose::sampler};

inline const distribution::gaussian_mixture<double, 2>& plane() {
    static const distribution::gaussian_mixture<double, 2> mixture{
        {1, 2}, {-1, 0.5, 2, 1}, {0.5, 0.2, 0.2, 0.25, 0.25, 0, 0, 1}};
    return mixture;
}

inline std::vector<log_snr<double>> plane_grid() {
    return grid_of({-infinite, -4, -1, 0, 0, 3, 6, infinite});
}

template <class P, class Method, class Z>
void sample(const P& policy, const Method& method, Z&& z) {
    sampler::draw_start(policy, plane_noise, z);
    sampler::run(policy, method, denoiser::optimal(plane()), plane_grid(), z, plane_noise);
}

template <class P, class Method>
points sampled(const P& policy, const Method& method) {
    points z(plane_points);
    sample(policy, method, z);
    return z;
}

/// Calls visit(method) for one of each kind.
template <class Visit>
void for_each_method(const Visit& visit) {
    visit(sampler::ddim{});
    visit(sampler::ddim{0.5});
    visit(sampler::ancestral{});
    visit(sampler::heun{});
    visit(sampler::heun{.s_churn = 3});
    visit(sampler::dpm_solver_2{});
    visit(sampler::dpm_solver_pp_2m{});
}

} // namespace cdl::test
