// SPDX-License-Identifier: MIT
#pragma once

// Wrong values are refused at the door, before anything is written, with a sentence that says which function,
// which argument, what was required and what came.

#include <sstream>
#include <stdexcept>
#include <string>

namespace cdl {

/// Throws std::invalid_argument "where: argument: requirement; got ..." unless `holds`.
/// The parts of `got` are written one after the other.
template <class... Got>
void require(bool holds, const char* where, const char* argument, const char* requirement, const Got&... got) {
    if (holds) return;
    std::ostringstream message;
    message << where << ": " << argument << ": " << requirement << "; got ";
    (message << ... << got);
    throw std::invalid_argument(message.str());
}

} // namespace cdl
