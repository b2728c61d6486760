// SPDX-License-Identifier: MIT
#pragma once

// The classes of golden/e_*.csv: ten levels of CDM's uniform schedule and pure noise, with two priors.

#include <distribution/golden_mixtures.hpp>

#include <string>
#include <vector>

namespace cdl::test {

/// The prior called "uniform" or "weighted": 11 numbers.
inline std::vector<double> golden_prior(const std::string& pmf) {
    std::vector<double> prior;
    for (const golden_row& row : golden("e_levels.csv")) prior.push_back(static_cast<double>(row.number("pmf_" + pmf)));
    return prior;
}

} // namespace cdl::test
