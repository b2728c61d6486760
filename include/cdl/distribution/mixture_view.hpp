// SPDX-License-Identifier: MIT
#pragma once

// The mathematics of a noised Gaussian mixture, at one point. Noising keeps a mixture a mixture: component k at level
// a has mean S mu_k and covariance S^2 Sigma_k + N^2 I, S = signal_scale(a), N = noise_scale(a) [CDL A.3, where the
// variance is misprinted]. Noise adds to eigenvalues and leaves eigenvectors alone, so with each Sigma_k kept as
// U diag(lambda) U^T any level costs O(K d^2) for full and O(K d) for diagonal or isotropic covariances: no
// factorisation, no table, no allocation.

#include <cdl/math/constants.hpp>
#include <cdl/math/log_sum_exp.hpp>
#include <cdl/schedule/log_snr.hpp>
#include <cdl/view/point.hpp>

namespace cdl::distribution {

/// The shape of the components' covariances: lambda I, diag(lambda), or any.
enum class covariance { isotropic, diagonal, full };

/// The parameters of K components in d dimensions, in somebody else's memory; trivially copyable.
template <class T, index_t D, covariance C>
struct mixture_view {
    static constexpr covariance shape = C;
    using value_type = T;

    const T* log_weights; ///< K
    const T* means;       ///< K x d
    const T* variances;   ///< eigenvalues of the covariances: K if isotropic, else K x d
    const T* bases;       ///< eigenvectors, K x d x d, one after the other; full covariances only
    index_t components;
    index_t dimension;

    CDL_HD constexpr index_t size() const { return components; }
    CDL_HD constexpr index_t dim() const { return D == dynamic ? dimension : D; }
    CDL_HD constexpr T mean(index_t k, index_t j) const { return means[k * dim() + j]; }
    CDL_HD constexpr T variance(index_t k, index_t j) const {
        return C == covariance::isotropic ? variances[k] : variances[k * dim() + j];
    }
    /// Coordinate i of eigenvector j of component k.
    CDL_HD constexpr T axis(index_t k, index_t j, index_t i) const { return bases[(k * dim() + j) * dim() + i]; }
};

/// The noised components at a level that each lane has for itself, computed when asked for.
template <class S, class T, index_t D, covariance C>
class components_at {
public:
    static constexpr covariance shape = C;
    static constexpr index_t static_dim = D;

    CDL_HD components_at(const mixture_view<T, D, C>& mixture, const log_snr<S>& a)
        : mixture_(mixture), signal_(signal_scale(a)), signal_power_(signal_power(a)), noise_power_(noise_power(a)) {}

    CDL_HD index_t size() const { return mixture_.size(); }
    CDL_HD index_t dim() const { return mixture_.dim(); }
    CDL_HD S mean(index_t k, index_t j) const { return S(signal_ * S(mixture_.mean(k, j))); }
    CDL_HD S variance(index_t k, index_t j) const {
        return S(signal_power_ * S(mixture_.variance(k, j)) + noise_power_);
    }
    CDL_HD S precision(index_t k, index_t j) const { return S(S(1) / variance(k, j)); }
    CDL_HD S axis(index_t k, index_t j, index_t i) const { return S(mixture_.axis(k, j, i)); }

    /// log w_k - 1/2 log det C_k.
    CDL_HD S log_weight(index_t k) const {
        using std::log;
        S log_det = S(0);
        if constexpr (C == covariance::isotropic) {
            log_det = S(S(static_cast<lane_t<S>>(static_cast<double>(dim()))) * log(variance(k, 0)));
        } else {
            for (index_t j = 0; j < dim(); ++j) log_det = S(log_det + log(variance(k, j)));
        }
        return S(S(mixture_.log_weights[k]) - log_det / S(2));
    }

private:
    mixture_view<T, D, C> mixture_;
    S signal_, signal_power_, noise_power_;
};

/// The noised components at one level, read from a table: what is left of a component is a mean, precisions and a
/// log weight. Same meaning as `components_at`, for many points at the same level.
template <class T, index_t D, covariance C>
struct tabulated_components {
    static constexpr covariance shape = C;
    static constexpr index_t static_dim = D;

    mixture_view<T, D, C> noised; ///< means S mu_k; `variances` holds precisions; log_weights holds log_weight(k)

    CDL_HD index_t size() const { return noised.size(); }
    CDL_HD index_t dim() const { return noised.dim(); }
    CDL_HD T mean(index_t k, index_t j) const { return noised.mean(k, j); }
    CDL_HD T precision(index_t k, index_t j) const { return noised.variance(k, j); }
    CDL_HD T axis(index_t k, index_t j, index_t i) const { return noised.axis(k, j, i); }
    CDL_HD T log_weight(index_t k) const { return noised.log_weights[k]; }
};

/// The offset of z from component k, z - m_k, along the axes of its covariance, computed when asked for.
template <class S, class Components, class Z>
struct offset_from {
    const Components& c;
    index_t k;
    const Z& z;

    CDL_HD S operator[](index_t j) const {
        if constexpr (Components::shape == covariance::full) {
            S along = S(0);
            for (index_t i = 0; i < c.dim(); ++i)
                along = multiply_add(S(c.axis(k, j, i)), S(S(z[i]) - S(c.mean(k, i))), along);
            return along;
        } else {
            return S(S(z[j]) - S(c.mean(k, j)));
        }
    }
};

/// (z - m_k)^T C_k^-1 (z - m_k), the squared Mahalanobis distance of z from component k, from their offset.
template <class S, class Components, class Offset>
CDL_HD S squared_distance(const Components& c, index_t k, const Offset& offset) {
    S distance = S(0);
    for (index_t j = 0; j < c.dim(); ++j) {
        const S along = offset[j];
        if constexpr (Components::shape == covariance::isotropic)
            distance = multiply_add(along, along, distance);
        else
            distance = multiply_add(S(along * S(c.precision(k, j))), along, distance);
    }
    if constexpr (Components::shape == covariance::isotropic) distance = S(distance * S(c.precision(k, 0)));
    return distance;
}

/// log w_k N(z; m_k, C_k) without the term -d/2 log 2 pi.
template <class S, class Components, class Z>
CDL_HD S log_term(const Components& c, index_t k, const Z& z) {
    return S(S(c.log_weight(k)) - squared_distance<S>(c, k, offset_from<S, Components, Z>{c, k, z}) / S(2));
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
    return S(total.value() - S(S(static_cast<lane_t<S>>(static_cast<double>(c.dim()))) * math::log_two_pi<S>() / S(2)));
}

/// Reduces the terms in pairs, pairs of pairs, ...: a chain of log2 G operations instead of G. G is a power of two.
template <index_t G, class S, class Operation>
CDL_HD S reduced(const S (&terms)[G], const Operation& operation) {
    if constexpr (G == 1) {
        return terms[0];
    } else {
        S halves[G / 2];
        for (index_t g = 0; g < G / 2; ++g) halves[g] = operation(terms[g], terms[g + G / 2]);
        return reduced(halves, operation);
    }
}

/// Adds G terms to the running sum: replaces each by its weight and returns the factor for what was summed before.
template <index_t G, class S>
CDL_HD S weigh_all(math::log_sum_exp<S>& total, S (&terms)[G]) {
    const S rescale = total.raise(reduced(terms, [](const S& u, const S& v) { return max_of(u, v); }));
    for (index_t g = 0; g < G; ++g) terms[g] = total.weight(terms[g]);
    total.sum = S(total.sum + reduced(terms, [](const S& u, const S& v) { return S(u + v); }));
    return rescale;
}

/// Adds the pulls C_k^-1 (z - m_k) of components first, ..., first + G - 1 to `out`, with their weights in `total`. What was
/// added before is rescaled once for the group, and inside a group nothing waits for its neighbour.
template <index_t G, class S, class Components, class Z, class Out>
CDL_HD void add_group(const Components& c, index_t first, const Z& z, math::log_sum_exp<S>& total, Out& out) {
    S weights[G], pulls[G];
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
    S weights[G], offsets[G][Capacity];
    for (index_t g = 0; g < G; ++g) {
        const index_t k = first + g;
        S from_mean[Capacity];
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
    S sum[Capacity];
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

/// out = factor sum_k r_k C_k^-1 (z - m_k), with r_k the posterior probability of component k. factor = -1 gives the
/// score, factor = N eps_hat. Returns log p(z), normalised.
template <class S, class Components, class Z, class Out>
CDL_HD S mean_pull(const Components& c, const Z& z, const S& factor, Out& out) {
    const math::log_sum_exp<S> total = weighted_pulls<S>(c, z, out);
    const S normalised = S(factor / total.sum);
    for (index_t j = 0; j < c.dim(); ++j) out[j] = S(out[j] * normalised);
    return S(total.value() - S(S(static_cast<lane_t<S>>(static_cast<double>(c.dim()))) * math::log_two_pi<S>() / S(2)));
}

/// out = x_hat = E[x | z] = sum_k r_k (mu_k + S Sigma_k C_k^-1 (z - S mu_k)), free of cancellation at every level,
/// where (z - N eps_hat) / S loses its digits as S -> 0. Two passes over the components.
template <class S, class T, index_t D, covariance C, class Z, class Out>
CDL_HD void posterior_mean(const mixture_view<T, D, C>& mixture, const log_snr<S>& a, const Z& z, Out& out) {
    using std::exp;
    const components_at<S, T, D, C> c(mixture, a);
    const S signal = signal_scale(a);
    math::log_sum_exp<S> total;
    for (index_t k = 0; k < c.size(); ++k) total.raise(log_term<S>(c, k, z));
    total.sum = S(0);
    for (index_t k = 0; k < c.size(); ++k) total.weigh(log_term<S>(c, k, z));
    for (index_t j = 0; j < c.dim(); ++j) out[j] = S(0);
    for (index_t k = 0; k < c.size(); ++k) {
        const S share = S(exp(S(log_term<S>(c, k, z) - total.largest)) / total.sum);
        for (index_t j = 0; j < c.dim(); ++j) {
            if constexpr (C == covariance::full) {
                const S along = offset_from<S, components_at<S, T, D, C>, Z>{c, k, z}[j];
                const S gain = S(share * signal * S(mixture.variance(k, j)) * c.precision(k, j) * along);
                for (index_t i = 0; i < c.dim(); ++i) out[i] = S(out[i] + gain * c.axis(k, j, i));
            } else {
                const S gain = S(share * signal * S(mixture.variance(k, j)) * c.precision(k, j));
                out[j] = S(out[j] + gain * S(S(z[j]) - S(c.mean(k, j))));
            }
        }
        for (index_t j = 0; j < c.dim(); ++j) out[j] = S(out[j] + share * S(mixture.mean(k, j)));
    }
}

} // namespace cdl::distribution
