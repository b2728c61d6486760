// SPDX-License-Identifier: MIT
#pragma once

// Which of a model's T discrete steps a sampler visits when it has fewer, by the names that other libraries use; Lin et
// al. 2024, table 2, compares them. Each list goes from the noisiest step to the cleanest and ends with clean data:
// `steps` + 1 levels. Here steps are counted from 1; libraries that count from 0 call step 1 timestep 0. Ties are rounded
// exactly, to even; libraries that round floating-point numbers may come out one step beside that.

#include <cdl/schedule/discrete_levels.hpp>

namespace cdl::schedule {

namespace detail {
/// The integer nearest to above / below, of two the even one, for non-negative numbers.
inline index_t nearest_even(index_t above, index_t below) {
    const index_t whole = above / below, twice = 2 * (above % below);
    return whole + (twice > below || (twice == below && whole % 2 == 1) ? 1 : 0);
}

/// The levels of step(0), ..., step(steps - 1), then clean data.
template <class T, class Step>
std::vector<log_snr<T>> visited(const discrete_levels<T>& levels, index_t steps, index_t least, const char* where,
                                const Step& step) {
    require(least <= steps && steps <= levels.size(), where, "steps",
            least == 1 ? "must be from 1 to the number of steps of the model"
                       : "must be from 2 to the number of steps of the model",
            steps, " of ", levels.size());
    std::vector<log_snr<T>> grid;
    for (index_t i = 0; i < steps; ++i) grid.push_back(levels.level(step(i)));
    grid.push_back(clean<T>());
    return grid;
}
} // namespace detail

/// round(T - i T / steps), i = 0, ..., steps - 1, ties to even: begins with step T. 1 <= steps <= T, else
/// std::invalid_argument.
template <scalar T>
std::vector<log_snr<T>> trailing(const discrete_levels<T>& levels, index_t steps) {
    return detail::visited(levels, steps, 1, "cdl::schedule::trailing",
                           [&](index_t i) { return detail::nearest_even(levels.size() * (steps - i), steps); });
}

/// 1 + offset + i floor(T / steps), i = steps - 1, ..., 0: ends with step 1 + offset, and begins well short of step T. Other
/// libraries' `steps_offset` is `offset`; Stable Diffusion's is 1. 1 <= steps <= T and 0 <= offset such that no step is
/// beyond T, else std::invalid_argument.
template <scalar T>
std::vector<log_snr<T>> leading(const discrete_levels<T>& levels, index_t steps, index_t offset = 0) {
    constexpr auto where = "cdl::schedule::leading";
    const index_t ratio = steps > 0 ? levels.size() / steps : 0;
    require(offset >= 0 && (steps < 1 || offset + (steps - 1) * ratio < levels.size()), where, "offset",
            "must not be negative nor lead beyond the last step", offset);
    return detail::visited(levels, steps, 1, where, [&](index_t i) { return 1 + offset + (steps - 1 - i) * ratio; });
}

/// 1 + round(i (T - 1) / (steps - 1)), i = steps - 1, ..., 0, ties to even timesteps: both ends, step T and step 1.
/// 2 <= steps <= T, else std::invalid_argument.
template <scalar T>
std::vector<log_snr<T>> linspace(const discrete_levels<T>& levels, index_t steps) {
    return detail::visited(levels, steps, 2, "cdl::schedule::linspace", [&](index_t i) {
        return 1 + detail::nearest_even((steps - 1 - i) * (levels.size() - 1), steps - 1);
    });
}

/// All steps T, ..., 1.
template <scalar T>
std::vector<log_snr<T>> all_steps(const discrete_levels<T>& levels) {
    return trailing(levels, levels.size());
}

} // namespace cdl::schedule
