// SPDX-License-Identifier: MIT
#pragma once

// The divergence of the noise estimate of a noised Gaussian mixture, at one point: how fast the flow that eps_hat drives
// spreads or gathers, as the density along a probability flow needs it. With u_k = C_k^-1 (z - S mu_k), r_k the posterior
// probability of component k and u = sum_k r_k u_k (see noised_components.hpp),
//
//     div_z eps_hat = N [ sum_k r_k tr C_k^-1 - sum_k r_k |u_k - u|^2 ] = -N Laplacian of log p_a(z).
//
// The second sum is a variance and is kept as one, in a single pass (Welford 1962, West 1979): what is added is never
// negative, and E|u_k|^2 - |u|^2, which far from the data has no digit left, is not computed. Means are told from what
// weighs more, the old or the new: always as old + share (new - old) they would keep the rounding of a component whose weight vanishes.

#include <cdl/distribution/detail/mixture_sums.hpp>

namespace cdl::distribution::detail {

/// kept old + share added, kept + share = 1, from the one that weighs more: exact where they are equal, and where one vanishes.
template <class S>
CDL_HD S between(const S& old, const S& added, const S& kept, const S& share) {
    const S step = S(added - old);
    return select(share < kept, S(old + share * step), S(added - kept * step));
}

/// The running mean, and the running sum of squared distances from it, of points of up to `Capacity` coordinates that
/// have weights; all of it may be rescaled.
template <class S, index_t Capacity>
struct running_spread {
    S mean[static_cast<std::size_t>(Capacity)];
    S weight = S(0), squares = S(0);

    CDL_HD explicit running_spread(index_t count) {
        for (index_t i = 0; i < count; ++i) mean[i] = S(0);
    }

    /// Adds one point; `rescale` goes to all that were added before. Returns the shares of what was before and of the point.
    CDL_HD scalar_pair<S> add(const S& rescale, const S& added, const S* point, index_t count) {
        const S before = S(weight * rescale);
        weight = S(before + added);
        const S kept = S(before / weight), share = S(added / weight);
        S square = S(0);
        for (index_t i = 0; i < count; ++i) {
            const S from_mean = S(point[i] - mean[i]);
            square = multiply_add(S(share * from_mean), from_mean, square);
            mean[i] = between(mean[i], point[i], kept, share);
        }
        squares = multiply_add(before, square, S(squares * rescale));
        return {kept, share};
    }

    /// The mean squared distance from the mean.
    CDL_HD S variance() const { return S(squares / weight); }
};

/// What the divergence asks of a component at z.
template <class S>
struct component_pull {
    S log_term; ///< log w_k N(z; m_k, C_k) without the term -d/2 log 2 pi
    S trace;    ///< tr C_k^-1
};

/// pull[0], ... = coordinates first, ..., first + count - 1 of C_k^-1 (z - m_k).
template <class S, class Components, class Z>
CDL_HD component_pull<S> pull_of(const Components& c, index_t k, const Z& z, index_t first, index_t count, S* pull) {
    const offset_from<S, Components, Z> offset{c, k, z};
    S distance = S(0), trace = S(0);
    if constexpr (Components::shape == covariance::full)
        for (index_t i = 0; i < count; ++i) pull[i] = S(0);
    for (index_t j = 0; j < c.dim(); ++j) {
        const S along = offset[j], precision = S(c.precision(k, j)), pulled = S(along * precision);
        distance = multiply_add(pulled, along, distance);
        trace = S(trace + precision);
        if constexpr (Components::shape == covariance::full) {
            for (index_t i = 0; i < count; ++i) pull[i] = multiply_add(pulled, S(c.axis(k, j, first + i)), pull[i]);
        } else {
            if (first <= j && j < first + count) pull[j - first] = pulled;
        }
    }
    return {S(S(c.log_weight(k)) - distance / S(2)), trace};
}

/// factor / s^2, of a component's deviation s along an axis.
template <class S>
struct precision_times {
    S factor;

    CDL_HD S operator()(const S&, const S& s) const { return S(S(factor / s) / s); }
};

/// factor (sum_k r_k tr C_k^-1 - sum_k r_k |u_k - u|^2): factor = N gives div eps_hat, factor = -1 the Laplacian of log p.
/// One pass over the components; a dynamic dimension above `local_point_capacity` one for each so many coordinates.
template <class S, class Components, class Z>
CDL_HD S divergence(const Components& c, const Z& z, const S& factor) {
    constexpr index_t capacity = Components::static_dim == dynamic ? local_point_capacity : Components::static_dim;
    S trace = S(0), spread = S(0), nearest = S(0);
    for (index_t first = 0; first < c.dim(); first += capacity) {
        const index_t count = c.dim() - first < capacity ? c.dim() - first : capacity;
        math::log_sum_exp<S> total;
        running_spread<S, capacity> pulls(count);
        trace = S(0);
        for (index_t k = 0; k < c.size(); ++k) {
            S pull[static_cast<std::size_t>(capacity)];
            const component_pull<S> seen = pull_of<S>(c, k, z, first, count, pull);
            const S rescale = total.raise(seen.log_term);
            const auto [kept, share] = pulls.add(rescale, total.weight(seen.log_term), pull, count);
            trace = between(trace, seen.trace, kept, share);
        }
        spread = S(spread + pulls.variance());
        nearest = total.largest;
    }
    S result = S(factor * S(trace - spread));
    const S doubtful = select(S(result - result) == S(0), nearest, S(std::numeric_limits<lane_t<S>>::infinity()));
    compare_doubtful(c, doubtful, z, [&](const auto& compared, const auto& lane) {
        using number = lane_t<S>;
        const number f = lane.of(factor), divisor = select(f == number(0), number(1), f);
        const number signal = compared.signal();
        const number within = compared.mean_over_axes(precision_times<number>{f});
        lane.put(result, number(within - number(signal * number(signal * compared.spread_of_pulls(f, divisor)))));
    });
    return result;
}

} // namespace cdl::distribution::detail
