// SPDX-License-Identifier: MIT
#pragma once

// Sums over the components of a noised mixture (noised_components.hpp) at one point: its log density, the pull of its components, from
// which eps_hat and the score follow, and the posterior mean of the data. One pass over the components; where that is in doubt
// (doubtful_lanes.hpp), once more by differences (mixture_comparison.hpp).

#include <cdl/distribution/detail/doubtful_lanes.hpp>
#include <cdl/distribution/detail/mixture_comparison.hpp>

namespace cdl::distribution::detail {

/// Calls redo(compared, lane) for each lane of z in which sums over these components are in doubt, because the nearest has this
/// log term: `compared` are the same components as seen from what the lane holds.
template <trusted Sums = trusted::pulls, class S, class Components, class Z, class Redo>
CDL_HD void compare_doubtful(const Components& c, const S& nearest, const Z& z, const Redo& redo) {
    redo_doubtful(may_trust<Sums>(nearest, S(c.smallest_variance()), c.dim()), z, log_snr<S>{S(c.level().value)},
                  [&](const auto& at, const auto& a, const auto& lane) { redo(compare(c.mixture(), a, at), lane); });
}

/// log p(z) of the noised mixture, normalised.
template <class S, class Components, class Z>
CDL_HD S log_density(const Components& c, const Z& z) {
    math::log_sum_exp<S> total;
    for (index_t k = 0; k < c.size(); ++k) {
        const S l = log_term<S>(c, k, z);
        total.raise(l);
        total.weigh(l);
    }
    S log_p =
        S(total.value() - S(S(static_cast<lane_t<S>>(static_cast<double>(c.dim()))) * math::log_two_pi<S>() / S(2)));
    compare_doubtful(c, total.largest, z,
                     [&](const auto& compared, const auto& lane) { lane.put(log_p, compared.log_density()); });
    return log_p;
}

/// Reduces the terms in pairs, pairs of pairs, ...: a chain of log2 G operations instead of G. G is a power of two.
template <std::size_t G, class S, class Operation>
CDL_HD S reduced(const S (&terms)[G], const Operation& operation) {
    if constexpr (G == 1) {
        return terms[0];
    } else {
        S halves[G / 2];
        for (std::size_t g = 0; g < G / 2; ++g) halves[g] = operation(terms[g], terms[g + G / 2]);
        return reduced(halves, operation);
    }
}

/// Adds G terms to the running sum: replaces each by its weight and returns the factor for what was summed before.
template <std::size_t G, class S>
CDL_HD S weigh_all(math::log_sum_exp<S>& total, S (&terms)[G]) {
    const S rescale = total.raise(reduced(terms, [](const S& u, const S& v) { return max_of(u, v); }));
    for (std::size_t g = 0; g < G; ++g) terms[g] = total.weight(terms[g]);
    total.sum = S(total.sum + reduced(terms, [](const S& u, const S& v) { return S(u + v); }));
    return rescale;
}

/// Adds the pulls C_k^-1 (z - m_k) of components first, ..., first + G - 1 to `out`, with their weights in `total`. What was
/// added before is rescaled once for the group, and inside a group nothing waits for its neighbour.
template <index_t G, class S, class Components, class Z, class Out>
CDL_HD void add_group(const Components& c, index_t first, const Z& z, math::log_sum_exp<S>& total, Out& out) {
    S weights[extent(G)], pulls[extent(G)];
    for (index_t g = 0; g < G; ++g) weights[g] = log_term<S>(c, first + g, z);
    const S rescale = weigh_all(total, weights);
    if constexpr (Components::shape == covariance::isotropic)
        for (index_t g = 0; g < G; ++g) weights[g] = S(weights[g] * S(c.precision(first + g, 0)));
    for (index_t j = 0; j < c.dim(); ++j) {
        for (index_t g = 0; g < G; ++g) {
            pulls[g] = S(weights[g] * S(S(z[j]) - S(c.mean(first + g, j))));
            if constexpr (Components::shape == covariance::diagonal)
                pulls[g] = S(pulls[g] * S(c.precision(first + g, j)));
        }
        out[j] = S(out[j] * rescale + reduced(pulls, [](const S& u, const S& v) { return S(u + v); }));
    }
}

/// The same for full covariances in at most `Capacity` dimensions: the offsets along the axes are kept for their second use.
template <index_t G, index_t Capacity, class S, class Components, class Z, class Out>
CDL_HD void add_rotated_group(const Components& c, index_t first, const Z& z, math::log_sum_exp<S>& total, Out& out) {
    S weights[extent(G)], offsets[extent(G)][extent(Capacity)];
    for (index_t g = 0; g < G; ++g) {
        const index_t k = first + g;
        S from_mean[extent(Capacity)];
        for (index_t i = 0; i < c.dim(); ++i) from_mean[i] = S(S(z[i]) - S(c.mean(k, i)));
        S distance = S(0);
        for (index_t j = 0; j < c.dim(); ++j) {
            S along = S(0);
            for (index_t i = 0; i < c.dim(); ++i) along = multiply_add(S(c.axis(k, j, i)), from_mean[i], along);
            offsets[g][j] = S(along * S(c.precision(k, j)));
            distance = multiply_add(offsets[g][j], along, distance);
        }
        weights[g] = S(S(c.log_weight(k)) - distance / S(2));
    }
    const S rescale = weigh_all(total, weights);
    S sum[extent(Capacity)];
    for (index_t i = 0; i < c.dim(); ++i) sum[i] = S(out[i] * rescale);
    for (index_t g = 0; g < G; ++g) {
        for (index_t j = 0; j < c.dim(); ++j) {
            const S pull = S(weights[g] * offsets[g][j]);
            for (index_t i = 0; i < c.dim(); ++i) sum[i] = multiply_add(pull, S(c.axis(first + g, j, i)), sum[i]);
        }
    }
    for (index_t i = 0; i < c.dim(); ++i) out[i] = sum[i];
}

/// The same for one component with a full covariance in any dimension: the offsets are computed twice.
template <class S, class Components, class Z, class Out>
CDL_HD void add_wide_component(const Components& c, index_t k, const Z& z, math::log_sum_exp<S>& total, Out& out) {
    const offset_from<S, Components, Z> offset{c, k, z};
    const S term = log_term<S>(c, k, z), rescale = total.raise(term), weight = total.weigh(term);
    for (index_t i = 0; i < c.dim(); ++i) out[i] = S(out[i] * rescale);
    for (index_t j = 0; j < c.dim(); ++j) {
        const S pull = S(weight * offset[j] * S(c.precision(k, j)));
        for (index_t i = 0; i < c.dim(); ++i) out[i] = S(out[i] + pull * S(c.axis(k, j, i)));
    }
}

/// out = sum_k weight_k C_k^-1 (z - m_k), the weights being the posterior probabilities times `sum` of what is returned: one
/// pass over the components, running maximum and rescale, no memory but `out` and a group.
template <class S, class Components, class Z, class Out>
CDL_HD math::log_sum_exp<S> weighted_pulls(const Components& c, const Z& z, Out& out) {
    math::log_sum_exp<S> total;
    for (index_t j = 0; j < c.dim(); ++j) out[j] = S(0);
    index_t k = 0;
    if constexpr (Components::shape == covariance::full) {
        constexpr index_t capacity = Components::static_dim == dynamic ? local_point_capacity : Components::static_dim;
        if (c.dim() <= capacity) {
            if constexpr (capacity <= 4)
                for (; k + 16 <= c.size(); k += 16) add_rotated_group<16, capacity>(c, k, z, total, out);
            for (; k + 4 <= c.size(); k += 4) add_rotated_group<4, capacity>(c, k, z, total, out);
            for (; k < c.size(); ++k) add_rotated_group<1, capacity>(c, k, z, total, out);
        }
        for (; k < c.size(); ++k) add_wide_component(c, k, z, total, out);
    } else {
        for (; k + 16 <= c.size(); k += 16) add_group<16>(c, k, z, total, out);
        for (; k + 4 <= c.size(); k += 4) add_group<4>(c, k, z, total, out);
        for (; k < c.size(); ++k) add_group<1>(c, k, z, total, out);
    }
    return total;
}

/// The lane's out = factor sum_k r_k C_k^-1 (z - m_k).
template <class Compared, class S, class Lane, class Out>
CDL_HD void put_mean_pull(const Compared& compared, const S& factor, const Lane& lane, Out& out) {
    S apart[static_cast<std::size_t>(Compared::capacity)];
    for (index_t first = 0; first < compared.dim(); first += Compared::capacity) {
        const index_t left = compared.dim() - first, count = left < Compared::capacity ? left : Compared::capacity;
        compared.mean_pull_difference(factor, first, count, apart);
        for (index_t i = 0; i < count; ++i) {
            const index_t j = first + i;
            lane.put(out[j], S(compared.reference_pull(j, factor) + S(compared.signal() * apart[i])));
        }
    }
}

/// out = factor sum_k r_k C_k^-1 (z - m_k), with r_k the posterior probability of component k. factor = -1 gives the
/// score, factor = N eps_hat. Returns log p(z), normalised.
template <class S, class Components, class Z, class Out>
CDL_HD S mean_pull(const Components& c, const Z& z, const S& factor, Out& out) {
    const math::log_sum_exp<S> total = weighted_pulls<S>(c, z, out);
    const S normalised = S(factor / total.sum);
    S nearest = total.largest; // NaN where a pull is no number that S holds
    for (index_t j = 0; j < c.dim(); ++j) {
        nearest = S(nearest + S(S(out[j]) - S(out[j])));
        out[j] = S(out[j] * normalised);
    }
    S log_p =
        S(total.value() - S(S(static_cast<lane_t<S>>(static_cast<double>(c.dim()))) * math::log_two_pi<S>() / S(2)));
    compare_doubtful(c, nearest, z, [&](const auto& compared, const auto& lane) {
        lane.put(log_p, compared.log_density());
        put_mean_pull(compared, lane.of(factor), lane, out);
    });
    return log_p;
}

} // namespace cdl::distribution::detail
