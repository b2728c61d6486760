// SPDX-License-Identifier: MIT
#pragma once

// The one order in which cdl adds numbers. It is a tree whose shape depends on the count alone, so a sum has the same
// bits on any number of threads; its rounding error grows like log2 n, not like n.

#include <cdl/core/index.hpp>
#include <cdl/core/scalar.hpp>

#include <cstdint>

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

namespace detail {

/// i with the eight bits of each of its bytes in the opposite order.
CDL_HD constexpr std::uint64_t bytes_reversed(std::uint64_t i) {
    i = (i >> 1 & 0x5555555555555555u) | (i & 0x5555555555555555u) << 1;
    i = (i >> 2 & 0x3333333333333333u) | (i & 0x3333333333333333u) << 2;
    return (i >> 4 & 0x0F0F0F0F0F0F0F0Fu) | (i & 0x0F0F0F0F0F0F0F0Fu) << 4;
}

/// `tree_sum` leaf by leaf, with an open sum at each height of the tree, n < 2^56. Halving adds number i + 128 to number
/// i, so in the order of reversed bits the numbers that meet are neighbours. Neither chunks nor recursion, for which
/// devices have no stack.
template <class T>
CDL_HD T tree_sum_by_leaves(const T* values, index_t n, index_t stride) {
    static_assert(sum_chunk == 256, "a byte of a leaf's number is its place in a chunk");
    if (n == 0) return T(0);
    const auto count = static_cast<std::uint64_t>(n);
    T open[57]; // of 2^height leaves, while the other half is summed
    int top = 8;
    while (std::uint64_t{1} << top < count) top += 8;
    for (std::uint64_t leaf = 0; leaf < std::uint64_t{1} << top;) {
        const std::uint64_t i = bytes_reversed(leaf);
        int height = 0;
        T sum = T(0);
        if (i < count)
            sum = values[static_cast<index_t>(i) * stride];
        else // and so are all leaves below: a missing chunk is a missing number of the next level
            while (height + 8 < top && (leaf >> height & 255) == 0) height += 8;
        leaf += std::uint64_t{1} << height;
        for (std::uint64_t next = leaf >> height; height < top && (next & 1) == 0; next >>= 1, ++height)
            sum = T(open[height] + sum);
        open[height] = sum;
    }
    return open[top];
}

} // namespace detail

/// The sum of n numbers `values[0], values[stride], ...`; 0 for none. O(log n) memory.
template <class T>
CDL_HD T tree_sum(const T* values, index_t n, index_t stride = 1) {
#if defined(__CUDA_ARCH__)
    return detail::tree_sum_by_leaves(values, n, stride);
#else
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
#endif
}

} // namespace cdl::exec
