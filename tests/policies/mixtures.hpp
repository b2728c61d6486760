// SPDX-License-Identifier: MIT
#pragma once

// Mixtures for the tests of policies.

#include <cdl/distribution/gaussian_mixture.hpp>

#include "policies/placing.hpp"

namespace cdl::test {

using distribution::covariance;

/// K components of unequal weights, means about 1.5 apart from 0, standard deviations from 0.5 to 1.5.
template <class T, index_t D, covariance C>
distribution::gaussian_mixture<T, D, C> some_mixture(index_t components, index_t d) {
    std::vector<T> weights, covariances;
    for (index_t k = 0; k < components; ++k) weights.push_back(T(1) + T(k));
    const auto means = normal_numbers<T>(components * d, 11, 1.5);
    const auto variance = [](index_t i) { return T(0.25 + 2 * random::uniform({12, random::purpose::user}, 0, i)); };
    if constexpr (C == covariance::isotropic) {
        for (index_t k = 0; k < components; ++k) covariances.push_back(variance(k));
    } else if constexpr (C == covariance::diagonal) {
        for (index_t i = 0; i < components * d; ++i) covariances.push_back(variance(i));
    } else { // A A^T / d + I / 4
        for (index_t k = 0; k < components; ++k) {
            const auto a = normal_numbers<T>(d * d, static_cast<std::uint64_t>(13 + k));
            for (index_t i = 0; i < d; ++i)
                for (index_t j = 0; j < d; ++j) {
                    T sum = i == j ? T(0.25) : T(0);
                    for (index_t l = 0; l < d; ++l)
                        sum += a[static_cast<std::size_t>(i * d + l)] * a[static_cast<std::size_t>(j * d + l)] / T(d);
                    covariances.push_back(sum);
                }
        }
    }
    return {weights, means, covariances};
}

} // namespace cdl::test
