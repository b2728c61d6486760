// SPDX-License-Identifier: MIT
#pragma once

// A grid is the list of levels that a sampler visits, from the noisiest to the cleanest: any contiguous range of
// log-SNRs that does not decrease. A grid of one's own is just a std::vector<log_snr<T>>.

#include <cdl/core/checks.hpp>
#include <cdl/schedule/log_snr.hpp>

#include <span>

namespace cdl::schedule {

/// Throws std::invalid_argument unless the grid has at least `least` levels, none of them NaN, and does not decrease. Equal
/// neighbours are allowed: a step between them changes nothing. Infinite levels are allowed.
template <class T>
void require_grid(std::span<const log_snr<T>> grid, const char* where, std::size_t least = 1) {
    if (grid.size() < least)
        require(false, where, "grid", ("must have at least " + std::to_string(least) + " level(s)").c_str(),
                grid.size());
    for (std::size_t i = 0; i < grid.size(); ++i) {
        const T& a = grid[i].value;
        require(a == a, where, "grid", "must not be NaN", a, " at index ", i);
        if (i > 0 && a < grid[i - 1].value)
            require(false, where, "grid", "must not decrease", a, " at index ", i, " after ", grid[i - 1].value);
    }
}

/// The same for anything that a span can view: vectors, arrays, spans of levels.
template <class Levels>
    requires requires(const Levels& levels) { std::span(levels).data()->value; }
void require_grid(const Levels& levels, const char* where, std::size_t least = 1) {
    using T = std::remove_cvref_t<decltype(std::span(levels).data()->value)>;
    require_grid(std::span<const log_snr<T>>(levels), where, least);
}

} // namespace cdl::schedule
