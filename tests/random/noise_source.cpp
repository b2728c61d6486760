// SPDX-License-Identifier: MIT
// The least that a noise source must offer is enough, and without any one of it the type is refused.

#include <cdl/random/noise_source.hpp>
#include <cdl/random/recorded_noise.hpp>

#include <doctest/doctest.h>

#include <limits>

namespace {
using cdl::index_t;
using cdl::random::noise_source;
using cdl::random::noise_source_in;
using cdl::random::normal_pair;

struct minimal {};
normal_pair normals(const minimal&, index_t step, index_t point, index_t block) {
    return {static_cast<double>(100 * step + 10 * point), static_cast<double>(block)};
}
struct without_step {};
[[maybe_unused]] normal_pair normals(const without_step&, index_t, index_t) {
    return {};
}
struct with_one_number {};
[[maybe_unused]] double normals(const with_one_number&, index_t, index_t, index_t) {
    return 0;
}
struct that_changes {}; // an engine: what it says depends on what it was asked
[[maybe_unused]] normal_pair normals(that_changes&, index_t, index_t, index_t) {
    return {};
}
struct that_stays {
    that_stays(const that_stays&) = delete;
};
[[maybe_unused]] normal_pair normals(const that_stays&, index_t, index_t, index_t) {
    return {};
}

static_assert(noise_source<minimal> && noise_source<cdl::random::noise_stream>);
static_assert(!noise_source<without_step>);
static_assert(!noise_source<with_one_number>);
static_assert(!noise_source<that_changes>);
static_assert(!noise_source<that_stays>);
static_assert(!noise_source<int>);

// numbers that are computed serve everywhere, numbers in memory where it is
using on_device = cdl::random::recorded_noise<float, 3, cdl::coord_major, cdl::device>;
static_assert(noise_source_in<minimal, cdl::host> && noise_source_in<minimal, cdl::device>);
static_assert(noise_source_in<cdl::random::recorded_noise<float>, cdl::host>);
static_assert(!noise_source_in<cdl::random::recorded_noise<float>, cdl::device>);
static_assert(noise_source_in<on_device, cdl::device> && !noise_source_in<on_device, cdl::host>);
static_assert(!noise_source_in<int, cdl::host>);
} // namespace

TEST_CASE("A source that computes its numbers has all of them that have addresses") {
    CHECK_NOTHROW(require_noise(cdl::random::noise_stream{}, 1000, 1000, 1 << 20, 1 << 10, "here"));
    CHECK_NOTHROW(cdl::random::require_noise(minimal{}, 0, 1, 1, 1, "here"));
    CHECK(normals(minimal{}, 1, 2, 3).first == 120);
}

TEST_CASE("Steps are addresses of 32 bits") {
    using cdl::index_t;
    constexpr index_t all = index_t{1} << 32;
    const cdl::random::noise_stream stream{};
    CHECK_NOTHROW(require_noise(stream, all - 1, 1, 1, 1, "here"));
    CHECK_NOTHROW(require_noise(stream, 0, 0, 1, 1, "here"));
    CHECK_THROWS_WITH_AS(require_noise(stream, -1, 1, 1, 1, "here"), "here: step: must be from 0 to 2^32 - 1; got -1",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(require_noise(stream, all - 1, 2, 1, 1, "here"),
                         "here: step: must be from 0 to 2^32 - 1; got 4294967296", std::invalid_argument);
    constexpr index_t most = std::numeric_limits<index_t>::max();
    CHECK_THROWS_WITH_AS(require_noise(stream, 1, most, 1, 1, "here"),
                         "here: step: must be from 0 to 2^32 - 1; got 9223372036854775807", std::invalid_argument);
    CHECK_THROWS_AS(cdl::random::require_noise(minimal{}, all - 1, 2, 1, 1, "here"), std::invalid_argument);
}

TEST_CASE("More than 2^25 coordinates have no addresses of their own") {
    using cdl::index_t;
    constexpr index_t all = index_t{1} << 25;
    const cdl::random::noise_stream stream{};
    // what the check is for: a block beyond 24 bits would be one of another purpose
    CHECK(stream.for_purpose(cdl::random::purpose::data).words(0, 0, all / 2) ==
          stream.for_purpose(cdl::random::purpose::channel).words(0, 0, 0));
    CHECK_NOTHROW(require_noise(stream, 0, 1, 1, all, "here"));
    CHECK_THROWS_WITH_AS(require_noise(stream, 0, 1, 1, all + 1, "here"),
                         "here: dim: must be at most 2^25, the coordinates that have noise; got 33554433",
                         std::invalid_argument);
    CHECK_NOTHROW(require_noise(stream, 0, 1, 0, all + 1, "here")); // no points need no noise
    CHECK_NOTHROW(require_noise(stream, 0, 0, 1, all + 1, "here"));
    CHECK_NOTHROW(cdl::random::require_noise(minimal{}, 0, 1, 1, all + 1, "here")); // other sources, other addresses
}

TEST_CASE("A purpose that would lose bits is refused") {
    const auto stream = cdl::random::noise_stream{}.for_purpose(cdl::random::purpose{261});
    CHECK_THROWS_WITH_AS(require_noise(stream, 0, 1, 1, 1, "here"), "here: purpose: must be below 256; got 261",
                         std::invalid_argument);
}
