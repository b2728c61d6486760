// SPDX-License-Identifier: MIT
#pragma once

// An isotropic Gaussian kernel of standard deviation h in the channel: about S x it has the variance v = S^2 h^2 + N^2,
// S = signal_scale(a), N = noise_scale(a). Neither variance nor its inverse need be a number that a scalar can hold: for
// h = 0, v is N^2 and underflows long before N does. So v is kept as wider^2 (1 + excess).

#include <cdl/core/index.hpp>
#include <cdl/math/constants.hpp>
#include <cdl/schedule/log_snr.hpp>

namespace cdl::distribution::detail {

/// What the noise of a level makes of the kernel: the few numbers that the formulas need, finite at every level.
template <class S>
class noised_kernel {
public:
    S signal;  ///< S
    S falloff; ///< 1 / 2v; the largest finite number of its kind where v underflows
    S pull;    ///< N / v; 0 for clean data
    S gain;    ///< S h^2 / v, how much of the offset of z belongs to the data; 0 for h = 0

    noised_kernel() = default;
    CDL_HD noised_kernel(const log_snr<S>& a, const S& width) : signal(signal_scale(a)) {
        const S noise = noise_scale(a), blur = S(signal * width);
        const S smallest = S((std::numeric_limits<lane_t<S>>::min)());
        wider_ = max_of(blur, noise);
        const S unit = max_of(wider_, smallest), ratio = S(min_of(blur, noise) / unit);
        excess_ = S(ratio * ratio);
        const S one_and_excess = S(S(1) + excess_);
        falloff = S(S(0.5) / max_of(S(S(unit * unit) * one_and_excess), smallest));
        pull = S(S(S(noise / unit) / unit) / one_and_excess);
        gain = S(S(S(blur / unit) * S(width / unit)) / one_and_excess);
    }

    /// log N(z; S x, v I) of a point x in d dimensions with |z - S x|^2 = q. Where v = 0: +inf for q = 0, else -inf.
    CDL_HD S log_density(const S& q, index_t d) const {
        using std::log, std::log1p;
        const S infinity = S(std::numeric_limits<lane_t<S>>::infinity());
        const S dims = S(static_cast<lane_t<S>>(static_cast<double>(d)));
        const S log_variance = S(S(2) * log(wider_) + log1p(excess_));
        const S exponent = S(S(S(q / wider_) / wider_) / S(S(1) + excess_));
        const S regular = S(S(exponent + dims * S(math::log_two_pi<S>() + log_variance)) / S(-2));
        return select(wider_ == S(0), select(q == S(0), infinity, S(-infinity)), regular);
    }

    /// sqrt(v) to within a factor of sqrt(2), and no less than the smallest normal number.
    CDL_HD S unit() const { return max_of(wider_, S((std::numeric_limits<lane_t<S>>::min)())); }
    /// square length^2 / 2v; 0 for square = 0, also where v = 0.
    CDL_HD S exponent(const S& square, const S& length) const {
        const S ratio = S(length / unit());
        return select(square == S(0), S(0), S(S(S(square * ratio) * ratio) / S(S(2) * S(S(1) + excess_))));
    }
    /// log N(z; S x, v I) of a point x at this distance from z in d dimensions; the square of the distance may overflow.
    CDL_HD S log_density_at(const S& distance, index_t d) const {
        using std::log, std::log1p;
        const S infinity = S(std::numeric_limits<lane_t<S>>::infinity());
        const S half_dims = S(static_cast<lane_t<S>>(static_cast<double>(d) / 2));
        const S logs = S(S(math::log_two_pi<S>() + S(2) * log(wider_)) + log1p(excess_));
        const S regular = S(-S(exponent(S(1), distance) + half_dims * logs));
        return select(wider_ == S(0), select(distance == S(0), infinity, S(-infinity)), regular);
    }

private:
    S wider_, excess_; ///< v = wider^2 (1 + excess), so that v need not be a normal number
};

} // namespace cdl::distribution::detail
