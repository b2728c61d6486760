// SPDX-License-Identifier: MIT
#pragma once

// Random numbers without state: each is a function of seed, purpose, step, point and coordinate (Philox4x32-10), with the same
// bits under every policy, on any number of threads and on every machine.
//
//     noise_stream{.seed, .use}            the source of randomness that functions of the library take
//     uniform(stream, step, point, coord)  in (0, 1)
//     normal(stream, step, point, coord)   standard normal
//     recorded_noise<T>                    normal variates that were drawn elsewhere, in place of a stream
//
//     using namespace cdl;
//     const random::noise_stream stream{.seed = 7};
//     const double eps = random::normal(stream, 0, 4); // step 0, point 4
//     const auto part = stream.starting_at(3);         // what a batch sees that begins at point 3
//     std::printf("%.6f %.6f\n", eps, random::normal(part, 0, 1)); // the same number
//     std::printf("%.6f\n", random::uniform(stream, 0, 4));

#include <cdl/random/noise_source.hpp>
#include <cdl/random/noise_stream.hpp>
#include <cdl/random/normal.hpp>
#include <cdl/random/philox.hpp>
#include <cdl/random/recorded_noise.hpp>
