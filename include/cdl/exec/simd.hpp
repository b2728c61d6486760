// SPDX-License-Identifier: MIT
#pragma once

// One thread, the full width of the processor: bodies run on packs of neighbouring points. A point's result does not
// depend on its place in the batch, because an incomplete last pack runs the same instructions as a full one.

#include <cdl/exec/detail/simd_pack.hpp>
#include <cdl/exec/policy.hpp>

namespace cdl::exec {

/// Runs on the calling thread with SIMD packs of float and double, other scalars one at a time.
struct simd {
    using space = host;
    template <class T>
    using pack = exec::simd_pack<T>; ///< the scalar that `for_each_lanes<T>` hands to bodies

    /// Calls body(i) for i = 0, ..., n - 1.
    template <class Body>
    void for_each_index(index_t n, const Body& body) const {
        for (index_t i = 0; i < n; ++i) body(i);
    }

    /// Calls body(lanes<simd_pack<T>>) for 0, ..., n - 1 in groups of a pack's width.
    template <class T, class Body>
    void for_each_lanes(index_t n, const Body& body) const {
        for_each_lanes_in<T>(0, n, body);
    }

    /// The sum of the terms of 0, ..., n - 1; 0 for none. The tree is that of `serial`.
    template <class T, class Term>
    T sum_over(index_t n, const Term& term) const {
        const index_t chunks = (n + sum_chunk - 1) / sum_chunk;
        const auto sums = allocate<T>(chunks);
        for (index_t c = 0; c < chunks; ++c) sums[c] = chunk_sum<T>(n, c, term);
        return tree_sum(sums.data(), chunks);
    }

    template <class T>
    buffer<T, host> allocate(index_t n) const {
        return buffer<T, host>(n);
    }
    /// A copy of n numbers.
    template <class T>
    buffer<T, host> put(const T* numbers, index_t n) const {
        return buffer<T, host>(numbers, n);
    }
    /// Copies n numbers to `out`.
    template <class T>
    void get(const T* numbers, index_t n, T* out) const {
        std::copy_n(numbers, n, out);
    }

    /// The groups of first, ..., last - 1.
    template <class T, class Body>
    static void for_each_lanes_in(index_t first, index_t last, const Body& body) {
        using group = lanes<simd_pack<T>>;
        for (index_t i = first; i < last; i += group::width)
            body(group{i, last - i < group::width ? last - i : group::width});
    }

    /// The sum of the terms of chunk c of n.
    template <class T, class Term>
    static T chunk_sum(index_t n, index_t c, const Term& term) {
        T chunk[sum_chunk];
        const index_t first = c * sum_chunk, last = n - first < sum_chunk ? n : first + sum_chunk;
        for_each_lanes_in<T>(first, last, [&](auto points) {
            scatter(points, term(points), [&](index_t i, const T& value) { chunk[i - first] = value; });
        });
        return sum_of_chunk(chunk, last - first);
    }
};

static_assert(policy<simd>);

} // namespace cdl::exec
