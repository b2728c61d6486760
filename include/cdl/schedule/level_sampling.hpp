// SPDX-License-Identifier: MIT
#pragma once

// Which levels a Monte-Carlo integral over the log-SNR, or a training objective, visits. A law is its quantile function: a
// uniform number goes in, a level comes out, and one over the density there, by which an integral over all levels is
// weighted. The uniform number comes as the smaller of its two tails and the side of that tail, because a probability close to
// 1 has few digits left: `tail` <= 1/2 is the probability below the level for side = 1, above it for side = -1.

#include <cdl/core/checks.hpp>
#include <cdl/math/constants.hpp>
#include <cdl/math/normal_quantile.hpp>
#include <cdl/schedule/noise_schedule.hpp>

namespace cdl::schedule {

/// Satisfied by trivially copyable values with `at(tail, side)`, a level that falls with the time of noising and rises with
/// the probability below it, and `check(where)`, which throws std::invalid_argument for parameters that make no sense.
/// Examples: the laws below, uniform_in_schedule, uniform_over_steps.
template <class L, class S>
concept level_law = std::is_trivially_copyable_v<L> && requires(const L law, const S number, const char* where) {
    { law.at(number, number) } -> std::same_as<log_snr<S>>;
    law.check(where);
};

/// Satisfied by laws with a density q in the log-SNR: `inverse_density(tail, side)` is 1 / q at that level.
template <class L, class S>
concept continuous_level_law = level_law<L, S> && requires(const L law, const S number) {
    { law.inverse_density(number, number) } -> std::same_as<S>;
};

namespace detail {
/// A setting as a scalar of any kind.
template <scalar S>
CDL_HD S setting(double value) {
    return S(static_cast<lane_t<S>>(value));
}

inline void check_scale(double location, double scale, const char* where) {
    require(location - location == 0, where, "location", "must be finite", location);
    require(scale > 0 && scale - scale == 0, where, "scale", "must be finite and positive", scale);
}
} // namespace detail

/// The logistic law with density q(a) = sigmoid(v) sigmoid(-v) / scale, v = (a - location) / scale. For the density
/// identities the variance is finite for scale > 1, and 1.5 to 2 is safe; the location is 0 for data of
/// unit scale; for data of variance v about -log v for ratios (where the noise is as wide as the data) and
/// -log(v) / 2 for `nll`.
struct logistic_levels {
    double location = 0; ///< the median level
    double scale = 2;    ///< half of the levels are within 1.1 scale of the location

    /// Throws std::invalid_argument unless location is finite and scale finite and positive.
    void check(const char* where) const { detail::check_scale(location, scale, where); }

    /// location + scale side logit(tail).
    template <scalar S>
    CDL_HD log_snr<S> at(const S& tail, const S& side) const {
        return {S(detail::setting<S>(location) + detail::setting<S>(scale) * side * math::logit(tail))};
    }

    /// 1 / q: scale / (tail (1 - tail)).
    template <scalar S>
    CDL_HD S inverse_density(const S& tail, const S&) const {
        return S(detail::setting<S>(scale) / S(tail * S(S(1) - tail)));
    }
};

/// The logistic law within `clip` scales of its location: CDL's logistic[6, 15] is {10.5, 1.5, 3}. What lies outside is never
/// visited: an integral over all levels that is estimated with it lacks its tails.
struct truncated_logistic_levels {
    double location = 10.5; ///< the median level
    double scale = 1.5;
    double clip = 3; ///< levels are within clip scale of the location

    /// Throws std::invalid_argument unless all are finite and scale and clip positive.
    void check(const char* where) const {
        detail::check_scale(location, scale, where);
        require(clip > 0 && clip - clip == 0, where, "clip", "must be finite and positive", clip);
    }

    /// location + scale side logit(p), p = sigmoid(-clip) + tanh(clip / 2) tail, as -logit(p) = log1p((1 - 2 p) / p) with
    /// 1 - 2 p = tanh(clip / 2) (1 - 2 tail), which keeps its digits however narrow the law is.
    template <scalar S>
    CDL_HD log_snr<S> at(const S& tail, const S& side) const {
        using std::log1p;
        const S excess = S(kept<S>() * S(S(1) - S(2) * tail));
        const S distance = min_of(S(log1p(S(excess / whole_tail(tail)))), detail::setting<S>(clip));
        return {S(detail::setting<S>(location) - detail::setting<S>(scale) * side * distance)};
    }

    /// 1 / q: scale tanh(clip / 2) / (p (1 - p)). Its mean is the width, 2 clip scale.
    template <scalar S>
    CDL_HD S inverse_density(const S& tail, const S& side) const {
        return S(kept<S>() * logistic_levels{location, scale}.inverse_density(whole_tail(tail), side));
    }

private:
    /// The probability that the whole law gives to what is kept, sigmoid(clip) - sigmoid(-clip) = tanh(clip / 2).
    template <scalar S>
    CDL_HD S kept() const {
        using std::exp, std::expm1;
        const S minus = detail::setting<S>(-clip);
        return S(S(-expm1(minus)) / S(S(1) + exp(minus)));
    }
    /// The tail of the whole law at the level where the truncated one has `tail`.
    template <scalar S>
    CDL_HD S whole_tail(const S& tail) const {
        return S(math::sigmoid(detail::setting<S>(-clip)) + kept<S>() * tail);
    }
};

/// All levels between `low` and `high` alike: CDL's Uniform[6, 15] is {6, 15}. Nothing outside is visited.
struct uniform_levels {
    double low = 6;
    double high = 15;

    /// Throws std::invalid_argument unless both are finite and low < high.
    void check(const char* where) const {
        require(low - low == 0, where, "low", "must be finite", low);
        require(high - low < std::numeric_limits<double>::infinity() && low < high, where, "high",
                "must be finite and above low", high, " against ", low);
    }

    template <scalar S>
    CDL_HD log_snr<S> at(const S& tail, const S& side) const {
        const S end = select(S(0) < side, detail::setting<S>(low), detail::setting<S>(high));
        return {S(end + side * tail * detail::setting<S>(high - low))};
    }

    /// high - low.
    template <scalar S>
    CDL_HD S inverse_density(const S&, const S&) const {
        return detail::setting<S>(high - low);
    }
};

/// One level, always: no law with a density, but a zeta, or a level to look at.
struct fixed_level {
    double value = 0; ///< may be infinite

    /// Throws std::invalid_argument on NaN.
    void check(const char* where) const { require(value == value, where, "value", "must not be NaN", value); }

    template <scalar S>
    CDL_HD log_snr<S> at(const S&, const S&) const {
        return {detail::setting<S>(value)};
    }
};

/// The normal law of levels. EDM draws log edm_sigma from N(P_mean, P_std^2) = N(-1.2, 1.2^2), which is a from
/// N(-2 P_mean, (2 P_std)^2): the defaults [Karras et al. 2022, table 1].
struct normal_levels {
    double location = 2.4; ///< the mean level
    double scale = 2.4;    ///< its standard deviation

    /// Throws std::invalid_argument unless location is finite and scale finite and positive.
    void check(const char* where) const { detail::check_scale(location, scale, where); }

    template <scalar S>
    CDL_HD log_snr<S> at(const S& tail, const S& side) const {
        return {S(detail::setting<S>(location) + detail::setting<S>(scale) * side * math::normal_quantile(tail))};
    }

    /// 1 / q: scale sqrt(2 pi) e^(v^2 / 2), v = (a - location) / scale.
    template <scalar S>
    CDL_HD S inverse_density(const S& tail, const S&) const {
        using std::exp;
        const S v = math::normal_quantile(tail);
        return S(detail::setting<S>(scale) * exp(S(S(v * v + math::log_two_pi<S>()) / S(2))));
    }
};

} // namespace cdl::schedule
