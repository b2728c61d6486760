// SPDX-License-Identifier: MIT
#pragma once

// The one order in which cdl adds numbers. It is a tree whose shape depends on the count alone, so a sum has the same
// bits on any number of threads; its rounding error grows like log2 n, not like n.

#include <cdl/core/index.hpp>
#include <cdl/core/scalar.hpp>

namespace cdl::exec {

/// Sums are made of chunks of this many terms; the chunk sums are then added in the same way. Changing it changes
/// bits.
inline constexpr index_t sum_chunk = 256;

/// The sum of `chunk[0..sum_chunk)`, missing terms counted as zeros, by halving: the upper half is added to the lower
/// half until one number is left. Overwrites the chunk.
template <class T>
CDL_HD T sum_of_chunk(T* chunk, index_t count) {
    for (index_t i = count; i < sum_chunk; ++i) chunk[i] = T(0);
    for (index_t half = sum_chunk / 2; half >= 1; half /= 2)
        for (index_t i = 0; i < half; ++i) chunk[i] = T(chunk[i] + chunk[i + half]);
    return chunk[0];
}

/// The sum of n numbers `values[0], values[stride], ...`; 0 for none. O(log n) memory.
template <class T>
CDL_HD T tree_sum(const T* values, index_t n, index_t stride = 1) {
    if (n > sum_chunk) {
        index_t span = sum_chunk; // the largest power of sum_chunk below n: the chunks of the top level
        while (span * sum_chunk < n) span *= sum_chunk;
        T chunk[sum_chunk];
        index_t count = 0;
        for (index_t first = 0; first < n; first += span)
            chunk[count++] = tree_sum(values + first * stride, n - first < span ? n - first : span, stride);
        return sum_of_chunk(chunk, count);
    }
    T chunk[sum_chunk];
    for (index_t i = 0; i < n; ++i) chunk[i] = values[i * stride];
    return sum_of_chunk(chunk, n);
}

} // namespace cdl::exec
