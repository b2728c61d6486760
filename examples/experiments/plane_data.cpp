// SPDX-License-Identifier: MIT
#include "plane_data.hpp"

#include <cdl/distribution/toy.hpp>
#include <cdl/metric/moments.hpp>

#include "../support/fast_policy.hpp"
#include "../support/plane_set.hpp"
#include "../support/points.hpp"
#include "files.hpp"

#include <cmath>
#include <cstdio>

namespace experiments {
namespace {

using namespace cdl;

const support::single_thread policy{};
constexpr index_t many = 100000; ///< points for moments
constexpr std::uint64_t seed_of_moments = 5000000;
constexpr double relative_jitter = 0.15 / 21.1751; ///< of the dinosaur, whose standard deviations are 16.706 and 26.840

/// x -> (x - mean) / deviation.
struct standardisation {
    double mean[2], deviation[2];
    void operator()(const points_view& x) const {
        for (index_t i = 0; i < x.size(); ++i)
            for (index_t j = 0; j < 2; ++j)
                x(i, j) = static_cast<float>((static_cast<double>(x(i, j)) - mean[j]) / deviation[j]);
    }
};

metric::mean_and_covariance moments_of(const point_law& law) {
    std::vector<float> numbers(2 * many);
    const points_view x(numbers.data(), many, 2);
    law.draw(seed_of_moments, 0, x);
    return metric::moments(policy, x);
}

/// Sets the location to -1/2 log det of the covariance.
point_law located(point_law law) {
    const auto c = moments_of(law).covariance;
    law.location = -std::log(c(0, 0) * c(1, 1) - c(0, 1) * c(1, 0)) / 2;
    return law;
}

template <class Toy>
point_law built_in(const std::string& name, const Toy& toy) {
    point_law raw{name, 2, 0, "", [toy](std::uint64_t seed, index_t step, const points_view& x) {
                      distribution::draw(policy, toy, {.seed = seed}, step, x);
                  }};
    const auto m = moments_of(raw);
    const standardisation map{{m.mean(0), m.mean(1)}, {std::sqrt(m.covariance(0, 0)), std::sqrt(m.covariance(1, 1))}};
    return located({name, 2, 0, "", [draw = raw.draw, map](std::uint64_t seed, index_t step, const points_view& x) {
                        draw(seed, step, x);
                        map(x);
                    }});
}

} // namespace

std::vector<point_law> built_in_laws() {
    return {built_in("moons", distribution::moons{}), built_in("spirals", distribution::spirals{}),
            built_in("eight_gaussians", distribution::eight_gaussians{})};
}

point_law law_of_file(const std::string& file) {
    const auto name = support::set_of_file(file, 1, 1).name; // complains of what is wrong
    const auto from = support::read_points(file);
    const std::size_t n = from.numbers.size() / 2;
    standardisation map{};
    for (std::size_t j = 0; j < 2; ++j) {
        for (std::size_t i = 0; i < n; ++i) map.mean[j] += from.numbers[2 * i + j] / static_cast<double>(n);
        for (std::size_t i = 0; i < n; ++i) {
            const double offset = from.numbers[2 * i + j] - map.mean[j];
            map.deviation[j] += offset * offset / static_cast<double>(n);
        }
        map.deviation[j] = std::sqrt(map.deviation[j]);
    }
    const double jitter = relative_jitter * std::sqrt(map.deviation[0] * map.deviation[1]);
    for (double& deviation : map.deviation) deviation = std::hypot(deviation, jitter);
    char source[80];
    std::snprintf(source, sizeof source, "%zu points of checksum %016llx", n,
                  static_cast<unsigned long long>(checksum(read_file(file))));
    return located({name, 2, 0, source,
                    [numbers = from.numbers, n, map, jitter](std::uint64_t seed, index_t step, const points_view& x) {
                        const random::noise_stream chosen{.seed = seed, .use = random::purpose::label},
                            noise{.seed = seed, .use = random::purpose::data};
                        for (index_t i = 0; i < x.size(); ++i) {
                            const double u = random::uniform(chosen, step, i);
                            const auto k = static_cast<std::size_t>(u * static_cast<double>(n)); // u < 1
                            const auto pair = random::normals(noise, step, i, 0);
                            const double moved[] = {pair.first, pair.second};
                            for (std::size_t j = 0; j < 2; ++j)
                                x(i, static_cast<index_t>(j)) = static_cast<float>(
                                    (numbers[2 * k + j] + jitter * moved[j] - map.mean[j]) / map.deviation[j]);
                        }
                    }});
}

} // namespace experiments
