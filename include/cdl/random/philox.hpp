// SPDX-License-Identifier: MIT
#pragma once

// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as
// 1, 2, 3" (SC 2011) [Philox]: a keyed bijection of 128 bits, so that random numbers need no state, no order and no
// thread.

#include <cdl/core/config.hpp>

#include <array>
#include <cstdint>

namespace cdl::random {

using philox_counter = std::array<std::uint32_t, 4>;
using philox_key = std::array<std::uint32_t, 2>;

/// Philox4x32-10: four random words that are a pure function of counter and key, the same bits on every machine.
/// Words are kept in 64 bits, rounds unrolled and the function inlined, so that a compiler makes vector instructions of a
/// loop over counters.
[[gnu::always_inline]] CDL_HD constexpr philox_counter philox(philox_counter c, philox_key key) {
    constexpr std::uint64_t low = 0xFFFFFFFFu;
    std::uint64_t c0 = c[0], c1 = c[1], c2 = c[2], c3 = c[3];
    std::uint32_t k0 = key[0], k1 = key[1];
#if defined(__GNUC__) && !defined(__CUDACC__) // nvcc does not know it
#pragma GCC unroll 10
#endif
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p = std::uint64_t{0xD2511F53u} * static_cast<std::uint32_t>(c0);
        const std::uint64_t q = std::uint64_t{0xCD9E8D57u} * static_cast<std::uint32_t>(c2);
        c0 = (q >> 32) ^ c1 ^ k0;
        c1 = q & low;
        c2 = (p >> 32) ^ c3 ^ k1;
        c3 = p & low;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return {static_cast<std::uint32_t>(c0), static_cast<std::uint32_t>(c1), static_cast<std::uint32_t>(c2),
            static_cast<std::uint32_t>(c3)};
}

} // namespace cdl::random
