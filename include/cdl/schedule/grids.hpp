// SPDX-License-Identifier: MIT
#pragma once

// The levels that a sampler visits, from the noisiest to the cleanest. The level after a level is the next of the list,
// never computed by another rule. For models of discrete steps see discrete_grids.hpp.

#include <cdl/core/index.hpp>
#include <cdl/schedule/karras.hpp>

#include <vector>

namespace cdl::schedule {

namespace detail {
/// level(i) for i = 0, ..., count - 1, where rounding must not make it decrease.
template <class T, class Level>
std::vector<log_snr<T>> rising(index_t count, const Level& level) {
    std::vector<log_snr<T>> grid;
    for (index_t i = 0; i < count; ++i) {
        const log_snr<T> a = level(i);
        grid.push_back({grid.empty() ? a.value : max_or_nan(grid.back().value, a.value)});
    }
    return grid;
}

/// i / count.
template <class T>
T fraction(index_t i, index_t count) {
    return T(T(static_cast<lane_t<T>>(i)) / T(static_cast<lane_t<T>>(count)));
}
} // namespace detail

/// The levels of a schedule at steps + 1 times in equal distances, from t_noisiest down to t_cleanest, both included.
/// steps >= 1 and 0 <= t_cleanest < t_noisiest <= 1, else std::invalid_argument.
template <noise_schedule Schedule>
std::vector<log_snr<typename Schedule::value_type>> uniform_in_time(const Schedule& schedule, index_t steps,
                                                                    const typename Schedule::value_type& t_noisiest,
                                                                    const typename Schedule::value_type& t_cleanest) {
    using T = typename Schedule::value_type;
    constexpr auto where = "cdl::schedule::uniform_in_time";
    require(steps >= 1, where, "steps", "must be at least 1", steps);
    require(T(0) < t_noisiest && !(T(1) < t_noisiest), where, "t_noisiest", "must be in (0, 1]", t_noisiest);
    require(!(t_cleanest < T(0)) && t_cleanest < t_noisiest, where, "t_cleanest", "must be in [0, t_noisiest)",
            t_cleanest, " against ", t_noisiest);
    return detail::rising<T>(steps + 1, [&](index_t i) {
        const T left = detail::fraction<T>(steps - i, steps), done = detail::fraction<T>(i, steps);
        return log_snr<T>(schedule.at(T(t_noisiest * left + t_cleanest * done)));
    });
}

/// The same from t = 1 to t = 0.
template <noise_schedule Schedule>
std::vector<log_snr<typename Schedule::value_type>> uniform_in_time(const Schedule& schedule, index_t steps) {
    using T = typename Schedule::value_type;
    return uniform_in_time(schedule, steps, T(1), T(0));
}

/// What is no schedule is refused.
template <class Schedule, class... Rest>
    requires(!noise_schedule<Schedule>)
void uniform_in_time(const Schedule&, index_t, const Rest&...) {
    require_schedule<Schedule>();
}

/// steps + 1 levels in equal distances of log-SNR, both ends included. Both finite, noisiest <= cleanest and steps >= 1,
/// else std::invalid_argument.
template <scalar T>
std::vector<log_snr<T>> uniform_in_log_snr(const log_snr<T>& noisiest, const log_snr<T>& cleanest, index_t steps) {
    constexpr auto where = "cdl::schedule::uniform_in_log_snr";
    require(T(noisiest.value - noisiest.value) == T(0), where, "noisiest", "must be finite", noisiest.value);
    require(T(cleanest.value - cleanest.value) == T(0) && !(cleanest.value < noisiest.value), where, "cleanest",
            "must be finite and not below noisiest", cleanest.value, " against ", noisiest.value);
    require(steps >= 1, where, "steps", "must be at least 1", steps);
    return detail::rising<T>(steps + 1, [&](index_t i) {
        const T left = detail::fraction<T>(steps - i, steps), done = detail::fraction<T>(i, steps);
        return log_snr<T>{T(noisiest.value * left + cleanest.value * done)};
    });
}

/// EDM's: `steps` levels with edm_sigma_i = (max^(1/rho) + i / (steps - 1) (min^(1/rho) - max^(1/rho)))^rho, then clean
/// data: steps + 1 levels [Karras et al. 2022, eq. 5]. A single step goes from edm_sigma_max to clean data. steps >= 1
/// and the rest as for `karras`, else std::invalid_argument.
template <scalar T = double>
std::vector<log_snr<T>> karras_grid(index_t steps, const T& edm_sigma_min = T(0.002), const T& edm_sigma_max = T(80),
                                    const T& rho = T(7)) {
    require(steps >= 1, "cdl::schedule::karras_grid", "steps", "must be at least 1", steps);
    const karras<T> schedule(edm_sigma_min, edm_sigma_max, rho);
    const index_t last = steps > 1 ? steps - 1 : 1;
    return detail::rising<T>(steps + 1, [&](index_t i) {
        return i < steps ? schedule.at(detail::fraction<T>(last - i, last)) : clean<T>();
    });
}

} // namespace cdl::schedule
