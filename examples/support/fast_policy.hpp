// SPDX-License-Identifier: MIT
#pragma once

// The fastest ways to run that this build has, on all threads and on one. Results do not depend on the number of
// threads.

#if defined(CDL_HAS_OPENMP)
#include <cdl/exec/openmp.hpp>
#endif
#if defined(CDL_HAS_SIMD)
#include <cdl/exec/simd.hpp>
#endif
#include <cdl/exec/serial.hpp>

namespace support {

#if defined(CDL_HAS_SIMD)
using single_thread = cdl::exec::simd;
inline constexpr char single_thread_name[] = "exec::simd";
#else
using single_thread = cdl::exec::serial;
inline constexpr char single_thread_name[] = "exec::serial";
#endif

#if defined(CDL_HAS_OPENMP)
using fast_policy = cdl::exec::openmp;
inline constexpr char policy_name[] = "exec::openmp";
#else
using fast_policy = single_thread;
inline constexpr auto& policy_name = single_thread_name;
#endif

} // namespace support
