// SPDX-License-Identifier: MIT
#pragma once

// The levels that a sampler passes through, and the one end of them that a noise estimate cannot serve.

#include <cdl/schedule/detail/require_grid.hpp>

#include <vector>

namespace cdl::sampler {

/// The noisiest level at which eps_hat still tells x_hat = (z - N eps_hat) / S: log epsilon, where S is the square root
/// of the rounding error and x_hat keeps half of its digits. -36.0 for double, -15.9 for float. Taking pure noise for z at
/// this level moves a step to level a by up to sqrt(epsilon) / signal_scale(a) times the size of the data.
template <scalar T>
log_snr<T> noisiest_usable() {
    using std::log;
    return {T(log(std::numeric_limits<T>::epsilon()))};
}

/// The levels of a grid, those below `noisiest_usable` raised to it. Throws std::invalid_argument where the grid is
/// empty, decreases or has a NaN.
template <scalar T>
std::vector<log_snr<T>> usable_levels(std::span<const log_snr<T>> grid, const char* where) {
    schedule::detail::require_grid(grid, where);
    std::vector<log_snr<T>> levels(grid.begin(), grid.end());
    for (auto& a : levels) a = {max_of(a.value, noisiest_usable<T>().value)};
    return levels;
}

} // namespace cdl::sampler
