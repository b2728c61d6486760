// SPDX-License-Identifier: MIT
#pragma once

// The cross entropy that no noise classifier can undercut: that of the exact one [CDM eq. 5],
//
//     H(k | z) = -sum_k pi_k E log p(k | z),    z from p_k, the data noised to the level of class k.
//
// entropy_of_pmf(prior) less this is the information that a noisy point holds about its class.

#include <cdl/classifier/noise_classes.hpp>
#include <cdl/information/detail/average.hpp>

namespace cdl::information {

namespace detail {

/// -log p(k | z) of the exact classifier.
template <class T, index_t D, distribution::covariance C>
struct surprise_at_class {
    distribution::mixture_view<T, D, C> p;
    classifier::class_view<T> classes;
    index_t k;

    template <class Z>
    coordinate_t<Z> operator()(const Z& z) const {
        using S = coordinate_t<Z>;
        math::log_sum_exp<S> total;
        S own = S(0);
        for (index_t j = 1; j <= classes.size(); ++j) {
            const distribution::detail::components_at<S, T, D, C> noised(p, {S(classes.level(j).value)});
            const S logit = S(S(classes.log_prior(j)) + distribution::detail::log_density<S>(noised, z));
            total.add(logit);
            if (j == k) own = logit;
        }
        return S(-total.log_share(own));
    }
    /// How much narrower the components of any class are than those of class k.
    T ratio() const {
        T largest = T(1);
        for (index_t j = 1; j <= classes.size(); ++j)
            largest = max_of(largest, ratio_of_widths(noised_mixture<T, D, C>{p, classes.level(k)},
                                                      noised_mixture<T, D, C>{p, classes.level(j)}));
        return largest;
    }
};

} // namespace detail

/// The cross entropy of the exact classifier of the classes' levels, nats, with the classes' prior.
///
/// - p: the data, of dimension 1 or 2. classes: on the host.
/// - Returns: a quadrature_result; `converged` if the mean of every class has converged.
/// - Throws: std::invalid_argument for d > 2 and options out of range.
/// - Cost: (T + 1)^2 densities for each node.
/// - Reference: [CDM eq. 5, sec. 3].
template <exec::policy P, class T, index_t D, distribution::covariance C>
density::quadrature_result<T> cross_entropy(const P& policy, const distribution::gaussian_mixture<T, D, C>& p,
                                            const classifier::noise_classes<T>& classes,
                                            const density::quadrature& rule = {}) {
    using std::exp;
    density::quadrature_result<T> result{};
    result.converged = true;
    const auto view = classes.view();
    for (index_t k = 1; k <= view.size(); ++k) {
        const detail::surprise_at_class<T, D, C> surprise{p.view(), view, k};
        const auto of_class = detail::average(policy, p, view.level(k), surprise.ratio(), surprise, rule);
        const T prior = exp(view.log_prior(k));
        result.value = T(result.value + prior * of_class.value);
        result.last_change = T(result.last_change + prior * of_class.last_change);
        result.noise_nodes = result.noise_nodes < of_class.noise_nodes ? of_class.noise_nodes : result.noise_nodes;
        result.denoiser_calls += of_class.denoiser_calls;
        result.converged = result.converged && of_class.converged;
    }
    return result;
}

} // namespace cdl::information
