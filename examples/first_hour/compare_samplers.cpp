// SPDX-License-Identifier: MIT
// Five samplers with 20 evaluations of the denoiser each, compared by MMD^2 with points of the data.

#include <cdl/cdl.hpp>

#include <cstdio>

int main() {
    using namespace cdl;
    constexpr exec::serial policy;
    const auto data = distribution::as_mixture<double>(distribution::eight_gaussians{});
    const denoiser::optimal eps_hat(data);
    std::vector<std::array<double, 2>> truth(1000);
    data.draw(policy, {.seed = 1}, 0, truth);
    const auto kernel = metric::gaussian<double>::with_standard_deviation(0.5);

    const auto compare = [&](const char* name, const auto& method, index_t steps) {
        const auto grid = schedule::karras_grid<double>(steps);
        const random::noise_stream noise{.seed = 2, .use = random::purpose::sampler};
        std::vector<std::array<double, 2>> z(1000);
        sampler::draw_start(policy, noise, z);
        sampler::run(policy, method, eps_hat, grid, z, noise);
        const auto mmd = metric::mmd(policy, kernel, z, truth);
        std::printf("%-18s MMD^2 %7.4f +- %.4f\n", name, mmd.unbiased, mmd.standard_error);
    };
    compare("ancestral", sampler::ancestral{}, 20);
    compare("ddim", sampler::ddim{}, 20);
    compare("heun", sampler::heun{}, 10);
    compare("dpm_solver_2", sampler::dpm_solver_2{}, 10);
    compare("dpm_solver_pp_2m", sampler::dpm_solver_pp_2m{}, 20);
}
