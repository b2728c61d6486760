// SPDX-License-Identifier: MIT
#pragma once

// The policies of the host that this build has, as settings of the tests in this folder: see comparing.hpp.

#include "policies/comparing.hpp"

#include <doctest/doctest.h>

#include <array>

#if defined(CDL_HAS_SIMD)
#include <cdl/exec/simd.hpp>

namespace cdl::test {
template <class T>
struct on_simd {
    using scalar = T;
    static constexpr bool same_bits = false; // packs have an exp and a log of their own
    static auto policies() { return std::array{exec::simd{}}; }
};
} // namespace cdl::test
TYPE_TO_STRING_AS("simd float", cdl::test::on_simd<float>);
TYPE_TO_STRING_AS("simd double", cdl::test::on_simd<double>);
#endif

#if defined(CDL_HAS_OPENMP)
#include <cdl/exec/openmp.hpp>

namespace cdl::test {
template <class T>
struct on_openmp {
    using scalar = T;
    static constexpr bool same_bits = false; // packs
    /// The loops of a test are small: those that shall meet several threads are shared out at once.
    static auto policies() {
        return std::array{exec::openmp{.threads = 1}, exec::openmp{.threads = 2},
                          exec::openmp{.threads = 2, .alone = 0}, exec::openmp{.threads = 7, .alone = 0}};
    }
};
} // namespace cdl::test
TYPE_TO_STRING_AS("openmp float", cdl::test::on_openmp<float>);
TYPE_TO_STRING_AS("openmp double", cdl::test::on_openmp<double>);
#endif

#if defined(CDL_HAS_THRUST)
#include <cdl/exec/thrust.hpp>

#include <thrust/system/cpp/execution_policy.h>
#include <thrust/system/omp/execution_policy.h>

namespace cdl::test {
template <class T>
struct on_thrust_omp {
    using scalar = T;
    static constexpr bool same_bits = true; // plain numbers on the host
    static auto policies() { return std::array{exec::thrust{::thrust::omp::par}}; }
};
template <class T>
struct on_thrust_cpp {
    using scalar = T;
    static constexpr bool same_bits = true; // plain numbers on the host
    static auto policies() { return std::array{exec::thrust{::thrust::cpp::par}}; }
};
} // namespace cdl::test
TYPE_TO_STRING_AS("thrust omp float", cdl::test::on_thrust_omp<float>);
TYPE_TO_STRING_AS("thrust omp double", cdl::test::on_thrust_omp<double>);
TYPE_TO_STRING_AS("thrust cpp float", cdl::test::on_thrust_cpp<float>);
TYPE_TO_STRING_AS("thrust cpp double", cdl::test::on_thrust_cpp<double>);
#endif
