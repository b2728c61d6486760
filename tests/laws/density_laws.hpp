// SPDX-License-Identifier: MIT
#pragma once

// What the density identities promise for every exact denoiser in one and two dimensions: they return the density that
// the denoiser's distribution has, clean and noised, and the ratio of the two. One line instantiates the suite.

#include <cdl/classifier/noise_level.hpp>
#include <cdl/density/log_density_ratio.hpp>
#include <cdl/density/nll.hpp>

#include <distribution/testing.hpp>

#include <cmath>
#include <string>

namespace cdl::laws {

/// Bounds for absolute errors in nats where |log p| < 1, relative ones beyond.
struct density_bounds {
    double clean = 0;  ///< -log p by [CDL eq. 2]
    double noised = 0; ///< -log p_zeta by [CDL eq. 3]
    double ratio = 0;  ///< log p_zeta - log p by [CDL eq. 8]
};

/// The identities at the points x, under a policy.
template <class P, class F, class X>
void density_laws(const std::string& name, const P& policy, const F& denoiser, const X& x, const density_bounds& bounds,
                  const density::quadrature& rule = {}) {
    const auto points = as_batch(x);
    const auto error = [](double got, double want) { return std::abs(got - want) / std::max(1.0, std::abs(want)); };
    double clean_error = 0, noised_error = 0, ratio_error = 0;
    const auto of_data = density::nll(policy, denoiser, x, rule);
    for (index_t i = 0; i < points.size(); ++i) {
        const auto& result = of_data[static_cast<std::size_t>(i)];
        CHECK(result.converged);
        test::keep_largest(clean_error, error(result.value, -denoiser.log_density(points[i], clean<double>())));
    }
    for (const double zeta : {-2.0, 0.0, 2.0, 6.0, 10.0, 15.0}) {
        const auto noised = density::nll(policy, denoiser, x, log_snr{zeta}, rule);
        const auto ratio = density::log_density_ratio(policy, denoiser, x, log_snr{zeta}, rule);
        for (index_t i = 0; i < points.size(); ++i) {
            const auto at = static_cast<std::size_t>(i);
            const double exact = denoiser.log_density(points[i], log_snr{zeta});
            const double of_clean = denoiser.log_density(points[i], clean<double>());
            CHECK(noised[at].converged);
            test::keep_largest(noised_error, error(noised[at].value, -exact));
            test::keep_largest(ratio_error, std::abs(ratio[at].value - (exact - of_clean)) /
                                                std::max(1.0, std::abs(exact) + std::abs(of_clean)));
        }
    }
    test::check_within(name + ": nll of the data [CDL eq. 2]", clean_error, bounds.clean);
    test::check_within(name + ": nll of noised data [CDL eq. 3]", noised_error, bounds.noised);
    test::check_within(name + ": log density ratio [CDL eq. 8]", ratio_error, bounds.ratio);
}

} // namespace cdl::laws
