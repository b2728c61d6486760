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
#include <cdl/denoiser/network_pull_back.hpp>
#include <cdl/objective/concept.hpp>

namespace cdl::adapter {

namespace detail {

/// The five stations of a step. `then(asked, answer, output, eps_cotangent)` is called after the backward pass with the queries,
/// the network's answer, its output where the policy runs, and d value / d eps_hat, if it is a function.
template <class P, class Training, class T, class Space, class X, class Then>
density::estimate<T> backward(const P& policy, Training& training, const torch_denoiser<T, Space>& denoiser, const X& x,
                              const random::noise_stream& stream, index_t step, const Then& then) {
    constexpr bool to_inputs = !std::is_same_v<Then, std::nullptr_t>;
    const auto asked = training.queries(policy, x, stream, step);
    const torch::AutoGradMode with_graph(true);
    const auto answer = denoiser.answer(policy, asked.z, asked.levels, to_inputs);
    detail::require_graph(answer.output);
    const torch::Tensor output = answer.output.detach().to(denoiser.home());
    torch::Tensor eps = torch::empty({asked.z.size(), asked.z.dim()}, denoiser.home());
    const auto eps_hat = as_batch<T, dynamic, Space>(eps);
    denoiser::eps_from_output(policy, denoiser.convention(), asked.z, asked.levels,
                              as_batch<const T, dynamic, Space>(output), eps_hat);
    const auto value = training.value_and_cotangent(policy, eps_hat, eps_hat);
    torch::Tensor cotangent = to_inputs ? eps.clone() : eps;
    denoiser::output_cotangent(policy, denoiser.convention(), asked.levels, as_batch<T, dynamic, Space>(cotangent));
    answer.output.backward(cotangent.to(answer.output.options()));
    if constexpr (to_inputs) then(asked, answer, output, eps);
    return value;
}

} // namespace detail

/// The value of an objective (made by objective::prepare) for the batch x, n x d, at a training step, with its standard error; adds
/// d value / d parameter to the gradients of the network's parameters. Throws what the objective and the denoiser throw, before
/// gradients change. One call of the network at all queries, and its backward pass.
template <exec::policy P, class Training, scalar T, batch X>
density::estimate<T> backward(const P& policy, Training& training, const torch_denoiser<T, typename P::space>& denoiser,
                              const X& x, const random::noise_stream& stream, index_t step) {
    return detail::backward(policy, training, denoiser, x, stream, step, nullptr);
}

/// The same, and the cotangents of what the denoiser was asked, which `objective::variational` takes to those of a schedule, by
/// `level_cotangents`: z_cotangent, m x d for m queries, and level_cotangent, m numbers, in the policy's memory; what the network
/// was told goes into it unless that are steps. Throws std::invalid_argument when z_cotangent has another shape, too.
template <exec::policy P, class Training, scalar T, batch X, writable_batch Z>
    requires std::is_same_v<batch_scalar_t<Z>, T>
density::estimate<T> backward(const P& policy, Training& training, const torch_denoiser<T, typename P::space>& denoiser,
                              const X& x, const random::noise_stream& stream, index_t step, Z&& z_cotangent,
                              std::type_identity_t<T>* level_cotangent) {
    using space = typename P::space;
    const auto to = exec::view_on(policy, z_cotangent);
    require(to.size() == training.query_count() && to.dim() == as_batch(x).dim(), "cdl::adapter::backward",
            "z_cotangent", "must have the shape of the queries", to.size(), " x ", to.dim(), " for ",
            training.query_count(), " x ", as_batch(x).dim());
    require_writable(to, "cdl::adapter::backward", "z_cotangent");
    const auto pull_back = [&](const auto& asked, const auto& answer, const torch::Tensor& output,
                               const torch::Tensor& eps) {
        const auto gradient_of = [&](const torch::Tensor& input) { // none where the network does not look at it
            return (input.grad().defined() ? input.grad() : torch::zeros_like(input)).to(denoiser.home()).contiguous();
        };
        const torch::Tensor points = gradient_of(answer.points);
        const bool steps = denoiser.convention().level == denoiser::told::step;
        const torch::Tensor told = steps ? torch::Tensor() : gradient_of(answer.told);
        denoiser::network_pull_back(policy, denoiser.convention(), asked.z, asked.levels,
                                    as_batch<const T, dynamic, space>(output), as_batch<const T, dynamic, space>(eps),
                                    as_batch<const T, dynamic, space>(points),
                                    steps ? nullptr : told.template data_ptr<T>(), to, level_cotangent);
    };
    return detail::backward(policy, training, denoiser, x, stream, step, pull_back);
}

} // namespace cdl::adapter
