// SPDX-License-Identifier: MIT
#pragma once

// A training objective is three calls: ask it where the denoiser must be evaluated, evaluate the denoiser there any way you
// like, hand back what it said:
//
//     queries(policy, x, stream, step)                  ->  z and levels of m queries
//     eps_hat = denoiser(z, levels)                          yours: a network, a mixture, anything
//     value_and_cotangent(policy, eps_hat, cotangent)   ->  the value, and cotangent = d value / d eps_hat
//
// Any framework with automatic differentiation goes on from there: eps_hat.backward(cotangent). No type of its enters here.

#include <cdl/denoiser/lift.hpp>
#include <cdl/density/estimate.hpp>
#include <cdl/random/noise_stream.hpp>

namespace cdl::objective {

/// Where an objective asks the denoiser: m points and their levels, in memory of the objective, until it is asked again.
template <class T, index_t D, class Space>
struct query_batch {
    batch_view<const T, D, point_major, Space> z; ///< m x d
    level_view<T, Space> levels;                  ///< m

    CDL_HD constexpr index_t size() const { return z.size(); }
};

/// Satisfied by objects of the three calls, for batches of numbers T in memory of a policy; `value` is the value alone. Made
/// by `prepare` of a loss: denoising, contrastive, variational, a weighted_sum of them, or one of your own.
template <class O, class P, class T>
concept training_objective =
    exec::policy<P> &&
    requires(O& objective, const P policy, batch_view<const T, dynamic, point_major, typename P::space> x,
             batch_view<const T, dynamic, point_major, typename P::space> eps_hat,
             batch_view<T, dynamic, point_major, typename P::space> cotangent, const random::noise_stream stream,
             index_t step) {
        objective.queries(policy, x, stream, step).z;
        level_view<T, typename P::space>(objective.queries(policy, x, stream, step).levels);
        { objective.value(policy, eps_hat) } -> std::same_as<density::estimate<T>>;
        { objective.value_and_cotangent(policy, eps_hat, cotangent) } -> std::same_as<density::estimate<T>>;
    };

/// A view of a batch with any strides: what the evaluators of losses see, whatever the container.
template <class T, index_t D, class Space>
using any_batch = batch_view<T, D, strided, Space>;

/// Satisfied by what makes an evaluator for points of D coordinates T under a policy: a loss.
template <class L, class P, class T, index_t D>
concept usable_loss = requires(const L l, const P policy, index_t n) { l.template evaluator<T, D>(policy, n, n); };

/// Refuses to compile, in one sentence, what is given where a loss belongs and is none.
template <class L, class P, class X>
constexpr void require_loss() {
    constexpr bool good = usable_loss<L, P, batch_scalar_t<X>, batch_view_of<const X>::static_dim>;
    static_assert(
        good,
        "cdl: a loss is objective::denoising, contrastive, variational, a weighted_sum of them, or one of your own "
        "(docs/concepts.md)");
}

/// Satisfied by losses: a few settings that make, for batches of n points of d numbers T in memory of a policy, an evaluator
/// `loss.template evaluator<T, D>(policy, n, d)` with
///     points()                                           how many points have a loss of their own, at most n;
///     query_count()                                      m;
///     check_step(step, where)                            refuses steps whose noise has no address;
///     ask(policy, x, stream, step, z, levels)            writes m points and m levels;
///     answer(policy, eps_hat, cotangent, scale, losses)  writes the loss of each point, and scale times the derivative of
///                                                        their mean unless cotangent.data() is nullptr; the cotangent
///                                                        may lie where eps_hat lies;
/// and, where there is something to refuse in the points, `check_points(policy, x, where)`, called before any loss is asked.
template <class L, class P, class T>
concept loss =
    exec::policy<P> &&
    requires(const L l, const P policy, index_t n) { l.template evaluator<T, dynamic>(policy, n, n); } &&
    requires(decltype(std::declval<const L&>().template evaluator<T, dynamic>(std::declval<const P&>(), 1, 1))& e,
             const P policy, any_batch<const T, dynamic, typename P::space> in,
             any_batch<T, dynamic, typename P::space> out, batch_view<T, dynamic, point_major, typename P::space> z,
             const random::noise_stream stream, log_snr<T>* levels, T* losses, index_t step, const char* where) {
        { e.points() } -> std::same_as<index_t>;
        { e.query_count() } -> std::same_as<index_t>;
        e.check_step(step, where);
        e.ask(policy, in, stream, step, z, levels);
        e.answer(policy, in, out, T(1), losses);
    };

} // namespace cdl::objective
