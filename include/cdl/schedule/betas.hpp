// SPDX-License-Identifier: MIT
#pragma once

// The variances beta_1, ..., beta_T that the steps of a discrete model add, as DDPM defines its noise: the lists that are
// in use. Their levels are made by `discrete_levels`. A beta of 1 leaves nothing of the signal: pure noise from there on.

#include <cdl/core/checks.hpp>
#include <cdl/core/index.hpp>
#include <cdl/core/scalar.hpp>

#include <vector>

namespace cdl::schedule {

namespace detail {
/// beta(left, done, steps - 1) for t = 1, ..., steps with left = steps - t, done = t - 1, for lists from `first` to `last`.
template <class T, class Beta>
std::vector<T> betas_between(index_t steps, const T& first, const T& last, const char* where, const Beta& beta) {
    require(steps >= 2, where, "steps", "must be at least 2", steps);
    require(T(0) <= first && first <= T(1), where, "first", "must be from 0 to 1", first);
    require(T(0) <= last && last <= T(1), where, "last", "must be from 0 to 1", last);
    const auto number = [](index_t whole) { return T(static_cast<lane_t<T>>(whole)); };
    std::vector<T> betas;
    for (index_t t = 1; t <= steps; ++t) betas.push_back(beta(number(steps - t), number(t - 1), number(steps - 1)));
    return betas;
}
} // namespace detail

/// beta_t = first + (t - 1) / (steps - 1) (last - first), DDPM's [DDPM sec. 4]. At least 2 steps and both ends in [0, 1],
/// else std::invalid_argument.
template <scalar T>
std::vector<T> linear_betas(index_t steps, const T& first, const T& last) {
    return detail::betas_between(
        steps, first, last, "cdl::schedule::linear_betas",
        [&](const T& left, const T& done, const T& all) { return T(T(first * left + last * done) / all); });
}

/// The square root of beta_t is linear in t, from sqrt(first) to sqrt(last): Stable Diffusion's, in other libraries
/// `scaled_linear` [Rombach et al. 2022]. Exact at both ends. At least 2 steps and both ends in [0, 1], else
/// std::invalid_argument.
template <scalar T>
std::vector<T> root_linear_betas(index_t steps, const T& first, const T& last) {
    using std::sqrt;
    auto betas = detail::betas_between(steps, first, last, "cdl::schedule::root_linear_betas",
                                       [&](const T& left, const T& done, const T& all) {
                                           const T root = T(T(T(sqrt(first)) * left + T(sqrt(last)) * done) / all);
                                           return T(root * root);
                                       });
    betas.front() = first;
    betas.back() = last;
    return betas;
}

/// beta_t = min(1 - f(t / T) / f((t - 1) / T), max_beta), f(u) = cos^2(c (u + s)), c = pi/2 / (1 + s) [Nichol & Dhariwal
/// 2021, eq. 17], without the difference: 1 - f / f' = sin(c / T) sin(c ((2 t - 1) / T + 2 s)) / f'. The last is max_beta.
/// At least 1 step, a finite offset s >= 0 and max_beta in [0, 1], else std::invalid_argument.
template <scalar T>
std::vector<T> cosine_betas(index_t steps, const T& offset, const T& max_beta) {
    using std::atan2, std::sin;
    constexpr auto where = "cdl::schedule::cosine_betas";
    require(steps >= 1, where, "steps", "must be at least 1", steps);
    require(T(offset - offset) == T(0) && !(offset < T(0)), where, "offset", "must be finite and not negative", offset);
    require(T(0) <= max_beta && max_beta <= T(1), where, "max_beta", "must be from 0 to 1", max_beta);
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
    betas.back() = max_beta; // f(1) = 0
    return betas;
}

} // namespace cdl::schedule
