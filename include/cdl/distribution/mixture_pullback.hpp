// SPDX-License-Identifier: MIT
#pragma once

// The derivatives of a noised mixture at one point, pulled back: from the cotangents of log p_a(z) and of eps_hat(z,
// a), those of z, of the level and of the components' parameters, in closed form. Along the axes j of component k, with
// P = 1 / (S^2 v + N^2), u = P (z - S mu), r_k the posterior probability, c the cotangent of eps_hat = N sum_k r_k u_k,
// g_k = N c.u_k and l the cotangent of log p_a, every part is a sum over k of
//
//     h_k = r_k (g_k - c.eps_hat + l), the weight of d log(w_k N(z; S mu_k, C_k)), and r_k N c_j P_kj, that of du_kj / P_kj.
//
// This is what a training objective needs: it knows d loss / d eps_hat, and a gradient is one such pull-back away.

#include <cdl/distribution/detail/mixture_sums.hpp>

namespace cdl::distribution {

/// Where the cotangents of the parameters of a mixture go when nobody wants them.
struct no_parameters {
    template <class S>
    CDL_HD void logit(index_t, const S&) const {}
    template <class S>
    CDL_HD void mean(index_t, index_t, const S&) const {}
    template <class S>
    CDL_HD void variance(index_t, index_t, const S&) const {}
};

namespace detail {

/// The coordinate of p along axis j of component k.
template <class S, class Components, class P>
CDL_HD S along_axis(const Components& c, index_t k, index_t j, const P& p) {
    if constexpr (Components::shape == covariance::full) {
        S along = S(0);
        for (index_t i = 0; i < c.dim(); ++i) along = multiply_add(S(c.axis(k, j, i)), S(p[i]), along);
        return along;
    } else {
        return S(p[j]);
    }
}

/// The mean of component k as a point.
template <class S, class Components>
struct mean_of {
    const Components& c;
    index_t k;

    CDL_HD S operator[](index_t j) const { return c.mean(k, j); }
};

/// out += push times axis j of component k.
template <class S, class Components, class Out>
CDL_HD void add_along_axis(const Components& c, index_t k, index_t j, const S& push, Out& out) {
    if constexpr (Components::shape == covariance::full) {
        for (index_t i = 0; i < c.dim(); ++i) out[i] = multiply_add(push, S(c.axis(k, j, i)), S(out[i]));
    } else {
        out[j] = S(out[j] + push);
    }
}

} // namespace detail

/// Pulls `log_density_bar`, the cotangent of log p_a(z), and `eps_hat_bar` (d), that of eps_hat(z, a), back: returns
/// the cotangent of the level and writes that of z to `z_bar` (d). For isotropic and diagonal mixtures those of the
/// parameters are handed to `parameters`, each once: .logit(k, value) of the logits whose softmax are the weights,
/// .mean(k, j, value), .variance(k, j, value), j = 0 alone if isotropic. `pull` (d) is scratch, left as sum_k r_k u_k.
///
/// z_bar_j = -sum_k h_k u_kj + N sum_k r_k c_j P_kj, and so on; see the terms below. Far from all components the r_k are good
/// to sqrt(epsilon), then those of `log_responsibility`; differences of the u_k are good to epsilon of the u_k. At both ends of the
/// levels all parts are finite: at a = +inf eps_hat = 0 takes nothing back, at a = -inf z_bar = c. Differences of the u_k are formed before they are weighed, so parts of eps_hat that the components agree
/// on cost no digits. Two passes over the components: O(K d), or O(K d^2) for full covariances; far away K times as many.
template <class S, class T, index_t D, covariance C, class Z, class E, class Pull, class ZBar,
          class Parameters = no_parameters>
CDL_HD S pull_back(const mixture_view<T, D, C>& mixture, const log_snr<S>& a, const Z& z, const S& log_density_bar,
                   const E& eps_hat_bar, Pull& pull, ZBar& z_bar, const Parameters& parameters = {}) {
    static_assert(C != covariance::full || std::is_same_v<Parameters, no_parameters>,
                  "cdl: parameters of full covariances have no cotangents here: use a diagonal or isotropic mixture");
    using std::exp;
    using components = detail::components_at<S, T, D, C>;
    const components c(mixture, a);
    const S signal = signal_scale(a), power = signal_power(a), noise = noise_scale(a);
    const S noise_half = S(noise_power(a) / S(2)), rate = S(power * noise_power(a));
    const auto total = weighted_pulls<S>(c, z, pull);
    S nearest = total.largest; // NaN where a pull is no number that S holds
    for (index_t j = 0; j < c.dim(); ++j) {
        nearest = S(nearest + S(S(pull[j]) - S(pull[j])));
        pull[j] = S(pull[j] / total.sum);
    }
    compare_doubtful(c, nearest, z, [&](const auto& compared, const auto& lane) {
        put_mean_pull(compared, lane.of(S(1)), lane, pull);
    });
    const auto probability = [&](index_t k) {
        S r = S(total.weight(detail::log_term<S>(c, k, z)) / total.sum);
        compare_doubtful(c, nearest, z, [&](const auto& compared, const auto& lane) {
            lane.put(r, exp(compared.log_probability(k)));
        });
        return r;
    };
    S agreed = S(0); // c . sum_k r_k u_k
    for (index_t j = 0; j < c.dim(); ++j) {
        z_bar[j] = S(-(log_density_bar * pull[j]));
        agreed = multiply_add(S(eps_hat_bar[j]), S(pull[j]), agreed);
    }
    S level_bar = S(S(S(power * noise) * agreed) / S(-2)); // dN/da = -S^2 N / 2
    for (index_t k = 0; k < c.size(); ++k) {
        const detail::offset_from<S, components, Z> offset{c, k, z};
        S apart = S(0); // c . (u_k - sum_i r_i u_i)
        for (index_t j = 0; j < c.dim(); ++j)
            apart = multiply_add(detail::along_axis<S>(c, k, j, eps_hat_bar),
                                 S(S(c.precision(k, j) * offset[j]) - detail::along_axis<S>(c, k, j, pull)), apart);
        const S r = probability(k), scaled = S(r * noise);
        const S share = S(scaled * apart), h = S(share + S(r * log_density_bar));
        S variance_bar = S(0);
        for (index_t j = 0; j < c.dim(); ++j) {
            const S p = c.precision(k, j), u = S(p * offset[j]);
            const S stretch = S(S(scaled * p) * detail::along_axis<S>(c, k, j, eps_hat_bar));
            const S bent = S(S(S(S(h * u) * u) - S(h * p)) / S(2));           // h d log N / d variance
            const S widening = S(rate * S(S(mixture.variance(k, j)) - S(1))); // d variance / da
            const S moving = S(noise_half * detail::along_axis<S>(c, k, j, detail::mean_of<S, components>{c, k}));
            level_bar = S(level_bar + S(S(bent * widening) + S(S(h * u) * moving)));
            level_bar = S(level_bar - S(stretch * S(S(u * widening) + moving)));
            detail::add_along_axis(c, k, j, S(stretch - S(share * S(u - detail::along_axis<S>(c, k, j, pull)))), z_bar);
            parameters.mean(k, j, S(signal * S(S(h * u) - stretch)));
            const S blown = S(power * S(bent - S(stretch * u)));
            if constexpr (C == covariance::isotropic)
                variance_bar = S(variance_bar + blown);
            else
                parameters.variance(k, j, blown);
        }
        if constexpr (C == covariance::isotropic) parameters.variance(k, 0, variance_bar);
        parameters.logit(k, S(share + S(log_density_bar * S(r - S(exp(S(mixture.log_weights[k])))))));
    }
    return level_bar;
}

} // namespace cdl::distribution
