// SPDX-License-Identifier: MIT
#pragma once

// The passes of the variational objective over a batch: draw a time for each point, noise it, weigh the denoiser's error.

#include <cdl/channel/noising.hpp>
#include <cdl/channel/posterior.hpp>
#include <cdl/objective/concept.hpp>
#include <cdl/objective/detail/level_draws.hpp>

namespace cdl::objective::detail {

/// The time that was drawn for a point, its level, and the weight of |eps - eps_hat|^2 in its loss.
template <class T>
struct drawn_time {
    double time, time_before; ///< t, and s = t - 1 / T where steps are discrete
    log_snr<T> level;         ///< a(t)
    T weight;                 ///< T/2 expm1(a(s) - a(t)), or -a'(t) / 2
};

/// draws[i] for point i.
template <class Schedule, class T>
struct drawn_times {
    Schedule schedule;
    level_draws numbers;
    index_t steps; ///< 0: continuous time
    drawn_time<T>* draws;

    CDL_HD void operator()(index_t i) const {
        using V = typename Schedule::value_type;
        const double u = numbers.uniform(i);
        if (steps == 0) {
            draws[i] = {
                u, u, {static_cast<T>(schedule.at(V(u)).value)}, static_cast<T>(V(schedule.slope(V(u)) / V(-2)))};
            return;
        }
        const auto count = static_cast<double>(steps);
        const auto drawn = static_cast<index_t>(u * count);
        const index_t before = drawn < steps ? drawn : steps - 1;
        const double t = static_cast<double>(before + 1) / count, s = static_cast<double>(before) / count;
        const log_snr<V> a_t = schedule.at(V(t)), a_s = schedule.at(V(s));
        const V weight = V(V(V(count) / V(2)) * channel::snr_ratio_minus_one(a_s, a_t));
        draws[i] = {t, s, {static_cast<T>(a_t.value)}, static_cast<T>(weight)};
    }
};

/// z = S x + N eps at the drawn levels.
template <class X, class Z>
struct noised_at_times {
    using T = typename Z::value_type;

    const drawn_time<T>* draws;
    random::noise_stream stream;
    index_t step;
    X x;
    Z z, eps;
    log_snr<T>* levels;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const log_snr<S> a{gather(i, [this](index_t k) { return draws[k].level.value; })};
        scatter(i, a.value, [this](index_t k, const T& level) { levels[k] = {level}; });
        channel::add_drawn_noise(stream, step, i, a, x, eps, z);
    }
};

/// Point i's squared error, diffusion loss and whole loss; cotangent = 2 weight scale (eps_hat - eps).
template <class T, index_t D, class Space>
struct weighted_errors {
    const drawn_time<T>* draws;
    batch_view<const T, D, point_major, Space> eps;
    any_batch<const T, D, Space> eps_hat;
    any_batch<T, D, Space> cotangent;
    T scale; ///< of the mean, 1 / n included
    const T *prior, *reconstruction;
    T *squares, *diffusion, *total, *losses; ///< total and losses are the same

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const S weight = gather(i, [this](index_t k) { return draws[k].weight; });
        const S slope = S(S(S(2) * S(scale)) * weight);
        S sum = S(0);
        for (index_t j = 0; j < eps.dim(); ++j) {
            const S residual = S(load(eps_hat, i, j) - load(eps, i, j));
            sum = multiply_add(residual, residual, sum);
            if (cotangent.data() != nullptr) store(cotangent, i, j, S(slope * residual));
        }
        scatter(i, sum, [this](index_t k, const T& square) {
            squares[k] = square;
            diffusion[k] = T(draws[k].weight * square);
            losses[k] = total[k] = T(T(prior[k] + reconstruction[k]) + diffusion[k]);
        });
    }
};

/// What a loss depends on of the schedule at one point: level, slope, and the level at the time before.
template <class T>
struct level_slopes {
    T level, slope, before;
};

/// results[i] from the denoiser's cotangents with respect to z and to the level.
template <class T, index_t D, class Space>
struct slopes_at_times {
    const drawn_time<T>* draws;
    batch_view<const T, D, point_major, Space> eps;
    any_batch<const T, D, Space> x, z_cotangent;
    any_batch<const T, dynamic, Space> level_cotangent;
    const T* squares;
    T scale;
    index_t steps;
    level_slopes<T>* results;

    CDL_HD void operator()(index_t i) const {
        const T signal = signal_scale(draws[i].level), noise = noise_scale(draws[i].level);
        T sum = T(0); // dz / da = S N (N x - S eps) / 2
        for (index_t j = 0; j < x.dim(); ++j)
            sum = T(sum + z_cotangent(i, j) * T(T(noise * x(i, j)) - T(signal * eps(i, j))));
        const T through_z = T(T(T(signal * noise) * sum) / T(2)), error = T(scale * squares[i]);
        const T level = T(through_z + level_cotangent(i, 0));
        // d/d a(s) of T/2 expm1(a(s) - a(t)) is T/2 e^(a(s) - a(t))
        const T before = steps == 0 ? T(0) : T(error * T(draws[i].weight + T(T(static_cast<double>(steps)) / T(2))));
        results[i] = {T(level - before), steps == 0 ? T(error / T(-2)) : T(0), before};
    }
};

} // namespace cdl::objective::detail
