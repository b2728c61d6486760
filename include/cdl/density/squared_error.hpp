// SPDX-License-Identifier: MIT
#pragma once

// The curve under the integral of the density identities: the mean squared error of a denoiser at one level, about
// one clean point.

#include <cdl/density/estimate.hpp>
#include <cdl/density/quadrature.hpp>

namespace cdl::density {

/// E |eps - b eps_hat(z, compose(a, zeta))|^2 over the noise, at level a, for each point of x (n x d, d <= 2), by the
/// rule's trapezoid. With zeta = +inf it is the error of the denoiser itself [CDL eqs. 1-3]. In [0, d] on average over
/// the data; single points may exceed d. `last_change` of a result is that of the noise nodes. Throws std::invalid_argument on
/// levels that are NaN and options out of range.
template <exec::policy P, class F, batch X>
std::vector<quadrature_result<batch_scalar_t<X>>>
squared_error(const P& policy, F&& denoiser, const X& x, log_snr<batch_scalar_t<X>> a, const quadrature& rule = {},
              log_snr<batch_scalar_t<X>> zeta = clean<batch_scalar_t<X>>()) {
    using T = batch_scalar_t<X>;
    const auto points = exec::view_on(policy, x);
    detail::check(points, rule);
    require(a == a, "cdl::density::squared_error", "a", "must not be NaN", a.value);
    require(zeta == zeta, "cdl::density::squared_error", "zeta", "must not be NaN", zeta.value);
    denoiser::require_dimension(denoiser, points, "cdl::density::squared_error", "x");
    std::vector<quadrature_result<T>> results(static_cast<std::size_t>(points.size()));
    if (results.empty()) return results;
    auto means = detail::noise_means_of<T>(policy, denoiser, detail::squared_residual<T>{{zeta}}, points, rule);
    const auto at_level = means.at(a, detail::all_points(results, rule));
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto& mean = at_level[i];
        results[i] = {mean.value, mean.change, 1, mean.intervals, mean.denoiser_calls, mean.converged};
    }
    return results;
}

} // namespace cdl::density
