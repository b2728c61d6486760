// SPDX-License-Identifier: MIT

// What cdl costs around a network of LibTorch, on one thread.
//
//   OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 bench_torch_step [FILE.json]
//
// The network of CDL's experiments, 67 202 parameters, in the plane. Training: a step through adapter::backward over the same loss
// written in tensors and differentiated by LibTorch alone, its noise drawn by LibTorch. Denoising: torch_denoiser over the bare
// forward pass of the same points; it hands the network 1024 points at a time. Both sides are timed in turn and the median of the ratios is printed.

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized" // GCC 12 about its own AVX-512 header, PR 105593
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <cdl/adapter/torch_training.hpp>
#include <cdl/exec/simd.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/objective/prepare.hpp>

#include "timing.hpp"

namespace {

using namespace cdl;
using torch::Tensor;

/// h <- LayerNorm(h + W2 GELU(W1 (h + e))), twice, between two linear layers; e = waves of the level.
struct network : torch::nn::Module {
    Tensor frequencies = torch::exp(torch::arange(64) * (-2 * std::log(1e4) / 128)).view({1, 64});
    torch::nn::Linear in{2, 128}, a1{128, 128}, a2{128, 128}, b1{128, 128}, b2{128, 128}, out{128, 2};
    torch::nn::LayerNorm a{torch::nn::LayerNormOptions({128})}, b{torch::nn::LayerNormOptions({128})};

    network() {
        register_module("in", in), register_module("out", out);
        register_module("a1", a1), register_module("a2", a2), register_module("a", a);
        register_module("b1", b1), register_module("b2", b2), register_module("b", b);
    }
    Tensor forward(const Tensor& z, const Tensor& told) {
        const Tensor wave = (28.6 * (told + 15)).unsqueeze(1) * frequencies;
        const Tensor e = torch::cat({torch::cos(wave), torch::sin(wave)}, 1);
        Tensor h = in->forward(z);
        h = a->forward(h + a2->forward(torch::gelu(a1->forward(h + e))));
        h = b->forward(h + b2->forward(torch::gelu(b1->forward(h + e))));
        return out->forward(h);
    }
};

} // namespace

int main(int argc, char** argv) {
    torch::set_num_threads(1);
    torch::manual_seed(1);
    const exec::simd policy{};
    benchmarks::report to;
    std::printf("%-26s %-22s %-8s %10s %10s %8s\n", "", "", "", "ms", "of ms", "ratio");
    const auto net = std::make_shared<network>();
    const adapter::torch_denoiser<float> f(net);
    for (const std::size_t n : {std::size_t{128}, std::size_t{256}, std::size_t{1024}, std::size_t{65536}}) {
        std::vector<std::array<float, 2>> x(n), eps_hat(n);
        channel::draw_noise(policy, random::noise_stream{1, random::purpose::data}, 0, x);
        const Tensor data = as_tensor(x);
        auto training =
            objective::prepare(policy, objective::denoising{schedule::logistic_levels{.location = 0, .scale = 2}}, x);
        index_t step = 0;
        const auto through_cdl = [&] {
            net->zero_grad();
            adapter::backward(policy, training, f, x, {.seed = 1}, step++);
        };
        const auto torch_alone = [&] {
            net->zero_grad();
            const Tensor a = 2 * torch::logit(torch::rand({static_cast<index_t>(n), 1})), eps = torch::randn_like(data);
            const Tensor z = torch::sqrt(torch::sigmoid(a)) * data + torch::sqrt(torch::sigmoid(-a)) * eps;
            (eps - net->forward(z, a.squeeze(1))).pow(2).sum(1).mean().backward();
        };
        if (n < 65536)
            to.add("training step, batch " + std::to_string(n), "denoising", "simd",
                   benchmarks::in_turn(31, through_cdl, torch_alone));

        const Tensor told = torch::zeros({static_cast<index_t>(n)});
        const auto denoise = [&] { f(policy, x, log_snr{0.f}, eps_hat); };
        const auto forward = [&] {
            const torch::NoGradGuard no_graph;
            net->forward(data, told);
        };
        to.add("eps_hat of " + std::to_string(n) + " points", "forward", "simd",
               benchmarks::in_turn(31, denoise, forward));
    }
    if (argc > 1) to.write(argv[1]);
}
