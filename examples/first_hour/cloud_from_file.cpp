// SPDX-License-Identifier: MIT
// A data set from a file, two numbers a line: its exact denoiser, new points by a sampler, and their distance from the data.

#include <cdl/cdl.hpp>

#include <cstdio>
#include <fstream>

int main(int count, char** words) {
    using namespace cdl;
    constexpr exec::serial policy;
    if (count < 2) return std::puts("cloud_from_file FILE, two numbers a line"), 1;
    std::vector<std::array<double, 2>> x;
    std::ifstream file(words[1]);
    for (std::array<double, 2> p; file >> p[0] >> p[1];) x.push_back(p);

    const distribution::empirical data(x, distribution::kernel_width{0.1}); // each point a Gaussian of this deviation
    const denoiser::empirical eps_hat(data);
    const random::noise_stream noise{.seed = 3, .use = random::purpose::sampler};
    std::vector<std::array<double, 2>> z(500);
    sampler::draw_start(policy, noise, z);
    sampler::run(policy, sampler::dpm_solver_pp_2m{}, eps_hat, schedule::karras_grid<double>(30), z);

    const auto kernel = metric::gaussian<double>::with_standard_deviation(0.25);
    const auto mmd = metric::mmd(policy, kernel, z, x);
    std::printf("%d points; MMD^2 of 500 new ones %.4f +- %.4f\n", static_cast<int>(x.size()), mmd.unbiased,
                mmd.standard_error);
    std::printf("log density of the data at its first point %.4f\n", data.log_density(x[0]));
}
