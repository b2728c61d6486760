// SPDX-License-Identifier: MIT
#pragma once

// What every kernel, and every MMD made with it, must satisfy.

#include <cdl/exec/serial.hpp>
#include <cdl/metric/mmd.hpp>

#include "support/scalars.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

namespace cdl::laws {

/// A function of the squared distance that does not grow, finite at 0, with the same values in packs.
template <class T, class K>
void kernel_laws(const K& k) {
    static_assert(std::is_trivially_copyable_v<K>);
    static_assert(metric::kernel<K, T> && metric::kernel<K, double>);
    std::vector<T> squared_distances{T(0)};
    for (T q = T(1e-6); q < T(1e6); q *= T(1.7)) squared_distances.push_back(q);
    const auto values = test::map_lanes<T>(k, squared_distances);
    CHECK(std::isfinite(values[0]));
    for (std::size_t i = 1; i < values.size(); ++i) CHECK(values[i] <= values[i - 1]);
    CHECK(values.back() < values[0]);
#if defined(CDL_HAS_SIMD)
    using pack = exec::simd_pack<T>;
    static_assert(metric::kernel<K, pack>);
    const auto packed = test::map_lanes<pack>(k, squared_distances);
    for (std::size_t i = 0; i < values.size(); ++i) {
        CAPTURE(squared_distances[i]);
        CHECK(std::abs(packed[i] - values[i]) <=
              4 * std::numeric_limits<T>::epsilon() * std::abs(values[i]) + std::numeric_limits<T>::min());
    }
#endif
}

/// MMD is a property of two sets of points: their order, their place in space and their names do not matter. x and y: at
/// least 4 points each, not the same sets.
template <class K>
void mmd_laws(const K& k, batch_view<const double> x, batch_view<const double> y) {
    const exec::serial policy;
    const auto close = [](double u, double v, double scale) { return std::abs(u - v) <= 1e-13 * scale; };
    const auto of_xy = metric::mmd(policy, k, x, y);
    const double scale = std::abs(of_xy.mean_xx) + std::abs(of_xy.mean_yy) + std::abs(of_xy.mean_xy);
    const auto same = [&](const auto& other) {
        return close(other.unbiased, of_xy.unbiased, scale) && close(other.biased, of_xy.biased, scale) &&
               close(other.standard_error, of_xy.standard_error, scale);
    };
    CHECK(of_xy.biased >= 0);
    CHECK(of_xy.unbiased == of_xy.mean_xx + of_xy.mean_yy - 2 * of_xy.mean_xy);
    CHECK(of_xy.standard_error >= 0);
    CHECK(of_xy.standard_error < scale);

    const auto of_yx = metric::mmd(policy, k, y, x); // names
    CHECK(same(of_yx));
    CHECK(close(of_yx.mean_xx, of_xy.mean_yy, scale));

    std::vector<double> backwards, moved; // order, place
    for (index_t i = x.size(); i-- > 0;)
        for (index_t j = 0; j < x.dim(); ++j) backwards.push_back(x(i, j));
    CHECK(same(metric::mmd(policy, k, as_batch(std::as_const(backwards), x.dim()), y)));
    for (index_t i = 0; i < x.size(); ++i)
        for (index_t j = 0; j < x.dim(); ++j) moved.push_back(x(i, j) + 0.5);
    std::vector<double> also_moved;
    for (index_t i = 0; i < y.size(); ++i)
        for (index_t j = 0; j < y.dim(); ++j) also_moved.push_back(y(i, j) + 0.5);
    CHECK(same(
        metric::mmd(policy, k, as_batch(std::as_const(moved), x.dim()), as_batch(std::as_const(also_moved), y.dim()))));

    const auto of_xx = metric::mmd(policy, k, x, x); // nothing tells x from x
    CHECK(close(of_xx.biased, 0, scale));
    CHECK(of_xx.unbiased < 0); // pairs of a point with itself lie between x and x, but not within x
}

} // namespace cdl::laws
