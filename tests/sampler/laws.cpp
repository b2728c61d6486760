// SPDX-License-Identifier: MIT
// The laws of samplers for every method that asks the denoiser once a step.

#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/ddim.hpp>

#include "laws/sampler.hpp"

using namespace cdl;

namespace {
/// One call a step.
constexpr auto each_step = [](const auto& grid) { return static_cast<index_t>(grid.size()) - 1; };
} // namespace

TEST_CASE_TEMPLATE("DDIM obeys the laws of samplers", T, float, double) {
    for (const double eta : {0.0, 0.5, 1.0}) {
        CAPTURE(eta);
        laws::sampler_laws<T>(sampler::ddim{eta}, each_step);
    }
}

TEST_CASE_TEMPLATE("Ancestral sampling obeys the laws of samplers", T, float, double) {
    laws::sampler_laws<T>(sampler::ancestral{}, each_step);
    laws::sampler_laws<T>(sampler::ancestral{sampler::step_variance::forward}, each_step);
}

TEST_CASE_TEMPLATE("One-call methods keep nothing from step to step", T, float, double) {
    laws::memoryless_laws<T>(sampler::ddim{});
    laws::memoryless_laws<T>(sampler::ddim{0.5});
    laws::memoryless_laws<T>(sampler::ancestral{});
}
