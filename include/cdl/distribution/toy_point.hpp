// SPDX-License-Identifier: MIT
#pragma once

// What toy sets are made of: the random numbers of a point, a point on a circle. Only operations that IEEE 754 rounds
// correctly, and every product that is added to something is an explicit fma: the same bits everywhere.

#include <cdl/core/checks.hpp>
#include <cdl/random/normal.hpp>

#include <numbers>

namespace cdl::distribution {

/// A point of a toy set.
struct toy_point {
    double x, y;
};

namespace detail {

/// The random numbers of point i: uniform ones for where it is, at the addresses that mixtures draw their labels from, and
/// a pair of normal ones, at those of a mixture's normal numbers.
struct toy_numbers {
    random::noise_stream stream;
    index_t step, i;

    CDL_HD double uniform(index_t coord) const {
        return random::uniform(stream.for_purpose(random::purpose::label), step, i, coord);
    }
    /// 0, ..., count - 1, equally likely.
    CDL_HD index_t one_of(index_t count, index_t coord) const {
        const auto chosen = static_cast<index_t>(uniform(coord) * static_cast<double>(count));
        return chosen < count ? chosen : count - 1;
    }
    CDL_HD random::normal_pair normals() const {
        return random::normals(stream.for_purpose(random::purpose::data), step, i, 0);
    }
    CDL_HD toy_point jittered(const toy_point& p, double jitter) const {
        using std::fma;
        const auto added = normals();
        return {fma(jitter, added.first, p.x), fma(jitter, added.second, p.y)};
    }
};

/// Sine and cosine of any number of turns >= 0.
CDL_HD inline random::detail::sine_cosine on_circle(double turns) {
    using std::floor;
    return random::detail::sine_cosine_of_turns(turns - floor(turns));
}

/// e^r, to 1e-15 of the largest term of its series for |r| <= 10.
CDL_HD inline double exp_of_few(double r) {
    using std::fma;
    double series = 1;
    for (int k = 60; k >= 1; --k) series = fma(r / k, series, 1.0);
    return series;
}

inline void require_count(index_t count, const char* toy, const char* argument) {
    require(count >= 1, (std::string("cdl::distribution::") + toy).c_str(), argument, "must be at least 1", count);
}
inline void require_positive(double number, const char* toy, const char* argument) {
    require(number - number == 0 && number > 0, (std::string("cdl::distribution::") + toy).c_str(), argument,
            "must be finite and positive", number);
}
inline void require_spread(double number, const char* toy, const char* argument) {
    require(number - number == 0 && number >= 0, (std::string("cdl::distribution::") + toy).c_str(), argument,
            "must be finite and not negative", number);
}

} // namespace detail

} // namespace cdl::distribution
