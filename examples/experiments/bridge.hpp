// SPDX-License-Identifier: MIT
#pragma once

// Between cdl's batches and torch's tensors: a network as a denoiser, and one step of training.

#include <cdl/objective/prepare.hpp>

#include "libtorch.hpp"

#include <algorithm>
#include <vector>

namespace experiments {

using cdl::index_t;

/// A batch of floats on the host, n x d and dense, as a tensor on the same memory, which is only to be read: torch has no
/// constant tensors.
template <cdl::index_t D>
torch::Tensor as_tensor(const cdl::batch_view<const float, D>& x) {
    return torch::from_blob(const_cast<float*>(x.data()), {x.size(), x.dim()});
}

/// The levels of n points as a tensor.
inline torch::Tensor as_tensor(const cdl::level_view<float>& levels, index_t n) {
    torch::Tensor told = torch::empty({n});
    for (index_t i = 0; i < n; ++i) told.data_ptr<float>()[i] = levels[i].value;
    return told;
}

/// A network with `forward(z, log-SNR)` as a batch denoiser of floats, without gradients.
template <class Network>
class network_denoiser {
public:
    explicit network_denoiser(Network& network) : network_(&network) {}

    template <cdl::exec::policy P>
    void operator()(const P&, cdl::batch_view<const float, cdl::dynamic> z, cdl::level_view<float> levels,
                    cdl::batch_view<float, cdl::dynamic> eps_hat) const {
        const torch::NoGradGuard no_gradient;
        const torch::Tensor answer = network_->forward(as_tensor(z), as_tensor(levels, z.size())).contiguous();
        std::copy_n(answer.template data_ptr<float>(), answer.numel(), eps_hat.data());
    }

private:
    Network* network_;
};

/// Queries, network, value, and the gradient of the value added to that of the parameters. Returns the value.
template <cdl::exec::policy P, class Training, class Network, class X>
double backward(const P& policy, Training& training, Network& network, const X& x,
                const cdl::random::noise_stream& stream, index_t step) {
    const auto q = training.queries(policy, x, stream, step);
    const torch::Tensor eps_hat = network.forward(as_tensor(q.z), as_tensor(q.levels, q.size())).contiguous();
    torch::Tensor cotangent = torch::empty_like(eps_hat, torch::TensorOptions().requires_grad(false));
    const auto d = q.z.dim();
    const auto value = training.value_and_cotangent(
        policy, cdl::batch_view<const float, cdl::dynamic>(eps_hat.data_ptr<float>(), q.size(), d),
        cdl::batch_view<float, cdl::dynamic>(cotangent.data_ptr<float>(), q.size(), d));
    eps_hat.backward(cotangent);
    return static_cast<double>(value.value);
}

} // namespace experiments
