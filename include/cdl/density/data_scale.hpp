// SPDX-License-Identifier: MIT
#pragma once

// Bits per dimension mean nothing without the data they are of. The same nats are the probability of one of 256 values
// or a density per unit of x, and a density changes with the unit. So bits carry the scale of their data in their type:
// those of different scales do not add, subtract or compare, and going from one to the other has a name.

#include <cdl/density/nll.hpp>

#include <compare>

namespace cdl::density {

/// Real numbers: bits are those of a density per unit of x, and can be negative.
struct continuous_data {};

/// Each coordinate is one of `Values` numbers low + width k, k = 0, ..., Values - 1: bits are those of a probability.
template <index_t Values>
struct discrete_data {
    static_assert(Values >= 2, "cdl: discrete data have at least 2 values");
    static constexpr index_t count = Values;

    double low;   ///< the smallest value
    double width; ///< the distance of neighbours, positive

    /// low + width k.
    template <class S>
    CDL_HD S value(const S& k) const {
        return S(S(static_cast<lane_t<S>>(low)) + S(static_cast<lane_t<S>>(width)) * k);
    }

    /// The k whose value is nearest to x; 0 for NaN.
    template <class T>
    CDL_HD index_t index_of(const T& x) const {
        const double k = (static_cast<double>(x) - low) / width + 0.5;
        return k > 0 ? (k < static_cast<double>(Values) ? static_cast<index_t>(k) : Values - 1) : 0;
    }

    /// Throws std::invalid_argument unless low is finite and width finite and positive.
    void check(const char* where) const {
        require(low - low == 0, where, "low", "must be finite", low);
        require(width > 0 && width - width == 0, where, "width", "must be finite and positive", width);
    }
};

/// Bytes v = 0, ..., 255 as the numbers (2 v + 1) / 256 - 1: the centres of 256 equal bins of [-1, 1] [VDM sec. 3].
constexpr discrete_data<256> eight_bit() {
    return {1. / 256 - 1, 2. / 256};
}

/// Bits for each dimension of data on the scale `Scale`: `continuous_data` or `discrete_data<n>`.
template <class Scale, class T>
struct bits_per_dim_of {
    T value;
    T standard_error = T(0); ///< 0 where the value is exact

    /// A difference of bits of the same data; the standard error is that of independent estimates.
    friend bits_per_dim_of operator-(const bits_per_dim_of& u, const bits_per_dim_of& v) {
        using std::sqrt;
        const T square = T(u.standard_error * u.standard_error + v.standard_error * v.standard_error);
        return {T(u.value - v.value), T(sqrt(square))};
    }
    friend auto operator<=>(const bits_per_dim_of& u, const bits_per_dim_of& v) { return u.value <=> v.value; }
    friend bool operator==(const bits_per_dim_of& u, const bits_per_dim_of& v) { return u.value == v.value; }
};

/// Nats of a whole point of d coordinates on the scale `Scale` as bits for each dimension.
template <class Scale, scalar T>
bits_per_dim_of<Scale, T> in_bits(const T& nats, index_t d, const T& standard_error = T(0)) {
    return {bits_per_dim(nats, d), bits_per_dim(standard_error, d)};
}
template <class Scale, class T>
bits_per_dim_of<Scale, T> in_bits(const estimate<T>& nats, index_t d) {
    return in_bits<Scale>(nats.value, d, nats.standard_error);
}
template <class Scale, class T>
bits_per_dim_of<Scale, T> in_bits(const quadrature_result<T>& nats, index_t d) {
    return in_bits<Scale>(nats.value, d);
}

/// Bits of a density per unit of x as bits of discrete data whose bins are `data.width` units wide: the probability of a bin
/// is about its width times the density, so bits - log2 width. For 8-bit data between -1 and 1 that is the "+ 7" of
/// published code: log2(2 / 256) = -7.
///
/// Where the density was taken at points spread uniformly over their bins (dequantised data), the result is on average an
/// upper bound of the bits of the discrete model whose probabilities are the density's integrals over the bins [Theis
/// et al. 2016]. Taken at the centres of the bins it is neither a bound nor a code length: a density
/// may be as high as it likes there.
template <index_t Values, class T>
bits_per_dim_of<discrete_data<Values>, T> as_discrete(const bits_per_dim_of<continuous_data, T>& bits,
                                                      const discrete_data<Values>& data) {
    using std::log;
    data.check("cdl::density::as_discrete");
    return {T(bits.value - log(T(static_cast<lane_t<T>>(data.width))) / log(T(2))), bits.standard_error};
}

} // namespace cdl::density
