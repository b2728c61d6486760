// SPDX-License-Identifier: MIT
#pragma once

// What every header needs to know about the compiler: that it speaks C++20, whether code may also run on a device, and
// that floating point means IEEE 754. Infinite log-SNRs are ordinary values here (a = +inf is clean data), so a
// compiler that assumes they never occur would return wrong numbers without a word. Wrong arguments are exceptions.

#if !(__cplusplus >= 202002L || (defined(_MSVC_LANG) && _MSVC_LANG >= 202002L))
#error "cdl needs C++20: compile with -std=c++20 or link the CMake target cdl::cdl"
#endif

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ > 0) || defined(_M_FP_FAST)
#error "cdl refuses -ffast-math and -ffinite-math-only: infinities and NaN carry meaning here"
#endif

#if !defined(__cpp_exceptions) && !defined(_CPPUNWIND)
#error "cdl needs exceptions, which say what is wrong with an argument: compile without -fno-exceptions"
#endif

/// Marks a function that may be called on the host and, under nvcc, on the device.
#if defined(__CUDACC__)
#define CDL_HD __host__ __device__
#else
#define CDL_HD
#endif
