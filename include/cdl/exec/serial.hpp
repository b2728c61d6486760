// SPDX-License-Identifier: MIT
#pragma once

// The oracle: one index after the other, one number at a time. Every other policy is tested against it.

#include <cdl/exec/policy.hpp>

namespace cdl::exec {

/// Runs on the calling thread with plain scalars.
struct serial {
    using space = host;
    template <class T>
    using pack = T; ///< the scalar that `for_each_lanes<T>` hands to bodies

    /// Calls body(i) for i = 0, ..., n - 1.
    template <class Body>
    void for_each_index(index_t n, const Body& body) const {
        for (index_t i = 0; i < n; ++i) body(i);
    }

    /// Calls body(lanes<T>{i}) for i = 0, ..., n - 1.
    template <class T, class Body>
    void for_each_lanes(index_t n, const Body& body) const {
        for (index_t i = 0; i < n; ++i) body(lanes<T>{i, 1});
    }

    /// The sum of term(lanes<T>{i}) for i = 0, ..., n - 1; 0 for none.
    template <class T, class Term>
    T sum_over(index_t n, const Term& term) const {
        const index_t chunks = (n + sum_chunk - 1) / sum_chunk;
        const auto sums = allocate<T>(chunks);
        for (index_t c = 0; c < chunks; ++c) {
            T chunk[sum_chunk];
            const index_t first = c * sum_chunk, count = n - first < sum_chunk ? n - first : sum_chunk;
            for (index_t i = 0; i < count; ++i) chunk[i] = term(lanes<T>{first + i, 1});
            sums[c] = sum_of_chunk(chunk, count);
        }
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
};

static_assert(policy<serial>);

} // namespace cdl::exec
