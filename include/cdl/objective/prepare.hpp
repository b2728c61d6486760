// SPDX-License-Identifier: MIT
#pragma once

// What holds the memory of a loss: allocated once, for batches of one shape. The value is the mean over the points of the
// batch, its standard error comes from their spread, and is infinite for a single point: that is the error as an estimate of the mean over all data, levels
// and noise, not of the mean over this batch.

#include <cdl/density/mean_of.hpp>
#include <cdl/objective/concept.hpp>
#include <cdl/random/noise_source.hpp>

#include <vector>

namespace cdl::objective {

namespace detail {

/// spread[i] += factor (losses[i] - mean).
template <class T>
struct spread_of_losses {
    const T* losses;
    T mean, factor;
    T* spread;

    CDL_HD void operator()(index_t i) const { spread[i] = T(spread[i] + factor * T(losses[i] - mean)); }
};

/// spread[i] = value.
template <class T>
struct filled {
    T value;
    T* numbers;

    CDL_HD void operator()(index_t i) const { numbers[i] = value; }
};

/// The parts of the last value: of a sum those of its losses, of the variational bound its three, else the mean of the losses.
template <class T, class P, class Evaluator>
auto parts_of(const P& policy, const Evaluator& evaluator, const T* losses) {
    if constexpr (requires { evaluator.parts_of(policy, losses); })
        return evaluator.parts_of(policy, losses);
    else if constexpr (requires { evaluator.parts(policy); })
        return evaluator.parts(policy);
    else
        return density::mean_of(policy, losses, evaluator.points(), evaluator.query_count());
}

/// Throws std::invalid_argument where a loss cannot be had of points like these.
template <class P, class Evaluator, class X>
void check_points(const P& policy, const Evaluator& evaluator, const X& x, const char* where) {
    if constexpr (requires { evaluator.check_points(policy, x, where); }) evaluator.check_points(policy, x, where);
}

/// Returns scale times the mean of p losses, and adds to the spread over the n points of the batch what these contribute: the
/// squares of the spread, summed and divided by n (n - 1), are the squared standard error, for a mean over the first p of the
/// points as well, and for sums of such means.
template <class T, class P, class Evaluator>
T collect(const P& policy, const Evaluator& evaluator, const T* losses, index_t n, T scale, T* spread) {
    using std::sqrt;
    if constexpr (requires { evaluator.collect(policy, losses, n, scale, spread); }) {
        return evaluator.collect(policy, losses, n, scale, spread);
    } else {
        const index_t points = evaluator.points();
        const T p = T(static_cast<double>(points)), all = T(static_cast<double>(n));
        const T mean =
            T(policy.template sum_over<T>(points, density::detail::power_of_distance<T>{losses, T(0), false}) / p);
        if (points < 2) // a single loss says nothing of its spread
            policy.for_each_index(points, filled<T>{T(std::numeric_limits<T>::infinity()), spread});
        else
            policy.for_each_index(
                points, spread_of_losses<T>{losses, mean,
                                            T(scale * sqrt(T(T(all * T(all - T(1))) / T(p * T(p - T(1)))))), spread});
        return T(scale * mean);
    }
}

} // namespace detail

/// A loss ready for batches of n points of d coordinates: a training_objective. Made by `prepare`.
template <class Evaluator, class T, index_t D, class Space>
class prepared {
public:
    using space = Space;

    /// n >= 1 points of d >= 1 coordinates, else std::invalid_argument.
    template <exec::policy P>
    prepared(const P& policy, Evaluator evaluator, index_t n, index_t d)
        : evaluator_(std::move(evaluator)), n_(n), d_(d), m_(evaluator_.query_count()),
          z_(policy.template allocate<T>(m_ * d)), levels_(policy.template allocate<log_snr<T>>(m_)),
          losses_(policy.template allocate<T>(evaluator_.points())), spread_(policy.template allocate<T>(n)) {}

    /// m, the queries of a step: the evaluations of the denoiser that a value takes.
    index_t query_count() const { return m_; }

    /// Where the denoiser must be evaluated for the batch x, n x d, at a training step: m points and levels, overwritten by
    /// the next call. All noise has addresses: the stream's seed, the step and the number of the point decide, whatever the
    /// policy, the threads and the rest of the batch (low-discrepancy levels excepted). A batch that is a part of a larger one
    /// takes `stream.starting_at(first)`. Throws std::invalid_argument on another shape, a step out of range, points that the
    /// loss does not have a value for, or a weight that is not finite at a level that was drawn.
    template <exec::policy P, batch X>
        requires std::same_as<batch_scalar_t<X>, T>
    query_batch<T, D, Space> queries(const P& policy, const X& x, const random::noise_stream& stream, index_t step) & {
        const auto points = exec::view_on(policy, x);
        constexpr auto where = "cdl::objective::queries";
        require(points.size() == n_ && points.dim() == d_, where, "x", "must have the shape that was prepared for",
                points.size(), " x ", points.dim(), " for ", n_, " x ", d_);
        evaluator_.check_step(step, where);
        random::require_noise(stream, step, 1, n_, d_, where);
        const any_batch<const T, D, Space> from(points);
        detail::check_points(policy, evaluator_, from, where);
        const batch_view<T, D, point_major, Space> z(z_.data(), m_, d_);
        asked_ = false; // until all is written
        evaluator_.ask(policy, from, stream, step, z, levels_.data());
        asked_ = true;
        return {z, level_view<T, Space>(levels_.data(), m_)};
    }

    /// The value for the denoiser's answers at the queries, eps_hat m x d: nats unless the loss says otherwise.
    /// denoiser_calls is m. Throws std::invalid_argument on another shape, or where nothing was asked yet.
    template <exec::policy P, batch E>
        requires std::same_as<batch_scalar_t<E>, T>
    density::estimate<T> value(const P& policy, const E& eps_hat) {
        return answered(policy, eps_hat, any_batch<T, D, Space>(nullptr, 0, d_));
    }

    /// The same, and cotangent = d value / d eps_hat, m x d. The cotangent may lie where eps_hat lies.
    template <exec::policy P, batch E, writable_batch C>
        requires(std::same_as<batch_scalar_t<E>, T> && std::same_as<batch_scalar_t<C>, T>)
    density::estimate<T> value_and_cotangent(const P& policy, const E& eps_hat, C&& cotangent) {
        const auto out = exec::view_on(policy, cotangent);
        constexpr auto where = "cdl::objective::value_and_cotangent";
        require(out.size() == m_ && out.dim() == d_, where, "cotangent", "must have the shape of the queries",
                out.size(), " x ", out.dim(), " for ", m_, " x ", d_);
        require_writable(out, where, "cotangent");
        return answered(policy, eps_hat, any_batch<T, D, Space>(out));
    }

    /// The loss of each point at the last value, on the host. Throws std::invalid_argument where there was none.
    template <exec::policy P>
    std::vector<T> losses(const P& policy) const {
        require(valued_, "cdl::objective::losses", "value", "must be asked for first", "none");
        std::vector<T> result(static_cast<std::size_t>(losses_.size()));
        policy.get(losses_.data(), losses_.size(), result.data());
        return result;
    }

    /// The parts of the last value, each with its standard error and without the weights of a sum: of `weighted_sum` its first and
    /// its second, of `variational` its `variational_parts`, of others the mean of the losses. Throws std::invalid_argument
    /// where there was no value.
    template <exec::policy P>
    auto parts(const P& policy) const {
        require(valued_, "cdl::objective::parts", "value", "must be asked for first", "none");
        return detail::parts_of(policy, evaluator_, losses_.data());
    }

    /// What evaluates the loss, with more to tell about it.
    const Evaluator& evaluator() const& { return evaluator_; }
    Evaluator& evaluator() & { return evaluator_; }
    Evaluator& evaluator() && = delete; // would outlive its owner

private:
    template <class P, class E, class C>
    density::estimate<T> answered(const P& policy, const E& eps_hat, const C& cotangent) {
        const auto in = exec::view_on(policy, eps_hat);
        constexpr auto where = "cdl::objective::value";
        require(asked_, where, "queries", "must be asked for first", "none");
        require(in.size() == m_ && in.dim() == d_, where, "eps_hat", "must have the shape of the queries", in.size(),
                " x ", in.dim(), " for ", m_, " x ", d_);
        evaluator_.answer(policy, any_batch<const T, D, Space>(in), cotangent, T(1), losses_.data());
        valued_ = true;
        using std::sqrt;
        const T n = T(static_cast<double>(n_));
        policy.for_each_index(n_, detail::filled<T>{T(0), spread_.data()});
        const T mean = detail::collect(policy, evaluator_, losses_.data(), n_, T(1), spread_.data());
        const T squares =
            policy.template sum_over<T>(n_, density::detail::power_of_distance<T>{spread_.data(), T(0), true});
        const T error = n_ > 1 ? T(sqrt(T(squares / T(n * T(n - T(1)))))) : T(std::numeric_limits<T>::infinity());
        return {mean, error, m_};
    }

    Evaluator evaluator_;
    index_t n_, d_, m_;
    exec::buffer<T, Space> z_;
    exec::buffer<log_snr<T>, Space> levels_;
    exec::buffer<T, Space> losses_, spread_;
    bool asked_ = false, valued_ = false;
};

/// A loss made ready for batches of the shape of x, n x d: all memory that it needs. Only the shape and the types of x count.
/// Throws std::invalid_argument on an empty batch and on settings that are not possible.
template <exec::policy P, class L, batch X>
    requires usable_loss<L, P, batch_scalar_t<X>, batch_view_of<const X>::static_dim>
auto prepare(const P& policy, const L& l, const X& x) {
    using T = batch_scalar_t<X>;
    const auto points = exec::view_on(policy, x);
    constexpr index_t D = decltype(points)::static_dim;
    constexpr auto where = "cdl::objective::prepare";
    require(points.size() >= 1 && points.dim() >= 1, where, "x", "must not be empty", points.size(), " x ",
            points.dim());
    // the noise of a decoder or of a contrasted point has the addresses of coordinates beyond the d of a point
    require(points.dim() <= random::noise_coordinates / 2, where, "x", "must have at most 2^24 coordinates",
            points.dim());
    using evaluator = decltype(l.template evaluator<T, D>(policy, points.size(), points.dim()));
    return prepared<evaluator, T, D, typename P::space>(
        policy, l.template evaluator<T, D>(policy, points.size(), points.dim()), points.size(), points.dim());
}

/// What is no loss is refused.
template <exec::policy P, class L, batch X>
    requires(!usable_loss<L, P, batch_scalar_t<X>, batch_view_of<const X>::static_dim>)
void prepare(const P&, const L&, const X&) {
    if constexpr (requires { L::template require_settings<batch_scalar_t<X>>(); })
        L::template require_settings<batch_scalar_t<X>>(); // a loss knows better what is wrong with it
    else
        require_loss<L, P, X>();
}

/// A value and its parts, as `prepared::parts` has them.
template <class T, class Parts>
struct evaluation : density::estimate<T> {
    Parts parts;
};

/// Evaluates a loss for a batch x, n x d, and a denoiser, of points or of batches: `prepare`, `queries`, the denoiser, `value` and
/// `parts` in one call, with memory of its own. Throws std::invalid_argument as these do, before the denoiser is evaluated.
template <exec::policy P, class L, class F, batch X>
auto evaluate(const P& policy, const L& l, F&& denoiser, const X& x, const random::noise_stream& stream,
              index_t step = 0) {
    using T = batch_scalar_t<X>;
    denoiser::require_dimension(denoiser, exec::view_on(policy, x), "cdl::objective::evaluate", "x");
    auto training = prepare(policy, l, x);
    const auto asked = training.queries(policy, x, stream, step);
    const auto numbers = policy.template allocate<T>(asked.z.size() * asked.z.dim());
    const batch_view<T, decltype(asked.z)::static_dim, point_major, typename P::space> eps_hat(
        numbers.data(), asked.z.size(), asked.z.dim());
    denoiser::denoise(policy, denoiser, asked.z, asked.levels, eps_hat);
    const density::estimate<T> value = training.value(policy, eps_hat);
    const auto parts = training.parts(policy);
    return evaluation<T, std::remove_const_t<decltype(parts)>>{value, parts};
}

} // namespace cdl::objective
