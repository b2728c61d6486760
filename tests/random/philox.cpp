// SPDX-License-Identifier: MIT
#include <cdl/random/philox.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>

#if __has_include(<Random123/philox.h>)
#include <Random123/philox.h>
#endif

using namespace cdl::random;

namespace {
// the known answers of Random123 (kat_vectors, philox4x32 10); a constant expression, so the compiler checks them too
static_assert(philox({0, 0, 0, 0}, {0, 0}) == philox_counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
              philox_counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              philox_counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
} // namespace

TEST_CASE("Philox gives the known answers for zeros and ones and the digits of pi") {
    CHECK(philox({0, 0, 0, 0}, {0, 0}) == philox_counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
          philox_counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          philox_counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

#if __has_include(<Random123/philox.h>)
TEST_CASE("Philox agrees with the implementation of its inventors") {
    std::uint32_t state = 1;
    const auto next = [&] { return state = state * 1664525u + 1013904223u; };
    for (int i = 0; i < 4096; ++i) {
        const philox_counter counter{next(), next(), next(), next()};
        const philox_key key{next(), next()};
        const r123::Philox4x32::ctr_type c{{counter[0], counter[1], counter[2], counter[3]}};
        const r123::Philox4x32::key_type k{{key[0], key[1]}};
        const auto want = r123::Philox4x32()(c, k);
        CHECK(philox(counter, key) == philox_counter{want[0], want[1], want[2], want[3]});
    }
}
#endif

TEST_CASE("One bit of the counter or of the key changes about half of the bits of Philox") {
    // 192 single flips of 128 bits each: mean 64, standard deviation of the mean sqrt(32 / 192) = 0.41; 5 sigma is 2.04
    const philox_counter c{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344};
    const philox_key k{0xa4093822, 0x299f31d0};
    const philox_counter base = philox(c, k);
    double flipped = 0;
    for (unsigned bit = 0; bit < 192; ++bit) {
        philox_counter changed = c;
        philox_key changed_key = k;
        (bit < 128 ? changed[bit / 32] : changed_key[(bit - 128) / 32]) ^= 1u << bit % 32;
        const philox_counter out = philox(changed, changed_key);
        for (std::size_t w = 0; w < 4; ++w) flipped += std::popcount(out[w] ^ base[w]);
    }
    CHECK(std::abs(flipped / 192 - 64) < 2.04);
}
