// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

/// Is a complaint one line of printable characters, as FILE: place: requirement; got value?
inline bool is_one_line(std::string_view complaint) {
    for (const char c : complaint)
        if (static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) > 126) return false;
    return complaint.starts_with("FILE: ") && complaint.find("; got ") != std::string_view::npos &&
           complaint.size() < 400;
}
