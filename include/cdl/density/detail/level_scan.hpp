// SPDX-License-Identifier: MIT
#pragma once

// Two rules can agree because both miss what they should see: modes 10^4 widths apart meet at a level far from that of their
// widths, and between the two levels there is nothing. So before anything is integrated, the integrand is looked at over all
// levels at which a scalar can tell data from noise. What it does takes a few units of log-SNR, and beyond that it falls like
// e^-|a|: a coarse look sees all of it, and that it ends.

#include <cdl/density/detail/noise_means.hpp>

namespace cdl::density::detail {

/// Levels are looked at so far apart; the integrand changes over about twice that.
inline constexpr index_t scan_step = 2;

/// Where an integrand lives, at one point.
template <class T>
struct level_support {
    index_t noisiest, cleanest; ///< it falls like e^-|a| beyond these, counted in scan steps from the rule's center
    T total;                    ///< the integral of its absolute value, roughly
    index_t denoiser_calls;
    bool decayed; ///< it was seen to fall to nothing on both sides
};

/// The largest |x_ij| of point i.
template <class X, class T>
struct largest_coordinates {
    X x;
    T* largest;

    CDL_HD void operator()(index_t i) const {
        using std::abs;
        T most = T(0);
        for (index_t j = 0; j < x.dim(); ++j) most = max_or_nan(most, T(abs(T(x(i, j)))));
        largest[i] = most;
    }
};

/// The levels that are looked at: those of data of scales e^-22 to e^22, and as much further as the scalar has more digits than
/// none and the denoiser, if it knows, says that its data reach.
template <class T, class F>
std::pair<index_t, index_t> scan_range(const F& denoiser, const T& center) {
    using std::log;
    const T tail = T(-log(std::numeric_limits<T>::epsilon()));
    T noisiest = T(-T(44) - tail), cleanest = T(T(44) + tail);
    if constexpr (requires { denoiser.scales(); }) {
        const auto scales = denoiser.scales();
        const T farthest = T(1400);
        noisiest = max_of(min_of(noisiest, T(T(-2) * log(T(scales.widest)) - tail)), T(-farthest));
        if (T(0) < scales.narrowest)
            cleanest = min_of(max_of(cleanest, T(T(-2) * log(T(scales.narrowest)) + tail)), farthest);
    }
    const auto steps = [&](const T& a) { return static_cast<index_t>(static_cast<double>(T(a - center)) / scan_step); };
    return {steps(noisiest), steps(cleanest)};
}

/// One level that was looked at.
template <class T>
struct scanned_level {
    index_t step;
    T a, size; ///< the level, the absolute value of the integrand
    T floor;   ///< the size that rounding alone can have
};

/// The outermost level, as a position in the scan going outward from `edge` in steps of `outward` = +-1, at which a tail that
/// falls like e^-|a| still changes: log size + |a| settles like e^-|a| beyond the data's last scale, and what does not is a scale
/// more, whose small part in the data hides it in the tail of the others. `ignored`: changes of that size do not matter.
template <class T>
index_t tail_from(const std::vector<scanned_level<T>>& scan, index_t edge, index_t outward, const T& ignored) {
    using std::abs, std::exp, std::log;
    const auto count = static_cast<index_t>(scan.size());
    index_t last = edge;
    for (index_t k = edge + outward; 0 <= k + outward && k + outward < count; k += outward) {
        const auto &here = scan[static_cast<std::size_t>(k)], &beyond = scan[static_cast<std::size_t>(k + outward)];
        if (!(here.floor < here.size && beyond.floor < beyond.size)) continue;
        const T bend = T(abs(T(log(T(here.size / beyond.size)) - T(scan_step))));
        const T settling = T(T(4) * exp(T(T(-scan_step) * T((k - last) * outward))));
        if (settling < bend && max_of(ignored, T(T(4) * here.floor)) < T(bend * here.size)) last = k;
    }
    return last;
}

/// What the sizes at all levels, in ascending order, say about the support.
template <class T>
level_support<T> support_of(const std::vector<scanned_level<T>>& scan, const T& tolerance) {
    using std::log;
    level_support<T> support{0, 0, T(0), 0, !scan.empty()};
    T peak = T(0);
    for (const auto& [step, a, size, floor] : scan) {
        support.decayed = support.decayed && size - size == T(0); // neither NaN nor infinite
        support.total = T(support.total + T(scan_step) * size);
        if (floor < size) peak = max_of(peak, size);
    }
    const auto matters = [&](const scanned_level<T>& level) {
        return max_of(level.floor, T(tolerance * peak / T(100))) < level.size;
    };
    // Beyond the cleanest level, log size + a no longer rises; beyond the noisiest, log size - a.
    index_t first = -1, last = -1;
    T rising = T(std::numeric_limits<T>::lowest()), falling = rising;
    const auto count = static_cast<index_t>(scan.size());
    for (index_t k = 0; k < count; ++k) {
        const auto& level = scan[static_cast<std::size_t>(k)];
        if (!matters(level)) continue;
        first = first < 0 ? k : first;
        last = k;
        rising = max_of(rising, T(log(level.size) + level.a));
        falling = max_of(falling, T(log(level.size) - level.a));
    }
    if (first < 0) return support;
    support.decayed = support.decayed && 3 <= first && last + 3 < count;
    index_t noisiest = first, cleanest = last;
    const T slack = T(log(T(4)));
    for (index_t k = first; k <= last; ++k) {
        const auto& level = scan[static_cast<std::size_t>(k)];
        if (matters(level) && falling - slack <= log(level.size) - level.a) noisiest = k;
    }
    for (index_t k = last; k >= first; --k) {
        const auto& level = scan[static_cast<std::size_t>(k)];
        if (matters(level) && rising - slack <= log(level.size) + level.a) cleanest = k;
    }
    const T ignored = T(tolerance * peak / T(10));
    if (cleanest < noisiest) std::swap(noisiest, cleanest);
    support.noisiest = scan[static_cast<std::size_t>(tail_from(scan, noisiest, -1, ignored))].step;
    support.cleanest = scan[static_cast<std::size_t>(tail_from(scan, cleanest, 1, ignored))].step;
    if (-2 <= support.noisiest && support.cleanest <= 2) support.noisiest = support.cleanest = 0; // plain data
    return support;
}

/// Looks at all levels, for each of the points.
template <class T, class P, class F, class View, class Means>
std::vector<level_support<T>> scan_levels(const P& policy, const F& denoiser, const View& points, Means& means,
                                          const quadrature& rule) {
    using std::abs, std::exp;
    const index_t n = points.size(), intervals = 16;
    const auto largest = policy.template allocate<T>(n);
    policy.for_each_index(n, largest_coordinates<View, T>{points, largest.data()});
    const exec::buffer<T, host> reach(n);
    policy.get(largest.data(), n, reach.data());

    std::vector<std::vector<scanned_level<T>>> scans(static_cast<std::size_t>(n));
    std::vector<index_t> calls(static_cast<std::size_t>(n), 0);
    const T center = T(rule.center), unit = T(T(32) * std::numeric_limits<T>::epsilon());
    const auto [first, last] = scan_range<T>(denoiser, center);
    for (index_t step = first; step <= last; ++step) {
        const T a = T(center + T(scan_step) * T(step));
        // x is known to epsilon |x|, and so is the noise in S x + N eps to epsilon |x| S / N
        std::vector<index_t> told;
        std::vector<T> floors;
        for (index_t i = 0; i < n; ++i) {
            const T floor = T(unit * T(T(1) + reach[i] * exp(T(a / T(2)))));
            if (floor <= T(0.3)) told.push_back(i), floors.push_back(floor);
        }
        const auto seen = means.with(intervals, {a}, told);
        for (std::size_t t = 0; t < told.size(); ++t) {
            scans[static_cast<std::size_t>(told[t])].push_back({step, a, T(abs(seen[t].value)), floors[t]});
            calls[static_cast<std::size_t>(told[t])] += seen[t].denoiser_calls;
        }
    }
    std::vector<level_support<T>> supports;
    for (std::size_t i = 0; i < scans.size(); ++i) {
        supports.push_back(support_of(scans[i], tolerance_of<T>(rule)));
        supports.back().denoiser_calls = calls[i];
    }
    return supports;
}

} // namespace cdl::density::detail
