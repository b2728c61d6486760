// SPDX-License-Identifier: MIT
#pragma once

// A denoiser predicts the noise in a noisy point: eps_hat(z, a), optimally E[eps | z] [CDL eq. 1]. At point level it
// is a function of one point, cheap to copy, that any policy can run inside its loop; at batch level it is what a
// neural network offers. `lift` makes the second of the first.

#include <cdl/exec/policy.hpp>
#include <cdl/schedule/level_view.hpp>
#include <cdl/view/batch_view.hpp>

namespace cdl::denoiser {

/// Satisfied by constant, trivially copyable functions f(z, a, eps_hat) of one point: reads z[0], ..., z[d-1], writes
/// eps_hat[0], ..., eps_hat[d-1], which do not overlap z. No allocation, no state. One that is a template over the scalar
/// runs on SIMD packs; one for point_view<const double> alone runs on one number at a time.
template <class F, class S>
concept point_denoiser = std::is_trivially_copyable_v<F> && requires(const F f, point_view<const S> z, log_snr<S> a,
                                                                     point_view<S> eps_hat) { f(z, a, eps_hat); };

/// Satisfied by functions f(policy, z, levels, eps_hat) of a batch, n x d: what a neural network offers. May keep
/// state of its own. eps_hat does not overlap z.
template <class F, class P, class T>
concept batch_denoiser =
    exec::policy<P> &&
    requires(F& f, const P policy, batch_view<const T, dynamic, point_major, typename P::space> z,
             level_view<T, typename P::space> levels,
             batch_view<T, dynamic, point_major, typename P::space> eps_hat) { f(policy, z, levels, eps_hat); };

namespace detail {

/// f(z, a, eps_hat) compiles, of whatever kind f is.
template <class F, class S>
concept answers_points =
    requires(F& f, point_view<const S> z, log_snr<S> a, point_view<S> eps_hat) { f(z, a, eps_hat); };

/// f(policy, z, levels, eps_hat) compiles for batches of points of D coordinates.
template <class F, class P, class T, index_t D>
concept answers_batches =
    requires(F& f, const P policy, batch_view<const T, D, point_major, typename P::space> z,
             level_view<T, typename P::space> levels,
             batch_view<T, D, point_major, typename P::space> eps_hat) { f(policy, z, levels, eps_hat); };

/// f(z, a) compiles: the answer would be returned.
template <class F, class S>
concept returns_answers = requires(F& f, point_view<const S> z, log_snr<S> a) { f(z, a); };

} // namespace detail

/// Satisfied by what the functions of the library take as a denoiser of points of D coordinates T under a policy: a point
/// denoiser or a batch denoiser.
template <class F, class P, class T, index_t D = dynamic>
concept usable_denoiser = point_denoiser<F, T> || batch_denoiser<F, P, T> || detail::answers_batches<F, P, T, D>;

/// Refuses to compile, in one sentence, what is given where a denoiser of the points of a batch X belongs and is none.
template <class Given, class P, class X>
constexpr void require_denoiser() {
    using F = std::remove_cvref_t<Given>;
    using T = batch_scalar_t<X>;
    constexpr bool good = usable_denoiser<F, P, T, batch_view_of<const X>::static_dim>;
    if constexpr (detail::answers_points<const F, T>)
        static_assert(good, "cdl: a denoiser of points must be trivially copyable: one that owns memory, such as a "
                            "std::vector, hands out a view that holds a pointer (docs/concepts.md)");
    else if constexpr (detail::answers_points<F, T>)
        static_assert(good, "cdl: operator() of a denoiser of points must be const");
    else if constexpr (detail::returns_answers<F, T>)
        static_assert(
            good, "cdl: a denoiser writes its answer into a third argument, f(z, level, eps_hat), and returns nothing");
    else
        static_assert(
            good,
            "cdl: a denoiser is f(z, level, eps_hat) for one point, or f(policy, z, levels, eps_hat) for a batch");
}

/// Satisfied by point denoisers that also know log p_a(z), in nats: those of distributions with known densities.
template <class F, class S>
concept exact_denoiser =
    point_denoiser<F, S> && requires(const F f, point_view<const S> z, log_snr<S> a) { S(f.log_density(z, a)); };

/// Satisfied by point denoisers that also know the divergence of what they estimate, sum_j d eps_hat_j / d z_j; of an exact
/// denoiser it is -noise_scale(a) times the Laplacian of log p_a.
template <class F, class S>
concept divergent_denoiser =
    point_denoiser<F, S> && requires(const F f, point_view<const S> z, log_snr<S> a) { S(f.divergence(z, a)); };

/// Satisfied by point denoisers that can be prepared for many points at one level: `f.at_level(policy, a)` owns what was
/// prepared, in memory of the policy, and its `point()` is a point denoiser for that level only.
template <class F, class P, class T>
concept tabulating_denoiser = requires(const F f, const P policy, log_snr<T> a) {
    f.at_level(policy, a);
} && requires(const decltype(std::declval<const F&>().at_level(std::declval<const P&>(), log_snr<T>{}))& table) {
    { table.point() } -> point_denoiser<T>;
};

/// Refuses to compile where a denoiser says in which memory its parameters lie, by a type `space`, and the policy runs
/// elsewhere.
template <class F, class P>
constexpr void require_same_space(const F&, const P&) {
    if constexpr (requires { typename F::space; })
        static_assert(std::is_same_v<typename F::space, typename P::space>,
                      "cdl: the parameters of the denoiser and the policy live in different memory: build the denoiser "
                      "from distribution.on(policy)");
}

/// Throws std::invalid_argument where a denoiser knows its dimension, by a member `dim()`, and the batch has another; and
/// where it keeps points in registers, says so by `points_in_registers`, and the batch of a device has wider ones.
template <class F, class Batch>
void require_dimension(const F& denoiser, const Batch& batch, const char* where, const char* argument) {
    if constexpr (requires { denoiser.dim(); })
        require(batch.size() == 0 || batch.dim() == denoiser.dim(), where, argument,
                "must have the dimension of the denoiser", batch.dim(), " for ", denoiser.dim());
    if constexpr (requires { requires F::points_in_registers; } && Batch::static_dim == dynamic &&
                  !std::is_same_v<typename Batch::space, host>)
        require(batch.size() == 0 || batch.dim() <= local_point_capacity, where, argument,
                "must be points that fit into registers, on a device, for a denoiser that is made of others",
                batch.dim(), " coordinates where ", local_point_capacity, " fit");
}

namespace detail {

/// Throws std::invalid_argument where what is called may be empty and is: an empty std::function, a null pointer.
template <class F>
void require_function(const F& function, const char* where, const char* argument) {
    if constexpr (std::is_class_v<F> || std::is_pointer_v<F>)
        if constexpr (requires { function == nullptr; })
            require(!(function == nullptr), where, argument, "must hold a function", "an empty one");
}

/// The checks of a batch of queries z and of the batch that their eps_hat goes to.
template <class F, class Z, class Levels, class E>
void require_estimable(const F& denoiser, const Z& z, const Levels& levels, const E& eps_hat, const char* where) {
    require(z.size() == eps_hat.size() && z.dim() == eps_hat.dim(), where, "eps_hat", "must have the shape of z",
            eps_hat.size(), " x ", eps_hat.dim(), " for ", z.size(), " x ", z.dim());
    require_dimension(denoiser, z, where, "z");
    require(levels.fits(z.size()), where, "levels", "must be one, or one for each point", levels.size(), " for ",
            z.size(), " points");
    require(z.size() == 0 || static_cast<const void*>(z.data()) != eps_hat.data(), where, "eps_hat", "must not be z",
            "the same memory");
    require_writable(eps_hat, where, "eps_hat");
}

} // namespace detail

} // namespace cdl::denoiser
