// SPDX-License-Identifier: MIT

// Example 5: sampling, and how far the samples are from the law they should have. It builds on examples 1 and 2.
//
// The problem. A sampler starts with noise and asks the denoiser step by step what to take away. Each call of the
// denoiser costs, so one wants few steps, and few steps are not exact. Which method errs how much? Here the data are a
// mixture on the line, whose denoiser is exact: every error below is the sampler's.
//
// Symbols. a_0 < a_1 < ... < a_T the levels of a grid, from noisy to clean; z_k the point at a_k; S, N the scales of a
// level.
//     W    the Wasserstein distance between the samples and the data. On the line it is the rms over i of
//          x_(i) - Q(u_i), x_(i) the samples in order, Q the quantile function of the data, u_i = (i + 1/2) / n.
//
// Equations. The probability flow, the ODE that has the law of the noised data at every level, is in y = z / S and
// sigma = N / S                                                            [Song et al. 2021a, eq. 14]
//     dy / dsigma = eps_hat.
// On the line its solutions do not cross, so it takes the quantiles of the noise to those of the data: started from the
// quantiles of N(0, 1), an exact solver has W = 0 and no sampling error. Picard's iteration finds a trajectory by
// guessing all of it and summing up its steps until nothing moves             [CDL eqs. 12, 13; Shih et al. 2023]:
//     z_{j+1} = z_0 + sum_{i <= j} (step_i(z_i) - z_i).
//
// Where to read on: include/cdl/sampler/run.hpp, include/cdl/sampler/picard.hpp, include/cdl/schedule/grids.hpp.

#include <cdl/cdl.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/dpm_solver.hpp>
#include <cdl/sampler/heun.hpp>
#include <cdl/sampler/picard.hpp>
#include <cdl/schedule/discrete_grids.hpp>
#include <cdl/schedule/grids.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <vector>

namespace {

using numbers = std::vector<double>;

double normal_cdf(double x) {
    return std::erfc(-x / std::numbers::sqrt2) / 2;
}

/// Where an increasing function is u, by bisection.
template <class F>
double solve(const F& increasing, double u) {
    double low = -20, high = 20;
    for (int i = 0; i < 60; ++i) (increasing((low + high) / 2) < u ? low : high) = (low + high) / 2;
    return low;
}

/// The quantiles at (i + 1/2) / n of the law with this cumulative distribution function.
template <class F>
numbers quantiles(const F& cdf, int n) {
    numbers result;
    for (int i = 0; i < n; ++i) result.push_back(solve(cdf, (i + 0.5) / n));
    return result;
}

/// The Wasserstein distance of samples from a law with these quantiles.
double wasserstein(numbers x, const numbers& quantiles) {
    std::sort(x.begin(), x.end());
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += std::pow(x[i] - quantiles[i], 2);
    return std::sqrt(sum / static_cast<double>(x.size()));
}

void print(const char* name, const std::vector<cdl::log_snr<double>>& grid) {
    std::printf("%-24s", name);
    for (const auto a : grid) std::printf(" %7.2f", a.value);
    std::puts("");
}

} // namespace

int main() {
    using namespace cdl;
    constexpr exec::serial policy{};

    // The data: two Gaussians, weights 1 : 2, means -2 and 1, standard deviations 1/2 and 3/4.
    const distribution::gaussian_mixture<double, 1> data({1, 2}, {-2, 1}, {0.25, 0.5625});
    const denoiser::optimal eps_hat(data);
    const auto cdf = [](double x) { return (normal_cdf((x + 2) / 0.5) + 2 * normal_cdf((x - 1) / 0.75)) / 3; };
    constexpr int n = 1000;
    const numbers of_noise = quantiles(normal_cdf, n), of_data = quantiles(cdf, n);

    // 1. A schedule says which level belongs to a time or a step; a grid is the list of those that are visited. All end
    //    with clean data, a = +inf.
    const auto ddpm = schedule::discrete_levels<double>::ddpm_linear(); // the levels of DDPM's 1000 steps
    std::puts("1. Levels of grids of 5 steps, from noisy to clean");
    print("DDPM, trailing", schedule::trailing(ddpm, 5));
    print("DDPM, both ends", schedule::linspace(ddpm, 5));
    print("EDM", schedule::karras_grid<double>(5));

    // 2. Deterministic methods. A method is a value; `run` is the only loop. Twice the steps are half the error for a
    //    method of order 1, and about a quarter for one of order 2 once the steps are short. Where the steps are
    //    matters as much: for data as smooth as these EDM's grid spends many of them where little noise is left.
    std::puts("\n2. W, starting from the quantiles of the noise");
    std::puts("method            steps  calls of the denoiser   W, EDM's grid   W, DDPM trailing");
    const auto try_out = [&](const char* name, const auto& method, index_t steps) {
        numbers z = of_noise, z_ddpm = of_noise;
        const index_t calls = sampler::run(policy, method, eps_hat, schedule::karras_grid<double>(steps), z);
        sampler::run(policy, method, eps_hat, schedule::trailing(ddpm, steps), z_ddpm);
        std::printf("%-17s %5d %22d %15.4f %18.4f\n", name, static_cast<int>(steps), static_cast<int>(calls),
                    wasserstein(z, of_data), wasserstein(z_ddpm, of_data));
    };
    for (const index_t steps : {10, 20, 40}) try_out("ddim", sampler::ddim{}, steps);
    for (const index_t steps : {5, 10, 20}) try_out("heun", sampler::heun{}, steps);
    for (const index_t steps : {5, 10, 20}) try_out("dpm_solver_2", sampler::dpm_solver_2{}, steps);
    for (const index_t steps : {10, 20, 40}) try_out("dpm_solver_pp_2m", sampler::dpm_solver_pp_2m{}, steps);

    // 3. A stochastic method draws noise at each step, by address: the same seed gives the same samples. Here it starts
    //    with a random batch, as one does, and W has a sampling error, too, like that of points drawn from the data
    //    themselves.
    std::puts("\n3. Ancestral sampling, 10000 random points: mean +- 0.016, variance +- 0.03; trailing steps of DDPM");
    constexpr int many = 10000;
    const random::noise_stream noise{.seed = 5};
    const numbers of_many = quantiles(cdf, many);
    const auto describe = [&](const char* name, const numbers& x) {
        double mean = 0, square = 0;
        for (const double one : x) mean += one / many, square += one * one / many;
        std::printf("%-20s W = %6.3f   mean %6.3f   variance %6.3f\n", name, wasserstein(x, of_many), mean,
                    square - mean * mean);
    };
    for (const index_t steps : {10, 100, 1000}) {
        numbers z(many);
        sampler::draw_start(policy, noise, z);
        sampler::run(policy, sampler::ancestral{}, eps_hat, schedule::trailing(ddpm, steps), z, noise);
        describe((std::to_string(steps) + " steps").c_str(), z);
    }
    numbers drawn(many);
    data.draw(policy, noise, 0, drawn);
    describe("drawn from the data", drawn);
    std::printf("%-20s W = %6.3f   mean %6.3f   variance %6.3f\n", "the data", 0.0, 0.0, 2.4583);

    // 4. The same 1000 steps of ancestral sampling, all at once. Fewer calls of the denoiser in a row, more in total: a
    //    sweep asks at all steps whose points still move. The samples differ from the sequential ones by what the
    //    tolerance allows, and a point's result depends on no other point.
    std::puts(
        "\n4. Picard: 1000 steps for 8 points; calls for a point, largest difference from the sequential samples");
    constexpr int few = 8;
    const auto grid = schedule::all_steps(ddpm);
    numbers start(few);
    sampler::draw_start(policy, noise, start);
    numbers sequential = start;
    const index_t in_a_row = sampler::run(policy, sampler::ancestral{}, eps_hat, grid, sequential, noise);
    std::printf("sequential                       %4d in a row  %6d in total\n", static_cast<int>(in_a_row),
                static_cast<int>(in_a_row));
    const auto iterate = [&](const char* name, const sampler::picard_settings& settings) {
        numbers z = start;
        const auto report = sampler::picard(policy, sampler::ancestral{}, eps_hat, grid, z, noise, settings);
        double difference = 0;
        for (std::size_t i = 0; i < few; ++i) difference = std::max(difference, std::abs(z[i] - sequential[i]));
        std::printf("%-32s %4d in a row  %6d in total   difference %7.1e\n", name, static_cast<int>(report.sweeps),
                    static_cast<int>(report.denoiser_calls / few), difference);
    };
    iterate("tolerance 0.1", {});
    iterate("tolerance 0.01", {.tolerance = 0.01});
    iterate("tolerance 0.1, Anderson", {.anderson = true});
    iterate("tolerance 0.1, window of 100", {.window = 100});
}
