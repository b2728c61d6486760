// SPDX-License-Identifier: MIT
#pragma once

// A network of any framework as a denoiser. The framework sees three arrays, the points, the numbers that tell their levels, and
// room for its answers; what they mean is said by a `parametrisation`, and the conversions are done here:
//
//     from_network f(policy, parametrisation<float>{predicts::v}, [](const auto& policy, auto input, auto told, auto output) {...});
//     f(policy, z, levels, eps_hat);                                // f is a batch denoiser
//     output_cotangent(policy, f.convention(), levels, cotangent);  // of eps_hat -> of the network's output, to train it
//
// A framework that keeps its own memory calls the three steps itself: `network_inputs`, the network, `eps_from_output`.

#include <cdl/denoiser/parametrisation.hpp>
#include <cdl/view/as_batch.hpp>

#include <functional>
#include <optional>

namespace cdl::denoiser {

/// Satisfied by functions network(policy, input, told, output) of n points `input` (point-major, n x d) and n numbers `told` that
/// write n points `output`, all in the policy's memory. May keep state of its own.
template <class F, class P, class T>
concept network =
    exec::policy<P> && std::invocable<F&, const P&, batch_view<const T, dynamic, point_major, typename P::space>,
                                      std::span<const T>, batch_view<T, dynamic, point_major, typename P::space>>;

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
        const T scale = convention.terms(levels[i]).input;
        for (index_t j = 0; j < z.dim(); ++j) input(i, j) = T(scale * z(i, j));
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
        for (index_t j = 0; j < z.dim(); ++j) // where of_z is 0, so is the first product, for finite z
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

/// The checks of a batch that goes with n x d points z, and of their levels.
template <class Z, class B>
void require_shape_of(const Z& z, const B& other, const char* where, const char* argument) {
    require(other.size() == z.size() && other.dim() == z.dim(), where, argument, "must have the shape of z",
            other.size(), " x ", other.dim(), " for ", z.size(), " x ", z.dim());
}
template <class T, class Space>
void require_levels_for(const level_view<T, Space>& levels, index_t n, const char* where) {
    require(levels.fits(n), where, "levels", "must be one, or one for each point", levels.size(), " for ", n,
            " points");
}

} // namespace detail

/// What a network must be given for points z (n x d) at their levels: `input`, n x d, which may be z, and n numbers `told`, all in
/// the policy's memory. Throws std::invalid_argument when shapes differ or the convention is not possible. One pass.
template <exec::policy P, class T, batch Z, writable_batch In>
void network_inputs(const P& policy, const parametrisation<T, typename P::space>& convention, const Z& z,
                    const std::type_identity_t<level_view<T, typename P::space>>& levels, In&& input, T* told) {
    constexpr auto where = "cdl::denoiser::network_inputs";
    const auto from = exec::view_on(policy, z);
    const auto to = exec::view_on(policy, input);
    convention.check(where);
    detail::require_shape_of(from, to, where, "input");
    detail::require_levels_for(levels, from.size(), where);
    require_writable(to, where, "input");
    policy.for_each_index(from.size(), detail::network_question{convention, from, levels, to, told});
}

/// eps_hat of a network's output for points z; all n x d, and eps_hat may be the output or z. Throws std::invalid_argument when
/// shapes differ. One pass.
template <exec::policy P, class T, batch Z, batch Out, writable_batch E>
void eps_from_output(const P& policy, const parametrisation<T, typename P::space>& convention, const Z& z,
                     const std::type_identity_t<level_view<T, typename P::space>>& levels, const Out& output,
                     E&& eps_hat) {
    constexpr auto where = "cdl::denoiser::eps_from_output";
    const auto from = exec::view_on(policy, z);
    const auto said = exec::view_on(policy, output);
    const auto to = exec::view_on(policy, eps_hat);
    convention.check(where);
    detail::require_shape_of(from, said, where, "output");
    detail::require_shape_of(from, to, where, "eps_hat");
    detail::require_levels_for(levels, from.size(), where);
    require_writable(to, where, "eps_hat");
    policy.for_each_index(from.size(), detail::network_answer{convention, from, levels, said, to});
}

/// A cotangent of eps_hat, n x d, becomes that of the network's output, in place: what `backward` of a framework starts from.
/// Throws std::invalid_argument when shapes differ or the convention is not possible. One pass.
template <exec::policy P, class T, writable_batch C>
void output_cotangent(const P& policy, const parametrisation<T, typename P::space>& convention,
                      const std::type_identity_t<level_view<T, typename P::space>>& levels, C&& cotangent) {
    constexpr auto where = "cdl::denoiser::output_cotangent";
    const auto both = exec::view_on(policy, cotangent);
    convention.check(where);
    detail::require_levels_for(levels, both.size(), where);
    require_writable(both, where, "cotangent");
    policy.for_each_index(both.size(), detail::network_cotangent{convention, levels, both});
}

/// The batch denoiser of a network. The function is held by value; one that is to be shared goes into std::ref. Its own memory,
/// n (2 d + 1) numbers, grows at the first call of a size; a copy has memory of its own. Not for two threads at a time.
template <scalar T, class Network, class Space = host>
class from_network {
public:
    using space = Space; ///< where points, levels and what is told of them lie

    /// Throws std::invalid_argument on a convention that is not possible.
    template <exec::policy P>
        requires std::is_same_v<typename P::space, Space>
    from_network(const P&, parametrisation<T, Space> convention, Network network)
        : convention_(convention), network_(std::move(network)) {
        convention_.check("cdl::denoiser::from_network");
        detail::require_function(network_, "cdl::denoiser::from_network", "network");
    }

    const parametrisation<T, Space>& convention() const& { return convention_; }
    const parametrisation<T, Space>& convention() const&& = delete; // would outlive its owner

    /// eps_hat at n points. z, eps_hat: n x d, not overlapping. Throws std::invalid_argument when shapes differ. One call of the
    /// network, none for n = 0, and two passes.
    template <exec::policy P, batch Z, writable_batch E>
        requires std::is_same_v<batch_scalar_t<E>, T>
    void operator()(const P& policy, const Z& z, level_view<T, typename P::space> levels, E&& eps_hat) {
        const auto from = exec::view_on(policy, z);
        const auto to = exec::view_on(policy, eps_hat);
        require_same_space(*this, policy);
        static_assert(network<Network, P, T>, "cdl: must be callable with (policy, input, told, output)");
        detail::require_estimable(*this, from, levels, to, "cdl::denoiser::from_network");
        const index_t n = from.size(), d = from.dim();
        if (n == 0) return;
        T* const numbers = memory_.at_least(policy, n * (2 * d + 1));
        const batch_view<T, dynamic, point_major, Space> input(numbers, n, d), output(numbers + n * d, n, d);
        T* const told = numbers + 2 * n * d;
        network_inputs(policy, convention_, from, levels, input, told);
        std::invoke(network_, policy, batch_view<const T, dynamic, point_major, Space>(input),
                    std::span<const T>(told, static_cast<std::size_t>(n)), output);
        eps_from_output(policy, convention_, from, levels, output, to);
    }

private:
    /// Numbers that are scratch: a copy has none.
    struct scratch {
        std::optional<exec::buffer<T, Space>> numbers;

        scratch() = default;
        scratch(const scratch&) {}
        scratch(scratch&&) = default;
        scratch& operator=(const scratch&) { return *this; }
        scratch& operator=(scratch&&) = default;

        template <class P>
        T* at_least(const P& policy, index_t count) {
            if (!numbers || numbers->size() < count) numbers.emplace(policy.template allocate<T>(count));
            return numbers->data();
        }
    };

    parametrisation<T, Space> convention_;
    Network network_;
    scratch memory_;
};

template <exec::policy P, class T, class Space, class Network>
from_network(const P&, parametrisation<T, Space>, Network) -> from_network<T, Network, Space>;

} // namespace cdl::denoiser
