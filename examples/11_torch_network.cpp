// SPDX-License-Identifier: MIT

// Example 11: a network of LibTorch. It builds on examples 6 and 10, and needs the component `torch`.
//
// The problem. A module of LibTorch has parameters, a forward and, by automatic differentiation, a backward. This program
// trains a module with an objective of cdl, samples from it and evaluates the samples. It then loads a network from a TorchScript file.
//
// A step of training is one call, which makes the three calls of an objective and LibTorch's backward pass:
//     adapter::backward(policy, training, denoiser, x, stream, step)
//         queries  ->  network  ->  value, cotangent of eps_hat  ->  gradients of all parameters
// The step before and after is LibTorch's own: optimiser.zero_grad(), optimiser.step(). Nothing else of the program changes: a
// torch_denoiser goes wherever a denoiser goes.
//
// Symbols. a the level, S and N its scales, z = S x + N eps; the network predicts v_hat and is told a.
//     eps_hat = N z + S v_hat                                                                   (Salimans & Ho 2022)
//
// Where to read on: include/cdl/adapter/torch_denoiser.hpp, include/cdl/adapter/torch_training.hpp, and for classifiers of noise
// levels include/cdl/adapter/torch_classifier.hpp. Networks of a real size: examples/experiments.

#include <cdl/adapter/torch_training.hpp>
#include <cdl/distribution/toy.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/metric/mmd.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/objective/prepare.hpp>
#include <cdl/sampler/dpm_solver.hpp>
#include <cdl/sampler/run.hpp>
#include <cdl/schedule/grids.hpp>

#include <cstdio>
#include <filesystem>

namespace {

using namespace cdl;
using points = std::vector<std::array<float, 2>>;
constexpr exec::serial policy{};

/// v_hat from z and a: two hidden layers, and the level as its two scales.
struct network : torch::nn::Module {
    torch::nn::Sequential layers{torch::nn::Linear(4, 128), torch::nn::SiLU(), torch::nn::Linear(128, 128),
                                 torch::nn::SiLU(), torch::nn::Linear(128, 2)};

    network() { register_module("layers", layers); }

    torch::Tensor forward(const torch::Tensor& z, const torch::Tensor& a) {
        const torch::Tensor level = a.unsqueeze(1);
        return layers->forward(torch::cat({z, torch::sigmoid(level / 2), level / 10}, 1));
    }
};

metric::mmd_estimate<double> judge(const adapter::torch_denoiser<float>& eps_hat, const points& data) {
    points z(data.size());
    sampler::draw_start(policy, random::noise_stream{.seed = 3}, z);
    sampler::run(policy, sampler::dpm_solver_pp_2m{}, eps_hat,
                 schedule::uniform_in_log_snr(log_snr{-10.f}, log_snr{8.f}, 30), z);
    return metric::mmd(policy, metric::gaussian<float>::with_standard_deviation(0.3f), z, data);
}

} // namespace

int main() {
    torch::set_num_threads(1);
    torch::manual_seed(11);
    const distribution::moons moons{.jitter = 0.1};
    points fresh(1000), x(256);
    distribution::draw(policy, moons, {.seed = 2}, fresh);

    // 1. Training. The objective's memory is allocated once; the batch, its levels and its noise are functions of seed and step.
    const auto net = std::make_shared<network>();
    const adapter::torch_denoiser<float> eps_hat(net, {.output = denoiser::predicts::v});
    const auto before = judge(eps_hat, fresh);
    auto training =
        objective::prepare(policy, objective::denoising{schedule::logistic_levels{.location = 2, .scale = 1}}, x);
    torch::optim::Adam optimiser(net->parameters(), torch::optim::AdamOptions(5e-3));
    constexpr index_t steps = 3000;
    for (index_t step = 0; step < steps; ++step) {
        distribution::draw(policy, moons, {.seed = 1}, step, x);
        optimiser.zero_grad();
        adapter::backward(policy, training, eps_hat, x, {.seed = 1}, step);
        static_cast<torch::optim::AdamOptions&>(optimiser.param_groups()[0].options())
            .lr(5e-3 * (1 - static_cast<double>(step) / steps));
        optimiser.step();
    }
    const auto after = judge(eps_hat, fresh);
    const auto answer_to = [](const metric::mmd_estimate<double>& mmd) { return mmd.unbiased < 0.02 ? "yes" : "no"; };
    std::puts("1. Two moons: is MMD^2 of 1000 samples from 1000 fresh points below 0.02?");
    std::printf("untrained: %s   trained: %s\n\n", answer_to(before), answer_to(after));

    // 2. A TorchScript file: here the exact denoiser of standard normal data, N z. It sees points and numbers, whoever wrote it.
    const std::string file = (std::filesystem::temp_directory_path() / "cdl_example_11.pt").string();
    torch::jit::Module script("standard_normal");
    script.define("def forward(self, z, a):\n    return z * torch.sqrt(torch.sigmoid(-a)).unsqueeze(1)\n");
    script.save(file);
    const adapter::torch_denoiser<float> of_file(adapter::load_torch_script(file));
    points z{{1.f, -2.f}}, answer(1);
    of_file(policy, z, log_snr{0.f}, answer);
    std::printf("2. A TorchScript file: eps_hat at a = 0 of the point (1, -2): (%.4f, %.4f)\n",
                static_cast<double>(answer[0][0]), static_cast<double>(answer[0][1]));

    // 3. What is wrong with a network is said in a line, before anything is written.
    const adapter::torch_denoiser<float> wrong(
        [](const torch::Tensor& points, const torch::Tensor&) { return points.sum(1); });
    try {
        wrong(policy, z, log_snr{0.f}, answer);
    } catch (const std::invalid_argument& error) {
        std::printf("\n3. A network that returns one number a point:\n%s\n", error.what());
    }
    std::filesystem::remove(file);
}
