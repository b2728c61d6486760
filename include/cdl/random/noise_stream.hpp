// SPDX-License-Identifier: MIT
#pragma once

// Random numbers have addresses. A number is a pure function of (seed, purpose, step, point, coordinate): no engine
// is passed around, nothing depends on the order, the batch size or the number of threads, and a number can be asked
// for again.

#include <cdl/core/checks.hpp>
#include <cdl/core/index.hpp>
#include <cdl/random/philox.hpp>

namespace cdl::random {

/// What a number is drawn for; streams of different purposes never meet.
enum class purpose : std::uint32_t { data, channel, level, label, sampler, user, objective };

/// An address is Philox's counter: 64 bits for the point, 32 for the step, 24 for the pair of coordinates, 8 for the purpose.
inline constexpr index_t noise_steps = index_t{1} << 32;       ///< the steps that have noise
inline constexpr index_t noise_coordinates = index_t{1} << 25; ///< the coordinates that have noise

/// All the numbers of one seed and one purpose, or those from one point on.
struct noise_stream {
    std::uint64_t seed = 0;      ///< any number
    purpose use = purpose::user; ///< what the numbers are for
    index_t first = 0;           ///< the address of point 0 of a batch

    /// The same seed for another purpose.
    CDL_HD constexpr noise_stream for_purpose(purpose other) const { return {seed, other, first}; }

    /// The same numbers for a batch whose point 0 is point `point` of this stream's: a batch that is a part of a larger
    /// one sees the numbers of its part.
    CDL_HD constexpr noise_stream starting_at(index_t point) const {
        return {seed, use, static_cast<index_t>(address(point))};
    }

    /// Throws std::invalid_argument unless `dim` coordinates have addresses of their own: points always have. Called by
    /// `random::require_noise`, which checks the steps.
    void require_noise(index_t, index_t steps, index_t points, index_t dim, const char* where) const {
        if (steps == 0 || points == 0) return;
        const auto number = static_cast<std::uint32_t>(use);
        require(number < 256, where, "purpose", "must be below 256", number);
        require(dim <= noise_coordinates, where, "dim", "must be at most 2^25, the coordinates that have noise", dim);
    }

    /// Two random 64-bit words at (step, first + point, block). Not checked: 0 <= step < 2^32 and 0 <= block < 2^24;
    /// `random::require_noise` does.
    [[gnu::always_inline]] CDL_HD constexpr std::array<std::uint64_t, 2> words(index_t step, index_t point,
                                                                               index_t block) const {
        const std::uint64_t p = address(point);
        const auto w = philox({static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(p >> 32),
                               static_cast<std::uint32_t>(step),
                               static_cast<std::uint32_t>(block) | static_cast<std::uint32_t>(use) << 24},
                              {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
        return {w[0] | std::uint64_t{w[1]} << 32, w[2] | std::uint64_t{w[3]} << 32};
    }

private:
    /// first + point modulo 2^64.
    [[gnu::always_inline]] CDL_HD constexpr std::uint64_t address(index_t point) const {
        return static_cast<std::uint64_t>(first) + static_cast<std::uint64_t>(point);
    }
};

/// A word as a number strictly between 0 and 1: (k + 1/2) 2^-52 with k the upper 52 bits, so that u and 1 - u are
/// both exact.
CDL_HD constexpr double to_uniform(std::uint64_t word) {
    return (static_cast<double>(word >> 12) + 0.5) * 0x1p-52;
}

/// The uniform number at (step, point, coordinate), strictly between 0 and 1; the same bits everywhere. Not checked: that
/// the address is one, see `noise_stream::words`.
CDL_HD constexpr double uniform(const noise_stream& stream, index_t step, index_t point, index_t coord = 0) {
    return to_uniform(stream.words(step, point, coord / 2)[static_cast<std::size_t>(coord % 2)]);
}

} // namespace cdl::random
