// SPDX-License-Identifier: MIT
#pragma once

// Is an estimate unbiased, and is its standard error true? z = (estimate - exact) / standard error over independent seeds has
// mean 0 and variance 1.

#include <distribution/testing.hpp>

#include <cmath>
#include <cstdint>
#include <string>

namespace cdl::test {

/// The margins are 0.2 for the mean and for the variance. If the z are standard normal these have standard deviations
/// 1 / sqrt(seeds) and sqrt(2 / seeds): with 1000 seeds the margins are 6 and 4.5 of them. Seeds are fixed, so the test does
/// not fail at random.
template <class Estimate>
void check_z_scores(const std::string& what, double exact, const Estimate& estimate_of_seed, int seeds = 1000) {
    double sum = 0, squares = 0;
    for (int seed = 0; seed < seeds; ++seed) {
        const auto e = estimate_of_seed(static_cast<std::uint64_t>(seed));
        const double z = (static_cast<double>(e.value) - exact) / static_cast<double>(e.standard_error);
        sum += z;
        squares += z * z;
    }
    const double mean = sum / seeds, variance = (squares - seeds * mean * mean) / (seeds - 1);
    check_within(what + ", |mean of z|", std::abs(mean), 0.2);
    check_within(what + ", |variance of z - 1|", std::abs(variance - 1), 0.2);
}

} // namespace cdl::test
