// SPDX-License-Identifier: MIT
#include "checks.hpp"

#include <algorithm>
#include <cstdlib>

namespace verify {
namespace {

/// The order of a paper: by number, appendices and algorithms last.
int place(const line& l) {
    const auto number = l.equation.substr(4);
    if (number.starts_with("Alg")) return 200;
    return number[0] == 'A' ? 100 + (number[2] - '0') : std::atoi(number.c_str());
}

} // namespace

std::vector<line> check_all(const setting& s) {
    std::vector<line> lines;
    for (const auto check : {check_cdl, check_vdm, check_bound, check_objectives, check_matching, check_cdm})
        for (auto& l : check(s)) lines.push_back(std::move(l));
    const auto order = [](const line& l) {
        const auto paper = l.equation.substr(0, 3);
        return std::pair{paper == "CDL" ? 0 : paper == "VDM" ? 1 : 2, place(l)};
    };
    std::ranges::stable_sort(lines, {}, order);
    return lines;
}

} // namespace verify
