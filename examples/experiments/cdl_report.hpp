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

/// The mean over seeds of first - second, which had the same data, start and noise for each seed.
mean_and_error difference(const std::vector<double>& first, const std::vector<double>& second);

/// "0.0041 ± 0.0005": two digits of the error, where there is one.
std::string with_error(const mean_and_error& number);

/// What a difference of a number that should be low says: "lower (-0.0018 ± 0.0004)", "higher (...)" or "not told apart (...)", where
/// fewer standard errors than `errors_that_count` are between it and 0.
std::string told(const mean_and_error& difference, index_t seeds);
/// Its words alone, without the numbers.
std::string verdict(const mean_and_error& difference, index_t seeds);

/// How many standard errors a mean over seeds must be away from 0 so that chance alone gets it there in 5 % of all cases:
/// Student's law with seeds - 1 degrees of freedom; infinite for one seed.
double errors_that_count(index_t seeds);

} // namespace experiments
