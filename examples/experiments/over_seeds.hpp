// SPDX-License-Identifier: MIT
#pragma once

// From one number for each seed to a mean with its error, to differences that are paired by seed, and to what they say.

#include <cdl/core/index.hpp>

#include <string>
#include <vector>

namespace experiments {

using cdl::index_t;

/// A number and its standard error from one number for each seed; the error is NaN for a single one.
struct mean_and_error {
    double mean, error;
};
mean_and_error over_seeds(const std::vector<double>& numbers);

/// The mean over seeds of first - second, which had the same data, start and noise for each seed.
mean_and_error difference(const std::vector<double>& first, const std::vector<double>& second);

/// A number with three digits.
std::string short_text(double number);
/// "0.0041 ± 0.0005": two digits of the error, and as many decimals of the mean; the mean alone where there is no error.
std::string with_error(const mean_and_error& number);

/// How many standard errors a mean over seeds must be away from 0 so that chance alone gets it there in 5 % of all cases:
/// Student's law with seeds - 1 degrees of freedom, to a thousandth; infinite for one seed.
double errors_that_count(index_t seeds);

/// "lower", "higher" or "not told apart", where fewer standard errors than `errors_that_count` are between a difference and 0.
std::string verdict(const mean_and_error& difference, index_t seeds);
/// The same with the numbers: "lower (-0.0018 ± 0.0004)".
std::string told(const mean_and_error& difference, index_t seeds);

} // namespace experiments
