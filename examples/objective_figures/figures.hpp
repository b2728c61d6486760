// SPDX-License-Identifier: MIT
#pragma once

// The figures of this program. Each prints what it shows as a table, and writes it as SVG and, number by number, as CSV.

#include "../support/output.hpp"

#include <cdl/core/index.hpp>

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

} // namespace figures
