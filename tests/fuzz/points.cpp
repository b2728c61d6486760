// SPDX-License-Identifier: MIT

// Any bytes are points or a bad_input of one line. What is read is all of the text: written again it is read as the same.

#include "../../examples/support/points.hpp"

#include "../../examples/support/input.hpp"
#include "one_line.hpp"

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        const auto points = support::points_of(text, "FILE");
        if (points.dim < 1 || points.numbers.empty() ||
            points.numbers.size() % static_cast<std::size_t>(points.dim) != 0)
            std::abort();
        std::string again;
        for (std::size_t i = 0; i < points.numbers.size(); ++i) {
            char number[32];
            std::snprintf(number, sizeof number, "%.17e", points.numbers[i]); // with a point, so that none is an index
            again += number;
            again += (i + 1) % static_cast<std::size_t>(points.dim) == 0 ? '\n' : ',';
        }
        const auto same = support::points_of(again, "FILE");
        if (same.dim != points.dim || same.numbers != points.numbers) std::abort();
    } catch (const support::bad_input& error) {
        if (!is_one_line(error.what())) std::abort();
    }
    return 0;
}
