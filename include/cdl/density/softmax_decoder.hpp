// SPDX-License-Identifier: MIT
#pragma once

// What the cleanest latent z_0 says about discrete data, values v_k = low + width k: each coordinate's decoder is
// q(z_0 | v) normalised over the values [VDM eq. 8],
//
//     p(v_k | z_0) = softmax over k of -(z_0 / S - v_k)^2 SNR / 2.
//
// With z_0 = S v_k + N eps and w = width e^(a_0 / 2), the distance of neighbours in units of the noise, that is
//
//     -log p(v_k | z_0) = log sum_m exp(-m w (eps + m w / 2)),   m = k - l over all values l,
//
// a function of eps, k and w alone, whose term m = 0 is 1: neither large nor small SNR costs digits.

#include <cdl/density/data_scale.hpp>
#include <cdl/math/exp_nonpositive.hpp>

namespace cdl::density {

/// The decoder of discrete data at one level.
template <class T>
struct softmax_decoder {
    T spacing;      ///< w = width e^(a_0 / 2)
    index_t values; ///< how many there are
    index_t reach;  ///< farther neighbours have no weight, for |eps| <= noise_range: less than epsilon^24

    template <index_t Values>
    softmax_decoder(const discrete_data<Values>& data, log_snr<T> a) : values(Values), reach(Values - 1) {
        using std::exp;
        spacing = T(T(data.width) * exp(T(a.value / T(2))));
        const T farthest = T(T(6) * detail::noise_range<T>());
        while (reach > 1 && farthest < T(number<T>(reach - 1) * spacing)) --reach;
    }

    /// -log p(v_k | z_0) in nats where z_0 = S v_k + N eps, |eps| <= 9. Error of a few ULP, also where it is tiny.
    template <class S>
    CDL_HD S loss(const S& eps, const S& k) const {
        using std::expm1, std::log1p;
        const S top = largest_exponent(eps, k);
        S others = S(0);
        for_each_neighbour(k, [&](const S& mw, const auto& exists) {
            others = S(others + select(exists, math::exp_nonpositive(S(exponent(eps, mw) - top)), S(0)));
        });
        return S(top + log1p(S(expm1(S(-top)) + others)));
    }

    /// d loss / d a_0 at fixed eps: -1/2 E[m w (eps + m w)] over the decoder's posterior of m.
    template <class S>
    CDL_HD S slope(const S& eps, const S& k) const {
        using std::exp;
        const S top = largest_exponent(eps, k);
        S sum = exp(S(-top)), moment = S(0);
        for_each_neighbour(k, [&](const S& mw, const auto& exists) {
            const S weight = select(exists, math::exp_nonpositive(S(exponent(eps, mw) - top)), S(0));
            sum = S(sum + weight);
            moment = S(moment + select(S(0) < weight, S(weight * S(mw * S(eps + mw))), S(0))); // w may be infinite
        });
        return S(moment / S(S(-2) * sum));
    }

private:
    template <class S>
    CDL_HD static S number(index_t m) {
        return S(static_cast<lane_t<S>>(static_cast<double>(m)));
    }
    /// -m w (eps + m w / 2).
    template <class S>
    CDL_HD static S exponent(const S& eps, const S& mw) {
        return S(-mw * S(eps + mw / S(2)));
    }
    /// body(m w, whether k - m is a value) for all m within reach but 0.
    template <class S, class Body>
    CDL_HD void for_each_neighbour(const S& k, const Body& body) const {
        const S last = number<S>(values - 1), half = S(0.5);
        for (index_t m = -reach; m <= reach; ++m) {
            if (m == 0) continue;
            const S other = S(k - number<S>(m)), inside = S(other * S(last - other)); // at least 0 for 0, ..., last
            body(S(number<S>(m) * S(spacing)), S(-half) < inside);
        }
    }
    /// The largest of the exponents, 0 for m = 0 among them.
    template <class S>
    CDL_HD S largest_exponent(const S& eps, const S& k) const {
        S top = S(0);
        for_each_neighbour(
            k, [&](const S& mw, const auto& exists) { top = select(exists, max_of(top, exponent(eps, mw)), top); });
        return top;
    }
};

} // namespace cdl::density
