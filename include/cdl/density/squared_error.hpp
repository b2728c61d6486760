// SPDX-License-Identifier: MIT
#pragma once

// The curve under the integral of the density identities: the mean squared error of a denoiser at one level, about
// one clean point.

#include <cdl/density/quadrature.hpp>

namespace cdl::density {

/// E |eps - b eps_hat(z, compose(a, zeta))|^2 over the noise, at level a, for each point of x (n x d, d <= 2), by the
/// rule's trapezoid. With zeta = +inf it is the error of the denoiser itself [CDL eqs. 1-3]. In [0, d] on average over
/// the data; single points may exceed d. Throws std::invalid_argument on levels that are NaN and options out of range.
template <exec::policy P, class F, batch X>
std::vector<batch_scalar_t<X>> squared_error(const P& policy, F&& denoiser, const X& x, log_snr<batch_scalar_t<X>> a,
                                             const quadrature& rule = {},
                                             log_snr<batch_scalar_t<X>> zeta = clean<batch_scalar_t<X>>()) {
    using T = batch_scalar_t<X>;
    const auto points = exec::view_on(policy, x);
    detail::check(points, rule);
    require(a == a, "cdl::density::squared_error", "a", "must not be NaN", a.value);
    require(zeta == zeta, "cdl::density::squared_error", "zeta", "must not be NaN", zeta.value);
    denoiser::require_dimension(denoiser, points, "cdl::density::squared_error", "x");
    std::vector<T> errors;
    for (index_t i = 0; i < points.size(); ++i) {
        const auto mean = detail::integrate_noise<T>(policy, denoiser, squared_residual<T>{{zeta}}, points[i], a, rule);
        errors.push_back(mean.value);
    }
    return errors;
}

} // namespace cdl::density
