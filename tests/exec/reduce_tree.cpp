// SPDX-License-Identifier: MIT
#include <cdl/exec/reduce_tree.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace cdl;
using exec::sum_chunk;
using exec::tree_sum;

namespace {
template <class T>
std::vector<T> numbers(index_t n) {
    std::vector<T> values;
    unsigned state = 12345;
    for (index_t i = 0; i < n; ++i) {
        state = state * 1664525u + 1013904223u;
        values.push_back(T(state >> 8) / T(1 << 24));
    }
    return values;
}
} // namespace

TEST_CASE_TEMPLATE("The tree sum is the exact sum to the logarithm of the count in rounding", T, float, double) {
    for (const index_t n :
         {index_t{1}, index_t{2}, sum_chunk - 1, sum_chunk, sum_chunk + 1, index_t{65537}, index_t{300000}}) {
        CAPTURE(n);
        const auto values = numbers<T>(n);
        long double exact = 0;
        for (const T v : values) exact += static_cast<long double>(v);
        const long double error = std::fabs(static_cast<long double>(tree_sum(values.data(), n)) - exact) / exact;
        // positive terms: at most one rounding for each of the levels of the tree
        CHECK(error <= (std::log2(static_cast<long double>(n)) + 1) *
                           static_cast<long double>(std::numeric_limits<T>::epsilon()) / 2);
    }
}

TEST_CASE("A tree sum in float is far better than adding one after the other") {
    const index_t n = 300000;
    const auto values = numbers<float>(n);
    float plain = 0;
    double exact = 0;
    for (const float v : values) {
        plain += v;
        exact += static_cast<double>(v);
    }
    const double tree_error = std::fabs(static_cast<double>(tree_sum(values.data(), n)) - exact);
    CHECK(std::fabs(static_cast<double>(plain) - exact) > 20 * tree_error);
}

TEST_CASE("A tree sum of no numbers is zero") {
    CHECK(tree_sum<double>(nullptr, 0) == 0);
    double chunk[sum_chunk];
    CHECK(exec::sum_of_chunk(chunk, 0) == 0);
}

TEST_CASE("The shape of the tree is the one that is written down") {
    // 1 + tiny + tiny rounds to 1 when the tinies meet the 1 one by one and not when they meet each other first; in a
    // chunk number i is added to number i + 128, then i + 64, ...
    const double tiny = std::numeric_limits<double>::epsilon() / 2;
    std::vector<double> v(static_cast<std::size_t>(sum_chunk), 0.0);
    v[0] = 1;
    v[128] = v[64] = tiny; // both are added to number 0, one after the other
    CHECK(tree_sum(v.data(), sum_chunk) == 1);
    v[64] = 0;
    v[1] = tiny;
    v[128] = 0;
    v[129] = tiny; // these two meet first, in number 1
    CHECK(tree_sum(v.data(), sum_chunk) == 1 + 2 * tiny);
    // 257 numbers: the last is a chunk of its own and meets the sum of the first 256
    std::vector<double> w(257, 0.0);
    w[0] = 1;
    w[255] = w[256] = tiny;
    CHECK(tree_sum(w.data(), 257) == 1);
    w[255] = 0;
    w[254] = w[126] = tiny; // within the first chunk these two meet first
    w[256] = 0;
    CHECK(tree_sum(w.data(), 257) == 1 + 2 * tiny);
}

TEST_CASE("A tree sum is made of the tree sums of its chunks") {
    const index_t n = 65537 + 3 * 256 + 5;
    const auto values = numbers<float>(n);
    std::vector<float> chunks;
    for (index_t first = 0; first < n; first += sum_chunk)
        chunks.push_back(tree_sum(values.data() + first, std::min(sum_chunk, n - first)));
    CHECK(tree_sum(values.data(), n) == tree_sum(chunks.data(), static_cast<index_t>(chunks.size())));
}

TEST_CASE("A tree sum reads with a stride") {
    const std::vector<double> v{1, 100, 2, 100, 4, 100};
    CHECK(tree_sum(v.data(), 3, 2) == 7);
    std::vector<double> w(2 * 700, 1e9);
    for (std::size_t i = 0; i < 700; ++i) w[2 * i] = static_cast<double>(i);
    CHECK(tree_sum(w.data(), 700, 2) == 700 * 699 / 2);
}

TEST_CASE_TEMPLATE("Leaf by leaf a tree sum has the bits that it has by chunks", T, float, double) {
    std::vector<index_t> counts{0,   1,   2,   3,     127,   128,   129,         255,
                                256, 257, 597, 65535, 65536, 65537, 65536 + 257, 300000};
    for (index_t n = 4; n < 600; n += 7) counts.push_back(n);
    for (const index_t n : counts)
        for (const index_t stride : {index_t{1}, index_t{3}}) {
            CAPTURE(n);
            CAPTURE(stride);
            auto values = numbers<T>(n * stride);
            for (std::size_t i = 0; i < values.size(); i += 2) values[i] = -values[i] * T(1000);
            CHECK(exec::detail::tree_sum_by_leaves(values.data(), n, stride) == tree_sum(values.data(), n, stride));
        }
    // beyond the third level
    const auto many = numbers<T>((index_t{1} << 24) + 70000);
    const auto n = static_cast<index_t>(many.size());
    CHECK(exec::detail::tree_sum_by_leaves(many.data(), n, 1) == tree_sum(many.data(), n));
}
