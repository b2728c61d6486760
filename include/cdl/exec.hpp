// SPDX-License-Identifier: MIT
#pragma once

// Where and how loops run: a policy is a value, the first argument of every function that runs over a batch.
//
//     exec::serial{}                one thread, one number at a time: the reference implementation
//     exec::simd{}                  one thread, SIMD packs                                  <cdl/exec/simd.hpp>, xsimd
//     exec::openmp{.threads = k}    k threads, SIMD packs in each                           <cdl/exec/openmp.hpp>
//     exec::thrust{system}          a system of Thrust, such as a CUDA device               <cdl/exec/thrust.hpp>
//
// A sum is a tree whose shape depends on the number of its terms alone: the same bits on any number of threads.
//
//     using namespace cdl;
//     constexpr exec::serial policy;
//     std::vector<double> squares(1000);
//     policy.for_each_index(1000, [&](index_t i) { squares[static_cast<std::size_t>(i)] = static_cast<double>(i * i); });
//     const auto square = [&](lanes<double> i) { return squares[static_cast<std::size_t>(i.first)]; };
//     std::printf("%.0f\n", policy.sum_over<double>(1000, square)); // 332833500

#include <cdl/exec/buffer.hpp>
#include <cdl/exec/heavy.hpp>
#include <cdl/exec/policy.hpp>
#include <cdl/exec/reduce_tree.hpp>
#include <cdl/exec/serial.hpp>
