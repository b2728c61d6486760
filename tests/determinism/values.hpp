// SPDX-License-Identifier: MIT
#pragma once

// Numbers whose bits are promised, as bytes to hash or to print.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/log_density_ratio.hpp>
#include <cdl/density/nll.hpp>

#include <cstdint>
#include <cstring>
#include <vector>

namespace determinism {

using namespace cdl;
using distribution::covariance;
using distribution::gaussian_mixture;

/// FNV-1a, 64 bits, of the bytes of numbers, lowest byte first.
inline std::uint64_t fnv(const std::vector<double>& numbers) {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const double number : numbers) {
        const auto bits = std::bit_cast<std::uint64_t>(number);
        for (int byte = 0; byte < 8; ++byte) {
            hash ^= (bits >> (8 * byte)) & 0xffu;
            hash *= 0x100000001b3u;
        }
    }
    return hash;
}

/// Same bits everywhere: draws of a mixture whose covariances are isotropic or diagonal. They take Philox words, the
/// normals made of them, square roots, products and sums, all of which IEEE 754 fixes.
template <covariance C, class P>
std::vector<double> samples(const P& policy, std::uint64_t seed) {
    const gaussian_mixture<double, 2, C> mixture(
        {1, 2, 5}, {-3, 0.5, 1.25, 0, 4, -1},
        C == covariance::isotropic ? std::vector<double>{0.3, 1, 2} : std::vector<double>{0.3, 1, 2, 0.7, 5, 0.01});
    std::vector<double> numbers(2 * 1001);
    mixture.draw(policy, {seed}, 3, as_batch(numbers, 2));
    return numbers;
}

/// Same bits everywhere: the noise of the channel.
template <class P>
std::vector<double> noise(const P& policy) {
    std::vector<double> numbers(3 * 1001);
    channel::draw_noise(policy, {2024, random::purpose::channel}, 5, as_batch(numbers, 3));
    return numbers;
}

/// Same bits on any number of threads, and with any compiler that takes exp and log from the same library: estimates
/// of the negative log likelihood, of the ratio, and their standard errors.
template <class P>
std::vector<double> estimates(const P& policy) {
    const gaussian_mixture<double, 1, covariance::isotropic> line({.5, .5}, {-5, 5}, {1, 1});
    const gaussian_mixture<double, 3, covariance::diagonal> space({1, 2}, {-1, 0, 1, 2, 1, 0}, {1, .5, .25, 2, 1, .1});
    const std::vector<double> x{-5.25, -1, .125, 4, 9};
    const std::vector<std::array<double, 3>> y{{0, 0, 0}, {1, -1, 2}};
    const density::monte_carlo rule{.levels = 701, .noises = 3, .seed = 42};
    std::vector<double> numbers;
    const auto keep = [&](const auto& results) {
        for (const auto& r : results) {
            numbers.push_back(r.value);
            numbers.push_back(r.standard_error);
        }
    };
    const denoiser::optimal f(line), g(line);
    keep(density::nll(policy, f, x, rule));
    keep(density::nll(policy, f, x, log_snr{2.}, rule));
    keep(density::log_density_ratio(policy, f, x, log_snr{6.}, rule));
    keep(density::nll(policy, denoiser::optimal(space), y, rule));
    for (const auto& r : density::nll(policy, f, x, log_snr{1.}, density::quadrature{})) numbers.push_back(r.value);
    return numbers;
}

} // namespace determinism
