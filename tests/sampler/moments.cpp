// SPDX-License-Identifier: MIT
// Ancestral sampling draws from the data: two modes, a thousand steps, two thousand points of a fixed seed. Margins are
// 4.5 standard errors, which a right sampler exceeds once in 150000 seeds, and the bias of the steps.

#include <cdl/sampler/ancestral.hpp>
#if defined(CDL_HAS_OPENMP)
#include <cdl/exec/openmp.hpp>
#endif

#include "distribution/golden_mixtures.hpp"
#include "distribution/testing.hpp"
#include "sampler/testing.hpp"

using namespace cdl;

TEST_CASE("Ancestral sampling with 1000 steps draws from two modes as the data does") {
    // N(-5, 1) and N(5, 1) with equal weights: mean 0, variance 26, fourth moment 25^2 + 6 25 + 3
    const auto mixture = test::golden_mixture("two_1d").make<double, 1, distribution::covariance::full>();
    constexpr double n = 2000, variance = 26, fourth = 778;
    const random::noise_stream stream{2026, random::purpose::sampler};
    std::vector<double> z(static_cast<std::size_t>(n));
#if defined(CDL_HAS_OPENMP)
    const exec::openmp policy{2};
#else
    const exec::serial policy;
#endif
    sampler::draw_start(policy, stream, z);
    auto levels = test::uniform_levels(-12, 10, 1000);
    levels.push_back(test::infinite);
    CHECK(sampler::run(policy, sampler::ancestral{}, denoiser::optimal(mixture), test::grid_of(levels), z, stream) ==
          1001);

    double sum = 0, squares = 0, right = 0, within = 0;
    for (const double x : z) {
        sum += x;
        squares += x * x;
        right += x > 0 ? 1 : 0;
        within += std::pow(std::abs(x) - 5, 2);
    }
    const auto report = [](const char* what, double off, double error, double bias) {
        test::check_within(std::string("moments: ") + what, std::abs(off), 4.5 * error + bias);
    };
    // steps of 0.022 leave a variance within a mode that is low by about one step; see gaussian_law.cpp
    const double bias = 0.022;
    report("mean", sum / n, std::sqrt(variance / n), 0);
    report("second moment", squares / n - variance, std::sqrt((fourth - variance * variance) / n), bias);
    report("share of the right mode", right / n - 0.5, std::sqrt(0.25 / n), 0);
    report("variance within the modes", within / n - 1, std::sqrt(2 / n), bias);
}
