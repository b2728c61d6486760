// SPDX-License-Identifier: MIT
#pragma once

// The variances beta_1, ..., beta_T that the steps of a discrete model add, as DDPM defines its noise: the lists that are
// in use. Their levels are made by `discrete_levels`.

#include <cdl/core/checks.hpp>
#include <cdl/core/index.hpp>
#include <cdl/core/scalar.hpp>

#include <vector>

namespace cdl::schedule {

/// beta_t = first + (t - 1) / (steps - 1) (last - first), DDPM's [DDPM sec. 4]. At least 2 steps and both ends in [0, 1),
/// else std::invalid_argument.
template <scalar T>
std::vector<T> linear_betas(index_t steps, const T& first, const T& last) {
    constexpr auto where = "cdl::schedule::linear_betas";
    require(steps >= 2, where, "steps", "must be at least 2", steps);
    require(!(first < T(0)) && first < T(1), where, "first", "must be at least 0 and below 1", first);
    require(!(last < T(0)) && last < T(1), where, "last", "must be at least 0 and below 1", last);
    std::vector<T> betas;
    for (index_t t = 1; t <= steps; ++t) {
        const T left = T(static_cast<lane_t<T>>(steps - t)), done = T(static_cast<lane_t<T>>(t - 1));
        betas.push_back(T(T(first * left + last * done) / T(static_cast<lane_t<T>>(steps - 1))));
    }
    return betas;
}

/// beta_t = min(1 - f(t / T) / f((t - 1) / T), max_beta), f(u) = cos^2(c (u + s)), c = pi/2 / (1 + s) [Nichol & Dhariwal
/// 2021, eq. 17], without the difference: 1 - f / f' = sin(c / T) sin(c ((2 t - 1) / T + 2 s)) / f'. At least 1 step, a
/// finite offset s >= 0 and max_beta in [0, 1), else std::invalid_argument.
template <scalar T>
std::vector<T> cosine_betas(index_t steps, const T& offset, const T& max_beta) {
    using std::atan2, std::sin;
    constexpr auto where = "cdl::schedule::cosine_betas";
    require(steps >= 1, where, "steps", "must be at least 1", steps);
    require(T(offset - offset) == T(0) && !(offset < T(0)), where, "offset", "must be finite and not negative", offset);
    require(!(max_beta < T(0)) && max_beta < T(1), where, "max_beta", "must be at least 0 and below 1", max_beta);
    const T c = T(T(T(2) * T(atan2(T(1), T(1)))) / T(T(1) + offset)), count = T(static_cast<lane_t<T>>(steps));
    std::vector<T> betas;
    for (index_t t = 1; t <= steps; ++t) {
        const T left = T(T(static_cast<lane_t<T>>(steps - t + 1)) / count);
        const T sum = T(T(T(static_cast<lane_t<T>>(2 * t - 1)) / count) + T(T(2) * offset));
        const T rest = T(T(static_cast<lane_t<T>>(2 * (steps - t) + 1)) / count); // the rest to pi
        const T cosine_before = T(sin(T(c * left)));
        const T change = T(T(sin(T(c / count))) * T(sin(T(c * T(min_of(sum, rest))))));
        betas.push_back(min_of(T(change / T(cosine_before * cosine_before)), max_beta));
    }
    return betas;
}

} // namespace cdl::schedule
