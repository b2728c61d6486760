// SPDX-License-Identifier: MIT
#pragma once

// Errors of estimates in units of the standard errors that they claim.

#include <cdl/density/estimate.hpp>

#include <distribution/testing.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace cdl::test {

/// The z-scores of many independent estimates. Of 200 that are right the mean is 0 +- 0.07 and the variance 1 +- 0.1.
class z_scores {
public:
    void see(const density::estimate<double>& estimate, double truth) {
        scores_.push_back((estimate.value - truth) / estimate.standard_error);
    }

    /// |mean| and |variance - 1| are at most 0.2.
    void check(const std::string& what) const {
        double mean = 0, variance = 0;
        const auto n = static_cast<double>(scores_.size());
        for (const double z : scores_) mean += z / n;
        for (const double z : scores_) variance += (z - mean) * (z - mean) / (n - 1);
        check_within(what + ", mean of z", std::abs(mean), 0.2);
        check_within(what + ", variance of z - 1", std::abs(variance - 1), 0.2);
    }

private:
    std::vector<double> scores_;
};

} // namespace cdl::test
