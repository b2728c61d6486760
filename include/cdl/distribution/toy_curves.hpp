// SPDX-License-Identifier: MIT
#pragma once

// Toy data on curves in the plane: moons, rings, spirals, a swiss roll. See toy.hpp.

#include <cdl/distribution/toy_point.hpp>

namespace cdl::distribution {

/// Two interleaved half circles, as likely as each other, uniform along each, with normal jitter. In units of the radius,
/// and moved by (-1/2, -1/4) so that the mean is 0: (cos t, sin t) and (1 - cos t, 1/2 - sin t), 0 < t < pi
/// (`make_moons` of scikit-learn).
struct moons {
    double radius = 1;    ///< of the half circles
    double jitter = 0.08; ///< standard deviation of what is added to each coordinate

    CDL_HD toy_point operator()(const random::noise_stream& stream, index_t step, index_t i) const {
        const detail::toy_numbers numbers{stream, step, i};
        const auto on = detail::on_circle(0.5 * numbers.uniform(1));
        const double x = on.cosine - 0.5, y = on.sine - 0.25; // of one; the other is its mirror image
        const bool upper = numbers.uniform(0) < 0.5;
        return numbers.jittered({radius * (upper ? x : -x), radius * (upper ? y : -y)}, jitter);
    }

    void check() const {
        detail::require_positive(radius, "moons", "radius");
        detail::require_spread(jitter, "moons", "jitter");
    }
};

/// Concentric circles of radius 1, 2, ..., `count` times radius / count, as likely as each other, uniform along each, with
/// normal jitter (Grathwohl et al. 2019, with four; `make_circles` of scikit-learn, with two).
struct rings {
    index_t count = 4;
    double radius = 2;    ///< of the outermost
    double jitter = 0.05; ///< standard deviation of what is added to each coordinate

    CDL_HD toy_point operator()(const random::noise_stream& stream, index_t step, index_t i) const {
        const detail::toy_numbers numbers{stream, step, i};
        const auto k = numbers.one_of(count, 0);
        const auto on = detail::on_circle(numbers.uniform(1));
        const double r = radius * static_cast<double>(k + 1) / static_cast<double>(count);
        return numbers.jittered({r * on.cosine, r * on.sine}, jitter);
    }

    void check() const {
        detail::require_count(count, "rings", "count");
        detail::require_positive(radius, "rings", "radius");
        detail::require_spread(jitter, "rings", "jitter");
    }
};

/// Arms of a spiral of Archimedes that start at the center, as likely as each other, with normal jitter: at radius r of
/// arm k the angle is 2 pi (turns r / radius + k / arms); r = radius sqrt(u), u uniform, so that the arms are about evenly
/// dense (Grathwohl et al. 2019, with two arms of one turn and a half).
struct spirals {
    index_t arms = 2;
    double turns = 1.5;   ///< of each arm, counterclockwise
    double radius = 2;    ///< of the ends
    double jitter = 0.07; ///< standard deviation of what is added to each coordinate

    CDL_HD toy_point operator()(const random::noise_stream& stream, index_t step, index_t i) const {
        using std::fma, std::sqrt;
        const detail::toy_numbers numbers{stream, step, i};
        const auto k = numbers.one_of(arms, 0);
        const double along = sqrt(numbers.uniform(1));
        const auto on = detail::on_circle(fma(turns, along, static_cast<double>(k) / static_cast<double>(arms)));
        return numbers.jittered({radius * along * on.cosine, radius * along * on.sine}, jitter);
    }

    void check() const {
        detail::require_count(arms, "spirals", "arms");
        detail::require_positive(turns, "spirals", "turns");
        detail::require_positive(radius, "spirals", "radius");
        detail::require_spread(jitter, "spirals", "jitter");
    }
};

/// One arm of a spiral of Archimedes, t (cos t, sin t) with t uniform between 3/4 and 9/4 turns, with normal jitter; moved
/// so that the mean is 0, which puts its center at -(2, 2 / 3 pi) where t is the radius (`make_swiss_roll` of scikit-learn,
/// seen along the axis of the roll; Grathwohl et al. 2019).
struct swiss_roll {
    double radius = 2;    ///< of the end, from the center of the spiral
    double jitter = 0.08; ///< standard deviation of what is added to each coordinate

    CDL_HD toy_point operator()(const random::noise_stream& stream, index_t step, index_t i) const {
        using std::fma;
        const detail::toy_numbers numbers{stream, step, i};
        const double turns = fma(1.5, numbers.uniform(1), 0.75), unit = radius / 2.25;
        const auto on = detail::on_circle(turns);
        constexpr double mean_x = 1 / std::numbers::pi,
                         mean_y = mean_x * mean_x / 3; // in turns: 2 / 2 pi, 2 / 3 pi / 2 pi
        return numbers.jittered({unit * fma(turns, on.cosine, -mean_x), unit * fma(turns, on.sine, -mean_y)}, jitter);
    }

    void check() const {
        detail::require_positive(radius, "swiss_roll", "radius");
        detail::require_spread(jitter, "swiss_roll", "jitter");
    }
};

} // namespace cdl::distribution
