// SPDX-License-Identifier: MIT
#pragma once

// What divergences are sums and means of: functions that begin with a square. Each is formed without the difference in which
// nearly equal distributions would lose all digits.

#include <cdl/math/logistic.hpp>

namespace cdl::information::detail {

/// u - log(1 + u) >= 0 for u >= -1; +inf at -1 and at +inf. With s = u / (2 + u), log(1 + u) = 2 artanh s, and for |u| < 1/2
///     u - log(1 + u) = u s - 2 s^3 (1/3 + s^2/5 + s^4/7 + ...).
/// Error <= 8 ULP.
template <scalar S>
CDL_HD S excess_over_log(const S& u) {
    using std::abs, std::log1p;
    const auto is_small = abs(u) < S(0.5);
    const S v = select(is_small, u, S(0)), s = S(v / S(S(2) + v)), s2 = S(s * s); // |s| <= 1/3
    constexpr int terms = std::numeric_limits<lane_t<S>>::digits / 3 + 2;
    S series = S(0);
    for (int k = terms; k >= 1; --k) series = S(S(1) / S(static_cast<lane_t<S>>(2 * k + 1)) + s2 * series);
    const S finite = min_of(u, S((std::numeric_limits<lane_t<S>>::max)()));
    return select(is_small, S(v * s - S(S(2) * s * s2) * series), S(u - log1p(finite)));
}

/// e^l - 1 - l >= 0; for |l| < 1/2 by l^2/2 (1 + l/3 (1 + l/4 (1 + ...))). Error <= 8 ULP.
template <scalar S>
CDL_HD S excess_of_exp(const S& l) {
    using std::abs, std::expm1;
    const auto is_small = abs(l) < S(0.5);
    const S v = select(is_small, l, S(0));
    constexpr int terms = std::numeric_limits<lane_t<S>>::digits / 4 + 4;
    S series = S(0);
    for (int k = terms; k >= 3; --k) series = S(S(v / S(static_cast<lane_t<S>>(k))) * S(S(1) + series));
    const S finite = min_of(l, S((std::numeric_limits<lane_t<S>>::max)()));
    return select(is_small, S(S(v * v / S(2)) * S(S(1) + series)), S(expm1(l) - finite));
}

/// The entropy of a label y = +-1 with log odds l, nats: softplus(-|l|) + |l| sigmoid(-|l|), from log 2 at l = 0 to 0.
/// Error <= 8 ULP.
template <scalar S>
CDL_HD S entropy_of_label(const S& l) {
    using std::abs, std::exp, std::log1p;
    const S size = min_of(S(abs(l)), S((std::numeric_limits<lane_t<S>>::max)())), e = exp(S(-size));
    return S(log1p(e) + S(size * S(e / S(S(1) + e))));
}

/// What log odds l tell of such a label: log 2 less its entropy, from 0 at l = 0 to log 2. With t = tanh(l / 2), for |l| < 1,
///     1/2 ((1 + t) log(1 + t) + (1 - t) log(1 - t)) = t^2/2 + t^4/12 + ... + t^(2k) / (2k (2k - 1)) + ...
/// Error <= 16 ULP.
template <scalar S>
CDL_HD S information_of_label(const S& l) {
    using std::abs, std::exp, std::expm1, std::log;
    const S size = abs(l);
    const auto is_small = size < S(1);
    const S v = select(is_small, S(-size), S(0)), t = S(expm1(v) / S(S(1) + exp(v))), t2 = S(t * t);
    constexpr int terms = std::numeric_limits<lane_t<S>>::digits / 2;
    S series = S(0);
    for (int k = terms; k >= 1; --k) series = S(S(1) / S(static_cast<lane_t<S>>(2 * k * (2 * k - 1))) + t2 * series);
    return select(is_small, S(t2 * series), S(log(S(2)) - entropy_of_label(l)));
}

} // namespace cdl::information::detail
