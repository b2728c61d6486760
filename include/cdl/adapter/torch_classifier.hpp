// SPDX-License-Identifier: MIT
#pragma once

// A network of LibTorch as a classifier of noise levels [CDM]: it gives T + 1 logits for each noisy point, no level is told, and
// its input gradient is a denoiser [CDM eq. 6].
//
//     torch_classifier<float> c(net, levels.size() + 1);
//     denoiser::from_batch_classifier f(policy, levels, std::ref(c));   // a batch denoiser
//     adapter::backward(policy, training, c, x, stream, step);          // a step of objective::classification

#include <cdl/adapter/torch_network.hpp>
#include <cdl/objective/classification.hpp>

namespace cdl::adapter {

/// The classifier of a network `net(points)` that returns n x `classes` logits for n x d points, of which the last belongs to pure
/// noise. Copies share the network. The points are given to it in the type and on the device of its parameters, copied.
template <scalar T, class Space = host>
class torch_classifier {
public:
    using space = Space;

    /// Throws std::invalid_argument unless there are two classes, and on a network in more than one place.
    torch_classifier(torch_network<torch::Tensor> network, index_t classes)
        : network_(std::move(network)), classes_(classes) {
        require(classes >= 2, "cdl::adapter::torch_classifier", "classes", "must be at least 2", classes);
    }

    index_t classes() const { return classes_; }
    const std::vector<torch::Tensor>& parameters() const& { return network_.parameters(); }
    const std::vector<torch::Tensor>& parameters() const&& = delete; // would outlive its owner

    /// The logits of n points z, n x d, into `out`, n x classes. Throws std::invalid_argument when shapes differ, and where the
    /// network does not take its inputs or returns something else. One call of the network.
    template <exec::policy P, batch Z, writable_batch Out>
        requires std::is_same_v<batch_scalar_t<Out>, T>
    void logits(const P& policy, const Z& z, Out&& out) const {
        const auto from = exec::view_on(policy, z);
        const auto to = exec::view_on(policy, out);
        constexpr auto where = "cdl::adapter::torch_classifier::logits";
        require(to.size() == from.size() && to.dim() == classes_, where, "out",
                "must have a number for each point and class", to.size(), " x ", to.dim(), " for ", from.size(), " x ",
                classes_);
        require_writable(to, where, "out");
        if (from.size() == 0) return;
        const torch::NoGradGuard no_graph;
        as_tensor(to).copy_(answer(from, false).logits);
    }

    /// The input gradients of F(z, k) = f_classes(z) - f_k(z) at the class k of each point, 1, ..., classes, into `out`, n x d: what
    /// denoiser::from_batch_classifier asks for. One call of the network and its backward pass.
    template <exec::policy P, batch Z, writable_batch Out>
        requires std::is_same_v<batch_scalar_t<Out>, T>
    void operator()(const P& policy, const Z& z, std::span<const index_t> classes, Out&& out) const {
        const auto from = exec::view_on(policy, z);
        const auto to = exec::view_on(policy, out);
        constexpr auto where = "cdl::adapter::torch_classifier";
        require(to.size() == from.size() && to.dim() == from.dim(), where, "out", "must have the shape of z", to.size(),
                " x ", to.dim(), " for ", from.size(), " x ", from.dim());
        require(static_cast<index_t>(classes.size()) == from.size(), where, "classes", "must be one for each point",
                classes.size(), " for ", from.size());
        if constexpr (std::is_same_v<Space, host>)
            for (const index_t k : classes)
                require(1 <= k && k <= classes_, where, "classes", "must be from 1 to their number", k);
        require_writable(to, where, "out");
        if (from.size() == 0) return;
        const torch::AutoGradMode with_graph(true);
        const torch::Tensor gradient = ratio_gradient(answer(from, true), classes, false);
        const torch::NoGradGuard no_graph;
        as_tensor(to).copy_(gradient);
    }

    /// What the network was given and what it said, with the graph between them, in the network's type and on its device.
    struct answered {
        torch::Tensor points; ///< n x d
        torch::Tensor logits; ///< n x classes
    };

    /// The network's answer at n points z. With `inputs_too` the graph goes to the points.
    template <class Z>
    answered answer(const Z& z, bool inputs_too) const {
        const torch::Tensor points = as_tensor(z).to(network_.place(home()), false, true).requires_grad_(inputs_too);
        return {points, network_("cdl::adapter::torch_classifier", {z.size(), classes_}, points)};
    }

    /// The input gradient of F at the class of each point, n x d; with `create_graph` it can be differentiated again.
    torch::Tensor ratio_gradient(const answered& answer, std::span<const index_t> classes, bool create_graph) const {
        static_assert(sizeof(index_t) == sizeof(std::int64_t));
        if (!answer.logits.requires_grad()) return torch::zeros_like(answer.points); // they depend on nothing
        const auto places = torch::dtype(torch::kInt64).device(home().device());
        const torch::Tensor column =
            torch::from_blob(const_cast<index_t*>(classes.data()), {static_cast<index_t>(classes.size()), 1}, places)
                .to(answer.logits.device()) -
            1;
        const torch::Tensor ratio = answer.logits.select(1, classes_ - 1) - answer.logits.gather(1, column).squeeze(1);
        const torch::Tensor gradient =
            torch::autograd::grad({ratio.sum()}, {answer.points}, {}, create_graph, create_graph, true)[0];
        return gradient.defined() ? gradient
                                  : torch::zeros_like(answer.points); // logits that do not depend on the points
    }

    /// The type and the memory of the caller.
    static torch::TensorOptions home() { return cdl::detail::torch_options<T, Space>(); }

private:
    torch_network<torch::Tensor> network_;
    index_t classes_;
};

/// The value of CDM's objective (made by objective::prepare) for the batch x, n x d, at a training step, with its two parts; adds
/// d value / d parameter to the gradients of the network's parameters. Throws what the objective and the classifier throw, before
/// gradients change. One call of the network, its backward pass to the points, and the backward pass of both to the parameters,
/// second derivatives included [CDM alg. 1].
template <exec::policy P, class Training, scalar T, batch X>
objective::classification_value<T> backward(const P& policy, Training& training,
                                            const torch_classifier<T, typename P::space>& classifier, const X& x,
                                            const random::noise_stream& stream, index_t step) {
    using space = typename P::space;
    require(classifier.classes() == training.classes(), "cdl::adapter::backward", "classifier",
            "must have the classes of the objective", classifier.classes(), " for ", training.classes());
    const auto asked = training.queries(policy, x, stream, step);
    const torch::AutoGradMode with_graph(true);
    const auto answer = classifier.answer(asked.z, true);
    detail::require_graph(answer.logits);
    const torch::Tensor gradient = classifier.ratio_gradient(answer, asked.classes, true);
    const torch::Tensor logits_here = answer.logits.detach().to(classifier.home());
    const torch::Tensor gradient_here = gradient.detach().to(classifier.home());
    torch::Tensor logits_cotangent = torch::empty_like(logits_here),
                  gradient_cotangent = torch::empty_like(gradient_here);
    const auto value = training.value_and_cotangents(
        policy, as_batch<const T, dynamic, space>(logits_here), as_batch<const T, dynamic, space>(gradient_here),
        as_batch<T, dynamic, space>(logits_cotangent), as_batch<T, dynamic, space>(gradient_cotangent));
    std::vector<torch::Tensor> outputs{answer.logits}, cotangents{logits_cotangent.to(answer.logits.options())};
    if (gradient.requires_grad()) { // else it depends on no parameter
        outputs.push_back(gradient);
        cotangents.push_back(gradient_cotangent.to(answer.logits.options()));
    }
    torch::autograd::backward(outputs, cotangents);
    return value;
}

} // namespace cdl::adapter
