// SPDX-License-Identifier: MIT
#pragma once

// Unbiased estimates of the density identities in any dimension, with their standard errors. Levels are drawn from a
// logistic law and weighted by one over its density; every level carries one or more draws of the noise. All draws
// have addresses, so an estimate is a function of the seed alone: not of threads, batch size or order.

#include <cdl/density/detail/evaluate.hpp>
#include <cdl/density/estimate.hpp>
#include <cdl/exec/reduce_tree.hpp>
#include <cdl/random/noise_source.hpp>
#include <cdl/schedule/level_sampling.hpp>

#include <vector>

namespace cdl::density {

/// How to integrate by sampling.
struct monte_carlo {
    index_t levels = 1024;           ///< draws of the level for each point, at least 2
    index_t noises = 1;              ///< draws of the noise for each level, at least 1
    schedule::logistic_levels law{}; ///< the law of the levels
    std::uint64_t seed = 0;          ///< every seed gives an independent estimate
    index_t first_point = 0;         ///< the address of x[0], for a batch that is a part of a larger one
    index_t first_draw = 0;          ///< the address of the first level, for draws that continue others
    /// For ratios: the same level and noise under both densities, which cuts the standard deviation several times at
    /// zeta = 2 and several hundred times at zeta = 6 (examples/03_density_from_denoiser shows it); or independent
    /// draws, as in the published code of CDL.
    bool common_random_numbers = true;
};

namespace detail {

/// Queries (point, level, noise), the noise running fastest, counted from `first`.
template <class T, index_t D, class View>
struct random_draws {
    static constexpr index_t static_dim = D;
    static constexpr bool common_level = false;

    View points;
    monte_carlo rule;
    index_t first;

    CDL_HD index_t dim() const { return points.dim(); }
    CDL_HD index_t point_of(index_t q) const { return (first + q) / (rule.levels * rule.noises); }
    CDL_HD index_t draw_of(index_t q) const { return (first + q) % (rule.levels * rule.noises); }
    CDL_HD index_t level_of(index_t q) const { return rule.first_draw + draw_of(q) / rule.noises; }

    CDL_HD double quantile(index_t q) const {
        return random::uniform({rule.seed, random::purpose::level, rule.first_point}, level_of(q), point_of(q));
    }
    /// The probability of the tail beyond the level, at most 1/2, and the side of that tail: 1 below, -1 above.
    template <class S>
    CDL_HD scalar_pair<S> tail_and_side(lanes<S> q) const {
        return gather_pairs(q, [this](index_t i) {
            const double u = quantile(i);
            return u < 0.5 ? scalar_pair<double>{u, 1.0} : scalar_pair<double>{1 - u, -1.0};
        });
    }
    template <class S>
    CDL_HD log_snr<S> level(lanes<S> q) const {
        const auto [tail, side] = tail_and_side(q);
        return rule.law.at(tail, side);
    }
    template <class S>
    CDL_HD S x(lanes<S> q, index_t j) const {
        return gather(q, [this, j](index_t i) { return points(point_of(i), j); });
    }
    template <class S, class E>
    CDL_HD void noise(lanes<S> q, E& eps) const {
        const random::noise_stream stream{rule.seed, random::purpose::channel, rule.first_point};
        for (index_t j = 0; j < dim(); j += 2) {
            const auto pair = random::normals(stream, q, j / 2, [this](index_t i) {
                return random::noise_address{rule.first_draw * rule.noises + draw_of(i), point_of(i)};
            });
            eps[j] = pair.first;
            if (j + 1 < dim()) eps[j + 1] = pair.second;
        }
    }
};

/// The mean over the noises of row r, weighted by one over the density of its level.
template <class Plan, class T>
struct mean_of_level {
    Plan plan;
    const T* terms;
    T* means;

    CDL_HD void operator()(index_t r) const {
        const index_t noises = plan.rule.noises;
        const auto [tail, side] = plan.tail_and_side(lanes<T>{r * noises, 1});
        const T sum = exec::tree_sum(terms + r * noises, noises);
        means[r] = T(plan.rule.law.inverse_density(tail, side) * sum / T(static_cast<double>(noises)));
    }
};

/// The mean over the levels of point i, and its standard error.
template <class T>
struct mean_of_point {
    const T* means;
    index_t levels, denoiser_calls;
    estimate<T>* results;

    CDL_HD void operator()(index_t i) const {
        using std::sqrt;
        const T* of_point = means + i * levels;
        const T count = T(static_cast<double>(levels));
        const T mean = T(exec::tree_sum(of_point, levels) / count);
        T squares = T(0);
        for (index_t l = 0; l < levels; ++l) squares = T(squares + T(of_point[l] - mean) * T(of_point[l] - mean));
        results[i] = {mean, T(sqrt(T(squares / T(count * T(count - T(1)))))), denoiser_calls};
    }
};

inline void check(const monte_carlo& rule, const char* where) {
    require(rule.levels >= 2, where, "levels", "must be at least 2", rule.levels);
    require(rule.noises >= 1, where, "noises", "must be at least 1", rule.noises);
    require(rule.first_point >= 0, where, "first_point", "must not be negative", rule.first_point);
    require(rule.first_draw >= 0, where, "first_draw", "must not be negative", rule.first_draw);
    constexpr index_t draws = index_t{1} << 32;
    require(rule.levels < draws && rule.first_draw < draws && rule.noises < draws &&
                rule.first_draw + rule.levels <= (draws - 1) / rule.noises,
            where, "levels", "must give fewer than 2^32 draws", rule.levels, " x ", rule.noises);
    rule.law.check(where);
}

} // namespace detail

/// An unbiased estimate of the integral over all levels of the mean of the integrand over the noise, for each point
/// of x (n x d). Throws std::invalid_argument on options out of range. n levels noises denoiser evaluations for each
/// zeta of the integrand; n levels + 2^16 numbers of memory for point denoisers.
template <exec::policy P, class F, batch X, class Integrand>
std::vector<estimate<batch_scalar_t<X>>> integrate(const P& policy, F& denoiser, const X& x, const Integrand& integrand,
                                                   const monte_carlo& rule) {
    using T = batch_scalar_t<X>;
    detail::check(rule, "cdl::density::monte_carlo");
    const auto points = exec::view_on(policy, x);
    denoiser::require_dimension(denoiser, points, "cdl::density::monte_carlo", "x");
    const index_t n = points.size(), rows = n * rule.levels;
    random::require_noise(random::noise_stream{rule.seed, random::purpose::channel}, 0, rule.levels * rule.noises, n,
                          points.dim(), "cdl::density::monte_carlo");
    const auto level_means = policy.template allocate<T>(rows);
    const index_t rows_at_once = rule.noises < (1 << 16) ? (1 << 16) / rule.noises : 1;
    const auto terms = policy.template allocate<T>((rows < rows_at_once ? rows : rows_at_once) * rule.noises);
    for (index_t row = 0; row < rows; row += rows_at_once) {
        const index_t count = rows - row < rows_at_once ? rows - row : rows_at_once;
        using plan_type = detail::random_draws<T, decltype(points)::static_dim, std::remove_const_t<decltype(points)>>;
        const plan_type plan{points, rule, row * rule.noises};
        detail::evaluate(policy, denoiser, plan, integrand, count * rule.noises, terms.data());
        policy.for_each_index(count, detail::mean_of_level<plan_type, T>{plan, terms.data(), level_means.data() + row});
    }
    const auto estimates = policy.template allocate<estimate<T>>(n);
    const index_t calls = rule.levels * rule.noises * static_cast<index_t>(integrand.zetas.size());
    policy.for_each_index(n, detail::mean_of_point<T>{level_means.data(), rule.levels, calls, estimates.data()});
    std::vector<estimate<T>> results(static_cast<std::size_t>(n));
    policy.get(estimates.data(), n, results.data());
    return results;
}

} // namespace cdl::density
