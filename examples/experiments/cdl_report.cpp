// SPDX-License-Identifier: MIT
#include "cdl_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace experiments {

judged::judged(const std::string& out, const std::vector<std::string>& job_names) {
    for (const auto& name : job_names) {
        const std::string file = folder_of(out, name) + "/measures.csv";
        const auto rows = read_numbers(file);
        if (rows.size() != 1 || rows[0].size() != measures)
            support::complain(file, "file", "must have a row of " + std::to_string(measures) + " numbers", "another");
        rows_.push_back(rows[0]);
    }
}

std::vector<double> judged::each(measure m) const {
    std::vector<double> numbers;
    for (const auto& row : rows_) numbers.push_back(row[m]);
    return numbers;
}

double judged::mean(measure m) const {
    return over(m).mean;
}

mean_and_error difference(const std::vector<double>& first, const std::vector<double>& second) {
    std::vector<double> differences;
    for (std::size_t i = 0; i < first.size(); ++i) differences.push_back(first[i] - second[i]);
    return over_seeds(differences);
}

std::string with_error(const mean_and_error& number) {
    char text[80];
    if (!(number.error > 0) || !std::isfinite(number.error)) {
        std::snprintf(text, sizeof text, "%.3g", number.mean);
    } else {
        const int digits = std::clamp(1 - static_cast<int>(std::floor(std::log10(number.error))), 0, 9);
        std::snprintf(text, sizeof text, "%.*f ± %.*f", digits, number.mean, digits, number.error);
    }
    return text;
}

double errors_that_count(index_t seeds) {
    // The 97.5 % quantiles of Student's law with 1, ..., 10 degrees of freedom; beyond, by the first terms of its expansion.
    constexpr double quantiles[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
    if (seeds < 2) return std::numeric_limits<double>::infinity();
    const auto freedom = static_cast<double>(seeds - 1), normal = 1.959964;
    if (seeds - 1 <= 10) return quantiles[seeds - 2];
    return normal + (normal * normal * normal + normal) / (4 * freedom);
}

std::string verdict(const mean_and_error& difference, index_t seeds) {
    const bool counts = std::abs(difference.mean) > errors_that_count(seeds) * difference.error;
    return !counts ? "not told apart" : difference.mean < 0 ? "lower" : "higher";
}

std::string told(const mean_and_error& difference, index_t seeds) {
    return verdict(difference, seeds) + " (" + with_error(difference) + ")";
}

} // namespace experiments
