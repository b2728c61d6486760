// SPDX-License-Identifier: MIT

// What an objective costs beyond the calls of its denoiser.
//
//   bench_objectives [FILE.json]
//
// A step, queries, denoiser, value and cotangent, over the denoiser alone on the same queries, 2^15 of them: for a mixture of 64
// and of 1024 components in two dimensions, one of 16 full components in sixteen, and a cloud of 10000 points. Both sides are timed in turn and the
// median of the ratios is printed; docs/benchmarks.md says what they were.

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized" // GCC 12 about its own AVX-512 header, PR 105593
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/exec/openmp.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/exec/simd.hpp>
#include <cdl/objective/contrastive.hpp>
#include <cdl/objective/denoising.hpp>

#include "timing.hpp"

namespace {

using namespace cdl;
using distribution::covariance;

template <index_t D, covariance C>
distribution::gaussian_mixture<float, D, C> some_mixture(index_t components) {
    const random::noise_stream stream{7, random::purpose::user};
    std::vector<float> weights, means, covariances;
    for (index_t k = 0; k < components; ++k) {
        weights.push_back(float(0.2 + random::uniform(stream, 0, k)));
        for (index_t j = 0; j < D; ++j) means.push_back(float(random::normal(stream, 1, k, j)));
        if constexpr (C == covariance::isotropic)
            covariances.push_back(float(0.005 + 0.05 * random::uniform(stream, 2, k)));
        else
            for (index_t i = 0; i < D; ++i)
                for (index_t j = 0; j < D; ++j)
                    covariances.push_back(float((i == j ? 1 : 0.3 / (1 + double(std::abs(i - j)))) *
                                                (0.2 + random::uniform(stream, 2, k))));
    }
    return {weights, means, covariances};
}

template <index_t D, class P, class Loss, class F>
void step_over_calls(benchmarks::report& to, const std::string& what, const std::string& name,
                     const std::string& policy_name, const P& policy, const Loss& loss, F& denoiser,
                     std::size_t points) {
    std::vector<std::array<float, D>> x(points);
    channel::draw_noise(policy, random::noise_stream{1, random::purpose::data}, 0, x);
    auto training = objective::prepare(policy, loss, x);
    std::vector<std::array<float, D>> eps_hat(static_cast<std::size_t>(training.query_count())),
        cotangent(eps_hat.size());
    const random::noise_stream noise{2};
    index_t step = 0;
    const auto whole = [&] {
        const auto q = training.queries(policy, x, noise, step++);
        denoiser(policy, q.z, q.levels, eps_hat);
        training.value_and_cotangent(policy, eps_hat, cotangent);
    };
    const auto q = training.queries(policy, x, noise, 0);
    const auto calls = [&] { denoiser(policy, q.z, q.levels, eps_hat); };
    to.add(what, name, policy_name, benchmarks::in_turn(policy_name == "serial" ? 5 : 15, whole, calls));
}

template <index_t D, class F>
void with_policies(benchmarks::report& to, const std::string& what, F&& denoiser) {
    constexpr std::size_t queries = 1 << 15;
    const auto with = [&](const std::string& policy_name, const auto& policy) {
        step_over_calls<D>(to, what, "denoising", policy_name, policy, objective::denoising{}, denoiser, queries);
        const objective::contrastive<> contrast{.levels = 16};
        step_over_calls<D>(to, what, "contrastive", policy_name, policy, contrast, denoiser, queries / 32);
        auto independent = contrast;
        independent.common_random_numbers = false;
        step_over_calls<D>(to, what, "contrastive, independent", policy_name, policy, independent, denoiser,
                           queries / 32);
    };
    with("serial", exec::serial{});
    with("simd", exec::simd{});
    with("openmp", exec::openmp{});
}

} // namespace

int main(int argc, char** argv) {
    benchmarks::report results;
    std::printf("%-26s %-22s %-8s %10s %10s %8s\n", "", "", "", "ms", "of ms", "ratio");
    const auto small = some_mixture<2, covariance::isotropic>(64), large = some_mixture<2, covariance::isotropic>(1024);
    const auto wide = some_mixture<16, covariance::full>(16);
    with_policies<2>(results, "64 isotropic, d = 2", denoiser::optimal(small));
    with_policies<2>(results, "1024 isotropic, d = 2", denoiser::optimal(large));
    with_policies<16>(results, "16 full, d = 16", denoiser::optimal(wide));
    if (argc > 1) results.write(argv[1]);
}
