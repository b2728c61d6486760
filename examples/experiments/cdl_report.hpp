// SPDX-License-Identifier: MIT
#pragma once

// From what `judge` left of each seed to tables and sentences.

#include "cdl_judge.hpp"

#include <string>
#include <utility>
#include <vector>

namespace experiments {

/// Which losses are compared with which, by their place in the order of `loss_kind`.
constexpr std::pair<std::size_t, std::size_t> compared_pairs[] = {{1, 0}, {2, 0}, {2, 1}, {3, 2},
                                                                  {4, 1}, {5, 1}, {5, 4}};

/// measures.csv of each seed.
class judged {
public:
    /// job_names: one for each seed.
    judged(const std::string& out, const std::vector<std::string>& job_names);

    std::vector<double> each(measure m) const; ///< a number for each seed
    double mean(measure m) const;              ///< of an error: that within a seed, on average
    mean_and_error over(measure m) const { return over_seeds(each(m)); }

private:
    std::vector<std::vector<double>> rows_;
};

} // namespace experiments
