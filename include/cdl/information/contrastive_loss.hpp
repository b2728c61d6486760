// SPDX-License-Identifier: MIT
#pragma once

// The contrastive loss at its optimum, and the divergence that it is another word for [CDL eq. 7]:
//
//     L = E softplus(y (log p_zeta(x) - log p(x))) = log 2 - JSD(p, p_zeta),
//
// x from p and y = +1, or x from p_zeta and y = -1, both equally likely. Given x, the label has log odds l = log p - log p_zeta, so L
// is the mean entropy of the label and JSD what l tells of it, over the mean of both distributions; both are sums of positive terms.

#include <cdl/information/kl_divergence.hpp>

namespace cdl::information {

namespace detail {

template <class Ratio>
struct entropy_term {
    Ratio l;
    template <class Z>
    coordinate_t<Z> operator()(const Z& z) const {
        return detail::entropy_of_label(l(z));
    }
};
template <class Ratio>
struct information_term {
    Ratio l;
    template <class Z>
    coordinate_t<Z> operator()(const Z& z) const {
        return detail::information_of_label(l(z));
    }
};

/// The mean of Term over half p and half p_zeta.
template <template <class> class Term, class P, class T, index_t D, distribution::covariance C>
density::quadrature_result<T> average_of_both(const P& policy, const distribution::gaussian_mixture<T, D, C>& p,
                                              log_snr<T> zeta, const density::quadrature& rule, const char* where) {
    require(zeta == zeta, where, "zeta", "must not be NaN", zeta.value);
    using ratio = log_ratio<T, D, C, D, C>;
    const ratio there{p.view(), clean<T>(), p.view(), zeta}, back{p.view(), zeta, p.view(), clean<T>()};
    auto result = detail::average(policy, p, clean<T>(), there.ratio(), Term<ratio>{there}, rule);
    const auto of_noisy = detail::average(policy, p, zeta, back.ratio(), Term<ratio>{back}, rule);
    result.value = T(T(result.value + of_noisy.value) / T(2));
    result.last_change = T(T(result.last_change + of_noisy.last_change) / T(2));
    result.noise_nodes = result.noise_nodes < of_noisy.noise_nodes ? of_noisy.noise_nodes : result.noise_nodes;
    result.denoiser_calls += of_noisy.denoiser_calls;
    result.converged = result.converged && of_noisy.converged;
    return result;
}

} // namespace detail

/// The contrastive loss of the optimal classifier of clean data and data noised to zeta, in nats: log 2 for zeta = +inf, where there
/// is nothing to tell, and less below. What objective::contrastive estimates cannot be less. [CDL eq. 7]
///
/// - p: the data, of dimension 1 or 2. Rule, result and errors as kl_divergence.
template <exec::policy P, class T, index_t D, distribution::covariance C>
density::quadrature_result<T> contrastive_loss(const P& policy, const distribution::gaussian_mixture<T, D, C>& p,
                                               std::type_identity_t<log_snr<T>> zeta,
                                               const density::quadrature& rule = {}) {
    return detail::average_of_both<detail::entropy_term>(policy, p, zeta, rule, "cdl::information::contrastive_loss");
}

/// The Jensen-Shannon divergence of the data and the data noised to zeta, nats: log 2 less the contrastive loss, from 0 to log 2, and
/// not by that difference. [CDL eq. 7] Otherwise as above.
template <exec::policy P, class T, index_t D, distribution::covariance C>
density::quadrature_result<T> jensen_shannon(const P& policy, const distribution::gaussian_mixture<T, D, C>& p,
                                             std::type_identity_t<log_snr<T>> zeta,
                                             const density::quadrature& rule = {}) {
    return detail::average_of_both<detail::information_term>(policy, p, zeta, rule, "cdl::information::jensen_shannon");
}

} // namespace cdl::information
