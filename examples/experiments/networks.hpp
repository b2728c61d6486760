// SPDX-License-Identifier: MIT
#pragma once

// The networks of the papers' toy experiments. Denoisers are shown z, n x d, and told its level, n numbers; they give eps_hat, n
// x d. Where they start is a function of a seed alone, by `initialise`.

#include <cdl/adapter/torch_tensor.hpp>
#include <cdl/denoiser/fourier_features.hpp>
#include <cdl/schedule/log_snr.hpp>

#include <cstdint>
#include <optional>

namespace experiments {

using cdl::index_t;

/// Sets the weights and biases of every linear layer to uniform numbers between -1 / sqrt(inputs) and 1 / sqrt(inputs), as torch
/// does, by address: (seed, layer, number). Layers are those below `network`, not itself.
void initialise(torch::nn::Module& network, std::uint64_t seed);

/// h <- LayerNorm(h + W2 GELU(W1 (h + e))): a layer of CDL's networks, all of one width.
class residual_block : public torch::nn::Module {
public:
    explicit residual_block(index_t width);
    torch::Tensor forward(const torch::Tensor& h, const torch::Tensor& e); ///< n x width each
    torch::Tensor forward(const torch::Tensor& h);                         ///< e = 0

private:
    torch::nn::Linear first_, second_;
    torch::nn::LayerNorm norm_;
};

/// CDL's denoiser for the plane: a linear layer, residual blocks which are all told the level, a linear layer. With d = 2 and the
/// defaults it has 67 202 parameters.
///
/// Its authors tell it the number t of a step, as cos(f t) and sin(f t) with f = 10^(-8 k / width), k < width / 2. Here t is a
/// number linear in the log-SNR, 0 at -15 and 1000 at 20, so that the fastest wave is 0.22 long; beyond, the network is told the
/// end.
class residual_mlp : public torch::nn::Module {
public:
    /// d, blocks >= 1 and an even width >= 2, else std::invalid_argument.
    explicit residual_mlp(index_t d, index_t width = 128, index_t blocks = 2);
    /// eps_hat, n x d. told: log-SNR, n numbers, infinite ones included.
    torch::Tensor forward(const torch::Tensor& z, const torch::Tensor& told);

private:
    torch::Tensor frequencies_; ///< 1 x width / 2
    torch::nn::Linear first_, last_;
    std::vector<std::shared_ptr<residual_block>> blocks_;
};

/// A noise classifier made of the same blocks, told nothing: logits of the levels, cumulative sums of its outputs [CDM app. B.1].
/// Smooth, for it is trained through its input gradient.
class classifier_mlp : public torch::nn::Module {
public:
    /// d, blocks >= 1 and classes, width >= 2, else std::invalid_argument. With Fourier features it is shown these of z, too.
    classifier_mlp(index_t d, index_t classes, index_t width = 128, index_t blocks = 2,
                   std::optional<cdl::denoiser::fourier_features> features = std::nullopt);
    /// Logits, n x classes.
    torch::Tensor forward(const torch::Tensor& z);

private:
    std::optional<cdl::denoiser::fourier_features> features_;
    torch::nn::Linear first_, last_;
    std::vector<std::shared_ptr<residual_block>> blocks_;
};

/// VDM's denoiser for the plane: two hidden layers with x sigmoid(x) on the Fourier features of (z, g), and eps_hat = net + z. The
/// level is told as g, which is 0 at the cleanest level and 1 at the noisiest, and clipped to [-1, 2].
class fourier_mlp : public torch::nn::Module {
public:
    /// d, width >= 1, finite levels, the cleanest above the noisiest, else std::invalid_argument.
    fourier_mlp(index_t d, cdl::log_snr<double> cleanest, cdl::log_snr<double> noisiest, index_t width = 512);
    /// eps_hat, n x d. told: log-SNR, n numbers, infinite ones included.
    torch::Tensor forward(const torch::Tensor& z, const torch::Tensor& told);

private:
    double cleanest_, noisiest_;
    torch::nn::Linear first_, second_, last_;
};

/// (h, sin(2^n pi h), cos(2^n pi h), ...), n x features.width(d), as cdl::denoiser::fourier_features, but for torch to
/// differentiate.
torch::Tensor with_features(const torch::Tensor& h, const cdl::denoiser::fourier_features& features);

} // namespace experiments
