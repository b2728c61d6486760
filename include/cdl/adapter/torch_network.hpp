// SPDX-License-Identifier: MIT
#pragma once

// A network of LibTorch, wherever it comes from: a module of C++, a TorchScript file, a function. What it is given comes in the
// type and on the device of its parameters, whatever those of the caller are, and what it returns is checked before anything is
// made of it.

#include <cdl/adapter/torch_tensor.hpp>

#include <torch/script.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace cdl::adapter {

namespace detail {

/// What LibTorch says of an error, without where it was.
inline std::string words_of(const std::exception& error) {
    const auto* own = dynamic_cast<const c10::Error*>(&error);
    return own != nullptr ? own->what_without_backtrace() : error.what();
}

/// The same in a line: of TorchScript's many the reason is the one that begins with an error's name, which in a traceback is the
/// last.
inline std::string reason_of(const std::exception& error) {
    std::string text = words_of(error);
    if (const auto at = text.rfind("RuntimeError: "); at != std::string::npos) {
        text = text.substr(at);
    } else if (text.find("Traceback") != std::string::npos) {
        text.resize(text.find_last_not_of('\n') + 1);
        text = text.substr(text.rfind('\n') + 1);
    }
    return text.substr(0, text.find('\n'));
}

/// Whether memory was wanting, which is nobody's argument.
inline bool is_out_of_memory(const std::exception& error) {
    return dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
           dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
           words_of(error).find("can't allocate memory") != std::string::npos;
}

/// That there is something to train.
inline void require_graph(const torch::Tensor& output) {
    require(output.requires_grad(), "cdl::adapter::backward", "network", "must have parameters that need gradients",
            "none");
}

} // namespace detail

/// A function of `inputs` tensors, with parameters: Inputs is torch::Tensor once for each. Copies share the network.
template <class... Inputs>
class torch_network {
public:
    /// A module: `net->forward(inputs...)`, where net is a std::shared_ptr or a holder, as torch::nn::Sequential or one of
    /// TORCH_MODULE. It stays in the mode that it is in: `net->eval()` is the caller's to say.
    template <class Module>
        requires requires(Module net, const Inputs&... inputs) {
            { net->forward(inputs...) } -> std::convertible_to<torch::Tensor>;
            net->parameters();
        }
    torch_network(Module net)
        : call_([net](const Inputs&... inputs) mutable { return torch::Tensor(net->forward(inputs...)); }),
          parameters_(present(net)->parameters()) {
        require_one_place(net->buffers());
    }

    /// A TorchScript module, e.g. of `load_torch_script`. One that was frozen has no parameters any more, so nothing says its type:
    /// the caller's must be it.
    torch_network(torch::jit::Module net)
        : call_([net](const Inputs&... inputs) mutable {
              const torch::jit::IValue output = net.forward({inputs...});
              require(output.isTensor(), "cdl::adapter::torch_network", "network", "must return a tensor",
                      output.tagKind());
              return output.toTensor();
          }) {
        std::vector<torch::Tensor> buffers;
        for (const auto& tensor : net.parameters()) parameters_.push_back(tensor);
        for (const auto& tensor : net.buffers()) buffers.push_back(tensor);
        require_one_place(buffers);
    }

    /// A function of tensors, with the parameters that it has.
    template <class Function>
        requires requires(Function f, const Inputs&... inputs) {
            { f(inputs...) } -> std::convertible_to<torch::Tensor>;
        } && (!requires(Function f, const Inputs&... inputs) { f->forward(inputs...); })
    torch_network(Function function, std::vector<torch::Tensor> parameters = {})
        : call_(std::move(function)), parameters_(std::move(parameters)) {
        require_one_place({});
    }

    const std::vector<torch::Tensor>& parameters() const& { return parameters_; }
    const std::vector<torch::Tensor>& parameters() const&& = delete; // would outlive its owner

    /// The type and the device of the parameters and buffers, or, where there are none, those of the caller.
    torch::TensorOptions place(const torch::TensorOptions& of_caller) const {
        return placed_.defined() ? torch::dtype(placed_.scalar_type()).device(placed_.device()) : of_caller;
    }

    /// What the network returns for inputs in its place: a tensor of this shape, of their type and on their device. Everything
    /// else, and what LibTorch cannot compute, is std::invalid_argument, in the name of `where`; but where memory is wanting, what
    /// LibTorch throws. It may work in place: the inputs are then changed.
    torch::Tensor operator()(const char* where, torch::IntArrayRef shape, const Inputs&... inputs) const {
        torch::Tensor output;
        try {
            output = call_(inputs...);
        } catch (const std::invalid_argument&) {
            throw;
        } catch (const std::exception& error) { // of LibTorch or of the network
            if (detail::is_out_of_memory(error)) throw;
            std::ostringstream shapes;
            const char* separator = "";
            ((shapes << separator << inputs.sizes() << " of " << inputs.scalar_type() << " on " << inputs.device(),
              separator = " and "),
             ...);
            require(false, where, "network", ("must take " + shapes.str()).c_str(), detail::reason_of(error));
        }
        const auto given = std::get<0>(std::tie(inputs...)).options();
        require(output.defined(), where, "network", "must return a tensor", "an undefined one");
        require(output.sizes() == shape, where, "network", ("must return " + text(shape)).c_str(), output.sizes());
        require(output.scalar_type() == given.dtype().toScalarType(), where, "network",
                "must return numbers of the type of its parameters", output.scalar_type(), " for ", given.dtype());
        require(output.device() == given.device(), where, "network", "must return a tensor on its own device",
                output.device(), " for ", given.device());
        return output.resolve_neg(); // a sign that LibTorch has put off
    }

private:
    template <class Module>
    static Module& present(Module& net) {
        require(static_cast<bool>(net), "cdl::adapter::torch_network", "network", "must be a module", "a null pointer");
        return net;
    }

    static std::string text(torch::IntArrayRef shape) {
        std::ostringstream out;
        out << shape;
        return out.str();
    }

    void require_one_place(const std::vector<torch::Tensor>& buffers) {
        for (const auto* tensors : {&std::as_const(parameters_), &buffers})
            for (const auto& tensor : *tensors) {
                if (!tensor.is_floating_point()) continue;
                if (!placed_.defined()) placed_ = tensor;
                require(tensor.scalar_type() == placed_.scalar_type() && tensor.device() == placed_.device(),
                        "cdl::adapter::torch_network", "network", "must have parameters of one type on one device",
                        tensor.scalar_type(), " on ", tensor.device(), " beside ", placed_.scalar_type(), " on ",
                        placed_.device());
            }
    }

    std::function<torch::Tensor(const Inputs&...)> call_;
    std::vector<torch::Tensor> parameters_;
    torch::Tensor placed_; ///< the first floating one of parameters and buffers
};

/// The network of a TorchScript file, on a device, in evaluation mode. Throws std::invalid_argument, in one line, where there is no
/// such file, it is not TorchScript, or the device is not there. What it computes is checked when it is called.
inline torch::jit::Module load_torch_script(const std::string& file, torch::Device device = torch::kCPU) {
    constexpr auto where = "cdl::adapter::load_torch_script";
    std::error_code none;
    require(std::filesystem::is_regular_file(file, none), where, "file", "must be a file that can be read", file);
    require(!device.is_cuda() || torch::cuda::is_available(), where, "device", "must be there", device);
    try {
        torch::jit::Module net = torch::jit::load(file, device);
        net.eval();
        return net;
    } catch (const std::exception& error) {
        require(false, where, "file", "must hold a TorchScript module", file, ": ", detail::reason_of(error));
        throw; // never reached
    }
}

} // namespace cdl::adapter
