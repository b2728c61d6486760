// SPDX-License-Identifier: MIT
#pragma once

// A grid is the list of levels that a sampler visits, from the noisiest to the cleanest: any contiguous range of
// log-SNRs that does not decrease. A grid of one's own is just a std::vector<log_snr<T>>.

#include <cdl/core/checks.hpp>
#include <cdl/schedule/log_snr.hpp>

#include <span>

namespace cdl::schedule::detail {

/// Throws std::invalid_argument where the grid is empty, has a NaN or decreases. Equal neighbours are allowed: a step between
/// them changes nothing. Infinite levels are allowed.
template <class T>
void require_grid(std::span<const log_snr<T>> grid, const char* where) {
    require(!grid.empty(), where, "grid", "must have a level", "none");
    for (std::size_t k = 0; k < grid.size(); ++k) {
        require(grid[k] == grid[k], where, "grid", "must have no NaN", "grid[", k, "] = ", grid[k].value);
        require(k == 0 || grid[k - 1] <= grid[k], where, "grid", "must not decrease: levels go from noisy to clean",
                "grid[", k, "] = ", grid[k].value, " after ", grid[k - (k > 0)].value);
    }
}

/// The same for anything that a span can view: vectors, arrays, spans of levels.
template <class Levels>
    requires requires(const Levels& levels) { std::span(levels).data()->value; }
void require_grid(const Levels& levels, const char* where) {
    using T = std::remove_cvref_t<decltype(std::span(levels).data()->value)>;
    require_grid(std::span<const log_snr<T>>(levels), where);
}

} // namespace cdl::schedule::detail
