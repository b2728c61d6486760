// SPDX-License-Identifier: MIT
#pragma once

// What the jobs of all seeds left, as means over the seeds, for the report about the variational bound.

#include "variational.hpp"

#include <cmath>
#include <cstdio>

namespace experiments::vdm {

using rows = std::vector<std::vector<double>>;

inline constexpr const char* colours[] = {"#222222", "#0072b2", "#d55e00", "#009e73"}; ///< of the models

/// A file that each seed of a model left, and means over the seeds.
class of_seeds {
public:
    of_seeds(const settings& chosen, const model& of, const std::string& file) {
        for (index_t seed = 1; seed <= chosen.seeds; ++seed)
            tables_.push_back(read_numbers(folder_of(chosen.out, job_name(of, seed)) + "/" + file));
    }
    const std::vector<rows>& tables() const { return tables_; }
    std::size_t size() const { return tables_[0].size(); }
    double operator()(std::size_t row, std::size_t column) const { return tables_[0][row][column]; }
    std::vector<double> numbers(std::size_t row, std::size_t column) const {
        std::vector<double> all;
        for (const auto& table : tables_) all.push_back(table[row][column]);
        return all;
    }
    mean_and_error over(std::size_t row, std::size_t column) const { return over_seeds(numbers(row, column)); }
    /// The root of the mean square: of the errors that each seed tells of its own number.
    double typical(std::size_t row, std::size_t column) const {
        double squares = 0;
        for (const double error : numbers(row, column)) squares += error * error / static_cast<double>(tables_.size());
        return std::sqrt(squares);
    }

private:
    std::vector<rows> tables_;
};

inline std::string shown(double number, const char* format = "%.3g") {
    char text[40];
    std::snprintf(text, sizeof text, format, number);
    return text;
}
inline std::string shown(const mean_and_error& m, const char* format = "%.2f") {
    return shown(m.mean, format) + (std::isfinite(m.error) ? " ± " + shown(m.error, format) : "");
}

/// One over the other, seed by seed.
inline mean_and_error ratio(const std::vector<double>& above, const std::vector<double>& below) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < above.size(); ++i) ratios.push_back(above[i] / below[i]);
    return over_seeds(ratios);
}

inline std::string points_of(const std::string& name, const rows& points) {
    support::data_block block(name);
    for (const auto& point : points) block.row(point);
    return block.text();
}

/// The schedules of the trained models, how the loss varies with time, the variances, and the training curves, as HTML.
std::string report_schedules(const settings& chosen, support::output& to);

} // namespace experiments::vdm
