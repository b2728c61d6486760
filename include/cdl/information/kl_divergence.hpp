// SPDX-License-Identifier: MIT
#pragma once

// The Kullback-Leibler divergence of noised Gaussian mixtures, which has no closed form, by quadrature in one and two
// dimensions: how far the data is from the data noised to zeta, and how much a latent knows of its point.

#include <cdl/information/detail/average.hpp>
#include <cdl/information/detail/excess.hpp>

namespace cdl::information {

namespace detail {

/// l = log q(z) - log p(z) of two mixtures at levels of their own.
template <class T, index_t D, distribution::covariance C, index_t E, distribution::covariance B>
struct log_ratio {
    distribution::mixture_view<T, D, C> p;
    log_snr<T> a;
    distribution::mixture_view<T, E, B> q;
    log_snr<T> b;

    template <class Z>
    coordinate_t<Z> operator()(const Z& z) const {
        using S = coordinate_t<Z>;
        const distribution::detail::components_at<S, T, D, C> of_p(p, {S(a.value)});
        const distribution::detail::components_at<S, T, E, B> of_q(q, {S(b.value)});
        return S(distribution::detail::log_density<S>(of_q, z) - distribution::detail::log_density<S>(of_p, z));
    }
    /// How much narrower than p either mixture is.
    T ratio() const {
        const noised_mixture<T, D, C> of_p{p, a};
        const noised_mixture<T, E, B> of_q{q, b};
        return max_of(ratio_of_widths(of_p, of_p), ratio_of_widths(of_p, of_q));
    }
};

/// Terms of the divergence at one point: -l, e^l - 1, whose mean is 0, and their sum, which is nowhere negative.
template <class Ratio>
struct negated {
    Ratio l;
    template <class Z>
    coordinate_t<Z> operator()(const Z& z) const {
        return coordinate_t<Z>(-l(z));
    }
};
template <class Ratio>
struct relative_excess {
    Ratio l;
    template <class Z>
    coordinate_t<Z> operator()(const Z& z) const {
        using std::expm1;
        return coordinate_t<Z>(expm1(l(z)));
    }
};
template <class Ratio>
struct excess_term {
    Ratio l;
    template <class Z>
    coordinate_t<Z> operator()(const Z& z) const {
        return detail::excess_of_exp(l(z));
    }
};

} // namespace detail

namespace detail {

/// KL(p_a || q_b) for q that is seen through a view.
template <class P, class T, index_t D, distribution::covariance C, index_t E, distribution::covariance B>
density::quadrature_result<T> kl_of_views(const P& policy, const distribution::gaussian_mixture<T, D, C>& p,
                                          log_snr<T> a, const distribution::mixture_view<T, E, B>& q, log_snr<T> b,
                                          const density::quadrature& rule) {
    using std::abs;
    using ratio = log_ratio<T, D, C, E, B>;
    const ratio l{p.view(), a, q, b};
    const T widths = l.ratio();
    const auto plain = detail::average(policy, p, a, widths, negated<ratio>{l}, rule);
    if (!(plain.value < T(0.05))) return plain;
    auto same_nodes = rule;
    same_nodes.noise_nodes = plain.noise_nodes;
    const auto lost = detail::average(policy, p, a, widths, relative_excess<ratio>{l}, same_nodes);
    if (!(abs(lost.value) <= T(T(64) * std::numeric_limits<T>::epsilon()))) return plain;
    auto result = detail::average(policy, p, a, widths, excess_term<ratio>{l}, rule);
    result.denoiser_calls += plain.denoiser_calls + lost.denoiser_calls;
    return result;
}

} // namespace detail

/// KL(p_a || q_b) = E log p_a(z) - log q_b(z) over z from p noised to level a, q noised to level b, in nats.
///
/// With l = log q_b - log p_a it is the mean of -l; where that is small and e^l has the mean 1 that it must have, it is the mean of
/// e^l - 1 - l, which is nowhere negative, so that nearly equal distributions keep their digits.
///
/// - Shapes: p and q have the same dimension, 1 or 2. Levels: +inf the mixture itself, -inf N(0, I).
/// - Returns: a quadrature_result; `converged` as `average` says.
/// - Accuracy: the rule's tolerance, as long as l is not lost in the rounding of log densities, a few eps of their size.
/// - Throws: std::invalid_argument on dimensions that differ or are above 2, NaN levels and options out of range.
template <exec::policy P, class T, index_t D, distribution::covariance C, index_t E, distribution::covariance B>
density::quadrature_result<T> kl_divergence(const P& policy, const distribution::gaussian_mixture<T, D, C>& p,
                                            std::type_identity_t<log_snr<T>> a,
                                            const distribution::gaussian_mixture<T, E, B>& q,
                                            std::type_identity_t<log_snr<T>> b, const density::quadrature& rule = {}) {
    static_assert(D == dynamic || E == dynamic || D == E, "cdl: mixtures that are compared have the same dimension");
    constexpr auto where = "cdl::information::kl_divergence";
    require(p.dim() == q.dim(), where, "q", "must have the dimension of p", q.dim(), " for ", p.dim());
    require(a == a, where, "a", "must not be NaN", a.value);
    require(b == b, where, "b", "must not be NaN", b.value);
    return detail::kl_of_views(policy, p, a, q.view(), b, rule);
}

/// KL(p || p_zeta), from the data to the data noised to zeta, in nats. kl_divergence(policy, p, zeta, p, clean<T>()) is the other
/// way round; for CDL's classifier they are what eq. 6 gains on average from clean and from noisy points.
template <exec::policy P, class T, index_t D, distribution::covariance C>
density::quadrature_result<T> kl_to_noised(const P& policy, const distribution::gaussian_mixture<T, D, C>& p,
                                           std::type_identity_t<log_snr<T>> zeta,
                                           const density::quadrature& rule = {}) {
    return kl_divergence(policy, p, clean<T>(), p, zeta, rule);
}

/// KL(q(z | x) || p_a), nats: how much the latent z = S x + N eps at level a knows of its point x. Between two levels it changes by
/// the diffusion loss of x for the exact denoiser [VDM eq. 37 ff.]. 0 at pure noise, +inf at clean data.
///
/// Both are moved by -S x, so that the latent stays exact however narrow it is. Where its variance is below what T holds, nothing
/// of p changes over its width, and its divergence is minus its entropy less log p_a(S x).
///
/// - x: a point of the dimension of the mixture, 1 or 2. Otherwise as kl_divergence.
template <exec::policy P, class T, index_t D, distribution::covariance C, point X>
density::quadrature_result<T> kl_to_marginal(const P& policy, const distribution::gaussian_mixture<T, D, C>& p,
                                             const X& x, std::type_identity_t<log_snr<T>> a,
                                             const density::quadrature& rule = {}) {
    constexpr auto where = "cdl::information::kl_to_marginal";
    require(a == a, where, "a", "must not be NaN", a.value);
    const auto at = [&](index_t j) { return T(x[static_cast<std::size_t>(j)]); };
    const T variance = noise_power(a), infinity = std::numeric_limits<T>::infinity();
    if (a == clean<T>()) return {infinity, T(0), 0, 0, 0, true};
    if (!((std::numeric_limits<T>::min)() <= variance)) {
        std::vector<T> z;
        for (index_t j = 0; j < p.dim(); ++j) z.push_back(T(signal_scale(a) * at(j)));
        const T entropy_lost = T(a.value - T(1) - math::log_two_pi<T>()); // twice that of a coordinate, N^2 = e^-a
        const T value = T(T(static_cast<double>(p.dim())) * entropy_lost / T(2) - p.log_density(z, a));
        const T narrow = T(std::numeric_limits<T>::epsilon() * p.view().smallest_variance);
        return {value, T(0), 0, 0, p.size(), variance < narrow && T(value - value) == T(0)};
    }
    std::vector<T> moved; // mu_k - x
    for (index_t k = 0; k < p.size(); ++k)
        for (index_t j = 0; j < p.dim(); ++j) moved.push_back(T(p.mean(k, j) - at(j)));
    auto marginal = p.view();
    marginal.means = moved.data();
    const std::vector<T> origin(static_cast<std::size_t>(p.dim()), T(0));
    const distribution::gaussian_mixture<T, D, distribution::covariance::isotropic> latent({T(1)}, origin, {variance});
    return detail::kl_of_views(policy, latent, clean<T>(), marginal, a, rule);
}

} // namespace cdl::information
