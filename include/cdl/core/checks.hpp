// SPDX-License-Identifier: MIT
#pragma once

// Argument checks. `require` throws before anything is written. Its message names the function, the argument, the
// requirement and the value received.

#include <cdl/core/config.hpp>

#include <charconv>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace cdl {

namespace detail {

/// Appends text, or a number with as many digits as tell it from every other number of its type: a value that is not the
/// bound does not read like the bound.
template <class Got>
void append(std::string& message, const Got& got) {
    if constexpr (std::is_convertible_v<const Got&, std::string_view>) {
        message += std::string_view(got);
    } else if constexpr (std::is_floating_point_v<Got>) {
        char digits[64];
        message.append(digits, std::to_chars(digits, digits + 64, got, std::chars_format::general).ptr);
    } else if constexpr (std::is_integral_v<Got>) {
        message += std::to_string(got);
    } else { // numbers of other libraries, and whatever else can be written
        std::ostringstream text;
        if constexpr (std::numeric_limits<Got>::is_specialized) text.precision(std::numeric_limits<Got>::max_digits10);
        text << got;
        message += text.str();
    }
}

template <class... Got>
[[noreturn]] void refuse(const char* where, const char* argument, const char* requirement, const Got&... got) {
    std::string message = std::string(where) + ": " + argument + ": " + requirement + "; got ";
    (append(message, got), ...);
    throw std::invalid_argument(message);
}

} // namespace detail

/// Throws std::invalid_argument "where: argument: requirement; got ..." unless `holds`.
///
/// The parts of `got` are written one after the other: text as it is, a floating-point number with the fewest digits that
/// give it back, a number of another library with its `max_digits10`.
template <class... Got>
void require(bool holds, const char* where, const char* argument, const char* requirement, const Got&... got) {
    if (!holds) detail::refuse(where, argument, requirement, got...);
}

} // namespace cdl
