// SPDX-License-Identifier: MIT
#pragma once

// The inverse of the distribution function of N(0, 1), of which EDM's law of levels is made.

#include <cdl/core/scalar.hpp>

namespace cdl::math {

namespace detail {
/// c0 + c1 u + c2 u^2 + ... by Horner's rule.
template <class S, class... Rest>
CDL_HD S horner(const S& u, double c0, Rest... rest) {
    if constexpr (sizeof...(rest) == 0)
        return S(static_cast<lane_t<S>>(c0));
    else
        return multiply_add(horner(u, rest...), u, S(static_cast<lane_t<S>>(c0)));
}
} // namespace detail

/// The number z <= 0 below which a standard normal number is with probability `tail` in (0, 1/2]; -inf for 0. By Wichura's
/// rational functions [Wichura 1988, AS 241]: relative error <= 1e-15 in double and a few epsilon in float; long double is
/// no better than double.
template <scalar S>
CDL_HD S normal_quantile(const S& tail) {
    using detail::horner;
    using std::log, std::sqrt;
    const S zero = S(0), q = S(S(0.5) - tail), r = S(S(static_cast<lane_t<S>>(0.180625)) - q * q);
    const S middle = S(
        q *
        S(horner(r, 3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
                 4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3) /
          horner(r, 1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
                 2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3)));
    const S root = sqrt(S(-log(tail)));
    const S close = S(root - S(static_cast<lane_t<S>>(1.6))), distant = S(root - S(5));
    const S outside = S(horner(close, 1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
                               3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4) /
                        horner(close, 1.0, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
                               1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                               1.05075007164441684324e-9));
    const S tail_end = S(horner(distant, 6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
                                2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                2.71155556874348757815e-5, 2.01033439929228813265e-7) /
                         horner(distant, 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
                                1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
                                1.42151175831644588870e-7, 2.04426310338993978564e-15));
    const S beyond = select(S(5) < root, tail_end, outside);
    const S infinity = S(std::numeric_limits<lane_t<S>>::infinity());
    return S(-select(tail == zero, infinity, select(S(static_cast<lane_t<S>>(0.075)) < tail, middle, beyond)));
}

} // namespace cdl::math
