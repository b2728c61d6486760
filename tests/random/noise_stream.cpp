// SPDX-License-Identifier: MIT
#include <cdl/random/noise_stream.hpp>

#include "support/statistics.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <limits>
#include <set>

using namespace cdl;
using random::noise_stream;
using random::purpose;
using random::to_uniform;
using random::uniform;

TEST_CASE("A uniform number is never 0 or 1 and both it and its distance from 1 are exact") {
    const double smallest = to_uniform(0), largest = to_uniform(std::numeric_limits<std::uint64_t>::max());
    CHECK(smallest == 0x1p-53);
    CHECK(largest == 1 - 0x1p-53);
    CHECK(1 - smallest < 1);
    CHECK(1 - largest == smallest);
    for (index_t i = 0; i < 4096; ++i) {
        const double u = uniform({7, purpose::user}, 3, i);
        CHECK(u > 0);
        CHECK(u < 1);
        CHECK((1 - u) + u == 1);
        CHECK(1 - (1 - u) == u); // nothing was lost
    }
}

TEST_CASE("The uniform number is the upper half of a word and a half") {
    CHECK(to_uniform(0xFFFull) == to_uniform(0));
    CHECK(to_uniform(0x1000ull) == 3 * 0x1p-53);
    CHECK(to_uniform(std::uint64_t{1} << 63) == 0.5 + 0x1p-53);
}

TEST_CASE("65536 uniform numbers have the same bits on every compiler") {
    std::uint64_t hash = 0xcbf29ce484222325ull; // FNV-1a of 64-bit words
    for (index_t i = 0; i < 32768; ++i)
        for (index_t j = 0; j < 2; ++j)
            hash = (hash ^ std::bit_cast<std::uint64_t>(uniform({20240817, purpose::data}, i % 5, i, j))) *
                   0x100000001b3ull;
    CHECK(hash == 0x5c379579aaaaa2c9ull);
}

TEST_CASE("Uniform numbers follow the uniform law") {
    std::vector<double> sample;
    for (index_t i = 0; i < 65536; ++i) sample.push_back(uniform({1, purpose::level}, 0, i / 2, i % 2));
    // a right generator fails one of these three with a probability below 5e-6
    CHECK(test::kolmogorov_smirnov(sample, [](double u) { return u; }) < 2.65);
    CHECK(std::abs(test::z_score(sample, [](double u) { return u; }, 0.5, 1.0 / 12)) < 5);
    CHECK(std::abs(test::z_score(sample, [](double u) { return u * u; }, 1.0 / 3, 4.0 / 45)) < 5);
}

TEST_CASE("Every part of an address matters") {
    const noise_stream stream{11, purpose::channel};
    std::set<std::uint64_t> words;
    std::size_t count = 0;
    const auto add = [&](const noise_stream& s, index_t step, index_t point, index_t block) {
        for (const std::uint64_t w : s.words(step, point, block)) {
            words.insert(w);
            ++count;
        }
    };
    for (const purpose use :
         {purpose::data, purpose::channel, purpose::level, purpose::label, purpose::sampler, purpose::user})
        add(stream.for_purpose(use), 0, 0, 0);
    for (const index_t far : {index_t{1}, index_t{255}, index_t{65536}, index_t{1} << 23}) {
        add(stream, far, 0, 0);
        add(stream, 0, far, 0);
        add(stream, 0, 0, far);
    }
    add(stream, 0, index_t{1} << 32, 0); // points beyond 32 bits
    add(stream, 0, index_t{1} << 40, 0);
    add({12, purpose::channel}, 0, 0, 0);
    add({11 + (std::uint64_t{1} << 32), purpose::channel}, 0, 0, 0);
    CHECK(words.size() == count);
    CHECK(stream.for_purpose(purpose::level).seed == 11);
}

TEST_CASE("A stream is a value and an address can be asked for again") {
    constexpr noise_stream stream{5, purpose::user};
    constexpr double u = uniform(stream, 1, 2, 3); // a constant expression
    CHECK(uniform(stream, 1, 2, 3) == u);
    CHECK(uniform(stream, 1, 2, 2) != u);
}

TEST_CASE("A stream that starts at a point has the numbers of a part of the whole") {
    constexpr noise_stream whole{5, purpose::user};
    const noise_stream part = whole.starting_at(3), inner = part.starting_at(index_t{1} << 33);
    for (index_t i = 0; i < 8; ++i) {
        CHECK(uniform(part, 1, i, 2) == uniform(whole, 1, 3 + i, 2));
        CHECK(part.words(0, i, 7) == whole.words(0, 3 + i, 7));
        CHECK(inner.words(2, i, 0) == whole.words(2, (index_t{1} << 33) + 3 + i, 0));
    }
    CHECK(part.for_purpose(purpose::data).words(0, 1, 0) == whole.for_purpose(purpose::data).words(0, 4, 0));
    CHECK(uniform(part.starting_at(-3), 1, 2, 3) == uniform(whole, 1, 2, 3));
}

TEST_CASE("Points are counted modulo 2^64, so that none meets another") {
    constexpr index_t most = std::numeric_limits<index_t>::max();
    constexpr noise_stream whole{5, purpose::user}, late = whole.starting_at(most);
    CHECK(late.words(0, 1, 0) == whole.words(0, std::numeric_limits<index_t>::min(), 0)); // point 2^63
    CHECK(late.starting_at(most).words(0, 2, 0) == whole.words(0, 0, 0));                 // point 2^64
    CHECK(late.words(0, 1, 0) != whole.words(0, 1, 0));
    CHECK(whole.starting_at(-3).words(0, 3, 0) == whole.words(0, 0, 0));
    CHECK(late.words(0, most, 0) == whole.words(0, -2, 0));
}
