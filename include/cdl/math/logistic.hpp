// SPDX-License-Identifier: MIT
#pragma once

// The logistic functions in forms that keep their relative accuracy everywhere. A log-SNR a puts sigmoid(a) of the
// power into the signal and sigmoid(-a) into the noise [CDL sec. 2], so 1 - sigmoid(a) is never formed by
// subtraction: it is sigmoid(-a). All of them are exact at +-inf.

#include <cdl/core/scalar.hpp>

namespace cdl::math {

/// 1 / (1 + e^-u), by e^-|u| so that neither side overflows. Error <= 3 ULP; results keep their digits as long as
/// they are normal numbers. sigmoid(-inf) = 0, sigmoid(+inf) = 1.
template <scalar S>
CDL_HD S sigmoid(const S& u) {
    using std::abs, std::exp;
    const S e = exp(S(-abs(u)));
    return select(u < S(0), S(e / (S(1) + e)), S(S(1) / (S(1) + e)));
}

/// sqrt(sigmoid(u)), by e^(-|u|/2): keeps its digits where sigmoid(u) itself is no longer a normal number.
/// Error <= 3 ULP.
template <scalar S>
CDL_HD S sqrt_sigmoid(const S& u) {
    using std::abs, std::exp, std::sqrt;
    // finite, because autodiff would multiply an infinite number with the derivative 0 of the 2
    const S size = min_of(S(abs(u)), S((std::numeric_limits<lane_t<S>>::max)()));
    const S h = exp(S(-size / S(2)));
    return S(select(u < S(0), h, S(1)) / sqrt(S(S(1) + h * h)));
}

/// log(1 + e^u) = max(u, 0) + log(1 + e^-|u|). Error <= 3 ULP. softplus(-inf) = 0, softplus(+inf) = +inf.
template <scalar S>
CDL_HD S softplus(const S& u) {
    using std::abs, std::exp, std::log1p;
    return S(max_of(u, S(0)) + log1p(S(exp(S(-abs(u))))));
}

/// log sigmoid(u) = -softplus(-u). Error <= 3 ULP.
template <scalar S>
CDL_HD S log_sigmoid(const S& u) {
    return S(-softplus(S(-u)));
}

/// The inverse of sigmoid: log(p / (1 - p)) for p in [0, 1]; between 1/4 and 3/4 as log1p((2p - 1) / (1 - p)), which
/// keeps its digits near p = 1/2. Error <= 3 ULP. As p -> 1 the result is only as good as p: use the next function
/// where 1 - p is known. NaN outside [0, 1].
template <scalar S>
CDL_HD S logit(const S& p) {
    using std::abs, std::log, std::log1p;
    const S q = S(1) - p;
    const S middle = S(S(2) * p - S(1)) / q;
    return select(abs(S(p - S(0.5))) < S(0.25), S(log1p(middle)), S(log(S(p / q))));
}

/// e^(u - v) with the rounding of the difference put back, so that the result is good to 2 ULP for arguments of any
/// size; +inf where it is too large. Equal arguments give 1, infinities included.
template <scalar S>
CDL_HD S exp_difference(const S& u, const S& v) {
    using std::exp;
    const S d = select(u == v, S(0), S(u - v));
    const S back = d - u;
    const S lost = S(u - S(d - back)) - S(v + back); // u - v = d + lost exactly, where finite
    const S e = exp(d);
    const S finite = S(d - d) + S(e - e); // 0 where d and e are finite, else NaN: nothing to put back
    return S(e + select(finite == S(0), S(e * select(u == v, S(0), lost)), S(0)));
}

} // namespace cdl::math
