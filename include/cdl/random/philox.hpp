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
CDL_HD constexpr philox_counter philox(philox_counter c, philox_key key) {
    std::uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p = std::uint64_t{0xD2511F53u} * c[0];
        const std::uint64_t q = std::uint64_t{0xCD9E8D57u} * c[2];
        c = {static_cast<std::uint32_t>(q >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(q),
             static_cast<std::uint32_t>(p >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p)};
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return c;
}

} // namespace cdl::random
