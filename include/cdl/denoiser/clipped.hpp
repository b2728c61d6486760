// SPDX-License-Identifier: MIT
#pragma once

// A denoiser whose estimate of the data is kept in a box, as samplers do for pixels (static thresholding; Ho et al. 2020's code
// clips to [-1, 1]). What a denoiser says of eps it says of x, too, and back:
//
//     x_hat = (z - N eps_hat) / S,     eps_hat' = eps_hat + S/N (x_hat - clip(x_hat)).
//
// S/N times a clipped difference is formed as ((z - N eps_hat) - clip(S low, S high)) / N, so no digits are lost at low signal,
// where eps_hat tells x_hat badly: there S x_hat is what rounding left of z - N eps_hat, and is clipped as that.

#include <cdl/denoiser/detail/scratch_point.hpp>
#include <cdl/denoiser/lift.hpp>

namespace cdl::denoiser {

namespace detail {

/// A coordinate of eps_hat whose x_hat is clipped to [low, high].
template <class S>
CDL_HD S with_clipped_data(const S& z, const S& eps_hat, const S& low, const S& high, const log_snr<S>& a) {
    const S signal = signal_scale(a), noise = noise_scale(a);
    const S scaled = S(z - S(noise * eps_hat)); // S x_hat
    const S below = S(S(signal * low) - scaled), above = S(scaled - S(signal * high));
    const S too_far = S(max_of(above, S(0)) - max_of(below, S(0)));
    return select(too_far == S(0) || noise == S(0), eps_hat, S(eps_hat + S(too_far / noise)));
}

template <class Z, class E, class Levels>
struct clipped_points {
    Z z;
    E eps_hat;
    Levels levels;
    typename E::value_type low, high;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const log_snr<S> a = load(levels, i);
        for (index_t j = 0; j < z.dim(); ++j)
            store(eps_hat, i, j, with_clipped_data(load(z, i, j), load(eps_hat, i, j), S(low), S(high), a));
    }
};

} // namespace detail

/// A denoiser with its estimate x_hat of the data clipped to [low, high] in each coordinate: a point denoiser of a point denoiser, a
/// batch denoiser of either. Where nothing is clipped eps_hat is that of the denoiser, bit for bit. At pure noise any eps_hat but z
/// means an infinite x_hat and becomes z; at clean data eps_hat says nothing of x_hat and stays; a NaN stays one.
/// It is the denoiser of no distribution: log densities of it mean nothing, and it has none.
template <class F>
class clipped : public detail::in_space_of<F> {
public:
    /// low < high, both finite, in units of x; else throws std::invalid_argument.
    clipped(F denoiser, double low, double high) : denoiser_(std::move(denoiser)), low_(low), high_(high) {
        require(low - low == 0 && high - high == 0 && low < high, "cdl::denoiser::clipped", "low, high",
                "must be finite, and low below high", low, ", ", high);
    }

    CDL_HD index_t dim() const
        requires detail::of_known_dim<F>
    {
        return denoiser_.dim();
    }

    /// eps_hat for one point. One denoiser call.
    template <point Z, class S, class E>
        requires point_denoiser<F, S>
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        auto&& from = as_point(z);
        auto&& to = as_point(eps_hat);
        denoiser_(from, a, to);
        const S low = S(static_cast<lane_t<S>>(low_)), high = S(static_cast<lane_t<S>>(high_));
        const auto dim = static_cast<index_t>(from.size());
        for (index_t j = 0; j < dim; ++j) to[j] = detail::with_clipped_data(S(from[j]), S(to[j]), low, high, a);
    }

    /// eps_hat for a batch, arguments as for `lifted`. One denoiser call and one pass.
    template <exec::policy P, batch Z, writable_batch E>
    void operator()(const P& policy, const Z& z, level_view<batch_scalar_t<E>, typename P::space> levels, E&& eps_hat) {
        using T = batch_scalar_t<E>;
        const auto from = exec::view_on(policy, z);
        const auto to = exec::view_on(policy, eps_hat);
        detail::require_estimable(*this, from, levels, to, "cdl::denoiser::clipped");
        denoise(policy, denoiser_, from, levels, to);
        policy.template for_each_lanes<T>(
            to.size(), detail::clipped_points{from, to, levels, static_cast<T>(low_), static_cast<T>(high_)});
    }

private:
    F denoiser_;
    double low_, high_;
};

} // namespace cdl::denoiser
