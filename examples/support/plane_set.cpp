// SPDX-License-Identifier: MIT
#include "plane_set.hpp"

#include <cdl/distribution/toy.hpp>
#include <cdl/exec/serial.hpp>

#include "input.hpp"
#include "points.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string_view>

namespace support {
namespace {

using namespace cdl;

/// x -> (x - mean) / deviation for each coordinate.
struct standardisation {
    std::array<double, 2> mean{}, deviation{};

    template <class Points>
    explicit standardisation(const Points& points) {
        const auto n = static_cast<double>(points.size());
        for (std::size_t j = 0; j < 2; ++j) {
            for (const auto& p : points) mean[j] += p[j] / n;
            for (const auto& p : points) deviation[j] += (p[j] - mean[j]) * (p[j] - mean[j]) / n;
            deviation[j] = std::sqrt(deviation[j]);
        }
    }
    template <class Point>
    std::array<float, 2> operator()(const Point& p) const {
        return {static_cast<float>((p[0] - mean[0]) / deviation[0]),
                static_cast<float>((p[1] - mean[1]) / deviation[1])};
    }
};

template <class Toy>
plane_set standardised(const std::string& name, const Toy& toy, std::uint64_t seed) {
    const auto drawn = [toy, seed](index_t step, index_t n) {
        std::vector<std::array<double, 2>> x(static_cast<std::size_t>(n));
        distribution::draw(exec::serial{}, toy, {.seed = seed}, step, x);
        return x;
    };
    const standardisation map(drawn(1000, 20000));
    return {name, [drawn, map](index_t part, index_t n) {
                cloud x;
                for (const auto& p : drawn(part, n)) x.push_back(map(p));
                return x;
            }};
}

} // namespace

const std::vector<std::string>& toy_names() {
    static const std::vector<std::string> names{"moons",    "rings",      "spirals",        "checkerboard",
                                                "pinwheel", "swiss_roll", "eight_gaussians"};
    return names;
}

plane_set toy(const std::string& name, std::uint64_t seed) {
    if (name == "moons") return standardised(name, distribution::moons{}, seed);
    if (name == "rings") return standardised(name, distribution::rings{}, seed);
    if (name == "spirals") return standardised(name, distribution::spirals{}, seed);
    if (name == "checkerboard") return standardised(name, distribution::checkerboard{}, seed);
    if (name == "pinwheel") return standardised(name, distribution::pinwheel{}, seed);
    if (name == "swiss_roll") return standardised(name, distribution::swiss_roll{}, seed);
    if (name == "eight_gaussians") return standardised(name, distribution::eight_gaussians{}, seed);
    std::string known;
    for (const auto& one : toy_names()) known += (known.empty() ? "" : ", ") + one;
    throw bad_input("--sets: must be among " + known + "; got " + shown(name));
}

plane_set set_of_file(const std::string& file, index_t parts, std::uint64_t seed) {
    const auto from = read_points(file);
    const auto n = static_cast<index_t>(from.numbers.size()) / from.dim;
    if (from.dim != 2) complain(file, "points", "must have two coordinates, x,y", std::to_string(from.dim));
    if (n < 4 * parts)
        complain(file, "file", "must have at least " + std::to_string(4 * parts) + " points", std::to_string(n));
    std::vector<std::array<double, 2>> points;
    for (std::size_t i = 0; i + 1 < from.numbers.size(); i += 2)
        points.push_back({from.numbers[i], from.numbers[i + 1]});

    const standardisation map(points);
    for (std::size_t j = 0; j < 2; ++j) {
        if (!std::isfinite(map.deviation[j]))
            complain(file, "points", "must be of a size that can be squared", "too large a number");
        if (!(map.deviation[j] > 1e-6 * std::abs(map.mean[j])))
            complain(file, "points", "must vary in both coordinates",
                     std::string("a constant ") + (j == 0 ? "x" : "y"));
    }
    // In random order, for a file may be sorted (Fisher and Yates).
    for (std::size_t i = points.size() - 1; i > 0; --i) {
        const double u = random::uniform({.seed = seed, .use = random::purpose::label}, 0, static_cast<index_t>(i));
        std::swap(points[i], points[static_cast<std::size_t>(u * static_cast<double>(i + 1))]);
    }
    cloud x;
    for (const auto& p : points) x.push_back(map(p));
    std::string name = std::filesystem::path(file).stem().string(); // goes into file names and titles
    for (char& c : name)
        if (std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-").find(c) ==
            std::string_view::npos)
            c = '_';
    return {name, [x, parts](index_t part, index_t wanted) {
                const auto share = static_cast<index_t>(x.size()) / parts, first = part % parts * share;
                return cloud(x.begin() + first, x.begin() + first + std::min(share, wanted));
            }};
}

} // namespace support
