// SPDX-License-Identifier: MIT
#pragma once

// What a number is, and how many of them go side by side. Every formula of the library is a template on the scalar, written once.
//
//     scalar<S>          satisfied by float, double, long double, autodiff and multiprecision numbers, SIMD packs
//     select(c, u, v)    u or v, in each lane of a pack: formulas have no branches; also max_of, min_of
//     lanes<S>           the indices of neighbouring points whose numbers one scalar holds
//     index_t            signed, 64 bits: points, coordinates, components, steps
//     require(...)       throws std::invalid_argument: "function: argument: requirement; got value"
//
//     using namespace cdl;
//     const auto clamp = []<scalar S>(const S& u) { return min_of(max_of(u, S(-1)), S(1)); };
//     std::printf("%g %g\n", clamp(-3.5), static_cast<double>(clamp(0.25f))); // -1 0.25
//     static_assert(scalar<float> && !scalar<int> && sizeof(index_t) == 8);

#include <cdl/core/checks.hpp>
#include <cdl/core/config.hpp>
#include <cdl/core/index.hpp>
#include <cdl/core/lanes.hpp>
#include <cdl/core/scalar.hpp>
