// SPDX-License-Identifier: MIT
#include <cdl/channel/noising.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/random/recorded_noise.hpp>

#if defined(CDL_HAS_OPENMP)
#include <cdl/exec/openmp.hpp>
#endif
#if defined(CDL_HAS_SIMD)
#include <cdl/exec/simd.hpp>
#endif

#include "support/statistics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace cdl;
using random::noise_stream;
using random::purpose;

namespace {
/// A noise source of our own: numbers that tell their address.
struct counted_noise {};
random::normal_pair normals(const counted_noise&, index_t step, index_t point, index_t block) {
    const auto base = static_cast<double>(1000 * step + 10 * point + 2 * block);
    return {base, base + 1};
}

/// Calls test(policy) for every policy that is here.
template <class Test>
void for_each_policy(const Test& test) {
    test(exec::serial{});
#if defined(CDL_HAS_SIMD)
    test(exec::simd{});
#endif
#if defined(CDL_HAS_OPENMP)
    for (const int threads : {1, 2, 7}) test(exec::openmp{.threads = threads, .alone = 0});
#endif
}

const noise_stream stream{42, purpose::channel};
} // namespace

TEST_CASE("Drawn noise is the numbers at its addresses whatever the policy and the layout") {
    for (const index_t n : {index_t{0}, index_t{1}, index_t{7}, index_t{597}})
        for (const index_t d : {index_t{1}, index_t{2}, index_t{5}}) {
            CAPTURE(n);
            CAPTURE(d);
            for_each_policy([&](const auto& policy) {
                std::vector<double> points(static_cast<std::size_t>(n * d)), coords(points),
                    apart(points.size() * 2 + 1, -9);
                channel::draw_noise(policy, stream, 3, batch_view<double>(points.data(), n, d));
                channel::draw_noise(policy, stream, 3, batch_view<double, dynamic, coord_major>(coords.data(), n, d));
                const batch_view<double, dynamic, strided> spread(apart.data(), n, d, 2 * d, 2);
                channel::draw_noise(policy, stream, 3, spread);
                index_t wrong = 0;
                for (index_t i = 0; i < n; ++i)
                    for (index_t j = 0; j < d; ++j) {
                        const double want = random::normal(stream, 3, i, j);
                        wrong += points[static_cast<std::size_t>(i * d + j)] != want;
                        wrong += coords[static_cast<std::size_t>(j * n + i)] != want;
                        wrong += spread(i, j) != want;
                    }
                for (std::size_t k = 1; k < apart.size(); k += 2) wrong += apart[k] != -9; // nothing beside them
                CHECK(wrong == 0);
            });
        }
}

TEST_CASE("Noise in float is the noise in double rounded") {
    std::vector<float> single(597 * 3);
    std::vector<double> full(597 * 3);
    channel::draw_noise(exec::serial{}, stream, 0, as_batch(single, 3));
    channel::draw_noise(exec::serial{}, stream, 0, as_batch(full, 3));
    for (std::size_t i = 0; i < full.size(); ++i) CHECK(single[i] == static_cast<float>(full[i]));
}

TEST_CASE("A stream may be written in braces and a source may be a function of the address") {
    for_each_policy([](const auto& policy) {
        std::vector<double> braces(37), named(37), counted(37 * 3);
        channel::draw_noise(policy, {42, purpose::channel}, 3, braces);
        channel::draw_noise(policy, stream, 3, named);
        CHECK(braces == named);
        channel::draw_noise(policy, counted_noise{}, 3, as_batch(counted, 3));
        for (index_t i = 0; i < 37; ++i)
            for (index_t j = 0; j < 3; ++j) CHECK(as_batch(counted, 3)(i, j) == static_cast<double>(3000 + 10 * i + j));
    });
}

TEST_CASE("A part of a batch is given the noise of its part of the whole") {
    const index_t n = 597, d = 3;
    std::vector<float> whole(static_cast<std::size_t>(n * d)), parts(whole.size());
    channel::draw_noise(exec::serial{}, stream, 1, as_batch(whole, d));
    for_each_policy([&](const auto& policy) {
        for (const index_t part : {index_t{1}, index_t{37}, index_t{200}}) {
            std::fill(parts.begin(), parts.end(), 0.0f);
            for (index_t first = 0; first < n; first += part)
                channel::draw_noise(policy, stream.starting_at(first), 1,
                                    as_batch(parts, d).slice(first, std::min(part, n - first)));
            CHECK(parts == whole);
        }
    });
}

TEST_CASE("Recorded noise is drawn as it was recorded") {
    const index_t n = 37, d = 3;
    std::vector<float> recording(static_cast<std::size_t>(2 * n * d)), wanted(recording.size() / 2);
    channel::draw_noise(exec::serial{}, stream, 0, as_batch(recording, d).slice(0, n));
    channel::draw_noise(exec::serial{}, stream, 1, as_batch(recording, d).slice(n, n));
    channel::draw_noise(exec::serial{}, stream, 1, as_batch(wanted, d));
    const random::recorded_noise noise(as_batch(recording, d), n, 5);
    for_each_policy([&](const auto& policy) {
        std::vector<float> eps(wanted.size()), part(6);
        std::vector<double> first(static_cast<std::size_t>(n), 0.0); // fewer coordinates, another scalar
        channel::draw_noise(policy, noise, 6, as_batch(eps, d));
        CHECK(eps == wanted);
        channel::draw_noise(policy, noise.starting_at(35), 6, as_batch(part, d));
        CHECK(std::equal(part.begin(), part.end(), wanted.end() - 6));
        channel::draw_noise(policy, noise, 6, first);
        for (std::size_t i = 0; i < first.size(); ++i) CHECK(first[i] == static_cast<double>(wanted[3 * i]));
    });
    std::vector<float> more(recording.size(), -7), wide(static_cast<std::size_t>(n * 4), -7);
    const auto throws = [](const auto& call, const char* text) {
        CHECK_THROWS_WITH_AS(call(), text, std::invalid_argument);
    };
    throws([&] { channel::draw_noise(exec::serial{}, noise, 5, as_batch(more, d)); },
           "cdl::channel::draw_noise: noise: must have been recorded for every point; got 37 points for 74");
    throws(
        [&] { channel::draw_noise(exec::serial{}, noise, 7, as_batch(more, d).slice(0, n)); },
        "cdl::channel::draw_noise: noise: must have been recorded for every step; got steps 5, ..., 6 for 7, ..., 7");
    throws([&] { channel::draw_noise(exec::serial{}, noise, 5, as_batch(wide, 4)); },
           "cdl::channel::draw_noise: noise: must have been recorded for every coordinate; got 3 for 4");
    CHECK(more == std::vector<float>(more.size(), -7));
    CHECK(wide == std::vector<float>(wide.size(), -7));
}

TEST_CASE("A group of points is given the noise of its addresses") {
    for_each_policy([](const auto& policy) {
        std::vector<float> got(37);
        policy.template for_each_lanes<float>(37, [&]<class S>(lanes<S> points) {
            scatter(points, channel::noise_at(stream, 2, points, 1),
                    [&](index_t i, float v) { got[static_cast<std::size_t>(i)] = v; });
        });
        for (index_t i = 0; i < 37; ++i)
            CHECK(got[static_cast<std::size_t>(i)] == static_cast<float>(random::normal(stream, 2, i, 1)));
    });
}

TEST_CASE("Adding noise is the channel at every point whatever the policy") {
    const index_t n = 597, d = 3;
    std::vector<double> x(static_cast<std::size_t>(n * d)), eps(x.size());
    std::vector<log_snr<double>> levels;
    channel::draw_noise(exec::serial{}, stream.for_purpose(purpose::data), 0, as_batch(x, d));
    channel::draw_noise(exec::serial{}, stream, 0, as_batch(eps, d));
    for (index_t i = 0; i < n; ++i) levels.push_back({static_cast<double>(i - 300) / 10});
    for_each_policy([&](const auto& policy) {
        std::vector<double> z(x.size()), same_level(x.size());
        channel::add_noise(policy, as_batch(x, d), levels, as_batch(eps, d), as_batch(z, d));
        channel::add_noise(policy, as_batch(x, d), log_snr{1.25}, as_batch(eps, d), as_batch(same_level, d));
        for (std::size_t k = 0; k < x.size(); ++k) {
            const log_snr<double> a = levels[k / 3];
            // two products and a sum, the scales within 3 units in the last place, 6 in packs
            const double bound = 8 * std::numeric_limits<double>::epsilon() * (std::abs(x[k]) + std::abs(eps[k]));
            CHECK(std::abs(z[k] - (signal_scale(a) * x[k] + noise_scale(a) * eps[k])) <= bound);
            CHECK(std::abs(same_level[k] - channel::noisy(x[k], eps[k], log_snr{1.25})) <= bound);
        }
    });
}

TEST_CASE("Clean data stays as it is and pure noise is the noise") {
    std::vector<double> x{1, -2, 3}, eps{0.5, 0.25, -0.125}, z(3);
    channel::add_noise(exec::serial{}, x, clean<double>(), eps, z);
    CHECK(z == x);
    channel::add_noise(exec::serial{}, x, pure_noise<double>(), eps, z);
    CHECK(z == eps);
}

TEST_CASE("Noise may be added in place") {
    std::vector<double> x{1, -2, 3}, z(3);
    const std::vector<double> eps{0.5, 0.25, -0.125};
    channel::add_noise(exec::serial{}, x, log_snr{0.5}, eps, z);
    for_each_policy([&](const auto& policy) {
        auto in_place = x, over_noise = eps;
        channel::add_noise(policy, in_place, log_snr{0.5}, eps, in_place);
        channel::add_noise(policy, x, log_snr{0.5}, over_noise, over_noise);
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(in_place[i] == doctest::Approx(z[i]).epsilon(1e-15));
            CHECK(over_noise[i] == in_place[i]);
        }
    });
}

TEST_CASE("The noisy point of unit data has unit variance at every level") {
    for (const double a : {-4.0, 0.0, 4.0}) {
        std::vector<double> x(65536), eps(65536), z(65536);
        channel::draw_noise(exec::serial{}, stream.for_purpose(purpose::data), 0, x);
        channel::draw_noise(exec::serial{}, stream, 0, eps);
        channel::add_noise(exec::serial{}, x, log_snr{a}, eps, z);
        CHECK(std::abs(test::z_score(z, [](double v) { return v * v; }, 1, 2)) < 5); // 5 standard errors
    }
}

TEST_CASE("Noise is not drawn for coordinates that have no addresses") {
    // nothing is written: there is no memory behind these views
    for_each_policy([](const auto& policy) {
        const index_t all = index_t{1} << 25;
        for (const purpose use : {purpose::user, purpose::data})
            CHECK_THROWS_WITH_AS(
                channel::draw_noise(policy, noise_stream{1, use}, 0, batch_view<float>(nullptr, 1, all + 1)),
                "cdl::channel::draw_noise: dim: must be at most 2^25, the coordinates that have noise; got 33554433",
                std::invalid_argument);
        CHECK_THROWS_AS(channel::draw_noise(policy, stream, index_t{1} << 32, batch_view<float>(nullptr, 1, 1)),
                        std::invalid_argument);
        CHECK_NOTHROW(channel::draw_noise(policy, stream, 0, batch_view<float>(nullptr, 0, all + 1)));
    });
    // the last coordinate that has noise is no other coordinate's
    const random::normal_pair first = normals(stream, 0, 0, 0), last = normals(stream, 0, 0, (1 << 24) - 1);
    CHECK(first.first != last.first);
    CHECK(first.second != last.second);
}

TEST_CASE("Shapes and levels that do not fit are refused before anything is written") {
    std::vector<double> x(6, 1), eps(6, 1), z(6, -7);
    const exec::serial serial;
    const auto throws = [](const auto& call, const char* text) {
        CHECK_THROWS_WITH_AS(call(), text, std::invalid_argument);
    };
    throws([&] { channel::add_noise(serial, as_batch(x, 3), log_snr{0.0}, as_batch(eps, 3), as_batch(z, 2)); },
           "cdl::channel::add_noise: z: must have the shape of x; got 3 x 2 for 2 x 3");
    throws([&] { channel::add_noise(serial, as_batch(x, 3), log_snr{0.0}, as_batch(eps, 2), as_batch(z, 3)); },
           "cdl::channel::add_noise: eps: must have the shape of x; got 3 x 2 for 2 x 3");
    const std::vector<log_snr<double>> three(3, {1.0}), none;
    throws([&] { channel::add_noise(serial, as_batch(x, 3), three, as_batch(eps, 3), as_batch(z, 3)); },
           "cdl::channel::add_noise: levels: must be one, or one for each point; got 3 for 2 points");
    CHECK_THROWS_AS(channel::add_noise(serial, as_batch(x, 3), none, as_batch(eps, 3), as_batch(z, 3)),
                    std::invalid_argument);
    const batch_view<double, dynamic, strided> repeated(z.data(), 2, 3, 0, 1);
    throws([&] { channel::add_noise(serial, as_batch(x, 3), log_snr{0.0}, as_batch(eps, 3), repeated); },
           "cdl::channel::add_noise: z: points must not share memory; got point stride 0");
    throws([&] { channel::draw_noise(serial, stream, 0, repeated); },
           "cdl::channel::draw_noise: eps: points must not share memory; got point stride 0");
    CHECK(z == std::vector<double>(6, -7));
    // the same points for all is a fine input
    std::vector<double> one{5, 6, 7};
    channel::add_noise(serial, batch_view<const double, dynamic, strided>(one.data(), 2, 3, 0, 1), clean<double>(),
                       as_batch(eps, 3), as_batch(z, 3));
    CHECK(z == std::vector<double>{5, 6, 7, 5, 6, 7});
}
