// SPDX-License-Identifier: MIT
#pragma once

// Samples to compare, and the statistics of all their pairs by brute force.

#include <cdl/metric/mmd.hpp>
#include <cdl/random/normal.hpp>

#include "distribution/testing.hpp"

#include <cmath>
#include <vector>

namespace cdl::test {

/// n points of d coordinates that own their numbers, point-major.
template <class T>
struct sample {
    index_t size, dim;
    std::vector<T> numbers;

    batch_view<const T> view() const { return {numbers.data(), size, dim}; }
    template <index_t D>
    batch_view<const T, D> view() const {
        return batch_view<const T, D>(view());
    }
};

/// Independent normal numbers of a mean and standard deviation 1, the same for every scalar but for rounding.
template <class T>
sample<T> normal_sample(std::uint64_t seed, index_t size, index_t dim, double mean = 0) {
    sample<T> s{size, dim, {}};
    for (index_t i = 0; i < size; ++i)
        for (index_t j = 0; j < dim; ++j)
            s.numbers.push_back(static_cast<T>(mean + random::normal({seed, random::purpose::data}, 0, i, j)));
    return s;
}

template <class T>
long double squared_distance(const sample<T>& x, index_t i, const sample<T>& y, index_t j) {
    long double q = 0;
    for (index_t c = 0; c < x.dim; ++c) {
        const long double offset = wide(x.view()(i, c)) - wide(y.view()(j, c));
        q += offset * offset;
    }
    return q;
}

/// Mean kernel values by two loops in long double: within x without the diagonal, within y, between them.
struct pair_means {
    long double xx = 0, yy = 0, xy = 0;

    long double unbiased() const { return xx + yy - 2 * xy; }
};
template <class T, class K>
pair_means means_by_brute_force(const K& k, const sample<T>& x, const sample<T>& y) {
    pair_means sums;
    for (index_t i = 0; i < x.size; ++i)
        for (index_t j = 0; j < i; ++j) sums.xx += 2 * k(squared_distance(x, i, x, j));
    for (index_t i = 0; i < y.size; ++i)
        for (index_t j = 0; j < i; ++j) sums.yy += 2 * k(squared_distance(y, i, y, j));
    for (index_t i = 0; i < x.size; ++i)
        for (index_t j = 0; j < y.size; ++j) sums.xy += k(squared_distance(x, i, y, j));
    const auto n = static_cast<long double>(x.size), m = static_cast<long double>(y.size);
    return {sums.xx / (n * (n - 1)), sums.yy / (m * (m - 1)), sums.xy / (n * m)};
}

/// The error of a number in units of `scale`.
template <class T>
double relative(T got, long double want, long double scale) {
    return static_cast<double>(std::fabs(wide(got) - want) / scale);
}

} // namespace cdl::test
