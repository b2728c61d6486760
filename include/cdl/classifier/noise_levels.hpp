// SPDX-License-Identifier: MIT
#pragma once

// The noise classifier of any number of levels that a denoiser is, without having been trained as one. The denoiser of the
// data says how likely a point is at every level [CDL eq. 3], and Bayes' rule does the rest:
//
//     log p(k | x) = log pi_k + log p_(zeta_k)(x) - log sum_j pi_j p_(zeta_j)(x).
//
// Of the exact denoiser it is the exact classifier; of any other the classifier that the denoiser implies. With the levels of
// schedule::discrete_levels and pure noise these are the T + 1 classes of CDM. Two levels alone: noise_level.hpp.

#include <cdl/classifier/exact.hpp>
#include <cdl/density/nll.hpp>

namespace cdl::classifier {

/// The posterior of one point, and what it was made of.
template <class T, class Nll>
struct levels_posterior {
    std::vector<T> log_posterior; ///< log p(k | x), one for each level, nats
    std::vector<Nll> nlls;        ///< -log p_(zeta_k)(x): density::estimate or density::quadrature_result
};

namespace detail {
/// A number that is known without a denoiser, as a result.
template <class T>
void known(density::estimate<T>& result, const T& value) {
    result = {value, T(0), 0};
}
template <class T>
void known(density::quadrature_result<T>& result, const T& value) {
    result = {value, T(0), 0, 0, 0, value == value};
}

/// log N(x; 0, I) of each point.
template <class X, class T>
struct standard_normal_logs {
    X x;
    T* out;

    CDL_HD void operator()(index_t i) const { out[i] = log_standard_normal(x[i]); }
};
} // namespace detail

/// The posterior over the levels, at least one, for each point of x (n x d), by `density::quadrature` (d <= 2) or
/// `density::monte_carlo`. prior: a positive number for each level, normalised here; none for equal ones. The level -inf is
/// N(0, I), for which the denoiser is not asked; +inf is the data. Under Monte Carlo all levels see the same draws, so that of
/// levels close together the errors cancel in the posterior, which is biased by their square all the same. A denoiser that errs
/// as a -> -inf, where eps_hat = z is known, contradicts N(0, I) without bound: its integrals diverge, by the same number at
/// all finite levels, so that these can be told apart, but not from pure noise. Throws
/// std::invalid_argument. The cost is that of `density::nll` for each finite level. [CDL eq. 3, CDM eq. 5]
template <exec::policy P, class F, batch X, class Rule>
auto noise_levels(const P& policy, F&& denoiser, const X& x, std::span<const log_snr<batch_scalar_t<X>>> levels,
                  const Rule& rule, std::span<const batch_scalar_t<X>> prior = {}) {
    using T = batch_scalar_t<X>;
    constexpr auto where = "cdl::classifier::noise_levels";
    const auto points = exec::view_on(policy, x);
    const auto n = points.size();
    require(!levels.empty(), where, "levels", "must be at least one", levels.size());
    for (const auto& zeta : levels) require(zeta == zeta, where, "levels", "must not be NaN", zeta.value);
    const auto log_priors = detail::log_priors<T>(prior, static_cast<index_t>(levels.size()), where);

    using nlls = decltype(density::nll(policy, denoiser, x, rule));
    std::vector<levels_posterior<T, typename nlls::value_type>> posteriors(static_cast<std::size_t>(n));
    for (const auto& zeta : levels) {
        if (zeta == pure_noise<T>()) {
            const auto logs = policy.template allocate<T>(n);
            policy.for_each_index(
                n, detail::standard_normal_logs<std::remove_const_t<decltype(points)>, T>{points, logs.data()});
            std::vector<T> on_host(posteriors.size());
            policy.get(logs.data(), n, on_host.data());
            for (std::size_t i = 0; i < posteriors.size(); ++i)
                detail::known(posteriors[i].nlls.emplace_back(), T(-on_host[i]));
        } else {
            const auto at_level = density::nll(policy, denoiser, x, zeta, rule);
            for (std::size_t i = 0; i < posteriors.size(); ++i) posteriors[i].nlls.push_back(at_level[i]);
        }
    }
    for (auto& posterior : posteriors) {
        math::log_sum_exp<T> total;
        for (std::size_t k = 0; k < levels.size(); ++k) {
            posterior.log_posterior.push_back(T(log_priors[k] - posterior.nlls[k].value));
            total.add(posterior.log_posterior.back());
        }
        for (T& log_p : posterior.log_posterior) log_p = total.log_share(log_p);
    }
    return posteriors;
}

/// The same with the levels of a discrete schedule and pure noise, the T + 1 classes of CDM.
template <exec::policy P, class F, batch X, class Rule>
auto noise_levels(const P& policy, F&& denoiser, const X& x, const schedule::discrete_levels<batch_scalar_t<X>>& levels,
                  const Rule& rule, std::span<const batch_scalar_t<X>> prior = {}) {
    std::vector<log_snr<batch_scalar_t<X>>> classes(levels.levels().begin(), levels.levels().end());
    classes.push_back(pure_noise<batch_scalar_t<X>>());
    return noise_levels(policy, denoiser, x, std::span<const log_snr<batch_scalar_t<X>>>(classes), rule, prior);
}

} // namespace cdl::classifier
