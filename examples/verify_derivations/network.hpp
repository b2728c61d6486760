// SPDX-License-Identifier: MIT
#pragma once

// VDM's learned schedule a second time, in long double: layer by layer as app. H writes it, and eq. 59.

#include "reference.hpp"

#include <span>

namespace verify {

/// Parameters as `schedule::monotone_network` orders them.
struct network {
    reals parameters; ///< a_0, a_1, log w, b, then log v, c, log u of each of H units

    explicit network(std::span<const double> p) : parameters(p.begin(), p.end()) {}

    /// gamma~(t) = l1(t) + l3(sigmoid(l2(l1(t)))), l3 without its offset.
    real before_ends(real t) const {
        const std::size_t H = (parameters.size() - 4) / 3;
        const real l1 = std::exp(parameters[2]) * t + parameters[3];
        real sum = l1;
        for (std::size_t k = 0; k < H; ++k)
            sum +=
                std::exp(parameters[4 + 2 * H + k]) * sigmoid(std::exp(parameters[4 + k]) * l1 + parameters[4 + H + k]);
        return sum;
    }
    /// d gamma~ / dt.
    real steepness(real t) const {
        const std::size_t H = (parameters.size() - 4) / 3;
        const real w = std::exp(parameters[2]), l1 = w * t + parameters[3];
        real sum = 1;
        for (std::size_t k = 0; k < H; ++k) {
            const real v = std::exp(parameters[4 + k]), h = v * l1 + parameters[4 + H + k];
            sum += std::exp(parameters[4 + 2 * H + k]) * v * sigmoid(h) * sigmoid(-h);
        }
        return w * sum;
    }
    /// a(t) [VDM eq. 59], and its derivative.
    real at(real t) const {
        return parameters[0] +
               (parameters[1] - parameters[0]) * (before_ends(t) - before_ends(0)) / (before_ends(1) - before_ends(0));
    }
    real slope(real t) const {
        return (parameters[1] - parameters[0]) * steepness(t) / (before_ends(1) - before_ends(0));
    }
    /// The time of a level, by bisection.
    real time_of(real a) const {
        real low = 0, high = 1;
        for (int i = 0; i < 70; ++i) (at((low + high) / 2) > a ? low : high) = (low + high) / 2;
        return (low + high) / 2;
    }
};

} // namespace verify
