// SPDX-License-Identifier: MIT
#include <cdl/random/normal.hpp>

#include "support/statistics.hpp"
#include "support/ulp.hpp"

#include <doctest/doctest.h>

#include <array>
#include <bit>

namespace {
/// W numbers side by side, as little as a pack can be.
template <class T, int W>
struct plain_pack {
    std::array<T, W> numbers;
};
} // namespace

template <class T, int W>
struct cdl::lane_traits<plain_pack<T, W>> {
    using value_type = T;
    static constexpr int size = W;
    static plain_pack<T, W> load(const T* numbers) {
        plain_pack<T, W> pack;
        std::copy_n(numbers, W, pack.numbers.begin());
        return pack;
    }
};

using namespace cdl;
using random::noise_stream;
using random::normal;
using random::purpose;

namespace {
/// The pairs that differ in a bit from those of their points alone; incomplete groups and high addresses, too.
template <class T, int W>
int different_pairs() {
    using pack = plain_pack<T, W>;
    int different = 0;
    for (const index_t first : {index_t{0}, index_t{12345}, (index_t{1} << 32) - W / 2, index_t{1} << 40})
        for (index_t count = 1; count <= W; ++count)
            for (const index_t block : {index_t{0}, index_t{3}}) {
                const noise_stream stream{static_cast<std::uint64_t>(count) << 30, purpose::sampler};
                const lanes<pack> points{first, count};
                const auto got = normals(stream.starting_at(7), count, points, block);
                for (index_t l = 0; l < W; ++l) {
                    const auto want = normals(stream, count, 7 + points[l], block);
                    const auto lane = static_cast<std::size_t>(l);
                    different += got.first.numbers[lane] != static_cast<T>(want.first);
                    different += got.second.numbers[lane] != static_cast<T>(want.second);
                }
            }
    return different;
}

std::vector<double> normal_sample(std::uint64_t seed, index_t n) {
    std::vector<double> sample;
    for (index_t i = 0; i < n; ++i) sample.push_back(normal({seed, purpose::data}, 0, i / 4, i % 4));
    return sample;
}
} // namespace

TEST_CASE("65536 normal numbers have the same bits on every compiler") {
    std::uint64_t hash = 0xcbf29ce484222325ull; // FNV-1a of 64-bit words
    for (index_t i = 0; i < 16384; ++i)
        for (index_t j = 0; j < 4; ++j)
            hash = (hash ^ std::bit_cast<std::uint64_t>(normal({20240817, purpose::channel}, i % 5, i, j))) *
                   0x100000001b3ull;
    CHECK(hash == 0x27d6dbaeb2842c7eull);
}

TEST_CASE("Normal numbers follow the normal law") {
    const auto sample = normal_sample(1, 65536);
    // standard errors of a right generator; each bound is passed by chance with a probability below 2e-6
    CHECK(test::kolmogorov_smirnov(sample, [](double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }) < 2.65);
    CHECK(std::abs(test::z_score(sample, [](double x) { return x; }, 0, 1)) < 5);
    CHECK(std::abs(test::z_score(sample, [](double x) { return x * x; }, 1, 2)) < 5);
    CHECK(std::abs(test::z_score(sample, [](double x) { return x * x * x; }, 0, 15)) < 5);
    CHECK(std::abs(test::z_score(sample, [](double x) { return x * x * x * x; }, 3, 96)) < 5);
}

TEST_CASE("The statistical tests notice a variance that is wrong by five percent") {
    auto sample = normal_sample(1, 65536);
    for (double& x : sample) x *= std::sqrt(1.05);
    CHECK(std::abs(test::z_score(sample, [](double x) { return x * x; }, 1, 2)) > 5);
}

TEST_CASE("The coordinates of a point and the points of a batch are not correlated") {
    // products of independent standard normals have mean 0 and variance 1
    const noise_stream stream{3, purpose::channel};
    std::vector<double> pairs, neighbours, steps, squares;
    for (index_t i = 0; i < 32768; ++i) {
        const double x = normal(stream, 0, i, 0), y = normal(stream, 0, i, 1);
        pairs.push_back(x * y);
        squares.push_back((x * x - 1) * (y * y - 1) / 2);
        neighbours.push_back(x * normal(stream, 0, i + 1, 0));
        steps.push_back(x * normal(stream, 1, i, 0));
    }
    const auto same = [](double v) { return v; };
    CHECK(std::abs(test::z_score(pairs, same, 0, 1)) < 5);
    CHECK(std::abs(test::z_score(squares, same, 0, 1)) < 5);
    CHECK(std::abs(test::z_score(neighbours, same, 0, 1)) < 5);
    CHECK(std::abs(test::z_score(steps, same, 0, 1)) < 5);
}

TEST_CASE("The logarithm of a uniform number is within 2 units in the last place") {
    test::worst_error worst("log_of_uniform");
    const auto see = [&](double u) {
        worst.see(test::ulp_distance(random::detail::log_of_uniform(u), std::log(static_cast<long double>(u))),
                  std::to_string(u));
    };
    for (index_t i = 0; i < 20000; ++i) see(random::uniform({2, purpose::user}, 0, i));
    for (double u = 0x1p-53; u < 1; u *= 2)
        for (const double near : {1.0, 1 + 0x1p-52, 1 - 0x1p-53, 1.4142135, 1.4142136, 0.7071067, 0.7071068})
            see(u * near);
    for (int k = 1; k < 4000; ++k) see(1 - k * 0x1p-53); // close to 1
    CAPTURE(worst.text());
    CHECK(worst.value() <= 2);
}

TEST_CASE("The sine and cosine of a turn are within 2 units in the last place of one") {
    test::worst_error worst("sine_cosine_of_turns");
    const long double turn = 2 * std::numbers::pi_v<long double>;
    const auto see = [&](double u) {
        const auto got = random::detail::sine_cosine_of_turns(u);
        const long double angle = turn * static_cast<long double>(u);
        const long double error = std::max(std::fabs(static_cast<long double>(got.sine) - std::sin(angle)),
                                           std::fabs(static_cast<long double>(got.cosine) - std::cos(angle)));
        worst.see(static_cast<double>(error / static_cast<long double>(std::numeric_limits<double>::epsilon())),
                  std::to_string(u));
    };
    for (index_t i = 0; i < 20000; ++i) see(random::uniform({2, purpose::user}, 1, i));
    for (int k = 1; k < 16; ++k)
        for (const double off : {-1e-9, -0x1p-53, 0.0, 0x1p-52, 1e-9}) see(k / 16.0 + off);
    see(0x1p-53);
    see(1 - 0x1p-53);
    CAPTURE(worst.text());
    CHECK(worst.value() <= 2);
}

TEST_CASE("The largest normal number is below 8.6 and the smallest uniform gives it") {
    const auto extreme = random::box_muller(0x1p-53, 0x1p-53);
    CHECK(extreme.first > 8.5);
    CHECK(extreme.first < 8.6);
    CHECK(std::isfinite(extreme.second));
    const auto tiny = random::box_muller(1 - 0x1p-53, 0.375);
    CHECK(std::abs(tiny.first) < 1.1e-8);
    CHECK(tiny.first != 0);
}

TEST_CASE("Even and odd coordinates are the two members of a pair") {
    const noise_stream stream{9, purpose::sampler};
    const auto pair = random::normals(stream, 4, 5, 3);
    CHECK(normal(stream, 4, 5, 6) == pair.first);
    CHECK(normal(stream, 4, 5, 7) == pair.second);
    CHECK(normal(stream, 4, 5) == random::normals(stream, 4, 5, 0).first);
}

TEST_CASE_TEMPLATE("A lane of a group of any width has the bits of its point alone", T, float, double, long double) {
    CHECK(different_pairs<T, 2>() == 0);
    CHECK(different_pairs<T, 3>() == 0);
    CHECK(different_pairs<T, 4>() == 0);
    CHECK(different_pairs<T, 8>() == 0);
    CHECK(different_pairs<T, 16>() == 0);
    CHECK(different_pairs<T, 32>() == 0);
    CHECK(different_pairs<T, 64>() == 0);
}

TEST_CASE("A group of one point is the point") {
    const noise_stream stream{9, purpose::sampler};
    const auto got = normals(stream, 4, lanes<float>{5, 1}, 3);
    CHECK(got.first == static_cast<float>(normal(stream, 4, 5, 6)));
    CHECK(got.second == static_cast<float>(normal(stream, 4, 5, 7)));
}
