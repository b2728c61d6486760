// SPDX-License-Identifier: MIT
#include "over_seeds.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace experiments {

mean_and_error over_seeds(const std::vector<double>& numbers) {
    const auto count = static_cast<double>(numbers.size());
    double mean = 0, squares = 0;
    for (const double x : numbers) mean += x / count;
    for (const double x : numbers) squares += (x - mean) * (x - mean);
    return {mean, std::sqrt(squares / (count * (count - 1)))};
}

mean_and_error difference(const std::vector<double>& first, const std::vector<double>& second) {
    std::vector<double> differences;
    for (std::size_t i = 0; i < first.size(); ++i) differences.push_back(first[i] - second[i]);
    return over_seeds(differences);
}

std::string short_text(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", number);
    return text;
}

std::string with_error(const mean_and_error& number) {
    if (!(number.error > 0) || !std::isfinite(number.error)) return short_text(number.mean);
    const int decimals = std::clamp(1 - static_cast<int>(std::floor(std::log10(number.error))), 0, 9);
    char text[80];
    std::snprintf(text, sizeof text, "%.*f ± %.*f", decimals, number.mean, decimals, number.error);
    return text;
}

double errors_that_count(index_t seeds) {
    // The 97.5 % quantiles of Student's law with 1, ..., 10 degrees of freedom; beyond, by the first terms of its expansion.
    constexpr double quantiles[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
    if (seeds < 2) return std::numeric_limits<double>::infinity();
    if (seeds - 1 <= 10) return quantiles[seeds - 2];
    const auto freedom = static_cast<double>(seeds - 1);
    const double z = 1.959964, cube = z * z * z, fifth = cube * z * z;
    return z + (cube + z) / (4 * freedom) + (5 * fifth + 16 * cube + 3 * z) / (96 * freedom * freedom);
}

std::string verdict(const mean_and_error& difference, index_t seeds) {
    const bool counts = std::abs(difference.mean) > errors_that_count(seeds) * difference.error;
    return !counts ? "not told apart" : difference.mean < 0 ? "lower" : "higher";
}

std::string told(const mean_and_error& difference, index_t seeds) {
    return verdict(difference, seeds) + " (" + with_error(difference) + ")";
}

} // namespace experiments
