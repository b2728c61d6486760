// SPDX-License-Identifier: MIT
#pragma once

// How a piece of work says how far it is.

#include <cdl/core/index.hpp>

#include <functional>

namespace experiments {

using cdl::index_t;

/// Told by whoever works, from time to time. A call may throw, where the work shall stop: it is to be let through.
class progress {
public:
    progress() = default; ///< tells nobody
    explicit progress(std::function<void(double, double)> told) : told_(std::move(told)) {}

    /// part: of the work, 0 to 1; loss: what to show, NaN for nothing.
    void operator()(double part, double loss) const {
        if (told_) told_(part, loss);
    }
    /// That the work was begun earlier, and this long was spent on it then.
    void resumed_after(double seconds) { seconds_before_ += seconds; }
    double seconds_before() const { return seconds_before_; }

private:
    std::function<void(double, double)> told_;
    double seconds_before_ = 0;
};

} // namespace experiments
