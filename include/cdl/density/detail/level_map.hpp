// SPDX-License-Identifier: MIT
#pragma once

// The integrands of the density identities live between two levels: that at which the noise is as wide as the data reach, and
// that at which it is as narrow as their finest part. Beyond, they fall like e^-|a|. The map
//
//     a(u) = noisiest + 2 log[ (e^(r u) - 1) / (1 - e^(-r (1 - u))) ],   r = (cleanest - noisiest) / 2,   0 < u < 1,
//
// is straight between the two and makes such tails analytic up to the ends of u, so that Gauss-Legendre converges
// geometrically in u. For one level it is a = level + 2 logit(u).

#include <cdl/schedule/log_snr.hpp>

namespace cdl::density::detail {

/// The levels of an integrand that lives between `noisiest` and `cleanest`, by u in (0, 1).
template <scalar T>
struct level_map {
    T noisiest, cleanest; ///< finite log-SNRs, noisiest <= cleanest, at most 1400 apart

    /// a(u); `rest` is 1 - u, given too because it keeps its digits where u is close to 1.
    log_snr<T> level(const T& u, const T& rest) const {
        using std::log;
        return {T(noisiest + T(2) * log(T(rise(u) / fall(rest))))};
    }
    /// d a / d u.
    T slope(const T& u, const T& rest) const {
        using std::exp;
        return T(T(2) * T(exp(T(rate() * u)) / rise(u) + exp(T(-rate() * rest)) / fall(rest)));
    }

private:
    T rate() const { return T(T(cleanest - noisiest) / T(2)); }
    /// (e^(r u) - 1) / r, u for r = 0.
    T rise(const T& u) const {
        using std::expm1;
        return rate() == T(0) ? u : T(expm1(T(rate() * u)) / rate());
    }
    /// (1 - e^(-r w)) / r, w for r = 0.
    T fall(const T& w) const {
        using std::expm1;
        return rate() == T(0) ? w : T(-expm1(T(-rate() * w)) / rate());
    }
};

} // namespace cdl::density::detail
