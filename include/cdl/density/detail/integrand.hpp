// SPDX-License-Identifier: MIT
#pragma once

// The integrands of the density identities, one coordinate at a time. Every identity of the library integrates, over
// all levels a, the mean over the noise eps of a sum over coordinates; what differs is the term of one coordinate.
// `seen` is b eps_hat(z, compose(a, zeta)), the denoiser of p_zeta built from that of the data [CDL eqs. 3-5].

#include <cdl/channel/composition.hpp>

#include <array>

namespace cdl::density::detail {

/// The squared error of the denoiser of p_zeta, less that of standard normal data:
///     (eps - seen)^2 - sigmoid(a) eps^2.
/// The mean of the second part is the constant d sigmoid(a) that makes the integral converge [CDL eqs. 2, 3, with the
/// constant under the integral]; with eps^2 in its place the integrand falls like e^-|a| for every single eps, so a
/// Monte-Carlo estimate has a finite variance. For a > 0 the square is multiplied out, which leaves no cancellation.
template <class T>
struct excess_error {
    std::array<log_snr<T>, 1> zetas;

    template <class S>
    CDL_HD static S term(const S& eps, const std::array<S, 1>& seen, const log_snr<S>& a) {
        const S residual = S(eps - seen[0]);
        const S clean_side = S(seen[0] * S(seen[0] - S(2) * eps) + noise_power(a) * S(eps * eps));
        const S noisy_side = S(residual * residual - signal_power(a) * S(eps * eps));
        return select(S(0) < a.value, clean_side, noisy_side);
    }
};

/// The difference of the squared errors of the denoisers of p_zeta0 and p_zeta1, at the same eps:
///     (eps - seen_0)^2 - (eps - seen_1)^2 = (seen_1 - seen_0) (2 eps - seen_0 - seen_1)     [CDL eq. 8].
template <class T>
struct error_difference {
    std::array<log_snr<T>, 2> zetas;

    template <class S>
    CDL_HD static S term(const S& eps, const std::array<S, 2>& seen, const log_snr<S>&) {
        return S(S(seen[1] - seen[0]) * S(S(S(2) * eps - seen[0]) - seen[1]));
    }
};

/// The squared error itself, (eps - seen)^2 [CDL eqs. 1-3].
template <class T>
struct squared_residual {
    std::array<log_snr<T>, 1> zetas;

    template <class S>
    CDL_HD static S term(const S& eps, const std::array<S, 1>& seen, const log_snr<S>&) {
        const S residual = S(eps - seen[0]);
        return S(residual * residual);
    }
};

} // namespace cdl::density::detail
