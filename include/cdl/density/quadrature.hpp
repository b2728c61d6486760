// SPDX-License-Identifier: MIT
#pragma once

// Deterministic integration of the density identities in one and two dimensions, to ten digits and more. Levels:
// Gauss-Legendre in u with a = center + 2 logit(u), under which an integrand that falls like e^-|a| on both sides
// becomes analytic up to the ends. Noise: the trapezoid, on a grid of its own for each level. Both converge
// geometrically, so the number of nodes is doubled until it no longer matters.

#include <cdl/density/evaluate.hpp>
#include <cdl/exec/reduce_tree.hpp>
#include <cdl/math/quadrature.hpp>

#include <vector>

namespace cdl::density {

/// How to integrate deterministically. Works for 1 and 2 dimensions.
struct quadrature {
    /// Nodes are doubled until that changes the result by less than `tolerance` times the sum of the absolute
    /// contributions, or until only rounding is left; what remains is far smaller, because the rules converge
    /// geometrically. Tolerances below 64 epsilon of the scalar are taken as that.
    double tolerance = 1e-10;
    /// The level at the middle of the rule: 0 for data of unit scale; for data of variance v about -log(v) / 2, half way
    /// between the levels at which the noise is as wide as the data and as wide as a standard normal number.
    double center = 0;
    /// A fixed number of levels; 0 doubles from 24 to 384.
    index_t level_nodes = 0;
    /// A fixed even number of noise intervals along each coordinate; 0 doubles from 48 to 3072 (1-D) or 1536 (2-D), for
    /// each level anew.
    index_t noise_nodes = 0;
};

/// An integral by quadrature and what it took.
template <class T>
struct quadrature_result {
    T value;
    T last_change; ///< what the last doubling of the levels changed; the error of the levels is smaller, those of the noise and of
                   ///< rounding are not in it. NaN if fixed.
    index_t level_nodes;    ///< levels in the final rule
    index_t noise_nodes;    ///< intervals along each coordinate at the level that took most
    index_t denoiser_calls; ///< evaluations of the denoiser at one point, all attempts included
    bool converged;         ///< false if the nodes ran out, or were fixed, before the tolerance was met

    /// The result for offset + factor value, factor > 0.
    quadrature_result mapped(const T& offset, const T& factor) const {
        auto result = *this;
        result.value = T(offset + factor * value);
        result.last_change = T(factor * last_change);
        return result;
    }
};

namespace detail {

/// Whether a doubling changed little enough: less than the tolerance times the sum of the absolute contributions, or
/// less than the rounding of `rounded` numbers of size one, which is what squared errors of noise are.
template <class T>
bool settled(const quadrature& rule, const T& change, const T& size, index_t rounded) {
    const T rounding = T(T(16) * std::numeric_limits<T>::epsilon());
    const T tolerance = max_of(T(rule.tolerance), T(T(4) * rounding));
    return !(T(tolerance * size + rounding * T(rounded)) < change);
}

/// Queries of one point at one level on the grid of noise nodes.
template <class T, index_t D>
struct noise_grid {
    static constexpr index_t static_dim = D;
    static constexpr bool common_level = true;

    point_view<const T, D> point;
    log_snr<T> a;
    const T* nodes;
    index_t per_axis;

    CDL_HD index_t dim() const { return point.size(); }
    template <class S>
    CDL_HD log_snr<S> level(lanes<S>) const {
        return {S(a.value)};
    }
    template <class S>
    CDL_HD S x(lanes<S>, index_t j) const {
        return S(point[j]);
    }
    template <class S, class E>
    CDL_HD void noise(lanes<S> q, E& eps) const {
        eps[0] = gather(q, [this](index_t i) { return nodes[i % per_axis]; });
        if (dim() > 1) eps[1] = gather(q, [this](index_t i) { return nodes[i / per_axis]; });
        for (index_t j = 2; j < dim(); ++j) eps[j] = S(0); // never: `check` refuses
    }
};

template <class T>
struct mean_over_noise {
    T value;
    index_t intervals;
    index_t denoiser_calls;
    bool converged;
};

/// The mean of the integrand over the noise at one point and level.
template <class T, class P, class F, class Integrand, class Point>
mean_over_noise<T> integrate_noise(const P& policy, F& denoiser, const Integrand& integrand, const Point& x,
                                   log_snr<T> a, const quadrature& rule) {
    using std::abs;
    constexpr index_t D = Point::static_dim;
    const index_t d = x.size();
    index_t calls = 0;
    for (index_t intervals = rule.noise_nodes > 0 ? rule.noise_nodes : 48;; intervals *= 2) {
        const auto axis = math::normal_trapezoid<T>(intervals, T(8.5));
        const index_t per_axis = intervals + 1, n = d == 1 ? per_axis : per_axis * per_axis;
        const auto term_numbers = policy.template allocate<T>(n);
        const auto nodes = policy.put(axis.nodes.data(), per_axis);
        const noise_grid<T, D> grid{x, a, nodes.data(), per_axis};
        evaluate(policy, denoiser, grid, integrand, n, term_numbers.data());
        const exec::buffer<T, host> terms(n);
        policy.get(term_numbers.data(), n, terms.data());
        calls += n * static_cast<index_t>(integrand.zetas.size());
        // the even nodes with doubled weights are the rule with half as many intervals
        T fine = T(0), coarse = T(0), size = T(0);
        for (index_t i = 0; i < n; ++i) {
            const index_t column = i % per_axis, row = i / per_axis;
            T weight = axis.weights[static_cast<std::size_t>(column)], coarse_weight = T(2) * weight;
            if (d == 2) weight = T(weight * axis.weights[static_cast<std::size_t>(row)]), coarse_weight = T(4) * weight;
            fine = T(fine + weight * terms[i]);
            size = T(size + weight * abs(terms[i]));
            if (column % 2 == 0 && row % 2 == 0) coarse = T(coarse + coarse_weight * terms[i]);
        }
        const bool converged = settled(rule, T(abs(T(fine - coarse))), size, d);
        if (rule.noise_nodes > 0 || converged || intervals >= 3072 / d) return {fine, intervals, calls, converged};
    }
}

template <class Points>
void check(const Points& points, const quadrature& rule) {
    constexpr auto where = "cdl::density::quadrature";
    require(points.size() == 0 || points.dim() == 1 || points.dim() == 2, where, "x",
            "must have dimension 1 or 2 (use density::monte_carlo beyond)", points.dim());
    require(rule.tolerance > 0, where, "tolerance", "must be positive", rule.tolerance);
    require(rule.center - rule.center == 0, where, "center", "must be finite", rule.center);
    require(rule.level_nodes >= 0, where, "level_nodes", "must be positive, or 0 to choose", rule.level_nodes);
    require(rule.noise_nodes >= 0 && rule.noise_nodes % 2 == 0, where, "noise_nodes",
            "must be even and positive, or 0 to choose", rule.noise_nodes);
}

} // namespace detail

/// The integral over all levels of the mean of the integrand over the noise, for each point of x (n x d, d <= 2).
/// A point's result does not depend on the other points. Throws std::invalid_argument on d > 2 and on options that
/// are not positive. O(levels noise_nodes^d) denoiser evaluations for each point, terms of one level in memory.
template <exec::policy P, class F, batch X, class Integrand>
std::vector<quadrature_result<batch_scalar_t<X>>> integrate(const P& policy, F& denoiser, const X& x,
                                                            const Integrand& integrand, const quadrature& rule) {
    using T = batch_scalar_t<X>;
    using std::abs;
    const auto points = exec::view_on(policy, x);
    detail::check(points, rule);
    denoiser::require_dimension(denoiser, points, "cdl::density::quadrature", "x");
    std::vector<quadrature_result<T>> results;
    for (index_t i = 0; i < points.size(); ++i) {
        quadrature_result<T> result{T(0), T(std::numeric_limits<T>::quiet_NaN()), 0, 0, 0, false};
        for (index_t levels = rule.level_nodes > 0 ? rule.level_nodes : 24;; levels *= 2) {
            const auto axis = math::gauss_legendre<T>(levels);
            T total = T(0), size = T(0);
            bool noise_converged = true;
            for (index_t l = 0; l < levels; ++l) {
                const T u = axis.nodes[static_cast<std::size_t>(l)];
                const log_snr<T> a{T(T(rule.center) + T(2) * math::logit(u))};
                const T weight = T(T(2) * axis.weights[static_cast<std::size_t>(l)] / T(u * T(T(1) - u))); // d a
                const auto mean = detail::integrate_noise<T>(policy, denoiser, integrand, points[i], a, rule);
                total = T(total + weight * mean.value);
                size = T(size + weight * abs(mean.value));
                result.denoiser_calls += mean.denoiser_calls;
                noise_converged = noise_converged && mean.converged;
                result.noise_nodes = mean.intervals > result.noise_nodes ? mean.intervals : result.noise_nodes;
            }
            const T change = T(abs(T(total - result.value)));
            const bool first = result.level_nodes == 0;
            if (!first) result.last_change = change;
            result.value = total;
            result.level_nodes = levels;
            const bool levels_converged = !first && detail::settled(rule, change, size, 32 * points.dim());
            result.converged = levels_converged && noise_converged;
            if (rule.level_nodes > 0 || levels >= 384 || levels_converged) break;
        }
        results.push_back(result);
    }
    return results;
}

} // namespace cdl::density
