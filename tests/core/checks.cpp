// SPDX-License-Identifier: MIT
#include <cdl/core/checks.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

namespace {
/// What `require` says that it got.
template <class... Got>
std::string said(const Got&... got) {
    try {
        cdl::require(false, "here", "x", "must be", got...);
    } catch (const std::invalid_argument& error) {
        const std::string text = error.what(), before = "here: x: must be; got ";
        REQUIRE(text.starts_with(before));
        return text.substr(before.size());
    }
    return "nothing";
}
} // namespace

TEST_CASE("A refusal says where and which argument and what was required and what came") {
    CHECK_THROWS_WITH_AS(cdl::require(false, "cdl::module::function", "x", "must be 2 x 3", 4, " x ", 5.5),
                         "cdl::module::function: x: must be 2 x 3; got 4 x 5.5", std::invalid_argument);
}

TEST_CASE("What holds is not refused") {
    CHECK_NOTHROW(cdl::require(true, "here", "x", "must be", 1));
}

TEST_CASE("A number that is not the bound does not read like the bound") {
    CHECK(said(1.0000000002) == "1.0000000002");
    CHECK(said(0.00057768705, " against ", 0.00057768716) == "0.00057768705 against 0.00057768716");
    CHECK(said(1000.0000001) == "1000.0000001");
    CHECK(said(std::nextafter(1.0, 2.0)) == "1.0000000000000002");
    CHECK(said(std::nextafter(1.0f, 0.0f)) == "0.99999994");
    CHECK(said(std::nextafter(1.0L, 2.0L)) != said(1.0L));
    CHECK(said(4294967296.5) == "4.2949672965e+09");
}

TEST_CASE("A short number is said in few digits") {
    CHECK(said(0.1) == "0.1");
    CHECK(said(0.1f) == "0.1");
    CHECK(said(0.1L) == "0.1");
    CHECK(said(100000.0) == "100000");
    CHECK(said(-0.0) == "-0");
    CHECK(said(1e-300) == "1e-300");
    CHECK(said(std::numeric_limits<double>::infinity()) == "inf");
    CHECK(said(std::numeric_limits<float>::quiet_NaN()) == "nan");
}

TEST_CASE("Counts and text are said as they are") {
    CHECK(said((std::ptrdiff_t{1} << 40) + 1) == "1099511627777");
    CHECK(said(std::numeric_limits<std::size_t>::max()) == "18446744073709551615");
    CHECK(said(-3, std::string(" of "), "them") == "-3 of them");
}

TEST_CASE_TEMPLATE("Every number reads back as itself", T, float, double, long double) {
    T number = T(1) / T(3);
    for (int i = 0; i < 200; ++i) {
        number = T(T(3.7) * number * (T(1) - number)); // chaotic in (0, 1)
        const T scaled = std::ldexp(number, i - 100);
        CHECK(static_cast<T>(std::stold(said(scaled))) == scaled);
    }
}
