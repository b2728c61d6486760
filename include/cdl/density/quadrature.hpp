// SPDX-License-Identifier: MIT
#pragma once

// Deterministic integration of the density identities in one and two dimensions, to ten digits and more. Levels:
// Gauss-Legendre in u between the levels that matter (level_map.hpp), which a look at all levels finds (level_scan.hpp). Noise:
// the trapezoid, on a grid of its own for each level (noise_means.hpp). Both converge geometrically, so the number of nodes is
// doubled until it no longer matters.

#include <cdl/density/detail/level_map.hpp>
#include <cdl/density/detail/level_scan.hpp>

namespace cdl::density {

namespace detail {

/// A point that is being integrated.
template <class T>
struct integrated_point {
    index_t index;
    T allowance;  ///< what the noise of one level may be off by, beside the tolerance
    bool decayed; ///< the integrand was seen to end on both sides
};

/// The integral over the levels of a map for points that share it, by a fixed number of levels or by doubling them from `first`.
template <class T, class Means, class Map>
void integrate_levels(Means& means, const Map& map, index_t first, std::vector<integrated_point<T>> open, index_t dim,
                      const quadrature& rule, std::vector<quadrature_result<T>>& results) {
    using std::abs;
    const index_t most = first * (std::numeric_limits<T>::digits > 64 ? 64 : 16);
    for (index_t levels = first; !open.empty(); levels *= 2) {
        const auto axis = math::gauss_legendre<T>(levels);
        std::vector<T> total(open.size(), T(0)), size(open.size(), T(0));
        std::vector<char> noise_converged(open.size(), 1);
        for (std::size_t l = 0; l < axis.nodes.size(); ++l) {
            const T u = axis.nodes[l], rest = axis.nodes[axis.nodes.size() - 1 - l];
            const T weight = T(axis.weights[l] * map.slope(u, rest)); // d a
            std::vector<wanted_point<T>> wanted;
            for (const auto& [index, allowance, decayed] : open)
                wanted.push_back(
                    {index, allowance, rule.most_calls - results[static_cast<std::size_t>(index)].denoiser_calls});
            const auto at_level = means.at(map.level(u, rest), wanted);
            for (std::size_t o = 0; o < open.size(); ++o) {
                auto& result = results[static_cast<std::size_t>(open[o].index)];
                total[o] = T(total[o] + weight * at_level[o].value);
                size[o] = T(size[o] + weight * abs(at_level[o].value));
                noise_converged[o] = noise_converged[o] && at_level[o].converged;
                result.admit(at_level[o].intervals, at_level[o].denoiser_calls);
            }
        }
        std::vector<integrated_point<T>> unsettled;
        for (std::size_t o = 0; o < open.size(); ++o) {
            auto& result = results[static_cast<std::size_t>(open[o].index)];
            const T before = result.last_change;
            if (levels > first) result.last_change = T(abs(T(total[o] - result.value)));
            result.value = total[o];
            result.level_nodes = levels;
            // Two rules may agree by chance where the integrand jumps, as far from all data it does: unless the doubling before
            // came close to the tolerance, too, a thirtieth of it is asked for.
            auto asked = rule;
            if (!(before <= T(30) * allowed_change(rule, size[o], 32 * dim))) asked.tolerance /= 30;
            const bool settled = result.last_change <= allowed_change(asked, size[o], 32 * dim); // false for NaN
            result.converged = settled && noise_converged[o] && open[o].decayed;
            // more levels do not mend noise whose nodes ran out; nodes that were asked for are taken as they are
            const bool hopeless = levels > first && rule.noise_nodes == 0 && !noise_converged[o];
            if (!settled && !hopeless && result.denoiser_calls < rule.most_calls) unsettled.push_back(open[o]);
        }
        if (rule.level_nodes > 0 || levels >= most) return;
        open = std::move(unsettled);
    }
}

} // namespace detail

/// The integral over all levels of the mean of the integrand over the noise, for each point of x (n x d, d <= 2).
/// A point's result does not depend on the other points, nor on threads. Throws std::invalid_argument on d > 2 and on options
/// out of range, before any evaluation.
///
/// Converged means: doubling the levels changed less than the tolerance, the doubling before it less than 30 tolerances or the
/// last one less than a thirtieth; so did doubling the noise nodes of every level that matters; and the integrand was seen, 2
/// apart, over all levels at which data of scales from 1e-19 to 1e19 differ from noise, to fall to nothing on both sides.
/// Denoisers with a member `scales()` are looked at as far as their data reach. Parts of the data that are narrower than about
/// 100 epsilon |x| cannot be told from rounding: subtract the mean.
///
/// 17^d denoiser evaluations for each of the levels that are looked at (at most 81 in double, unless `scales()` says more), levels
/// noise_nodes^d for the integral; all points and nodes of a level are batches of at most 2^18 queries, or those of one point.
template <exec::policy P, class F, batch X, class Integrand>
std::vector<quadrature_result<batch_scalar_t<X>>> integrate(const P& policy, F& denoiser, const X& x,
                                                            const Integrand& integrand, const quadrature& rule) {
    using T = batch_scalar_t<X>;
    const auto points = exec::view_on(policy, x);
    detail::check(points, rule);
    denoiser::require_dimension(denoiser, points, "cdl::density::quadrature", "x");
    const index_t n = points.size();
    std::vector<quadrature_result<T>> results(static_cast<std::size_t>(n),
                                              {T(0), T(std::numeric_limits<T>::quiet_NaN()), 0, 0, 0, false});
    if (n == 0) return results;
    auto means = detail::noise_means_of<T>(policy, denoiser, integrand, points, rule);
    using members = std::vector<detail::integrated_point<T>>;
    const T center = T(rule.center);
    if (rule.level_nodes > 0) {
        members all;
        for (index_t i = 0; i < n; ++i) all.push_back({i, T(0), true});
        detail::integrate_levels(means, detail::level_map<T>{center, center}, rule.level_nodes, all, points.dim(), rule,
                                 results);
        return results;
    }
    std::map<std::pair<index_t, index_t>, members> groups; // points whose levels are the same, in steps from the center
    const auto supports = detail::scan_levels<T>(policy, denoiser, points, means, rule);
    for (index_t i = 0; i < n; ++i) {
        const auto& support = supports[static_cast<std::size_t>(i)];
        results[static_cast<std::size_t>(i)].denoiser_calls = support.denoiser_calls;
        const index_t span = detail::scan_step * (support.cleanest - support.noisiest) + 40;
        const T allowance = T(T(detail::tolerance_of<T>(rule) * support.total) / T(span));
        groups[{support.noisiest, support.cleanest}].push_back({i, allowance, support.decayed});
    }
    for (const auto& [steps, of_group] : groups) {
        const auto level = [&](index_t step) { return T(center + T(detail::scan_step * step)); };
        const index_t first = 24 + detail::scan_step * (steps.second - steps.first);
        detail::integrate_levels(means, detail::level_map<T>{level(steps.first), level(steps.second)}, first, of_group,
                                 points.dim(), rule, results);
    }
    return results;
}

} // namespace cdl::density
