// SPDX-License-Identifier: MIT
#pragma once

// The levels that a sampler passes through, and the one end of them that a noise estimate cannot serve.

#include <cdl/core/checks.hpp>
#include <cdl/schedule/log_snr.hpp>

#include <span>
#include <vector>

namespace cdl::sampler {

/// The noisiest level at which eps_hat still tells x_hat = (z - N eps_hat) / S: log epsilon, where S is the square root
/// of the rounding error and x_hat keeps half of its digits. The laws of z at noisier levels differ from the one here by
/// less than that. -36.0 for double, -15.9 for float.
template <scalar T>
log_snr<T> noisiest_usable() {
    using std::log;
    return {T(log(std::numeric_limits<T>::epsilon()))};
}

/// The levels of a grid, those below `noisiest_usable` raised to it. Throws std::invalid_argument where the grid is
/// empty, decreases or has a NaN.
template <scalar T>
std::vector<log_snr<T>> usable_levels(std::span<const log_snr<T>> grid, const char* where) {
    require(!grid.empty(), where, "grid", "must have a level", "none");
    std::vector<log_snr<T>> levels(grid.begin(), grid.end());
    for (std::size_t k = 0; k < grid.size(); ++k) {
        require(grid[k] == grid[k], where, "grid", "must have no NaN", "grid[", k, "] = ", grid[k].value);
        require(k == 0 || grid[k - 1] <= grid[k], where, "grid", "must not decrease: levels go from noisy to clean",
                "grid[", k, "] = ", grid[k].value, " after ", grid[k - (k > 0)].value);
        if (grid[k] < noisiest_usable<T>()) levels[k] = noisiest_usable<T>();
    }
    return levels;
}

} // namespace cdl::sampler
