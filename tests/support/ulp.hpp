// SPDX-License-Identifier: MIT
#pragma once

// Errors in units in the last place of a type, against a reference that has more digits than the type.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

namespace cdl::test {

/// |got - want| in units in the last place that T has at `want`; below the normal numbers the unit is the smallest
/// positive number. Equal infinities and two NaNs are 0 apart; anything else that is not finite is infinitely far.
/// A reference beyond T's range wants an infinity.
template <class T>
double ulp_distance(T got, long double want) {
    using limits = std::numeric_limits<T>;
    constexpr double far = std::numeric_limits<double>::infinity();
    if (std::isnan(got) || std::isnan(want)) return std::isnan(got) && std::isnan(want) ? 0.0 : far;
    if (std::isinf(static_cast<T>(want)) || std::isinf(got)) return got == static_cast<T>(want) ? 0.0 : far;
    const int exponent = want == 0 ? limits::min_exponent - 1 : std::ilogb(want);
    const int lowest = limits::min_exponent - 1;
    const long double unit = std::ldexp(1.0L, (exponent > lowest ? exponent : lowest) - limits::digits + 1);
    return static_cast<double>(std::fabs(static_cast<long double>(got) - want) / unit);
}

/// The largest of a series of errors and where it occurred. With the environment variable CDL_TEST_REPORT set it is
/// printed when the series ends.
class worst_error {
public:
    explicit worst_error(std::string name) : name_(std::move(name)) {}
    worst_error(const worst_error&) = delete;
    worst_error& operator=(const worst_error&) = delete;
    ~worst_error() {
        if (std::getenv("CDL_TEST_REPORT") != nullptr)
            std::printf("%-48s %10.4g  of %5d, %s\n", name_.c_str(), value_, count_, where_.c_str());
    }

    /// Takes note of an error; a NaN counts as infinite.
    void see(double error, const std::string& where) {
        ++count_;
        const double found = std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
        if (found > value_ || count_ == 1) {
            value_ = found;
            where_ = where;
        }
    }

    double value() const { return value_; }
    int count() const { return count_; }
    const std::string& where() const { return where_; }

    /// "name: value at where", for messages.
    std::string text() const { return name_ + ": " + std::to_string(value_) + " at " + where_; }

private:
    std::string name_, where_;
    double value_ = 0;
    int count_ = 0;
};

} // namespace cdl::test
