// SPDX-License-Identifier: MIT
// Langevin corrections: the law that they keep, their noise, their edges.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/random/recorded_noise.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/corrected.hpp>
#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/heun.hpp>
#include <cdl/sampler/run.hpp>

#include "distribution/testing.hpp"

#include <cmath>
#include <span>
#include <vector>

using namespace cdl;

namespace {

const random::noise_stream noise{7, random::purpose::sampler};
using level = log_snr<double>;

/// eps_hat of N(0, I), at every level N z.
struct of_normal {
    template <class Z, class S, class E>
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        for (index_t j = 0; j < z.size(); ++j) eps_hat[j] = S(noise_scale(a) * z[j]);
    }
};

static_assert(sampler::method<sampler::corrected<sampler::ddim>, exec::serial>);
static_assert(sampler::method<sampler::corrected<sampler::heun>, exec::serial>);

template <class M>
std::vector<double> run_from(const M& method, std::vector<double> z, std::span<const level> grid,
                             const random::noise_stream& stream = noise) {
    sampler::run(exec::serial{}, method, of_normal{}, grid, z, stream);
    return z;
}

} // namespace

TEST_CASE("A correction is a step of Langevin dynamics with the noise of its address") {
    const double r = 0.3;
    const std::vector<level> grid{{-1.0}, {0.5}, {1.0}, clean<double>()};
    const std::vector<double> start{-2.0, 0.1, 3.0};
    const auto got = run_from(sampler::corrected{sampler::ddim{}, r, 2}, start, grid);
    for (std::size_t i = 0; i < start.size(); ++i) {
        double z = start[i];
        for (std::size_t k = 0; k + 1 < grid.size(); ++k) {
            const auto u = sampler::ddim{}.coefficients(grid[k], grid[k + 1]);
            z = u.from_z * z + u.from_eps_hat * noise_scale(grid[k]) * z;
            const double N = noise_scale(grid[k + 1]);
            for (index_t c = 1; c <= 2 && grid[k + 1] < clean<double>(); ++c)
                z += -2 * r * r * N * (N * z) +
                     2 * r * N * random::normal(noise, 3 * static_cast<index_t>(k) + c, static_cast<index_t>(i));
        }
        CHECK(got[i] == doctest::Approx(z).epsilon(1e-14));
    }
}

TEST_CASE("Many corrections give the law of the discretised dynamics") {
    // of N(0, 1) the variance goes to 1 / (1 - r^2 N^2) by the factor (1 - 2 r^2 N^2)^2 a step
    const double r = 0.6;
    const std::vector<level> grid{{-2.0}, {-1.0}};
    const double N2 = noise_power(grid[1]), q = 1 - 2 * r * r * N2, kept = 1 / (1 - r * r * N2);
    std::vector<double> z(20000, 5.0); // far from the law
    z = run_from(sampler::corrected{sampler::ddim{}, r, 60}, z, grid);
    CHECK(std::pow(q, 60) * 5 < 1e-3);
    double mean = 0, variance = 0;
    for (const double v : z) mean += v / 20000, variance += v * v / 20000;
    CHECK(std::fabs(mean) < 4 * std::sqrt(kept / 20000));
    CHECK(std::fabs(variance - kept) < 4 * kept * std::sqrt(2.0 / 20000)); // 4 standard errors; 1 is 40 away
    CHECK(kept > 1.2);
}

TEST_CASE("No corrections are the predictor, and clean data is not corrected") {
    const std::vector<level> grid{{-3.0}, {0.0}, {2.0}, clean<double>()};
    const std::vector<double> start{-2.0, 0.1, 3.0};
    CHECK(run_from(sampler::corrected{sampler::ancestral{}, 0.2, 0}, start, grid) ==
          run_from(sampler::ancestral{}, start, grid));
    CHECK(run_from(sampler::corrected{sampler::heun{}, 0.2, 0}, start, grid) == run_from(sampler::heun{}, start, grid));
    const std::vector<level> last{{-3.0}, clean<double>()};
    CHECK(run_from(sampler::corrected{sampler::ddim{}, 0.2, 3}, start, last) == run_from(sampler::ddim{}, start, last));
    CHECK_FALSE(sampler::corrected{sampler::ddim{}, 0.2, 0}.stochastic());
    CHECK(sampler::corrected{sampler::ancestral{}, 0.2, 0}.stochastic());
    CHECK(sampler::corrected{sampler::ddim{}}.stochastic());
    std::vector<double> z = start;
    CHECK(sampler::run(exec::serial{}, sampler::corrected{sampler::heun{}, 0.1, 2}, of_normal{},
                       std::span<const level>(grid), z, noise) == 2 + 2 + 1 + 2 * 2);
}

TEST_CASE("A point's corrections do not depend on the batch, nor on threads") {
    const std::vector<level> grid{{-6.0}, {-3.0}, {-3.0}, {0.0}, {2.0}, clean<double>()};
    std::vector<double> all(101);
    sampler::draw_start(exec::serial{}, noise, all);
    const sampler::corrected method{sampler::ancestral{}, 0.3, 2};
    const auto want = run_from(method, all, grid);
    std::vector<double> parts;
    for (index_t first = 0; first < 101; first += 37) {
        const auto count = std::min<index_t>(37, 101 - first);
        const auto part =
            run_from(method, {all.begin() + first, all.begin() + first + count}, grid, noise.starting_at(first));
        parts.insert(parts.end(), part.begin(), part.end());
    }
    CHECK(parts == want);
    std::vector<double> packed;
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        auto z = all;
        sampler::run(policy, method, of_normal{}, std::span<const level>(grid), z, noise);
        double worst = 0;
        for (std::size_t i = 0; i < z.size(); ++i) test::keep_largest(worst, std::fabs(z[i] - want[i]));
        test::check_within("corrected, policies", worst, 1e-13);
        if (std::string(name) == "simd") packed = z;
        if (std::string(name) == "openmp" && !packed.empty()) CHECK(packed == z);
    });
}

TEST_CASE("Corrections refuse what cannot be") {
    const std::vector<level> grid{{-3.0}, {0.0}, {1.0}};
    const std::vector<double> start{1.0, 2.0};
    CHECK(test::refusal([&] { run_from(sampler::corrected{sampler::ddim{}, 1.0}, start, grid); }) ==
          "cdl::sampler::run: ratio: must be in [0, 1); got 1");
    CHECK(test::refusal([&] { run_from(sampler::corrected{sampler::ddim{}, 0.1, -1}, start, grid); }) ==
          "cdl::sampler::run: corrections: must be from 0 to 2^32 - 1; got -1");
    CHECK(test::refusal([&] { run_from(sampler::corrected{sampler::ddim{2.0}, 0.1}, start, grid); }) ==
          "cdl::sampler::run: eta: must be in [0, 1]; got 2");
    // recorded noise of two steps, where four are needed
    const std::vector<double> numbers{1.0, 2.0, 3.0, 4.0};
    auto z = start;
    CHECK(test::refusal([&] {
              sampler::run(exec::serial{}, sampler::corrected{sampler::ddim{}}, of_normal{},
                           std::span<const level>(grid), z, random::recorded_noise(as_batch(numbers), 2));
          }) ==
          "cdl::sampler::corrected: noise: must have been recorded for every step; got steps 0, ..., 1 for 0, ..., 3");
    CHECK(z == start);
    std::vector<double> none;
    CHECK(run_from(sampler::corrected{sampler::ddim{}}, none, grid).empty());
}
