// SPDX-License-Identifier: MIT
#include <cdl/density/nll.hpp>

#include "variational.hpp"

#include <cmath>
#include <map>
#include <numbers>

namespace experiments::vdm {

using namespace cdl;

byte_cloud swirl() {
    byte_cloud x;
    for (int i = 0; i < 1024; ++i) {
        const double turn = 3 * std::numbers::pi * std::sqrt((i + 60) / 1084.0);
        const double across = std::fmod(i * std::numbers::phi, 1.0) - 0.5; // evenly spread, and never twice the same
        const double radius = turn / (3.3 * std::numbers::pi) + 0.12 * across;
        const auto byte = [](double v) {
            const auto bytes = density::eight_bit();
            return bytes.value(static_cast<float>(bytes.index_of(v)));
        };
        x.push_back({byte(radius * std::cos(turn)), byte(radius * std::sin(turn))});
    }
    return x;
}

double entropy(const byte_cloud& points) {
    std::map<std::array<float, 2>, double> counts;
    for (const auto& point : points) counts[point] += 1;
    double nats = 0;
    const auto n = static_cast<double>(points.size());
    for (const auto& [point, count] : counts) nats -= count / n * std::log(count / n);
    return density::bits_per_dim(nats, 2);
}

const std::vector<model>& models() {
    static const std::vector<model> all{
        {.name = "exact", .title = "exact denoiser", .trained = false},
        {.name = "fixed", .title = "fixed schedule", .trained = true},
        {.name = "learned", .title = "learned schedule", .trained = true, .learned = true},
        {.name = "ends", .title = "learned schedule and ends", .trained = true, .learned = true, .ends = true}};
    return all;
}

std::string job_name(const model& of, index_t seed) {
    return "variational/" + of.name + "/" + seed_name(seed);
}

effort effort_of(const settings& chosen) {
    return chosen.full ? effort{64, 2048, {20, 200, 1000}, 200} : effort{24, 1024, {20, 200}, 100};
}

std::string effort::text() const {
    return std::to_string(repeats) + " x 1024 points for a bound, " + std::to_string(samples) + " samples, " +
           std::to_string(classified) + " points of each level";
}

std::vector<index_t> bound_steps() {
    std::vector<index_t> all;
    for (index_t steps = 1; steps <= 1024; steps *= 2) all.push_back(steps);
    all.push_back(0);
    return all;
}

std::vector<log_snr<float>> classified_levels() {
    return {{0}, {2}, {4}, {6}, {8}};
}

} // namespace experiments::vdm
