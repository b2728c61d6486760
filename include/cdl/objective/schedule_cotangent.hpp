// SPDX-License-Identifier: MIT
#pragma once

// How a loss depends on the schedule: through the level and the slope at the times that were drawn. Both are handed to a
// schedule with parameters, which knows their derivatives.

#include <cdl/core/checks.hpp>
#include <cdl/core/index.hpp>

#include <span>
#include <vector>

namespace cdl::objective {

/// The derivative of a value with respect to the schedule at one time: d value / d a(t) and d value / d a'(t).
template <class T>
struct schedule_cotangent {
    T time;
    T level; ///< with respect to the log-SNR at that time
    T slope; ///< with respect to its derivative by time
};

/// Adds to `gradient` the derivatives of a value by the parameters of a schedule, one that has `pull_back` as
/// `schedule::monotone_network` has.
template <class Schedule, class T>
void pull_back(const Schedule& schedule, const std::vector<schedule_cotangent<T>>& cotangents,
               std::span<typename Schedule::value_type> gradient) {
    using V = typename Schedule::value_type;
    for (const auto& c : cotangents) schedule.pull_back(V(c.time), V(c.level), V(c.slope), gradient);
}

/// The cotangents of the mean of squares, made of those of the mean of losses: each times 2 L of its point [VDM eq. 62]. In
/// continuous time the mean of the diffusion losses does not depend on what is between the ends of the schedule, so the
/// gradient of their mean square is that of their variance [VDM eq. 60]. cotangents: one for each loss, or two, as
/// `level_cotangents` returns them, else std::invalid_argument.
template <class T>
std::vector<schedule_cotangent<T>> of_squares(std::vector<schedule_cotangent<T>> cotangents,
                                              const std::vector<T>& losses) {
    require(!losses.empty() && cotangents.size() % losses.size() == 0, "cdl::objective::of_squares", "cotangents",
            "must be as many as losses, or twice as many", cotangents.size(), " for ", losses.size());
    for (std::size_t i = 0; i < cotangents.size(); ++i) {
        const T factor = T(T(2) * losses[i % losses.size()]);
        cotangents[i].level = T(factor * cotangents[i].level);
        cotangents[i].slope = T(factor * cotangents[i].slope);
    }
    return cotangents;
}

} // namespace cdl::objective
