// SPDX-License-Identifier: MIT
#pragma once

// Comparisons are made in long double, to which everything may be promoted.
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wdouble-promotion"
#endif

// What a check has to say: one line of the table.

#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace verify {

/// The largest error seen so far, and at how many points.
struct largest_error {
    long points = 0;
    double value = 0;

    /// An error that is not a number is infinitely large.
    void see(double error) {
        ++points;
        error = std::abs(error);
        if (!(error <= value)) value = std::isnan(error) ? HUGE_VAL : error;
    }
    void see(long double error) { see(static_cast<double>(error)); }

    /// The error of a number that should be `truth`: absolute up to 1, relative above. A number with the unit of the data
    /// is compared in the smaller of 1 and its `unit`.
    void compare(long double number, long double truth, double unit = 1) {
        see((number - truth) / std::fmax(std::fmin(1.0L, static_cast<long double>(unit)), std::fabs(truth)));
    }
    /// The relative error.
    void compare_relatively(long double number, long double truth) { see((number - truth) / truth); }
};

/// One equation on one set of data.
struct line {
    std::string equation; ///< "CDL 2"
    std::string data;     ///< "1-D", "2-D", "levels"
    std::string claim;    ///< what is compared with what
    largest_error error;
    double bound;
    std::optional<double> printed_error; ///< of the form in the paper, where that is an erratum

    /// A misprint that cannot be told from the truth would prove nothing: it must miss by a thousand bounds. Nor does a
    /// comparison at no point.
    bool holds() const {
        return error.points > 0 && error.value <= bound && (!printed_error || *printed_error > 1000 * bound);
    }
};

/// Lines about the same data, under one heading.
struct section {
    std::string heading;
    std::vector<line> lines;
};

} // namespace verify
