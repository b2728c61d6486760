// SPDX-License-Identifier: MIT
#pragma once

// A network of any framework as a denoiser. The framework sees three arrays, the points, the numbers that tell the level, and
// room for its answers; what they mean is said by a `parametrisation`, and the conversions are done here:
//
//     from_network f(policy, parametrisation<float>{predicts::v}, [](const auto& policy, auto input, auto told, auto output) {...});
//     f(policy, z, levels, eps_hat);                       // f is a batch denoiser
//     output_cotangent(policy, f.convention(), levels, c);  // of eps_hat -> of the network's output, to train it

#include <cdl/denoiser/parametrisation.hpp>
#include <cdl/view/as_batch.hpp>

#include <functional>

namespace cdl::denoiser {

namespace detail {

/// What the network is shown of point i, and told of its level.
template <class T, class Space, class Z, class In>
struct network_question {
    parametrisation<T, Space> convention;
    Z z;
    level_view<T, Space> levels;
    In input;
    T* told;

    CDL_HD void operator()(index_t i) const {
        if (input.data() != nullptr) {
            const T scale = convention.terms(levels[i]).input;
            for (index_t j = 0; j < z.dim(); ++j) input(i, j) = T(scale * z(i, j));
        }
        told[i] = convention.told_at(levels[i]);
    }
};

/// eps_hat of point i.
template <class T, class Space, class Z, class Out, class E>
struct network_answer {
    parametrisation<T, Space> convention;
    Z z;
    level_view<T, Space> levels;
    Out output;
    E eps_hat;

    CDL_HD void operator()(index_t i) const {
        const auto terms = convention.terms(levels[i]);
        for (index_t j = 0; j < z.dim(); ++j) // 0 z is 0 wherever z is finite
            eps_hat(i, j) = T(terms.of_z * z(i, j) + terms.of_output * output(i, j));
    }
};

/// cotangent = of_output cotangent, for point i.
template <class T, class Space, class C>
struct network_cotangent {
    parametrisation<T, Space> convention;
    level_view<T, Space> levels;
    C cotangent;

    CDL_HD void operator()(index_t i) const {
        const T scale = convention.terms(levels[i]).of_output;
        for (index_t j = 0; j < cotangent.dim(); ++j) cotangent(i, j) = T(scale * cotangent(i, j));
    }
};

} // namespace detail

/// What a network must be given for n points z at their levels: `input`, n x d, and n numbers `told`, in the policy's memory. An
/// input without memory is left out, where a network is shown z as it lies there.
template <exec::policy P, class T, class Z, class In>
void network_inputs(const P& policy, const parametrisation<T, typename P::space>& convention, const Z& z,
                    level_view<T, typename P::space> levels, const In& input, T* told) {
    policy.for_each_index(z.size(),
                          detail::network_question<T, typename P::space, Z, In>{convention, z, levels, input, told});
}

/// eps_hat of a network's output, both n x d; they may be the same batch.
template <exec::policy P, class T, class Z, class Out, class E>
void eps_from_output(const P& policy, const parametrisation<T, typename P::space>& convention, const Z& z,
                     level_view<T, typename P::space> levels, const Out& output, const E& eps_hat) {
    policy.for_each_index(
        z.size(), detail::network_answer<T, typename P::space, Z, Out, E>{convention, z, levels, output, eps_hat});
}

/// A cotangent of eps_hat, n x d, becomes that of the network's output, in place.
template <exec::policy P, class T, writable_batch C>
void output_cotangent(const P& policy, const parametrisation<T, typename P::space>& convention,
                      level_view<T, typename P::space> levels, C&& cotangent) {
    const auto c = exec::view_on(policy, cotangent);
    require(levels.fits(c.size()), "cdl::denoiser::output_cotangent", "levels", "must be one, or one for each point",
            "another number");
    policy.for_each_index(c.size(), detail::network_cotangent<T, typename P::space, std::remove_const_t<decltype(c)>>{
                                        convention, levels, c});
}

/// The batch denoiser of a network: `network(policy, input, told, output)` reads n points `input` (a point-major batch, n x d) and n
/// numbers `told` (a std::span), and writes `output` (point-major, n x d), all in the policy's memory. The function is held by
/// value; one that is to be shared goes into std::ref. Its own memory, n (2 d + 1) numbers, grows at the first call of a size.
template <scalar T, class Network, class Space = host>
class from_network {
public:
    using space = Space;

    /// Throws std::invalid_argument on a convention that is not possible.
    template <exec::policy P>
        requires std::is_same_v<typename P::space, Space>
    from_network(const P& policy, parametrisation<T, Space> convention, Network network)
        : convention_(convention), network_(std::move(network)), numbers_(policy.template allocate<T>(0)) {
        convention_.check("cdl::denoiser::from_network");
    }

    const parametrisation<T, Space>& convention() const { return convention_; }

    /// eps_hat at n points. z, eps_hat: n x d, not overlapping. Throws std::invalid_argument when shapes differ. One call of the
    /// network, none for n = 0, and two passes.
    template <exec::policy P, batch Z, writable_batch E>
        requires std::is_same_v<batch_scalar_t<E>, T>
    void operator()(const P& policy, const Z& z, level_view<T, typename P::space> levels, E&& eps_hat) {
        constexpr auto where = "cdl::denoiser::from_network";
        const auto from = exec::view_on(policy, z);
        const auto to = exec::view_on(policy, eps_hat);
        const index_t n = from.size(), d = from.dim();
        require(to.size() == n && to.dim() == d, where, "eps_hat", "must have the shape of z", to.size(), " x ",
                to.dim(), " for ", n, " x ", d);
        require(levels.fits(n), where, "levels", "must be one, or one for each point", "another number");
        require(n == 0 || static_cast<const void*>(from.data()) != to.data(), where, "eps_hat", "must not be z",
                "the same memory");
        require_writable(to, where, "eps_hat");
        if (n == 0) return;
        if (numbers_.size() < n * (2 * d + 1)) numbers_ = policy.template allocate<T>(n * (2 * d + 1));
        const batch_view<T, dynamic, point_major, Space> input(numbers_.data(), n, d),
            output(numbers_.data() + n * d, n, d);
        T* const told = numbers_.data() + 2 * n * d;
        network_inputs(policy, convention_, from, levels, input, told);
        std::invoke(network_, policy, batch_view<const T, dynamic, point_major, Space>(input),
                    std::span<const T>(told, static_cast<std::size_t>(n)), output);
        eps_from_output(policy, convention_, from, levels, output, to);
    }

private:
    parametrisation<T, Space> convention_;
    Network network_;
    exec::buffer<T, Space> numbers_;
};

template <exec::policy P, class T, class Space, class Network>
from_network(const P&, parametrisation<T, Space>, Network) -> from_network<T, Network, Space>;

} // namespace cdl::denoiser
