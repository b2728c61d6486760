// SPDX-License-Identifier: MIT

// What a sampler costs beyond the calls of its denoiser, and what Picard gains on one trajectory.
//
//   bench_samplers [FILE.json]
//
// 1. 2^16 points, 50 steps, a mixture of 64 components in two dimensions: the time of `run` over the time of the same
//    calls of the denoiser alone.
// 2. One trajectory of 1000 steps: the time of the sequential sampler, under the policy that is fastest for one point, over
//    the time of Picard with SIMD lanes and threads across time.
// 3. How many sweeps and calls Picard takes on two modes with the settings of the paper: no times, the table of
//    docs/method_table.md.
//
// Both sides of a ratio are timed in turn and the median of the ratios is printed; docs/benchmarks.md says what they were.

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized" // GCC 12 about its own AVX-512 header, PR 105593
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <cdl/denoiser/optimal.hpp>
#include <cdl/exec/openmp.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/exec/simd.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/dpm_solver.hpp>
#include <cdl/sampler/heun.hpp>
#include <cdl/sampler/picard.hpp>
#include <cdl/schedule/discrete_grids.hpp>
#include <cdl/schedule/grids.hpp>

#include "timing.hpp"

namespace {

using namespace cdl;
using benchmarks::in_turn, benchmarks::report;
using enum distribution::covariance;

template <index_t D>
using mixture_of = distribution::gaussian_mixture<float, D, isotropic>;

template <index_t D>
mixture_of<D> some_mixture(index_t components) {
    const random::noise_stream stream{7, random::purpose::user};
    std::vector<float> weights, means, variances;
    for (index_t k = 0; k < components; ++k) {
        weights.push_back(float(0.2 + random::uniform(stream, 0, k)));
        for (index_t j = 0; j < D; ++j) means.push_back(float(random::normal(stream, 1, k, j)));
        variances.push_back(float(0.005 + 0.05 * random::uniform(stream, 2, k)));
    }
    return {weights, means, variances};
}

template <class P, class M>
void overhead(report& to, const std::string& name, const std::string& policy_name, const P& policy, const M& method) {
    static const auto mixture = some_mixture<2>(64);
    static std::vector<std::array<float, 2>> z(1 << 16), eps_hat(z.size());
    const denoiser::optimal f(mixture);
    const auto grid = schedule::uniform_in_log_snr(log_snr{-9.0f}, log_snr{9.0f}, 50);
    const random::noise_stream noise{1, random::purpose::sampler};
    sampler::draw_start(policy, noise, z);
    const int calls_a_step = M::denoiser_calls;
    const auto run = [&] { sampler::run(policy, method, f, grid, z, noise); };
    const auto calls = [&] {
        for (std::size_t k = 0; k + 1 < grid.size(); ++k)
            for (int c = 0; c < calls_a_step; ++c) f(policy, z, grid[k + static_cast<std::size_t>(c)], eps_hat);
    };
    to.add("run / its calls", name, policy_name, in_turn(7, run, calls));
}

template <class P>
void overheads(report& to, const std::string& policy_name, const P& policy) {
    overhead(to, "ddim", policy_name, policy, sampler::ddim{});
    overhead(to, "ancestral", policy_name, policy, sampler::ancestral{});
    overhead(to, "heun", policy_name, policy, sampler::heun{});
    overhead(to, "dpm_solver_2", policy_name, policy, sampler::dpm_solver_2{});
    overhead(to, "dpm_solver_pp_2m", policy_name, policy, sampler::dpm_solver_pp_2m{});
}

template <index_t D, class M>
void one_trajectory(report& to, const std::string& name, index_t components, const M& method) {
    const auto mixture = some_mixture<D>(components);
    const denoiser::optimal f(mixture);
    const auto grid = schedule::all_steps(schedule::discrete_levels<float>::ddpm_linear(1000));
    const random::noise_stream noise{1, random::purpose::sampler};
    std::vector<std::array<float, D>> start(1), z;
    sampler::draw_start(exec::serial{}, noise, start);
    const auto sequential = [&](const auto& policy) {
        return [&] { z = start, sampler::run(policy, method, f, grid, z, noise); };
    };
    const auto in_serial = sequential(exec::serial{});
    const auto in_simd = sequential(exec::simd{});
    const bool serial_is_faster = in_turn(7, in_serial, in_simd).ratio < 1;
    for (const index_t window : {50, 100, 200, 400, 1000}) {
        const sampler::picard_settings settings{.window = window};
        const auto picard = [&] { z = start, sampler::picard(exec::openmp{2}, method, f, grid, z, noise, settings); };
        const auto t = serial_is_faster ? in_turn(15, in_serial, picard) : in_turn(15, in_simd, picard);
        to.add("sequential / Picard, N = 1", name + ", W = " + std::to_string(window),
               serial_is_faster ? "serial" : "simd", t);
    }
}

/// The sweeps and the calls for a point of Picard, 24 seeds: 0.5 N(-5, 1) + 0.5 N(5, 1), T = 1000, DDPM's levels.
void count_sweeps(const char* name, index_t points, const sampler::picard_settings& settings) {
    const distribution::gaussian_mixture<double, 1> modes({1, 1}, {-5, 5}, {1, 1});
    const denoiser::optimal f(modes);
    const auto grid = schedule::all_steps(schedule::discrete_levels<double>::ddpm_linear(1000));
    index_t fewest = 1000, most = 0, sweeps = 0, calls = 0;
    for (std::uint64_t seed = 0; seed < 24; ++seed) {
        const random::noise_stream noise{seed, random::purpose::sampler};
        std::vector<double> z(static_cast<std::size_t>(points));
        sampler::draw_start(exec::serial{}, noise, z);
        const auto report = sampler::picard(exec::openmp{}, sampler::ancestral{}, f, grid, z, noise, settings);
        fewest = std::min(fewest, report.sweeps);
        most = std::max(most, report.sweeps);
        sweeps += report.sweeps;
        calls += report.denoiser_calls / points;
    }
    std::printf("%-26s sweeps %5.1f (%d to %d), calls for a point %6.0f\n", name, double(sweeps) / 24, int(fewest),
                int(most), double(calls) / 24);
}

} // namespace

int main(int argc, char** argv) {
    report results;
    std::printf("%-26s %-22s %-8s %10s %10s %8s\n", "", "", "", "ms", "of ms", "ratio");
    overheads(results, "simd", exec::simd{});
    overheads(results, "openmp", exec::openmp{});
    one_trajectory<2>(results, "ddim, K = 64", 64, sampler::ddim{});
    one_trajectory<2>(results, "ancestral, K = 64", 64, sampler::ancestral{});
    one_trajectory<2>(results, "ancestral, K = 1024", 1024, sampler::ancestral{});
    count_sweeps("one point", 1, {});
    count_sweeps("ten points, together", 10, {.together = true});
    count_sweeps("ten points", 10, {});
    count_sweeps("ten points, anderson", 10, {.anderson = true});
    count_sweeps("ten points, integrated", 10, {.linear = sampler::linear_part::integrated});
    if (argc > 1) results.write(argv[1]);
}
