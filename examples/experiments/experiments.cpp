// SPDX-License-Identifier: MIT
#include "experiment.hpp"

namespace experiments {

std::vector<experiment> all_experiments() {
    std::vector<experiment> all;
    for (auto* make : {two_modes, plane, classifier, variational})
        if (experiment e = make(); e.jobs) all.push_back(std::move(e));
    return all;
}

std::string seed_name(index_t seed) {
    return "seed-" + std::to_string(seed);
}

std::vector<std::vector<double>> read_numbers(const std::string& file) {
    auto in = support::open(file);
    std::vector<std::vector<double>> rows;
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        rows.emplace_back();
        for (const char* at = line.c_str(); *at != '\0';) {
            char* end = nullptr;
            rows.back().push_back(std::strtod(at, &end));
            if (end == at || (*end != ',' && *end != '\0'))
                support::complain(file, "line " + std::to_string(rows.size() + 1), "must have numbers", "other text");
            at = *end == ',' ? end + 1 : end;
        }
    }
    return rows;
}

} // namespace experiments
