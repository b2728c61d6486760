// SPDX-License-Identifier: MIT
#pragma once

// The mathematics of a noised Gaussian mixture, at one point. Noising keeps a mixture a mixture: component k at level
// a has mean S mu_k and covariance S^2 Sigma_k + N^2 I, S = signal_scale(a), N = noise_scale(a) [CDL A.3, where the
// variance is misprinted]. Noise adds to eigenvalues and leaves eigenvectors alone, so with each Sigma_k kept as
// U diag(lambda) U^T any level costs O(K d^2) for full and O(K d) for diagonal or isotropic covariances: no
// factorisation, no table, no allocation.

#include <cdl/distribution/mixture_view.hpp>
#include <cdl/math/constants.hpp>
#include <cdl/schedule/log_snr.hpp>
#include <cdl/view/point.hpp>

namespace cdl::distribution::detail {

/// The noised components at a level that each lane has for itself, computed when asked for.
template <class S, class T, index_t D, covariance C>
class components_at {
public:
    static constexpr covariance shape = C;
    static constexpr index_t static_dim = D;

    CDL_HD components_at(const mixture_view<T, D, C>& mixture, const log_snr<S>& a)
        : mixture_(mixture), level_(a), signal_(signal_scale(a)), signal_power_(signal_power(a)),
          noise_power_(noise_power(a)) {}

    /// What is noised, and how much.
    CDL_HD const mixture_view<T, D, C>& mixture() const { return mixture_; }
    CDL_HD const log_snr<S>& level() const { return level_; }
    /// The smallest variance of all components, along any axis.
    CDL_HD S smallest_variance() const { return S(signal_power_ * S(mixture_.smallest_variance) + noise_power_); }

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
    log_snr<S> level_;
    S signal_, signal_power_, noise_power_;
};

/// The noised components at one level, read from a table: what is left of a component is a mean, precisions and a
/// log weight. Same meaning as `components_at`, for many points at the same level.
template <class T, index_t D, covariance C>
struct tabulated_components {
    static constexpr covariance shape = C;
    static constexpr index_t static_dim = D;

    mixture_view<T, D, C> noised; ///< means S mu_k; `variances` holds precisions; log_weights holds log_weight(k)
    mixture_view<T, D, C> clean;  ///< what was noised
    log_snr<T> at;

    CDL_HD const mixture_view<T, D, C>& mixture() const { return clean; }
    CDL_HD const log_snr<T>& level() const { return at; }
    CDL_HD T smallest_variance() const { return noised.smallest_variance; }
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

} // namespace cdl::distribution::detail
