// SPDX-License-Identifier: MIT
#pragma once

// Is a fixed list of numbers what a law would give? Seeds are fixed, so a test either always passes or always fails;
// the margins say how surprising a pass-turned-fail would be for a generator that is right.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace cdl::test {

/// sqrt(n) times the largest distance between the empirical and the given distribution function. For a right law it
/// exceeds 1.95 with probability 0.001 and 2.65 with probability 1.6e-6.
template <class Distribution>
double kolmogorov_smirnov(std::vector<double> sample, const Distribution& distribution) {
    std::sort(sample.begin(), sample.end());
    const double n = static_cast<double>(sample.size());
    double largest = 0;
    for (std::size_t i = 0; i < sample.size(); ++i) {
        const double f = distribution(sample[i]), below = static_cast<double>(i) / n;
        largest = std::max({largest, f - below, below + 1 / n - f});
    }
    return std::sqrt(n) * largest;
}

/// The mean of f over a sample, minus its expectation, in standard errors.
template <class F>
double z_score(const std::vector<double>& sample, const F& f, double mean, double variance) {
    double sum = 0;
    for (const double v : sample) sum += f(v) - mean;
    return sum / std::sqrt(variance * static_cast<double>(sample.size()));
}

} // namespace cdl::test
