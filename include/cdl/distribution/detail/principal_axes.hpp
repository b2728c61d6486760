// SPDX-License-Identifier: MIT
#pragma once

// The eigenvalues and eigenvectors of a covariance, each eigenvalue to the accuracy that the entries determine it with, however
// small it is beside the largest: the squared singular values of a Cholesky factor, found by rotations of its columns (one-sided
// Jacobi, Demmel & Veselic 1992), the largest coordinate first, so that the order of the coordinates does not matter. Where the
// machine has more digits than T they are used up to 64 dimensions.

#include <cdl/core/index.hpp>
#include <cdl/core/scalar.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

namespace cdl::distribution::detail {

/// Variances in ascending order, and unit vectors one after the other; or the first coordinate that those before it determine
/// but for rounding, with the variance that they leave it: not positive where the matrix is no covariance.
template <class T>
struct principal_axes {
    std::vector<T> variances,
        axes; ///< d, d x d; none where a coordinate is determined by others, or rotations do not end
    index_t determined = -1;
    T left = T(0);
};

#if defined(__CUDACC__) // this is for the host alone, where long double is what it says
#pragma nv_diagnostic push
#pragma nv_diag_suppress 20208
#endif

template <class number>
number dot(const std::vector<number>& u, const std::vector<number>& v) {
    number sum(0);
    for (std::size_t i = 0; i < u.size(); ++i) sum += u[i] * v[i];
    return sum;
}

/// One rotation of two columns that makes them orthogonal; whether they were not.
template <class number>
bool make_orthogonal(std::vector<number>& u, std::vector<number>& v) {
    using std::abs, std::sqrt;
    const number epsilon = std::numeric_limits<number>::epsilon(), one = number(1);
    const number first = dot(u, u), second = dot(v, v), common = dot(u, v);
    const number rounding = sqrt(number(static_cast<double>(u.size()))) * epsilon;
    if (!(number(rounding * sqrt(first) * sqrt(second)) < abs(common))) return false;
    const number zeta = (second - first) / (number(2) * common);
    const bool far_apart = one < epsilon * abs(zeta); // whose square may overflow
    const number root = far_apart ? number(abs(zeta)) : number(sqrt(number(one + zeta * zeta)));
    const number size = number(one / (abs(zeta) + root));
    const number tangent = zeta < number(0) ? number(-size) : size,
                 cosine = one / sqrt(number(one + tangent * tangent));
    for (std::size_t i = 0; i < u.size(); ++i) {
        const number old = u[i];
        u[i] = cosine * (old - tangent * v[i]);
        v[i] = cosine * (v[i] + tangent * old);
    }
    return true;
}

template <class number, class T>
principal_axes<T> principal_axes_in(const std::vector<T>& entries, index_t dimension) {
    using std::sqrt;
    const auto d = static_cast<std::size_t>(dimension);
    const auto entry = [&](std::size_t i, std::size_t j) { return number(entries[i * d + j]); };
    const auto sorted = [d](auto before) {
        std::vector<std::size_t> order(d);
        std::iota(order.begin(), order.end(), std::size_t(0));
        std::sort(order.begin(), order.end(), before);
        return order;
    };
    const auto at = sorted([&](std::size_t i, std::size_t j) { // the largest variance first
        return entry(j, j) < entry(i, i) || (!(entry(i, i) < entry(j, j)) && i < j);
    });
    std::vector<std::vector<number>> columns; // of the factor L, L L^T = the matrix; row i is coordinate at[i]
    for (std::size_t j = 0; j < d; ++j) {
        std::vector<number> column(d, number(0));
        for (std::size_t i = j; i < d; ++i) {
            column[i] = entry(at[i], at[j]);
            for (std::size_t l = 0; l < j; ++l) column[i] -= columns[l][i] * columns[l][j];
        }
        const number left = column[j], whole = entry(at[j], at[j]);
        const number rounding = number(static_cast<double>(d)) * number(std::numeric_limits<T>::epsilon());
        if (!(number(rounding * whole) < left)) return {{}, {}, static_cast<index_t>(at[j]), static_cast<T>(left)};
        const number pivot = sqrt(left);
        for (number& value : column) value /= pivot;
        columns.push_back(std::move(column));
    }
    bool rotated = true;
    for (int sweep = 0; sweep < 40 && rotated; ++sweep) {
        rotated = false;
        for (std::size_t p = 0; p + 1 < d; ++p)
            for (std::size_t q = p + 1; q < d; ++q) rotated = make_orthogonal(columns[p], columns[q]) || rotated;
    }
    if (rotated) return {};
    std::vector<number> variances;
    for (const auto& column : columns) variances.push_back(dot(column, column));
    principal_axes<T> result;
    for (const std::size_t j : sorted([&](std::size_t p, std::size_t q) { return variances[p] < variances[q]; })) {
        result.variances.push_back(static_cast<T>(variances[j]));
        const number length = sqrt(variances[j]);
        std::vector<T> axis(d);
        for (std::size_t i = 0; i < d; ++i) axis[at[i]] = static_cast<T>(number(columns[j][i] / length));
        result.axes.insert(result.axes.end(), axis.begin(), axis.end());
    }
    return result;
}

/// The principal axes of a symmetric d x d matrix. O(d^3) for each of about eight sweeps.
template <class T>
principal_axes<T> principal_axes_of(const std::vector<T>& entries, index_t d) {
    if constexpr (!std::is_floating_point_v<T>) {
        return detail::principal_axes_in<T>(entries, d);
    } else if constexpr (sizeof(T) > sizeof(double)) {
        return detail::principal_axes_in<long double>(entries, d);
    } else {
        return d <= 64 ? detail::principal_axes_in<long double>(entries, d)
                       : detail::principal_axes_in<double>(entries, d);
    }
}

#if defined(__CUDACC__)
#pragma nv_diagnostic pop
#endif

} // namespace cdl::distribution::detail
