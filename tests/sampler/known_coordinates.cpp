// SPDX-License-Identifier: MIT
// Inpainting by replacement: what is known is kept, what is free follows it.

#include <cdl/adapter/eigen.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/random/recorded_noise.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/corrected.hpp>
#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/known_coordinates.hpp>
#include <cdl/sampler/record.hpp>
#include <cdl/sampler/run.hpp>

#include "distribution/testing.hpp"

#include <array>
#include <cmath>
#include <vector>

using namespace cdl;

namespace {

constexpr double free_one = std::numeric_limits<double>::quiet_NaN();
const random::noise_stream noise{7, random::purpose::sampler}, of_known{8, random::purpose::sampler};
using level = log_snr<double>;
using points = std::vector<std::array<double, 3>>;
const std::vector<level> grid{{-7.0}, {-4.0}, {-1.0}, {-1.0}, {1.0}, {3.0}, clean<double>()};

const distribution::gaussian_mixture<double, 3> mixture({1, 2}, {-1, -1, -1, 1, 1, 1},
                                                        {0.1, 0, 0, 0, 0.1, 0, 0, 0, 0.1, //
                                                         0.1, 0, 0, 0, 0.1, 0, 0, 0, 0.1});

static_assert(sampler::method<sampler::known_coordinates<sampler::ddim, batch_view<const double>, random::noise_stream>,
                              exec::serial>);

points start(index_t n) {
    points z(static_cast<std::size_t>(n));
    sampler::draw_start(exec::serial{}, noise, z);
    return z;
}

/// Some coordinates known, others free, in every pattern.
points some_known(index_t n) {
    points known(static_cast<std::size_t>(n));
    for (index_t i = 0; i < n; ++i)
        for (index_t j = 0; j < 3; ++j)
            known[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] =
                (i >> j & 1) != 0 ? (j == 1 ? -0.0 : 0.25 * static_cast<double>(i % 5)) : free_one;
    return known;
}

} // namespace

TEST_CASE("What is known is noised data at each level and exact at clean data") {
    const index_t n = 16;
    const auto known = some_known(n);
    const sampler::known_coordinates method{sampler::ancestral{}, as_batch(known), of_known};
    auto z = start(n);
    points trajectory(static_cast<std::size_t>(n) * grid.size());
    sampler::run(exec::serial{}, method, denoiser::optimal(mixture), std::span<const level>(grid), z, noise,
                 sampler::record(exec::serial{}, trajectory));
    for (std::size_t i = 0; i < 16; ++i)
        for (std::size_t j = 0; j < 3; ++j) {
            if (std::isnan(known[i][j])) {
                CHECK(std::isfinite(z[i][j]));
                continue;
            }
            CHECK(test::same_bits(z[i][j], known[i][j])); // a -0 too
            index_t step = 0;
            for (std::size_t k = 1; k < grid.size(); ++k) {
                if (grid[k] == grid[k - 1]) continue; // no step, nothing to replace
                const double added = random::normal(of_known, step++, static_cast<index_t>(i), static_cast<index_t>(j));
                const double want = signal_scale(grid[k]) * known[i][j] + noise_scale(grid[k]) * added;
                CHECK(trajectory[k * 16 + i][j] == doctest::Approx(want).epsilon(1e-14));
            }
        }
}

TEST_CASE("What is known decides about what is free") {
    // the sign of the first coordinate is that of the others
    const index_t n = 200;
    points known(200, {free_one, free_one, free_one});
    for (std::size_t i = 0; i < 200; ++i) known[i][0] = i % 2 == 0 ? 1 : -1;
    auto z = start(n);
    std::vector<level> fine;
    for (int k = 0; k <= 60; ++k) fine.push_back({-12 + 0.4 * k});
    fine.push_back(clean<double>());
    sampler::run(exec::serial{}, sampler::known_coordinates{sampler::ddim{}, as_batch(known), of_known},
                 denoiser::optimal(mixture), std::span<const level>(fine), z); // needs no noise of the run
    int agree = 0;
    for (std::size_t i = 0; i < 200; ++i) agree += z[i][0] * z[i][1] > 0 && z[i][0] * z[i][2] > 0;
    CHECK(agree > 130); // of 200; 100 by chance, with a standard error of 7
}

TEST_CASE("Nothing known is the method itself, and corrections go inside") {
    const index_t n = 11;
    const points nothing(11, {free_one, free_one, free_one});
    auto z = start(n), want = start(n);
    sampler::run(exec::serial{}, sampler::ancestral{}, denoiser::optimal(mixture), std::span<const level>(grid), want,
                 noise);
    sampler::run(exec::serial{}, sampler::known_coordinates{sampler::ancestral{}, as_batch(nothing), of_known},
                 denoiser::optimal(mixture), std::span<const level>(grid), z, noise);
    CHECK(z == want);

    const auto known = some_known(n);
    const std::vector<level> unfinished{{-4.0}, {0.5}};
    sampler::run(exec::serial{},
                 sampler::known_coordinates{sampler::corrected{sampler::ddim{}, 0.2, 2}, as_batch(known), of_known},
                 denoiser::optimal(mixture), std::span<const level>(unfinished), z, noise);
    CHECK(z[1][0] == doctest::Approx(signal_scale(level{0.5}) * known[1][0] +
                                     noise_scale(level{0.5}) * random::normal(of_known, 0, 1, 0)));
}

TEST_CASE("Replacement is the same under every policy and in any memory") {
    const index_t n = 101;
    const auto known = some_known(n);
    Eigen::MatrixXd by_rows(n, 3); // the points are its rows
    for (index_t i = 0; i < n; ++i)
        for (index_t j = 0; j < 3; ++j) by_rows(i, j) = known[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
    const batch_view<const double, 3, coord_major> columns(by_rows.data(), n, 3);
    auto want = start(n);
    sampler::run(exec::serial{}, sampler::known_coordinates{sampler::ancestral{}, as_batch(known), of_known},
                 denoiser::optimal(mixture), std::span<const level>(grid), want, noise);
    points packed;
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        auto z = start(n);
        sampler::run(policy, sampler::known_coordinates{sampler::ancestral{}, columns, of_known},
                     denoiser::optimal(mixture), std::span<const level>(grid), z, noise);
        double worst = 0;
        for (std::size_t i = 0; i < z.size(); ++i)
            for (std::size_t j = 0; j < 3; ++j) test::keep_largest(worst, std::fabs(z[i][j] - want[i][j]));
        test::check_within("known_coordinates, policies", worst, 1e-12);
        if (std::string(name) == "simd") packed = z;
        if (std::string(name) == "openmp" && !packed.empty()) CHECK(packed == z);
    });
}

TEST_CASE("The noise of what is known may be recorded, for every step of the grid") {
    const index_t n = 5;
    const auto known = some_known(n);
    points numbers(static_cast<std::size_t>(5 * n)); // 5 steps, one level is repeated
    for (index_t k = 0; k < 5; ++k) channel::draw_noise(exec::serial{}, of_known, k, as_batch(numbers).slice(k * n, n));
    auto z = start(n), want = start(n);
    sampler::run(exec::serial{}, sampler::known_coordinates{sampler::ddim{}, as_batch(known), of_known},
                 denoiser::optimal(mixture), std::span<const level>(grid), want);
    sampler::run(exec::serial{},
                 sampler::known_coordinates{sampler::ddim{}, as_batch(known),
                                            random::recorded_noise(as_batch(std::as_const(numbers)), n)},
                 denoiser::optimal(mixture), std::span<const level>(grid), z);
    CHECK(z == want);
    numbers.resize(static_cast<std::size_t>(4 * n));
    z = start(n);
    CHECK(test::refusal([&] {
              sampler::run(exec::serial{},
                           sampler::known_coordinates{sampler::ddim{}, as_batch(known),
                                                      random::recorded_noise(as_batch(std::as_const(numbers)), n)},
                           denoiser::optimal(mixture), std::span<const level>(grid), z);
          }).starts_with("cdl::sampler::known_coordinates: noise: must have been recorded for every step"));
    CHECK(z == start(n));
}

TEST_CASE("What is known must have the shape of z") {
    const auto known = some_known(5);
    auto z = start(4);
    const auto before = z;
    CHECK(test::refusal([&] {
              sampler::run(exec::serial{}, sampler::known_coordinates{sampler::ddim{}, as_batch(known), of_known},
                           denoiser::optimal(mixture), std::span<const level>(grid), z);
          }) == "cdl::sampler::known_coordinates: known: must have the shape of z; got 5 x 3 for 4 x 3");
    CHECK(z == before);
    CHECK(test::refusal([&] {
              sampler::run(exec::serial{}, sampler::known_coordinates{sampler::ddim{-1}, as_batch(known), of_known},
                           denoiser::optimal(mixture), std::span<const level>(grid), z, noise);
          }) == "cdl::sampler::run: eta: must be in [0, 1]; got -1");
}
