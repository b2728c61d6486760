// SPDX-License-Identifier: MIT
#pragma once

// The value of a kernel of any form at one pair of points, and at pairs of a point with itself.

#include <cdl/exec/policy.hpp>
#include <cdl/metric/kernel.hpp>
#include <cdl/view/detail/squared_distance.hpp>

namespace cdl::metric::detail {

/// A point as a view of constant numbers.
template <class T, index_t D>
CDL_HD point_view<const std::remove_const_t<T>, D> as_constant(const point_view<T, D>& x) {
    return x;
}

/// x.y.
template <class T, index_t D, class Y>
CDL_HD T inner_product(const point_view<const T, D>& x, const Y& y) {
    T sum = T(0);
    for (index_t j = 0; j < x.size(); ++j) sum = multiply_add(T(x[j]), T(y[j]), sum);
    return sum;
}

/// k(x_i, y_j).
template <class K, class X, class Y>
CDL_HD typename X::value_type kernel_value(const K& k, const X& x, index_t i, const Y& y, index_t j) {
    using T = typename X::value_type;
    if constexpr (kernel_of_distance<K, T>) {
        T q[1];
        cdl::detail::squared_distances<1>(x[i], y, j, q);
        return k(q[0]);
    } else {
        const auto u = as_constant(x[i]);
        const auto v = as_constant(y[j]);
        if constexpr (kernel_of_products<K, T>)
            return k(inner_product(u, u), inner_product(v, v), inner_product(u, v));
        else
            return T(k(u, v));
    }
}

/// k(x_i, x_i) for a group of points.
template <class K, class X>
struct diagonal_values {
    K kernel;
    X x;

    template <class S>
    CDL_HD S operator()(lanes<S> points) const {
        return gather(points, [this](index_t i) { return kernel_value(kernel, x, i, x, i); });
    }
};

/// The sum of k(x_i, x_i), in R: of a function of the distance n k(0), whatever the points.
template <class R, class P, class K, class X>
R sum_of_diagonal(const P& policy, const K& k, const X& x) {
    using T = typename X::value_type;
    if constexpr (kernel_of_distance<K, T>)
        return R(R(static_cast<double>(x.size())) * R(k(T(0))));
    else
        return R(policy.template sum_over<T>(x.size(), diagonal_values<K, X>{k, x}));
}

} // namespace cdl::metric::detail
