// SPDX-License-Identifier: MIT
#pragma once

// Threads by OpenMP, SIMD packs inside each. Sums are cut into chunks that depend on the count alone, and a
// point's result does not depend on its block, so every number of threads gives the same bits. To wake a team takes longer
// than many a loop, so the caller begins alone. Needs the component `openmp`.

#include <cdl/exec/detail/first_exception.hpp>
#include <cdl/exec/simd.hpp>

#if !defined(_OPENMP)
#error "cdl: exec/openmp needs OpenMP: link cdl::openmp (find_package(cdl COMPONENTS openmp)) or compile with -fopenmp"
#endif
#include <omp.h>

namespace cdl::exec {

/// Runs on `threads` threads; 0 means as many as OpenMP offers.
///
/// The calling thread begins a loop alone and wakes the others if it is not done after `alone` seconds, so that a small loop
/// takes no longer than under exec::simd. Indices of which each takes longer are shared out at once if the body is
/// exec::heavy. Inside a team of OpenMP, where no further threads are to be had, a loop runs on the calling thread. None of this
/// changes a bit of a result.
///
/// If bodies throw, the caller gets the exception of the lowest index, as from a loop in order; indices above it may be left
/// out. Throws std::invalid_argument if a setting is negative, before anything runs.
struct openmp {
    using space = host;
    template <class T>
    using pack = exec::simd_pack<T>; ///< the scalar that `for_each_lanes<T>` hands to bodies

    int threads = 0;     ///< 0: as many as OpenMP offers
    double alone = 1e-4; ///< seconds, ten times what waking an idle team takes; 0: all loops are shared out

    /// Calls body(i) for i = 0, ..., n - 1, unordered.
    template <class Body>
    void for_each_index(index_t n, const Body& body) const {
        for_each_block(n, 1, detail::is_heavy<Body>, [&](index_t first, index_t last) {
            for (index_t i = first; i < last; ++i) body(i);
        });
    }

    /// Calls body(lanes<simd_pack<T>>) for 0, ..., n - 1 in groups of a pack's width, unordered.
    template <class T, class Body>
    void for_each_lanes(index_t n, const Body& body) const {
        for_each_block(n, points_at_once, false,
                       [&](index_t first, index_t last) { simd::for_each_lanes_in<T>(first, last, body); });
    }

    /// The sum of the terms of 0, ..., n - 1; 0 for none. The tree is that of `serial`.
    template <class T, class Term>
    T sum_over(index_t n, const Term& term) const {
        const index_t chunks = (n + sum_chunk - 1) / sum_chunk;
        const auto sums = allocate<T>(chunks);
        for_each_block(n, sum_chunk, false, [&](index_t first, index_t last) {
            for (index_t i = first; i < last; i += sum_chunk)
                sums[i / sum_chunk] = simd::chunk_sum<T>(n, i / sum_chunk, term);
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
    static constexpr index_t points_at_once = 64; // a multiple of the width of every pack

    index_t team() const {
        require(threads >= 0, "cdl::exec::openmp", "threads", "must not be negative", threads);
        require(alone >= 0, "cdl::exec::openmp", "alone", "must not be negative", alone);
        if (omp_get_active_level() >= omp_get_max_active_levels()) return 1;
        return threads > 0 ? threads : omp_get_max_threads();
    }

    /// Calls body(first, last) for blocks of 0, ..., n - 1 that begin at multiples of `unit`.
    template <class Body>
    void for_each_block(index_t n, index_t unit, bool is_heavy, const Body& body) const {
        const index_t members = team();
        if (members == 1 || n <= unit) return body(index_t{0}, n);
        const index_t done = is_heavy || alone == 0 ? 0 : begun_alone(n, unit, body);
        share_out(done, n, unit, members, body);
    }

    /// Runs the first blocks on the calling thread for a while: each as long as all before, so that a clock is rarely asked, up
    /// to the points that run at once. Returns where the next block begins.
    template <class Body>
    index_t begun_alone(index_t n, index_t unit, const Body& body) const {
        const double until = omp_get_wtime() + alone;
        index_t done = 0;
        do {
            const index_t block = std::clamp(done, unit, (std::max)(unit, points_at_once));
            const index_t last = n - done < block ? n : done + block;
            body(done, last);
            done = last;
        } while (done < n && omp_get_wtime() < until);
        return done;
    }

    /// A few blocks of first, ..., n - 1 for each thread; who is done asks for more, so that none waits for one that was held up.
    template <class Body>
    static void share_out(index_t first, index_t n, index_t unit, index_t members, const Body& body) {
        const index_t units = (n - first + unit - 1) / unit, block = (units / (8 * members) + 1) * unit;
        const index_t blocks = (n - first + block - 1) / block;
        if (blocks <= 1) return body(first, n);
        detail::first_exception thrown;
#pragma omp parallel for schedule(dynamic) num_threads(static_cast<int>(members < blocks ? members : blocks))
        for (index_t b = 0; b < blocks; ++b)
            thrown.guard(b, [&] { body(first + b * block, b + 1 == blocks ? n : first + (b + 1) * block); });
        thrown.rethrow();
    }
};

static_assert(policy<openmp>);

} // namespace cdl::exec
