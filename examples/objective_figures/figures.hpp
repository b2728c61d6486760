// SPDX-License-Identifier: MIT
#pragma once

// The figures of this program. Each prints what it shows as a table, and writes it as SVG and, number by number, as CSV.

#include <cdl/core/index.hpp>

#include "../support/output.hpp"

#include <cstdint>

namespace figures {

using cdl::index_t;
using support::data_block, support::output, support::table, support::text;

/// [CDL eq. 7, Fig. 1] What denoising and the contrastive loss see of an error of the score, by where it is.
struct landscape {
    double level = 4; ///< about which the score errs

    void draw(output& to) const;
};

/// [CDL eq. 8] How well a ratio of densities is estimated, by zeta: with common random numbers and without.
struct estimators {
    index_t points = 1000;
    index_t levels = 128; ///< draws for each point
    std::uint64_t seed = 1;

    void draw(output& to) const;
};

/// A mixture trained with every objective: how far it is from the data.
struct fits {
    index_t batch = 256;
    index_t steps = 512;
    index_t repetitions = 16;
    std::uint64_t seed = 1;

    void draw(output& to) const;
};

/// [CDM figs. 6b, 8] The exact noise classifier of two modes, and which classes it confuses.
struct noise_classifier {
    index_t points = 22000;
    std::uint64_t seed = 1;

    void draw(output& to) const;
};

/// [VDM app. F] The diffusion loss against the number of steps.
struct bound {
    void draw(output& to) const;
};

/// [VDM app. I.2] A schedule that is learned for the variance of the bound.
struct learned_schedule {
    index_t hidden = 16;
    index_t batch = 2048;
    index_t steps = 400;
    std::uint64_t seed = 1;

    void draw(output& to) const;
};

} // namespace figures
