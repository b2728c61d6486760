// SPDX-License-Identifier: MIT
#pragma once

// Which bandwidth for a kernel: the median distance, or the one at which the two samples look most different
// [CDL app. B.1, fig. 8].

#include <cdl/metric/detail/pair_rank.hpp>
#include <cdl/metric/mmd.hpp>

#include <span>

namespace cdl::metric {

namespace detail {

/// The k-th smallest squared distance in the pool, k = 1, 2, ..., by bisection on the logarithm. Every number that is
/// tried is an upper bound, or the next distance after it is a lower one.
template <class P, class X, class Y>
auto kth_squared_distance(const P& policy, const X& x, const Y& y, index_t k) {
    using std::sqrt;
    using T = typename X::value_type;
    T above = (std::numeric_limits<T>::max)();
    pair_rank<T> rank = rank_in_pool(policy, x, y, T(0)); // the k-th is 0, or rank.next or more
    if (k <= rank.at_or_below) return T(0);
    T below = rank.next;
    while (below < above && k > rank.at_or_below + 1) {
        const T middle = T(sqrt(below) * sqrt(above));
        const T tried = below < middle && middle < above ? middle : below; // no number is left between them
        const pair_rank<T> found = rank_in_pool(policy, x, y, tried);
        if (k <= found.at_or_below) {
            above = tried;
        } else {
            rank = found;
            below = rank.next;
        }
    }
    return below;
}

/// Throws std::invalid_argument unless there are candidates, positive, finite, with their squares in T, and ascending.
template <class T, class R>
void require_candidates(std::span<const R> candidates, const char* where) {
    require(!candidates.empty(), where, "candidates", "must not be empty", "none");
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const R& s = candidates[i];
        require(is_positive(s) && is_positive(T(s * s)) && is_positive(T(R(0.5) / R(s * s))), where, "candidates",
                "must be positive and finite, with their squares", s);
        require(i == 0 || candidates[i - 1] < candidates[i], where, "candidates", "must be ascending", candidates[i],
                " after ", i == 0 ? candidates[i] : candidates[i - 1]);
    }
}

} // namespace detail

/// The median of |p - q| over all pairs of different points p, q of x and y together, exact for the distances as they
/// are rounded in the scalar of the batches; of an even number of pairs the mean of the two in the middle. NaN where a
/// distance is NaN; one that overflows is infinite. As a standard deviation for the Gaussian kernel it is the "median heuristic" [Gretton et al. 2012].
/// 0 where more than half of the pairs coincide, and then no bandwidth.
/// Throws std::invalid_argument for fewer than 2 points in either, or dimensions that differ.
/// The same bits under every policy of the host but for the rounding of a distance. Cost: about
/// 11 + 2 log2(n + m) passes over (n + m)^2 / 2 distances; O(n + m) memory.
template <exec::policy P, batch X, batch Y>
    requires std::floating_point<batch_scalar_t<X>>
sum_scalar_t<batch_scalar_t<X>> median_distance(const P& policy, const X& x, const Y& y) {
    using std::sqrt;
    using R = sum_scalar_t<batch_scalar_t<X>>;
    const auto xs = exec::view_on(policy, x);
    const auto ys = exec::view_on(policy, y);
    detail::require_two_samples(xs, ys, "cdl::metric::median_distance");
    const index_t points = xs.size() + ys.size(), pairs = points * (points - 1) / 2;
    const auto all = detail::rank_in_pool(policy, xs, ys, std::numeric_limits<batch_scalar_t<X>>::infinity());
    if (all.at_or_below != pairs) return std::numeric_limits<R>::quiet_NaN();
    const auto lower = detail::kth_squared_distance(policy, xs, ys, (pairs + 1) / 2);
    const auto rank = detail::rank_in_pool(policy, xs, ys, lower);
    const auto upper = pairs % 2 == 1 || pairs / 2 + 1 <= rank.at_or_below ? lower : rank.next;
    return R((sqrt(R(lower)) + sqrt(R(upper))) / 2);
}

/// A bandwidth, the standard deviation of a Gaussian kernel, and the estimate of MMD^2 with it.
template <class R>
struct mmd_at_bandwidth {
    R bandwidth;
    mmd_estimate<R> mmd;
};

/// The bandwidth that was found, NaN where the MMDs are NaN, and the curve of all that were tried, ascending.
template <class R>
struct bandwidth_search {
    R bandwidth; ///< a standard deviation
    mmd_estimate<R> mmd;
    std::vector<mmd_at_bandwidth<R>> curve;
};

/// The standard deviation s of the Gaussian kernel at which the unbiased estimate of MMD^2 is largest: the best of the
/// candidates, then a golden-section search on log s between its neighbours, until s is known to 1e-4 of itself. It is
/// the largest of a curve with several maxima if the candidates are dense enough to tell them apart; a result at an end
/// of the candidates says that they do not reach far enough. Where coordinates are NaN, so are the bandwidth and the MMD, and
/// the curve ends with the candidates. Not to be used on the points with which the MMD is then
/// tested: a maximum over bandwidths is no unbiased estimate.
/// Throws std::invalid_argument for candidates that are none, not positive, not finite (nor their squares in the scalar of
/// the batches) or not ascending, and like mmd.
/// Cost: that of mmd for each candidate and about 20 times more.
template <exec::policy P, batch X, batch Y>
bandwidth_search<sum_scalar_t<batch_scalar_t<X>>>
maximising_bandwidth(const P& policy, const X& x, const Y& y,
                     std::span<const sum_scalar_t<batch_scalar_t<X>>> candidates) {
    using std::exp, std::log;
    using R = sum_scalar_t<batch_scalar_t<X>>;
    constexpr auto where = "cdl::metric::maximising_bandwidth";
    const auto xs = exec::view_on(policy, x);
    const auto ys = exec::view_on(policy, y);
    detail::require_two_samples(xs, ys, where);
    detail::require_candidates<batch_scalar_t<X>>(candidates, where);

    std::vector<mmd_at_bandwidth<R>> curve;
    const auto value_at = [&](const R& s) {
        curve.push_back({s, mmd(policy, gaussian<R>::with_standard_deviation(s), xs, ys)});
        return curve.back().mmd.unbiased;
    };
    std::size_t best = 0;
    bool comparable = true;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const R value = value_at(candidates[i]);
        comparable = comparable && value == value;
        if (value > curve[best].mmd.unbiased) best = i;
    }
    if (!comparable) {
        const R nan = std::numeric_limits<R>::quiet_NaN();
        return {nan, {nan, nan, nan, nan, nan, nan}, std::move(curve)};
    }

    R low = log(candidates[best > 0 ? best - 1 : 0]);
    R high = log(candidates[best + 1 < candidates.size() ? best + 1 : best]);
    const R golden = R(0.61803398874989484820);
    R left = high - golden * (high - low), right = low + golden * (high - low);
    R at_left = low < high ? value_at(exp(left)) : R(0), at_right = low < high ? value_at(exp(right)) : R(0);
    while (high - low > R(1e-4)) {
        if (at_left > at_right) { // the maximum is left of `right`
            high = right;
            right = left;
            at_right = at_left;
            left = high - golden * (high - low);
            at_left = value_at(exp(left));
        } else {
            low = left;
            left = right;
            at_left = at_right;
            right = low + golden * (high - low);
            at_right = value_at(exp(right));
        }
    }
    const auto by_bandwidth = [](const auto& a, const auto& b) { return a.bandwidth < b.bandwidth; };
    const auto by_value = [](const auto& a, const auto& b) { return a.mmd.unbiased < b.mmd.unbiased; };
    std::sort(curve.begin(), curve.end(), by_bandwidth);
    const auto peak = *std::max_element(curve.begin(), curve.end(), by_value);
    return {peak.bandwidth, peak.mmd, std::move(curve)};
}

} // namespace cdl::metric
