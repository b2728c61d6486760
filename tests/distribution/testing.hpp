// SPDX-License-Identifier: MIT
#pragma once

// What the tests of mixtures, denoisers and densities share: bounds that show the error they bound, and the policies
// to run everything under.

#include <cdl/exec/serial.hpp>
#if defined(CDL_HAS_SIMD)
#include <cdl/exec/simd.hpp>
#endif
#if defined(CDL_HAS_OPENMP)
#include <cdl/exec/openmp.hpp>
#endif

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

namespace cdl::test {

/// The fastest policy of one thread that this build has.
#if defined(CDL_HAS_SIMD)
using fast = exec::simd;
#else
using fast = exec::serial;
#endif

/// Checks error <= bound; a NaN fails. With CDL_TEST_REPORT in the environment it prints both, so that bounds can be
/// kept within ten times of what is seen.
inline void check_within(const std::string& what, double error, double bound) {
    if (std::getenv("CDL_TEST_REPORT") != nullptr)
        std::printf("%-90s error %9.2e bound %9.2e ratio %7.1f\n", what.c_str(), error, bound, bound / error);
    CHECK_MESSAGE(error <= bound, what, ": error ", error, " exceeds ", bound);
}

/// Keeps the larger of two errors; a NaN is larger than everything and stays.
inline void keep_largest(double& largest, double error) {
    if (!(error <= largest)) largest = error == error ? error : std::numeric_limits<double>::infinity();
}

template <class T>
constexpr double epsilon = static_cast<double>(std::numeric_limits<T>::epsilon());

/// A number in long double, on purpose.
template <class T>
long double wide(T number) {
    return static_cast<long double>(number);
}

template <class T>
bool same_bits(const T& a, const T& b) {
    return std::memcmp(&a, &b, sizeof(T)) == 0;
}

/// Calls visit(name, policy) for every policy of this build.
template <class Visit>
void for_each_policy(const Visit& visit) {
    visit("serial", exec::serial{});
#if defined(CDL_HAS_SIMD)
    visit("simd", exec::simd{});
#endif
#if defined(CDL_HAS_OPENMP)
    for (const int threads : {1, 2, 7}) visit("openmp", exec::openmp{threads, 0});
#endif
}

/// Calls visit(name, policy) for the policies that promise each other the same bits.
template <class Visit>
void for_each_packed_policy(const Visit& visit) {
#if defined(CDL_HAS_SIMD)
    visit("simd", exec::simd{});
#endif
#if defined(CDL_HAS_OPENMP)
    for (const int threads : {1, 2, 7}) visit("openmp", exec::openmp{threads, 0});
#endif
    static_cast<void>(visit);
}

/// The sentence of the std::invalid_argument that `action` throws; "" if it throws none.
template <class Action>
std::string refusal(const Action& action) {
    try {
        action();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

} // namespace cdl::test
