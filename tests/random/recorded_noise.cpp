// SPDX-License-Identifier: MIT
#include <cdl/random/recorded_noise.hpp>
#include <cdl/view/as_batch.hpp>

#include <doctest/doctest.h>

#include <numeric>
#include <vector>

using namespace cdl;
using random::normals;
using random::recorded_noise;

namespace {
/// 2 steps of 4 points of 3 coordinates: the number of (step, point, j) is 100 step + 10 point + j.
std::vector<float> numbers() {
    std::vector<float> all;
    for (int step = 0; step < 2; ++step)
        for (int point = 0; point < 4; ++point)
            for (int j = 0; j < 3; ++j) all.push_back(static_cast<float>(100 * step + 10 * point + j));
    return all;
}

template <class Noise>
int wrong(const Noise& noise, index_t first_step, index_t first_point, index_t points) {
    int count = 0;
    for (index_t step = 0; step < 2; ++step)
        for (index_t point = 0; point < points; ++point) {
            const auto base = static_cast<double>(100 * step + 10 * (first_point + point));
            const auto head = normals(noise, first_step + step, point, 0),
                       tail = normals(noise, first_step + step, point, 1);
            count += head.first != base || head.second != base + 1;
            count += tail.first != base + 2 || tail.second != 0; // there is no coordinate 3
        }
    return count;
}
} // namespace

TEST_CASE("Recorded noise is found at its step and its point whatever the layout") {
    const auto all = numbers();
    const recorded_noise noise(as_batch(all, 3), 4);
    static_assert(std::is_trivially_copyable_v<decltype(noise)>);
    static_assert(std::is_same_v<decltype(noise), const recorded_noise<float>>);
    CHECK(wrong(noise, 0, 0, 4) == 0);
    CHECK(noise.steps() == 2);
    CHECK(noise.points() == 4);
    CHECK(noise.dim() == 3);

    std::vector<float> turned(all.size()), apart(2 * all.size());
    const batch_view<float, 3, coord_major> by_coordinate(turned.data(), 8);
    const batch_view<float, dynamic, strided> spread(apart.data(), 8, 3, 6, 2);
    for (index_t i = 0; i < 8; ++i)
        for (index_t j = 0; j < 3; ++j) by_coordinate(i, j) = spread(i, j) = as_batch(all, 3)(i, j);
    CHECK(wrong(recorded_noise(by_coordinate, 4), 0, 0, 4) == 0);
    CHECK(wrong(recorded_noise(spread, 4, 17), 17, 0, 4) == 0);
}

TEST_CASE("Recorded noise may begin at a later step and serve a part of a batch") {
    const auto all = numbers();
    const recorded_noise noise(as_batch(all, 3), 4, 10);
    CHECK(noise.first_step() == 10);
    CHECK(wrong(noise, 10, 0, 4) == 0);
    CHECK(wrong(noise.starting_at(1), 10, 1, 3) == 0);
    CHECK(wrong(noise.starting_at(1).starting_at(2), 10, 3, 1) == 0);
    CHECK(noise.starting_at(3).first() == 3);
}

TEST_CASE("A recording that is no whole number of steps is refused") {
    const auto all = numbers();
    const auto make = [&](index_t points) { return recorded_noise(as_batch(all, 3), points); };
    CHECK_THROWS_WITH_AS(
        make(3), "cdl::random::recorded_noise: numbers: must be a whole number of steps; got 8 rows for 3 points",
        std::invalid_argument);
    CHECK_THROWS_WITH_AS(make(0), "cdl::random::recorded_noise: points: must be at least 1; got 0",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(recorded_noise(as_batch(all, 3), 4, -1),
                         "cdl::random::recorded_noise: first_step: must be from 0 to 2^32 - 1; got -1",
                         std::invalid_argument);
    CHECK(make(8).steps() == 1);
    CHECK(recorded_noise(batch_view<double>(nullptr, 0, 2), 4).steps() == 0);
}

TEST_CASE("What was not recorded is refused") {
    const auto all = numbers();
    const recorded_noise noise(as_batch(all, 3), 4, 10);
    const auto throws = [](const auto& recorded, index_t step, index_t steps, index_t points, index_t dim,
                           const char* text) {
        CHECK_THROWS_WITH_AS(require_noise(recorded, step, steps, points, dim, "here"), text, std::invalid_argument);
    };
    throws(noise, 9, 2, 4, 3,
           "here: noise: must have been recorded for every step; got steps 10, ..., 11 for 9, ..., 10");
    throws(noise, 11, 2, 4, 3,
           "here: noise: must have been recorded for every step; got steps 10, ..., 11 for 11, ..., 12");
    throws(noise, 10, 2, 5, 3, "here: noise: must have been recorded for every point; got 4 points for 5");
    throws(noise.starting_at(1), 10, 2, 4, 3,
           "here: noise: must have been recorded for every point; got 3 points for 4");
    throws(noise.starting_at(-1), 10, 2, 4, 3,
           "here: noise: must have been recorded for every point; got 5 points for 4");
    throws(noise, 10, 2, 4, 4, "here: noise: must have been recorded for every coordinate; got 3 for 4");
    CHECK_NOTHROW(require_noise(noise, 10, 2, 4, 3, "here"));
    CHECK_NOTHROW(require_noise(noise.starting_at(1), 11, 1, 3, 1, "here"));
    CHECK_NOTHROW(require_noise(noise, 0, 1, 0, 3, "here")); // no points need no noise
}
