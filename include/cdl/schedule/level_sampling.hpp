// SPDX-License-Identifier: MIT
#pragma once

// Which levels a Monte-Carlo integral over the log-SNR visits. The integrand of the density identity [CDL eq. 2]
// falls like e^-|a| on both sides, so the levels are drawn from a logistic law about the scale of the data, and each
// is weighted with one over its density.

#include <cdl/core/checks.hpp>
#include <cdl/schedule/log_snr.hpp>

namespace cdl::schedule {

/// The logistic law with density q(a) = sigmoid(v) sigmoid(-v) / scale, v = (a - location) / scale. For the density
/// identities the variance is finite for scale > 1, and 1.5 to 2 is safe; the location is 0 for data of
/// unit scale; for data of variance v about -log v for ratios (where the noise is as wide as the data) and
/// -log(v) / 2 for `nll`.
struct logistic_levels {
    double location = 0; ///< the median level
    double scale = 2;    ///< half of the levels are within 1.1 scale of the location

    /// Throws std::invalid_argument unless location is finite and scale finite and positive.
    void check(const char* where) const {
        require(location - location == 0, where, "location", "must be finite", location);
        require(scale > 0 && scale - scale == 0, where, "scale", "must be finite and positive", scale);
    }

    /// The level beyond which the law has probability `tail` <= 1/2, below it for side = 1 and above it for side = -1.
    /// Two tails, because a probability close to 1 has few digits left.
    template <scalar S>
    CDL_HD log_snr<S> at(const S& tail, const S& side) const {
        return {S(S(static_cast<lane_t<S>>(location)) + S(static_cast<lane_t<S>>(scale)) * side * math::logit(tail))};
    }

    /// 1 / q at the level of that tail probability: scale / (tail (1 - tail)).
    template <scalar S>
    CDL_HD S inverse_density(const S& tail) const {
        return S(S(static_cast<lane_t<S>>(scale)) / S(tail * S(S(1) - tail)));
    }
};

} // namespace cdl::schedule
