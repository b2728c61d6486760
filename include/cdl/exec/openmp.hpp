// SPDX-License-Identifier: MIT
#pragma once

// Threads by OpenMP, SIMD packs inside each. Sums are cut into chunks that depend on the count alone, and a
// point's result does not depend on its block, so every number of threads gives the same bits. Needs the component `openmp`.

#include <cdl/exec/simd.hpp>

#if !defined(_OPENMP)
#error "cdl: exec/openmp needs OpenMP: link cdl::openmp (find_package(cdl COMPONENTS openmp)) or compile with -fopenmp"
#endif
#include <omp.h>

#include <exception>

namespace cdl::exec {

/// Runs on `threads` threads; 0 means as many as OpenMP offers. An exception thrown by a body reaches the caller.
struct openmp {
    using space = host;
    template <class T>
    using pack = exec::simd_pack<T>; ///< the scalar that `for_each_lanes<T>` hands to bodies

    int threads = 0; ///< 0: as many as OpenMP offers

    /// Calls body(i) for i = 0, ..., n - 1, unordered.
    template <class Body>
    void for_each_index(index_t n, const Body& body) const {
        for_each_block(n, block_size(n, 1), [&](index_t first, index_t last) {
            for (index_t i = first; i < last; ++i) body(i);
        });
    }

    /// Calls body(lanes<simd_pack<T>>) for 0, ..., n - 1 in groups of a pack's width, unordered.
    template <class T, class Body>
    void for_each_lanes(index_t n, const Body& body) const {
        for_each_block(n, block_size(n, 64), // a multiple of every width; less is not worth waking a thread for
                       [&](index_t first, index_t last) { simd::for_each_lanes_in<T>(first, last, body); });
    }

    /// The sum of the terms of 0, ..., n - 1; 0 for none. The tree is that of `serial`.
    template <class T, class Term>
    T sum_over(index_t n, const Term& term) const {
        const index_t chunks = (n + sum_chunk - 1) / sum_chunk;
        const auto sums = allocate<T>(chunks);
        for_each_block(n, sum_chunk, [&](index_t first, index_t) {
            sums[first / sum_chunk] = simd::chunk_sum<T>(n, first / sum_chunk, term);
        });
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

private:
    index_t team() const {
        require(threads >= 0, "cdl::exec::openmp", "threads", "must not be negative", threads);
        return threads > 0 ? threads : omp_get_max_threads();
    }

    /// A few blocks for each thread, each a multiple of `unit`.
    index_t block_size(index_t n, index_t unit) const {
        const index_t share = n / (8 * team());
        return (share / unit + 1) * unit;
    }

    /// Calls body(first, last) for consecutive blocks of `block` indices, the first exception thrown at the end.
    template <class Body>
    void for_each_block(index_t n, index_t block, const Body& body) const {
        const index_t blocks = (n + block - 1) / block;
        if (blocks == 1) return body(index_t{0}, n); // no thread to wake, nor to ask
        const int members = static_cast<int>(team() < blocks ? team() : blocks);
        std::exception_ptr thrown;
        const index_t grain = blocks / (16 * team()) + 1; // threads ask for more: none waits for one that was held up
#pragma omp parallel for schedule(dynamic, grain) num_threads(members > 0 ? members : 1) if (members > 1)
        for (index_t b = 0; b < blocks; ++b) {
            try {
                body(b * block, b + 1 == blocks ? n : (b + 1) * block);
            } catch (...) {
#pragma omp critical(cdl_exec_openmp)
                if (!thrown) thrown = std::current_exception();
            }
        }
        if (thrown) std::rethrow_exception(thrown);
    }
};

static_assert(policy<openmp>);

} // namespace cdl::exec
