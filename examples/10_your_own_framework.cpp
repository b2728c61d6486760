// SPDX-License-Identifier: MIT

// Example 10: a network of your own framework. It builds on examples 3, 5 and 6.
//
// The problem. Networks live in frameworks, and each has its own arrays and its own backward. What does it take to train one with
// the objectives of cdl, to sample from it and to ask it for likelihoods? Here the framework is sixty lines long, a network of
// two hidden layers with its derivative written by hand, and nothing of cdl is in it. Three names tie them:
//     from_network         makes a batch denoiser of anything that maps points and numbers to points
//     output_cotangent     takes d value / d eps_hat to what `backward` wants, d value / d output
//     any_batch_denoiser   a type that holds the network, and the exact denoiser as well
//
// Symbols. a the level, S and N its scales, z = S x + N eps the noisy point, zeta the cleanest level that is looked at.
//     v_hat     what the network predicts, an estimate of S eps - N x                          (Salimans & Ho 2022)
//     eps_hat   what that says of the noise, N z + S v_hat
//     told      the number that the network is told, EDM's c_noise = log(N / S) / 4 = -a / 8
//     p_zeta    the density of the data noised to zeta
//
// Equations. The network is trained on E |eps - eps_hat(z, a)|^2, levels between -8 and zeta     [CDL eq. 1]. It is judged by
//     -log p_zeta(x) = 1/2 log(2 pi e) + 1/2 int E[ |eps - b eps_hat(z, beta)|^2 - sigmoid(a) ] da,   beta = compose(a, zeta),
// which for zeta = +inf is CDL's eq. 2, the likelihood of the data themselves                    [CDL eq. 3], and by the MMD^2
// of DDIM's samples from points of p_zeta. Why not zeta = +inf? The integral runs over all levels, and a network knows those
// that it was trained at. With a finite zeta the network is asked at no cleaner level than zeta, and b takes away what it says
// where a is larger; towards pure noise v_hat enters eps_hat with the factor S, which falls to zero, too.
//
// Where to read on: include/cdl/denoiser/parametrisation.hpp, include/cdl/denoiser/from_network.hpp,
// include/cdl/denoiser/any_batch_denoiser.hpp; for schedules that are learned through a network
// include/cdl/denoiser/network_pull_back.hpp.

#include <cdl/denoiser/any_batch_denoiser.hpp>
#include <cdl/denoiser/from_network.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/nll.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/metric/mmd.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/run.hpp>
#include <cdl/schedule/grids.hpp>

#include "support/adam.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <span>
#include <vector>

// The framework. It knows numbers, and no cdl.
namespace framework {

using numbers = std::vector<double>;

/// output = w . h2 + c with h2 = tanh(W h1 + b2), h1 = tanh(u input + t told + b1): from two numbers to one, for n pairs at once.
class network {
public:
    static constexpr std::size_t width = 24;

    numbers parameters; ///< W, b2, u, t, b1, w, c

    /// Small weights that are no random numbers: fractional parts of multiples of the golden ratio.
    network() : parameters(c + 1) {
        for (std::size_t p = 0; p <= c; ++p)
            parameters[p] =
                (std::fmod(0.6180339887498949 * static_cast<double>(p + 1), 1.0) - 0.5) * (p < b2 ? 0.4 : 2);
    }

    /// Keeps what `backward` needs.
    void forward(std::span<const double> input, std::span<const double> told, double* output) {
        const numbers& p = parameters;
        input_.assign(input.begin(), input.end()), told_.assign(told.begin(), told.end());
        h1_.resize(input.size() * width), h2_.resize(input.size() * width);
        for (std::size_t i = 0; i < input.size(); ++i) {
            double* const h1 = &h1_[i * width];
            double* const h2 = &h2_[i * width];
            output[i] = p[c];
            for (std::size_t k = 0; k < width; ++k)
                h1[k] = std::tanh(p[u + k] * input[i] + p[t + k] * told[i] + p[b1 + k]);
            for (std::size_t l = 0; l < width; ++l) {
                double sum = p[b2 + l];
                for (std::size_t k = 0; k < width; ++k) sum += p[W + l * width + k] * h1[k];
                h2[l] = std::tanh(sum);
                output[i] += p[w + l] * h2[l];
            }
        }
    }

    /// The derivatives of sum_i cotangent_i output_i by the parameters, of the last call of `forward`.
    numbers backward(std::span<const double> cotangent) const {
        const numbers& p = parameters;
        numbers g(p.size()), of_h1(width);
        for (std::size_t i = 0; i < cotangent.size(); ++i) {
            const double* const h1 = &h1_[i * width];
            const double* const h2 = &h2_[i * width];
            std::fill(of_h1.begin(), of_h1.end(), 0);
            g[c] += cotangent[i];
            for (std::size_t l = 0; l < width; ++l) {
                const double of_sum = cotangent[i] * p[w + l] * (1 - h2[l] * h2[l]);
                g[w + l] += cotangent[i] * h2[l], g[b2 + l] += of_sum;
                for (std::size_t k = 0; k < width; ++k)
                    g[W + l * width + k] += of_sum * h1[k], of_h1[k] += of_sum * p[W + l * width + k];
            }
            for (std::size_t k = 0; k < width; ++k) {
                const double of_sum = of_h1[k] * (1 - h1[k] * h1[k]);
                g[u + k] += of_sum * input_[i], g[t + k] += of_sum * told_[i], g[b1 + k] += of_sum;
            }
        }
        return g;
    }

private:
    // where in the parameters
    static constexpr std::size_t W = 0, b2 = W + width * width, u = b2 + width, t = u + width, b1 = t + width,
                                 w = b1 + width, c = w + width;

    numbers input_, told_, h1_, h2_;
};

} // namespace framework

namespace {

using namespace cdl;
using framework::numbers;
constexpr exec::serial policy{};
constexpr log_snr zeta{4.0}, noisiest{-8.0};

/// What judges a denoiser sees of it. It is no template: whatever denoises comes as an any_batch_denoiser.
struct verdict {
    numbers nll;
    metric::mmd_estimate<double> mmd;
};
verdict judge(denoiser::any_batch_denoiser<double> eps_hat, const numbers& x, const numbers& of_data) {
    verdict found;
    for (const auto& nll :
         density::nll(policy, eps_hat, x, zeta, density::quadrature{.level_nodes = 48, .noise_nodes = 96}))
        found.nll.push_back(nll.value);
    numbers z(of_data.size());
    sampler::draw_start(policy, random::noise_stream{.seed = 10}, z);
    sampler::run(policy, sampler::ddim{}, eps_hat, schedule::uniform_in_log_snr(noisiest, zeta, 64), z);
    found.mmd = metric::mmd(policy, metric::gaussian<double>::with_standard_deviation(0.5), z, of_data);
    return found;
}

const char* yes_or_no(bool holds) {
    return holds ? "yes" : "no";
}

} // namespace

int main() {
    // The data: two Gaussians, weights 1 : 2, means -2 and 1, standard deviations 1/2 and 3/4.
    const distribution::gaussian_mixture<double, 1> data({1, 2}, {-2, 1}, {0.25, 0.5625});
    const denoiser::optimal exact(data);

    // The network as a denoiser. What it is shown, is told and predicts is a value; a function hands arrays to the framework.
    framework::network network;
    const denoiser::parametrisation<double> convention{.output = denoiser::predicts::v,
                                                       .level = denoiser::told::edm_c_noise};
    denoiser::from_network eps_hat(policy, convention,
                                   [&](const exec::serial&, const auto& input, auto told, const auto& output) {
                                       network.forward({input.data(), told.size()}, told, output.data());
                                   });

    // 1. One step: queries, answers, the cotangent of eps_hat, that of the network's output, and the framework's own backward. A
    //    finite difference of the value is the gradient.
    const objective::denoising loss{schedule::uniform_levels{noisiest.value, zeta.value}, objective::simple()};
    constexpr int n = 256, steps = 3000;
    const random::noise_stream stream{.seed = 10};
    numbers x(n), answers(n);
    auto training = objective::prepare(policy, loss, x);
    const auto gradient_at = [&](index_t step) {
        data.draw(policy, stream, step, x);
        const auto asked = training.queries(policy, x, stream, step);
        eps_hat(policy, asked.z, asked.levels, answers);
        training.value_and_cotangent(policy, answers, answers);
        denoiser::output_cotangent(policy, convention, asked.levels, answers);
        return network.backward(answers);
    };
    std::puts("1. The gradient of the denoising objective, some of the parameters");
    const std::vector<std::size_t> some{0, 100, 576, 600, 640, 660, 680, 696};
    const numbers gradient = gradient_at(0);
    std::printf("backward    ");
    for (const std::size_t p : some) std::printf(" %8.4f", gradient[p]);
    std::printf("\ndifferences ");
    for (const std::size_t p : some) {
        const double kept = network.parameters[p];
        const auto value_at = [&](double parameter) {
            network.parameters[p] = parameter;
            return objective::evaluate(policy, loss, eps_hat, x, stream, 0).value;
        };
        std::printf(" %8.4f", (value_at(kept + 1e-4) - value_at(kept - 1e-4)) / 2e-4);
        network.parameters[p] = kept;
    }

    // 2. and 3. The network before and after the training, and the exact denoiser, all judged by the same function: the network by
    //    std::ref, because there is one of it, the exact denoiser as it is.
    const double S2 = signal_power(zeta), N2 = noise_power(zeta), S = signal_scale(zeta);
    const distribution::gaussian_mixture<double, 1> at_zeta({1, 2}, {-2 * S, S}, {0.25 * S2 + N2, 0.5625 * S2 + N2});
    numbers places{-3, -2, -1, 0, 1, 2, 3}, of_data(2000);
    at_zeta.draw(policy, random::noise_stream{.seed = 11}, 0, of_data);
    const auto before = judge(std::ref(eps_hat), places, of_data);
    support::adam optimiser(network.parameters.size());
    for (int step = 0; step < steps; ++step)
        optimiser.step(network.parameters, gradient_at(step), 0.01 * std::min(1.0, 2.0 * (steps - step) / steps));
    const auto after = judge(std::ref(eps_hat), places, of_data);
    const auto ideal = judge(exact, places, of_data);

    std::printf("\n\n2. -log p_zeta(x) in nats, zeta = %.0f; is the network's within 0.1 of it?\n", zeta.value);
    std::puts("   x   closed form   exact denoiser   untrained   trained");
    const auto near_enough = [&](const verdict& found, std::size_t i) {
        return yes_or_no(std::abs(found.nll[i] + data.log_density(std::array{places[i]}, zeta)) < 0.1);
    };
    for (std::size_t i = 0; i < places.size(); ++i)
        std::printf("%4.0f %13.4f %16.4f   %9s   %7s\n", places[i], -data.log_density(std::array{places[i]}, zeta),
                    ideal.nll[i], near_enough(before, i), near_enough(after, i));

    std::puts(
        "\n3. Samples of DDIM in 64 steps: is their MMD^2 from points of p_zeta within 4 standard errors of zero?");
    const auto describe = [](const char* name, const verdict& found) {
        const bool alike = std::abs(found.mmd.unbiased) < 4 * found.mmd.standard_error;
        std::printf("%-15s %s\n", name, yes_or_no(alike));
    };
    describe("untrained", before);
    describe("trained", after);
    describe("exact denoiser", ideal);
}
