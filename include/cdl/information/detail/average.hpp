// SPDX-License-Identifier: MIT
#pragma once

// The mean of a function over a noised Gaussian mixture in one or two dimensions, by a trapezoid rule on each component. A
// divergence is the mean of a function of log densities. Their structure is known, and a rule that cannot see it is not
// believed: the nodes must not lie further apart than the narrowest component in reach is wide.

#include <cdl/density/quadrature.hpp>
#include <cdl/distribution/quadrature_points.hpp>

#include <span>

namespace cdl::information::detail {

/// f at a group of points.
template <class T, index_t D, class F>
struct values_at_points {
    batch_view<const T, D> points;
    F f;
    T* values;

    template <class S>
    void operator()(lanes<S> i) const {
        local_point<S, D> z(points.dim());
        for (index_t j = 0; j < points.dim(); ++j) z[j] = load(points, i, j);
        scatter(i, f(z), [this](index_t p, const T& value) { values[p] = value; });
    }
};

/// A mixture noised to a level, and how wide its components are.
template <class T, index_t D, distribution::covariance C>
struct noised_mixture {
    static constexpr distribution::covariance shape = C;

    distribution::mixture_view<T, D, C> mixture;
    log_snr<T> a;

    distribution::detail::components_at<T, T, D, C> components() const { return {mixture, a}; }
    T width(index_t k, index_t j) const {
        using std::sqrt;
        return T(sqrt(components().variance(k, j)));
    }
    T narrowest(index_t k) const {
        T least = width(k, 0);
        for (index_t j = 1; j < mixture.dim(); ++j) least = min_of(least, width(k, j));
        return least;
    }
    T widest(index_t k) const {
        T largest = width(k, 0);
        for (index_t j = 1; j < mixture.dim(); ++j) largest = max_of(largest, width(k, j));
        return largest;
    }
};

/// By how much of its width a node of a component is moved by rounding, at most.
template <class Noised>
auto rounding_of_nodes(const Noised& p) {
    using std::abs;
    using T = decltype(p.a.value);
    T largest = T(0);
    for (index_t k = 0; k < p.mixture.size(); ++k)
        for (index_t j = 0; j < p.mixture.dim(); ++j)
            largest = max_or_nan(largest, T(T(abs(p.components().mean(k, j))) / p.narrowest(k)));
    return T(std::numeric_limits<T>::epsilon() * largest);
}

/// The largest ratio of the width of a component of p to that of a component of q in its reach: axis by axis where both
/// components have the same axes.
template <class Noised, class Other>
auto ratio_of_widths(const Noised& p, const Other& q) {
    using T = decltype(p.a.value);
    using distribution::covariance;
    T largest = T(0);
    for (index_t k = 0; k < p.mixture.size(); ++k)
        for (index_t l = 0; l < q.mixture.size(); ++l) {
            T squares = T(0);
            const T reach = T(T(10) * T(p.widest(k) + q.widest(l)));
            for (index_t j = 0; j < p.mixture.dim(); ++j) {
                const T offset = T(T(p.components().mean(k, j) - q.components().mean(l, j)) / reach);
                squares = T(squares + offset * offset);
            }
            if (!(squares <= T(1))) continue;
            const bool same_axes = (Noised::shape != covariance::full && Other::shape != covariance::full) ||
                                   (p.mixture.means == q.mixture.means && k == l);
            for (index_t j = 0; j < p.mixture.dim(); ++j)
                largest =
                    max_of(largest, same_axes ? T(p.width(k, j) / q.width(l, j)) : T(p.widest(k) / q.narrowest(l)));
        }
    return largest;
}

/// The mean of f(z) over z from the mixture p noised to level a, on a policy of the host, d <= 2. f: trivially copyable,
/// `S f(point of S)`, made of functions as smooth as the densities of components `ratio` times narrower than those of p.
///
/// Nodes are doubled, from 60 intervals for each axis of each component to 3840 (1-D) or 480 (2-D), until that changes the mean by
/// less than the rule's tolerance times the mean of |f|. `converged` is false where that is not reached, where the result is NaN,
/// where the narrowest component would fall between the nodes, and where it is so narrow beside its mean that rounding moves the
/// nodes by more than the tolerance: subtract the mean. `rule.noise_nodes` fixes the intervals; other options of the
/// rule are not used. `denoiser_calls` counts points.
template <exec::policy P, class T, index_t D, distribution::covariance C, class F>
density::quadrature_result<T> average(const P& policy, const distribution::gaussian_mixture<T, D, C>& p, log_snr<T> a,
                                      const T& ratio, const F& f, const density::quadrature& rule) {
    static_assert(std::is_same_v<typename P::space, host>, "cdl: means over mixtures are computed on the host");
    using std::abs;
    constexpr auto where = "cdl::information::average";
    require(a == a, where, "a", "must not be NaN", a.value);
    require(rule.tolerance > 0, where, "tolerance", "must be positive", rule.tolerance);
    density::detail::require_noise_nodes(rule, where);
    const T rounding = T(T(64) * std::numeric_limits<T>::epsilon());
    const T tolerance = max_of(T(rule.tolerance), rounding), range = T(8.5);
    const T moved = detail::rounding_of_nodes(detail::noised_mixture<T, D, C>{p.view(), a});
    density::quadrature_result<T> result{};
    result.last_change = std::numeric_limits<T>::quiet_NaN();
    for (index_t intervals = rule.noise_nodes > 0 ? rule.noise_nodes : 60;; intervals *= 2) {
        const distribution::quadrature_points<T, D> points(p, a, intervals, range);
        std::vector<T> values(static_cast<std::size_t>(points.size())), sizes;
        policy.template for_each_lanes<T>(points.size(),
                                          detail::values_at_points<T, D, F>{points.points(), f, values.data()});
        for (const T& value : values) sizes.push_back(T(abs(value)));
        const T mean = points.mean(values), size = points.mean(sizes);
        const bool first = result.noise_nodes == 0;
        if (!first) result.last_change = T(abs(T(mean - result.value)));
        result.value = mean;
        result.noise_nodes = intervals;
        result.denoiser_calls += points.size();
        const T coarse_spacing = T(T(4) * range / T(static_cast<lane_t<T>>(intervals))); // of half as many, in widths
        const bool settled = !first && result.last_change <= T(tolerance * size) && T(coarse_spacing * ratio) <= T(2);
        result.converged = settled && moved <= T(T(4) * tolerance * max_of(T(1), size));
        if (settled || rule.noise_nodes > 0 || intervals >= (p.dim() == 1 ? 3840 : 480)) return result;
    }
}

} // namespace cdl::information::detail
