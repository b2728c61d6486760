// SPDX-License-Identifier: MIT
#pragma once

// A control variate for densities by Monte Carlo: what the same draws give for a Gaussian with the mean and the variances of
// the data, whose density is known. The difference of the two integrands has the integral that is asked for, less that of the
// Gaussian, and for data that is nearly Gaussian hardly any variance. The published code of CDL does so for the mean of the
// Gaussian's integrand over the data; here it is the integrand itself, at the same point, level and noise.

#include <cdl/channel/composition.hpp>
#include <cdl/exec/policy.hpp>

#include <vector>

namespace cdl::objective {

/// The matched Gaussian: a mean and a variance for each coordinate. Empty: no control.
struct gaussian_control {
    std::vector<double> mean, variance;

    bool empty() const { return mean.empty(); }

    /// The Gaussian with the sample means and the population variances of a batch x, n x d, of the host.
    /// Throws std::invalid_argument on an empty batch.
    template <batch X>
    static gaussian_control of(const X& x) {
        const auto points = as_batch(x);
        require(points.size() >= 1, "cdl::objective::gaussian_control::of", "x", "must not be empty", "no points");
        gaussian_control control;
        const auto n = static_cast<double>(points.size());
        for (index_t j = 0; j < points.dim(); ++j) {
            double sum = 0, squares = 0;
            for (index_t i = 0; i < points.size(); ++i) sum += static_cast<double>(points(i, j));
            for (index_t i = 0; i < points.size(); ++i) {
                const double offset = static_cast<double>(points(i, j)) - sum / n;
                squares += offset * offset;
            }
            control.mean.push_back(sum / n);
            control.variance.push_back(squares / n);
        }
        return control;
    }

    /// Throws std::invalid_argument unless it is empty or has d means and d variances that are finite as numbers of T, the
    /// variances positive, too, and not below the least normal number.
    template <class T = double>
    void check(index_t d, const char* where) const {
        const auto size = static_cast<std::size_t>(d);
        require((mean.empty() && variance.empty()) || (mean.size() == size && variance.size() == size), where,
                "control", "must have a mean and a variance for each coordinate, or none", mean.size(), " and ",
                variance.size(), " for ", d);
        const auto finite = [](const T& number) { return T(number - number) == T(0); };
        for (const double m : mean) require(finite(T(m)), where, "control", "means must be finite", m);
        const T least = T((std::numeric_limits<T>::min)());
        for (const double v : variance)
            require(finite(T(v)) && least <= T(v), where, "control", "variances must be finite and positive", v);
    }
};

/// One coordinate of Gaussian data N(mean, variance), about which everything is known.
template <class S>
struct gaussian_coordinate {
    S mean, variance;

    /// b eps_hat(z, compose(a, zeta)) = N (z - S' mean) / (S'^2 variance + N'^2), N of a and S', N' of compose(a, zeta).
    CDL_HD S seen(const S& z, const log_snr<S>& a, const log_snr<S>& composed) const {
        const S total = S(signal_power(composed) * variance + noise_power(composed));
        return S(noise_scale(a) * S(z - signal_scale(composed) * mean) / total);
    }

    /// log p_zeta(x) - log p(x), every term proportional to noise_power(zeta), so that nothing cancels for clean levels.
    CDL_HD S log_density_ratio(const S& x, const log_snr<S>& zeta) const {
        using std::log, std::log1p;
        const S n2 = noise_power(zeta), s2 = signal_power(zeta), total = S(s2 * variance + n2), half = S(0.5);
        const S wider = S(n2 * S(S(S(1) - variance) / variance)); // total / variance - 1
        const S widening = select(S(-half) < wider, log1p(max_of(wider, S(-half))), S(log(S(s2 + S(n2 / variance)))));
        const S shift = S(n2 / S(S(1) + signal_scale(zeta)) * mean), offset = S(x - mean); // (1 - S) mean
        const S squares = S(S(offset * S(S(2) * shift)) + S(shift * shift));
        return S(S(S(offset * offset) / total * wider - squares / total - widening) / S(2));
    }
};

} // namespace cdl::objective
