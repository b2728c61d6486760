// SPDX-License-Identifier: MIT
#pragma once

// The density identities and the classifier, by quadrature and by sampling, with point denoisers (one pass) and with
// batch denoisers (three).

#include <cdl/classifier/noise_level.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/squared_error.hpp>

#include "policies/comparing.hpp"
#include "policies/mixtures.hpp"

namespace cdl::test {

/// Few nodes: what is compared is the arithmetic, not the integral.
inline constexpr density::quadrature few_nodes{.level_nodes = 10, .noise_nodes = 12};

inline density::monte_carlo few_draws(index_t noises = 1, bool common_random_numbers = true) {
    return {.levels = 16,
            .noises = noises,
            .law = {},
            .seed = 18,
            .first_point = 3,
            .first_draw = 5,
            .common_random_numbers = common_random_numbers};
}

/// Numbers of a result, one after the other.
template <class T>
void append(std::vector<T>& numbers, const density::quadrature_result<T>& result) {
    numbers.insert(numbers.end(), {result.value, T(result.denoiser_calls)});
}
template <class T>
void append(std::vector<T>& numbers, const density::estimate<T>& result) {
    numbers.insert(numbers.end(), {result.value, result.standard_error, T(result.denoiser_calls)});
}
template <class T, class Ratio>
void append(std::vector<T>& numbers, const classifier::classified<T, Ratio>& result) {
    numbers.insert(numbers.end(), {result.log_clean, result.log_noisy});
    append(numbers, result.log_density_ratio);
}
template <class T>
void append(std::vector<T>& numbers, const T& result) {
    numbers.push_back(result);
}

/// What is computed for points x by a denoiser: each a function of (policy, denoiser, x, rule).
struct nll_of_data {
    template <class P, class F, class X, class Rule>
    auto operator()(const P& policy, const F& f, const X& x, const Rule& rule) const {
        return density::nll(policy, f, x, rule);
    }
};
struct nll_of_noised_data {
    template <class P, class F, class X, class Rule>
    auto operator()(const P& policy, const F& f, const X& x, const Rule& rule) const {
        return density::nll(policy, f, x, {batch_scalar_t<X>(1.5)}, rule);
    }
};
struct ratio {
    template <class P, class F, class X, class Rule>
    auto operator()(const P& policy, const F& f, const X& x, const Rule& rule) const {
        return density::log_density_ratio(policy, f, x, {batch_scalar_t<X>(0.5)}, rule);
    }
};
struct label {
    template <class P, class F, class X, class Rule>
    auto operator()(const P& policy, const F& f, const X& x, const Rule& rule) const {
        return classifier::noise_level(policy, f, x, {batch_scalar_t<X>(-1)}, {batch_scalar_t<X>(4)}, rule);
    }
};
struct error_at_a_level {
    template <class P, class F, class X>
    auto operator()(const P& policy, const F& f, const X& x, const density::quadrature& rule) const {
        return density::squared_error(policy, f, x, {batch_scalar_t<X>(0.7)}, rule, {batch_scalar_t<X>(3)});
    }
};

/// How the denoiser is handed over: as it is, a function of points, or as a function of batches.
struct as_points {
    template <class F>
    auto operator()(const F& f) const {
        return f;
    }
};
struct as_batches {
    template <class F>
    auto operator()(const F& f) const {
        return denoiser::lift(f);
    }
};

/// `quantity` of n points by a mixture's optimal denoiser.
template <class S, index_t D, covariance C, class A, class As = as_points, class Quantity, class Rule>
void estimates_like_serial(const std::string& what, const Quantity& quantity, index_t n, index_t d, const Rule& rule,
                           const rounding& bound) {
    using T = typename S::scalar;
    CAPTURE(what);
    CAPTURE(n);
    CAPTURE(d);
    const auto mixture = some_mixture<T, D, C>(3, d);
    const auto x = normal_numbers<T>(n * d, 19);
    matches_serial<S>(what, bound, [&](const auto& policy) {
        const auto on_policy = mixture.on(policy);
        const auto points = placed<A, D>(policy, x, n, d);
        std::vector<T> numbers;
        for (const auto& result : quantity(policy, As{}(denoiser::optimal(on_policy)), points.view(), rule))
            append(numbers, result);
        return numbers;
    });
}

// Squared errors of noise up to 8.5 wide are up to 72 and cancel to order 1; the nodes' weights decline with them.
inline constexpr rounding by_quadrature{10, 16};

TEST_CASE_TEMPLATE("Densities by quadrature in one dimension match serial", S, tested<float>, tested<double>) {
    constexpr auto C = covariance::isotropic;
    for (const index_t n : {0, 1, 7}) {
        estimates_like_serial<S, 1, C, packed_points>("nll", nll_of_data{}, n, 1, few_nodes, by_quadrature);
        estimates_like_serial<S, 1, C, spread_out>("noised nll", nll_of_noised_data{}, n, 1, few_nodes, by_quadrature);
        estimates_like_serial<S, 1, C, packed_points, as_batches>("ratio", ratio{}, n, 1, few_nodes, by_quadrature);
        estimates_like_serial<S, 1, C, packed_points>("error", error_at_a_level{}, n, 1, few_nodes, by_quadrature);
    }
}

TEST_CASE_TEMPLATE("Densities by quadrature in two dimensions match serial", S, tested<float>, tested<double>) {
    constexpr auto C = covariance::full;
    for (const index_t n : {0, 1, 3}) {
        estimates_like_serial<S, 2, C, packed_points>("nll", nll_of_data{}, n, 2, few_nodes, by_quadrature);
        estimates_like_serial<S, dynamic, C, packed_coords>("nll", nll_of_data{}, n, 2, few_nodes, by_quadrature);
        estimates_like_serial<S, 2, C, packed_points, as_batches>("error", error_at_a_level{}, n, 2, few_nodes,
                                                                  by_quadrature);
    }
}

TEST_CASE_TEMPLATE("The classifier by quadrature matches serial", S, tested<float>, tested<double>) {
    for (const index_t n : {0, 1, 3})
        estimates_like_serial<S, 2, covariance::diagonal, backwards>("label", label{}, n, 2, few_nodes, by_quadrature);
}

// Terms are weighted by one over the density of their level, up to some hundred, of which an estimate is the mean of 16.
inline constexpr rounding by_sampling{10, 16};

TEST_CASE_TEMPLATE("Densities by sampling match serial", S, tested<float>, tested<double>) {
    constexpr auto C = covariance::full;
    for (const index_t n : small_ugly_sizes) {
        estimates_like_serial<S, 2, C, packed_points>("nll", nll_of_data{}, n, 2, few_draws(), by_sampling);
        estimates_like_serial<S, dynamic, C, packed_coords>("noised nll", nll_of_noised_data{}, n, 3, few_draws(3),
                                                            by_sampling);
        estimates_like_serial<S, dynamic, C, packed_points, as_batches>("nll", nll_of_data{}, n, 3, few_draws(2),
                                                                        by_sampling);
    }
}

TEST_CASE_TEMPLATE("Density ratios by sampling match serial", S, tested<float>, tested<double>) {
    constexpr auto C = covariance::diagonal;
    for (const index_t n : small_ugly_sizes) {
        estimates_like_serial<S, 2, C, packed_points>("ratio", ratio{}, n, 2, few_draws(2), by_sampling);
        estimates_like_serial<S, 2, C, packed_points>("independent ratio", ratio{}, n, 2, few_draws(1, false),
                                                      by_sampling);
    }
}

TEST_CASE_TEMPLATE("The classifier by sampling matches serial", S, tested<float>, tested<double>) {
    for (const index_t n : small_ugly_sizes) {
        estimates_like_serial<S, 2, covariance::diagonal, spread_out>("label", label{}, n, 2, few_draws(), by_sampling);
        estimates_like_serial<S, 1, covariance::isotropic, packed_points, as_batches>("label", label{}, n, 1,
                                                                                      few_draws(), by_sampling);
    }
}

TEST_CASE_TEMPLATE("Densities of wide points by sampling match serial", S, tested<float>, tested<double>) {
    constexpr auto C = covariance::isotropic;
    for (const index_t n : {0, 1, 7}) // 100 squared errors, each as above
        estimates_like_serial<S, dynamic, C, packed_points>("nll of 100", nll_of_data{}, n, 100, few_draws(),
                                                            {by_sampling.epsilons, 100 * by_sampling.size});
}

} // namespace cdl::test
