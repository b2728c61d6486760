// SPDX-License-Identifier: MIT
#pragma once

// The kernel whose MMD compares moments: of degree 1 means, of degree m all moments up to the m-th. Of features of images,
// with degree 3, it is the Kernel Inception Distance [Binkowski et al. 2018].

#include <cdl/metric/kernel.hpp>

namespace cdl::metric {

/// The polynomial kernel k(x, y) = (scale x.y + offset)^degree, a function of the inner product: it depends on where the points
/// lie, not only on their distance. Error: a few eps times degree times (scale |x| |y| + offset)^degree.
template <class T>
class polynomial {
public:
    /// Throws std::invalid_argument unless the degree is at least 1, the scale positive and finite, and the offset finite and
    /// not negative, without which it is no kernel.
    polynomial(int degree, const T& scale, const T& offset) : degree_(degree), scale_(scale), offset_(offset) {
        constexpr auto where = "cdl::metric::polynomial";
        require(degree >= 1, where, "degree", "must be at least 1", degree);
        require(detail::is_positive(scale), where, "scale", "must be positive and finite", scale);
        require(offset == T(0) || detail::is_positive(offset), where, "offset", "must be finite and not negative",
                offset);
    }

    /// (x.y / d + 1)^3, the kernel of the Kernel Inception Distance of d features; KID is the unbiased MMD^2 with it.
    static polynomial kid(index_t d) {
        require(d >= 1, "cdl::metric::polynomial::kid", "d", "must be at least 1", d);
        return {3, T(T(1) / T(static_cast<lane_t<T>>(d))), T(1)};
    }

    template <class S>
    CDL_HD S operator()(const S&, const S&, const S& xy) const {
        const S base = multiply_add(S(lane_t<S>(scale_)), xy, S(lane_t<S>(offset_)));
        S power = base;
        for (int i = 1; i < degree_; ++i) power = S(power * base);
        return power;
    }

private:
    int degree_;
    T scale_, offset_;
};

} // namespace cdl::metric
