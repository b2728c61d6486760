// SPDX-License-Identifier: MIT
#pragma once

// What a noisy point says of the data, for a mixture (noised_components.hpp): with r_k the posterior probability of component k, whose
// part of the answer is x_k = mu_k + S Sigma_k C_k^-1 (z - S mu_k),
//
//     x_hat = E[x | z] = sum_k r_k x_k,     tr Cov(x | z) = sum_k r_k [ N^2 tr Sigma_k C_k^-1 + |x_k - x_hat|^2 ].
//
// Both are free of cancellation at every level, where (z - N eps_hat) / S and N^2 (d - N div eps_hat) / S^2 lose their digits as
// S -> 0, and the latter also as N -> 0.

#include <cdl/distribution/detail/mixture_sums.hpp>

namespace cdl::distribution::detail {

/// The lane's out = E[x | z]: x of a component differs from that of the reference by -N^2 times what its pull does.
template <class Compared, class Lane, class Out>
CDL_HD void put_posterior_mean(const Compared& compared, const Lane& lane, Out& out) {
    using S = typename Compared::scalar;
    const S noise = compared.noise();
    S apart[static_cast<std::size_t>(Compared::capacity)];
    for (index_t first = 0; first < compared.dim(); first += Compared::capacity) {
        const index_t left = compared.dim() - first, count = left < Compared::capacity ? left : Compared::capacity;
        compared.mean_pull_difference(noise, first, count, apart);
        for (index_t i = 0; i < count; ++i) {
            const index_t j = first + i;
            lane.put(out[j], S(compared.reference_mean(j) - S(noise * apart[i])));
        }
    }
}

/// out = x_hat = E[x | z]. Three passes over the components.
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
    compare_doubtful<trusted::means>(
        c, total.largest, z, [&](const auto& compared, const auto& lane) { put_posterior_mean(compared, lane, out); });
}

/// N^2 sd^2 / s^2, the variance of x along an axis that noise leaves uncertain.
template <class S>
struct variance_within {
    S noise;

    CDL_HD S operator()(const S& sd, const S& s) const {
        const S left = S(S(noise / s) * sd);
        return S(left * left);
    }
};

/// tr Cov(x | z), of lanes one after the other. Five passes over the components.
template <class S, class T, index_t D, covariance C, class Z>
CDL_HD S posterior_variance(const mixture_view<T, D, C>& mixture, const log_snr<S>& a, const Z& z) {
    S variance = S(0);
    do_each_lane(z, a, [&](const auto& at, const auto& level, const auto& lane) {
        using number = lane_t<S>;
        const auto compared = compare(mixture, level, at);
        const number noise = compared.noise();
        const number between = compared.spread_of_pulls(number(noise * noise), number(1));
        lane.put(variance, number(compared.mean_over_axes(variance_within<number>{noise}) + between));
    });
    return variance;
}

} // namespace cdl::distribution::detail
