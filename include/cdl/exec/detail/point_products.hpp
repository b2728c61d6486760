// SPDX-License-Identifier: MIT
#pragma once

// The two matrix products between m points z and n points x, packed one point after the other, on whose speed devices
// are built: all inner products, and weighted sums of points. Eigen's on the host; cuBLAS's on a device, in
// exec/cuda_products.hpp, which exec/thrust.hpp brings. Their order of addition is their own, so their last bits are not
// promised.

#include <cdl/exec/policy.hpp>

#include <Eigen/Core>

namespace cdl::exec::detail {

/// Makes products in memory of a policy.
template <class Space>
class point_products;

template <>
class point_products<host> {
public:
    template <policy P>
    explicit point_products(const P&) {}

    /// g[i m + q] = z_q . x_i; z: m x d, x: n x d, g: m n numbers.
    template <class T>
    void inner_products(const T* z, index_t m, const T* x, index_t n, index_t d, T* g) const {
        by_point<T>(g, n, m).noalias() = points<T>(x, n, d) * points<T>(z, m, d).transpose();
    }

    /// sums_q += sum_i w[i m + q] x_i; w: m n numbers, x: n x d, sums: m x d.
    template <class T>
    void add_weighted(const T* w, index_t m, const T* x, index_t n, index_t d, T* sums) const {
        by_point<T>(sums, m, d).noalias() += points<T>(w, n, m).transpose() * points<T>(x, n, d);
    }

private:
    template <class T>
    using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    template <class T>
    static Eigen::Map<const matrix<T>> points(const T* numbers, index_t n, index_t d) {
        return {numbers, n, d};
    }
    template <class T>
    static Eigen::Map<matrix<T>> by_point(T* numbers, index_t n, index_t d) {
        return {numbers, n, d};
    }
};

} // namespace cdl::exec::detail
