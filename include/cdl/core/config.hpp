// SPDX-License-Identifier: MIT
#pragma once

// What every header needs to know about the compiler: whether code may also run on a device, and that
// floating point means IEEE 754. Infinite log-SNRs are ordinary values here (a = +inf is clean data), so a
// compiler that assumes they never occur would return wrong numbers without a word.

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ > 0) || defined(_M_FP_FAST)
#error "cdl refuses -ffast-math and -ffinite-math-only: infinities and NaN carry meaning here"
#endif

/// Marks a function that may be called on the host and, under nvcc, on the device.
#if defined(__CUDACC__)
#define CDL_HD __host__ __device__
#else
#define CDL_HD
#endif
