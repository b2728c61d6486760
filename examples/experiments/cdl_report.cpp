// SPDX-License-Identifier: MIT
#include "cdl_report.hpp"

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

} // namespace experiments
