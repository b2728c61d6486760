// SPDX-License-Identifier: MIT
#pragma once

// A step of training in one call: the three calls of an objective with a network of LibTorch between them, and its backward pass.
//
//     queries -> network -> value and cotangent of eps_hat -> cotangent of the output -> gradients of the parameters
//
//     optimiser.zero_grad();
//     const auto value = adapter::backward(policy, training, f, x, stream, step);
//     optimiser.step();

#include <cdl/adapter/torch_denoiser.hpp>
#include <cdl/objective/concept.hpp>

namespace cdl::adapter {

/// The value of an objective (made by objective::prepare) for the batch x, n x d, at a training step, with its standard error; adds
/// d value / d parameter to the gradients of the network's parameters. Throws what the objective and the denoiser throw, before
/// gradients change. One call of the network at all queries, and its backward pass.
template <exec::policy P, class Training, scalar T, batch X>
density::estimate<T> backward(const P& policy, Training& training, const torch_denoiser<T, typename P::space>& denoiser,
                              const X& x, const random::noise_stream& stream, index_t step) {
    const auto asked = training.queries(policy, x, stream, step);
    const auto answer = denoiser.answer(policy, asked.z, asked.levels);
    torch::Tensor eps = torch::empty({asked.z.size(), asked.z.dim()}, denoiser.home());
    const auto eps_hat = as_batch<T, dynamic, typename P::space>(eps);
    const torch::Tensor output = answer.output.detach().to(denoiser.home());
    denoiser::eps_from_output(policy, denoiser.convention(), asked.z, asked.levels,
                              as_batch<const T, dynamic, typename P::space>(output), eps_hat);
    const auto value = training.value_and_cotangent(policy, eps_hat, eps_hat);
    denoiser::output_cotangent(policy, denoiser.convention(), asked.levels, eps_hat);
    answer.output.backward(eps.to(answer.output.options()));
    return value;
}

} // namespace cdl::adapter
