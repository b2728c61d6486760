// SPDX-License-Identifier: MIT
#pragma once

// Toy data on patches of the plane: a checkerboard, a pinwheel, eight Gaussians. See toy.hpp.

#include <cdl/distribution/toy_point.hpp>

namespace cdl::distribution {

/// Uniform on the dark squares of a board of cells x cells, the lower left one dark, centered; no jitter, so that its
/// edges are sharp (Grathwohl et al. 2019, with four cells a side).
struct checkerboard {
    index_t cells = 4; ///< along a side
    double side = 4;   ///< of the board

    CDL_HD toy_point operator()(const random::noise_stream& stream, index_t step, index_t i) const {
        using std::fma;
        const detail::toy_numbers numbers{stream, step, i};
        // the even ones in reading order are dark; where rows have an even number, every other row is moved by one
        const index_t at = 2 * numbers.one_of((cells * cells + 1) / 2, 0);
        const index_t row = at / cells, column = at % cells + (cells % 2 == 0 ? row % 2 : 0);
        const double cell = side / static_cast<double>(cells), half = 0.5 * static_cast<double>(cells);
        return {cell * (static_cast<double>(column) - half + numbers.uniform(1)),
                cell * (static_cast<double>(row) - half + numbers.uniform(2))};
    }

    void check() const {
        detail::require_count(cells, "checkerboard", "cells");
        detail::require_positive(side, "checkerboard", "side");
    }
};

/// Blades of a wheel: at rest blade k is a normal patch about (1, 0), turned by k / arms; then every point (r, s) of it is
/// turned by `twist` e^r radians more, so that the blades are bent (Johnson et al. 2016; Grathwohl et al. 2019).
struct pinwheel {
    index_t arms = 5;
    double radius = 1.3;    ///< of the centers of the blades, the unit of the two below
    double length = 0.3;    ///< standard deviation along the radius, below 1
    double thickness = 0.1; ///< standard deviation across
    double twist = 0.25;    ///< radians for each e^r, r in units of the radius

    CDL_HD toy_point operator()(const random::noise_stream& stream, index_t step, index_t i) const {
        using std::fma;
        const detail::toy_numbers numbers{stream, step, i};
        const auto k = numbers.one_of(arms, 0);
        const auto normals = numbers.normals();
        const double r = fma(length, normals.first, 1.0), s = thickness * normals.second;
        const double turned = twist * detail::exp_of_few(r) / (2 * std::numbers::pi);
        const auto on = detail::on_circle(turned + static_cast<double>(k) / static_cast<double>(arms));
        return {radius * fma(r, on.cosine, -(s * on.sine)), radius * fma(r, on.sine, s * on.cosine)};
    }

    void check() const {
        detail::require_count(arms, "pinwheel", "arms");
        detail::require_positive(radius, "pinwheel", "radius");
        detail::require_spread(length, "pinwheel", "length");
        require(length < 1, "cdl::distribution::pinwheel", "length", "must be below 1", length);
        detail::require_spread(thickness, "pinwheel", "thickness");
        detail::require_spread(twist, "pinwheel", "twist");
    }
};

/// Eight Gaussians on a circle, at 0, 45, ..., 315 degrees, as likely as each other (Grathwohl et al. 2019). `as_mixture`
/// in toy_mixture.hpp makes the gaussian_mixture of it, about which everything is known; both draw the same points.
struct eight_gaussians {
    double radius = 1.4;   ///< of the circle
    double jitter = 0.175; ///< standard deviation of each

    CDL_HD toy_point operator()(const random::noise_stream& stream, index_t step, index_t i) const {
        const detail::toy_numbers numbers{stream, step, i};
        return numbers.jittered(center(numbers.one_of(8, 0)), jitter);
    }

    /// The mean of Gaussian k.
    CDL_HD toy_point center(index_t k) const {
        const auto on = detail::on_circle(static_cast<double>(k) / 8);
        return {radius * on.cosine, radius * on.sine};
    }

    void check() const {
        detail::require_positive(radius, "eight_gaussians", "radius");
        detail::require_positive(jitter, "eight_gaussians", "jitter");
    }
};

} // namespace cdl::distribution
