// SPDX-License-Identifier: MIT
#pragma once

// A network of LibTorch as a batch denoiser. It is any module, TorchScript file or function of the noisy points, n x d, and of n
// numbers that tell their levels; what both mean is said by a parametrisation:
//
//     torch_denoiser<float> f(net, {.output = denoiser::predicts::v, .level = denoiser::told::edm_sigma});
//     sampler::run(policy, sampler::ddim{}, f, grid, z);

#include <cdl/adapter/torch_network.hpp>
#include <cdl/denoiser/from_network.hpp>

#include <algorithm>

namespace cdl::adapter {

/// The denoiser of a network `net(points, told)` with n x d points and n numbers `told`, of 64-bit integers where steps are told.
/// Satisfies denoiser::batch_denoiser for policies whose memory is Space. Copies share the network.
///
/// The points are given to the network in the type and on the device of its parameters, and in memory of their own, so that it may
/// work in place. A call runs without a graph; `answer` keeps one. A network must treat the points of a batch one by one: on the
/// host a call hands it `rows_at_a_time` at most, whose activations fit a cache. Modules sample in the mode they are in: with
/// dropout a denoiser is none.
template <scalar T, class Space = host>
class torch_denoiser {
public:
    using space = Space;
    static constexpr index_t rows_at_a_time = 1024; ///< on the host
    using network_type = torch_network<torch::Tensor, torch::Tensor>;

    /// Throws std::invalid_argument on a convention that is not possible, and on a network in more than one place.
    torch_denoiser(network_type network, denoiser::parametrisation<T, Space> convention = {})
        : network_(std::move(network)), convention_(convention) {
        convention_.check("cdl::adapter::torch_denoiser");
    }

    const denoiser::parametrisation<T, Space>& convention() const& { return convention_; }
    const denoiser::parametrisation<T, Space>& convention() const&& = delete; // would outlive its owner
    const std::vector<torch::Tensor>& parameters() const& { return network_.parameters(); }
    const std::vector<torch::Tensor>& parameters() const&& = delete; // would outlive its owner

    /// eps_hat at n points. z, eps_hat: n x d, not overlapping. Throws std::invalid_argument when shapes differ, and where the
    /// network does not take its inputs or returns something else than n x d numbers of its type; eps_hat is then as it was.
    /// One evaluation of the network for each point, and two passes; memory of n d numbers besides the network's.
    template <exec::policy P, batch Z, writable_batch E>
        requires std::is_same_v<batch_scalar_t<E>, T>
    void operator()(const P& policy, const Z& z, level_view<T, typename P::space> levels, E&& eps_hat) const {
        const auto from = exec::view_on(policy, z);
        const auto to = exec::view_on(policy, eps_hat);
        denoiser::detail::require_estimable(*this, from, levels, to, "cdl::adapter::torch_denoiser");
        const index_t n = from.size();
        const torch::NoGradGuard no_graph;
        const torch::Tensor output = torch::empty({n, from.dim()}, home());
        const index_t rows = std::is_same_v<Space, host> ? rows_at_a_time : (std::max)(n, index_t{1});
        for (index_t first = 0; first < n; first += rows) {
            const index_t count = (std::min)(rows, n - first);
            const auto part = answer(policy, from.slice(first, count), levels.slice(first, count));
            output.narrow(0, first, count).copy_(part.output);
        }
        denoiser::eps_from_output(policy, convention_, from, levels, as_batch<const T, dynamic, Space>(output), to);
    }

    /// What a network was given and what it said, with the graph between them, in the network's type and on its device.
    struct answered {
        torch::Tensor points, told; ///< n x d and n
        torch::Tensor output;       ///< n x d
    };

    /// The network's answer at n points z, n x d, in the policy's memory. With `inputs_too` the graph goes to the points and, unless
    /// steps are told, to the levels; else to the parameters alone.
    template <exec::policy P, class Z>
    answered answer(const P& policy, const Z& z, level_view<T, Space> levels, bool inputs_too = false) const {
        static_assert(std::is_same_v<typename P::space, Space>,
                      "cdl: the denoiser was made for a policy whose memory is another");
        const index_t n = z.size(), d = z.dim();
        const bool steps = convention_.level == denoiser::told::step;
        const torch::TensorOptions there = network_.place(home());
        torch::Tensor points = torch::empty({n, d}, home()), told = torch::empty({n}, home());
        denoiser::network_inputs(policy, convention_, z, levels, as_batch<T, dynamic, Space>(points),
                                 told.template data_ptr<T>());
        points = points.to(there);
        told = told.to(steps ? there.dtype(torch::kInt64) : there);
        points.requires_grad_(inputs_too);
        if (!steps) told.requires_grad_(inputs_too);
        return {points, told, network_("cdl::adapter::torch_denoiser", {n, d}, points, told)};
    }

    /// The type and the memory of the caller.
    static torch::TensorOptions home() { return cdl::detail::torch_options<T, Space>(); }

private:
    network_type network_;
    denoiser::parametrisation<T, Space> convention_;
};

} // namespace cdl::adapter
