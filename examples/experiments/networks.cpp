// SPDX-License-Identifier: MIT
#include "networks.hpp"

#include <cdl/random/noise_stream.hpp>

#include <cmath>
#include <numbers>

namespace experiments {
namespace {

using torch::Tensor;
using torch::nn::Linear;

constexpr double lowest_level = -15, highest_level = 20, positions = 1000; ///< of residual_mlp
const cdl::denoiser::fourier_features vdm_features{.n_min = 1, .n_max = 8};

/// A width that is as good as any, or a complaint.
index_t checked(index_t width, index_t least, const char* where, const char* argument) {
    cdl::require(width >= least, where, argument, least == 1 ? "must be at least 1" : "must be at least 2", width);
    return width;
}

} // namespace

void initialise(torch::nn::Module& network, std::uint64_t seed) {
    const torch::NoGradGuard no_gradient;
    const cdl::random::noise_stream stream{.seed = seed, .use = cdl::random::purpose::user};
    index_t layer = 0;
    for (const auto& module : network.modules(false)) {
        const auto* linear = module->as<torch::nn::LinearImpl>();
        if (linear == nullptr) continue;
        const double most = 1 / std::sqrt(static_cast<double>(linear->weight.size(1)));
        index_t number = 0;
        for (Tensor parameters : {linear->weight, linear->bias}) {
            auto* to = parameters.data_ptr<float>();
            for (index_t i = 0; i < parameters.numel(); ++i, ++number)
                to[i] = static_cast<float>(most * (2 * cdl::random::uniform(stream, layer, number) - 1));
        }
        ++layer;
    }
}

Tensor with_features(const Tensor& h, const cdl::denoiser::fourier_features& features) {
    std::vector<Tensor> parts{h};
    for (int n = features.n_min; n <= features.n_max; ++n) {
        const Tensor angle = h * (std::ldexp(1.0, n) * std::numbers::pi);
        parts.push_back(torch::sin(angle));
        parts.push_back(torch::cos(angle));
    }
    return torch::cat(parts, 1);
}

residual_block::residual_block(index_t width)
    : first_(register_module("first", Linear(width, width))), second_(register_module("second", Linear(width, width))),
      norm_(register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})))) {}

Tensor residual_block::forward(const Tensor& h, const Tensor& e) {
    return norm_(h + second_(torch::gelu(first_(h + e))));
}

Tensor residual_block::forward(const Tensor& h) {
    return norm_(h + second_(torch::gelu(first_(h))));
}

residual_mlp::residual_mlp(index_t d, index_t width, index_t blocks)
    : first_(register_module("first", Linear(checked(d, 1, "experiments::residual_mlp", "d"),
                                             checked(width, 2, "experiments::residual_mlp", "width")))),
      last_(nullptr) {
    cdl::require(width % 2 == 0, "experiments::residual_mlp", "width", "must be even", width);
    checked(blocks, 1, "experiments::residual_mlp", "blocks");
    std::vector<float> table(static_cast<std::size_t>(width / 2));
    for (std::size_t k = 0; k < table.size(); ++k)
        table[k] = static_cast<float>(std::pow(1e-4, 2.0 * static_cast<double>(k) / static_cast<double>(width)));
    frequencies_ = register_buffer("frequencies", torch::tensor(table).unsqueeze(0));
    for (index_t b = 0; b < blocks; ++b)
        blocks_.push_back(register_module("block" + std::to_string(b), std::make_shared<residual_block>(width)));
    last_ = register_module("last", Linear(width, d));
}

Tensor residual_mlp::forward(const Tensor& z, const Tensor& told) {
    const Tensor position =
        (told.clamp(lowest_level, highest_level) - lowest_level) * (positions / (highest_level - lowest_level));
    const Tensor angle = position.unsqueeze(1) * frequencies_;
    const Tensor e = torch::cat({torch::cos(angle), torch::sin(angle)}, 1);
    Tensor h = first_(z);
    for (const auto& block : blocks_) h = block->forward(h, e);
    return last_(h);
}

classifier_mlp::classifier_mlp(index_t d, index_t classes, index_t width, index_t blocks,
                               std::optional<cdl::denoiser::fourier_features> features)
    : features_(features), first_(nullptr), last_(nullptr) {
    constexpr auto where = "experiments::classifier_mlp";
    checked(d, 1, where, "d"), checked(classes, 2, where, "classes"), checked(width, 2, where, "width");
    checked(blocks, 1, where, "blocks");
    first_ = register_module("first", Linear(features ? features->width(d) : d, width));
    for (index_t b = 0; b < blocks; ++b)
        blocks_.push_back(register_module("block" + std::to_string(b), std::make_shared<residual_block>(width)));
    last_ = register_module("last", Linear(width, classes));
}

Tensor classifier_mlp::forward(const Tensor& z) {
    Tensor h = first_(features_ ? with_features(z, *features_) : z);
    for (const auto& block : blocks_) h = block->forward(h);
    return torch::cumsum(last_(h), 1);
}

fourier_mlp::fourier_mlp(index_t d, cdl::log_snr<double> cleanest, cdl::log_snr<double> noisiest, index_t width)
    : cleanest_(cleanest.value), noisiest_(noisiest.value), first_(nullptr), second_(nullptr), last_(nullptr) {
    constexpr auto where = "experiments::fourier_mlp";
    checked(d, 1, where, "d"), checked(width, 1, where, "width");
    cdl::require(std::isfinite(cleanest_) && std::isfinite(noisiest_) && noisiest_ < cleanest_, where, "cleanest",
                 "must be finite and above noisiest", cleanest_, " against ", noisiest_);
    first_ = register_module("first", Linear(vdm_features.width(d + 1), width));
    second_ = register_module("second", Linear(width, width));
    last_ = register_module("last", Linear(width, d));
}

Tensor fourier_mlp::forward(const Tensor& z, const Tensor& told) {
    const double range = cleanest_ - noisiest_;
    const Tensor g = (cleanest_ - told.clamp(noisiest_ - range, cleanest_ + range)) / range;
    const Tensor h = torch::silu(first_(with_features(torch::cat({z, g.unsqueeze(1)}, 1), vdm_features)));
    return last_(torch::silu(second_(h))) + z;
}

} // namespace experiments
