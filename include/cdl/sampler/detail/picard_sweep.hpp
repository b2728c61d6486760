// SPDX-License-Identifier: MIT
#pragma once

// One Picard iteration: the memory, and the order of the passes.

#include <cdl/channel/posterior.hpp>
#include <cdl/sampler/detail/picard_sums.hpp>
#include <cdl/sampler/grid.hpp>
#include <cdl/sampler/picard_settings.hpp>

namespace cdl::sampler::detail {

/// The memory of `picard` and the order of its passes.
template <class T, index_t D, class P>
class picard_sweeper {
    using space = typename P::space;
    using state = picard_state<T>;
    template <class U>
    using buffer = exec::buffer<U, space>;

public:
    template <class M, class Z, class N>
    picard_sweeper(const P& policy, const M& method, const std::vector<level_step<T>>& steps, const Z& z,
                   const N& noise, const picard_settings& settings)
        : policy_(policy), together_(settings.together), points_(z.size()), dim_(z.dim()),
          steps_(static_cast<index_t>(steps.size())),
          window_(settings.window == 0 || settings.window > steps_ ? steps_ : settings.window),
          from_(table<log_snr<T>>(steps, [](const auto& s) { return s.from; })),
          update_(table<affine_update<T>>(steps,
                                          [&](const auto& s) { return rounded_coefficients(method, s.from, s.to); })),
          threshold_(thresholds(steps, settings.tolerance)), path_(numbers((steps_ + 1) * dim_)),
          noise_(numbers(method.stochastic() ? steps_ * dim_ : 0)), query_(numbers(window_ * dim_)),
          eps_hat_(numbers(window_ * dim_)), settled_(numbers(window_)), residual_(numbers(steps_)),
          moved_(numbers(settings.anderson ? steps_ * dim_ : 0)),
          summed_(numbers(settings.anderson ? steps_ * dim_ : 0)),
          level_(policy.template allocate<log_snr<T>>(points_ * window_)), begin_(indices(points_)),
          next_(indices(points_)), known_(indices(points_)), first_row_(indices(points_ + 1)),
          point_of_(indices(points_ * window_)) {
        p_ = {.points = points_,
              .dim = dim_,
              .steps = steps_,
              .window = window_,
              .integrated = settings.linear == linear_part::integrated,
              .path = path_.data(),
              .noise = method.stochastic() ? noise_.data() : nullptr,
              .from = from_.data(),
              .update = update_.data(),
              .threshold = threshold_.data(),
              .begin = begin_.data(),
              .next = next_.data(),
              .first_row = first_row_.data(),
              .point_of = point_of_.data(),
              .query = query_.data(),
              .eps_hat = eps_hat_.data(),
              .level = level_.data(),
              .settled = settled_.data(),
              .residual = residual_.data(),
              .moved = settings.anderson ? moved_.data() : nullptr,
              .summed = summed_.data(),
              .known = known_.data()};
        policy_.for_each_index(points_ * dim_, guessed_path<state, Z>{p_, z});
        if (!method.stochastic()) return;
        policy_.for_each_index(points_ * steps_, kept_noise<state, N>{p_, noise});
    }

    picard_path<T, D, space> path() const {
        return {batch_view<const T, D, point_major, space>(path_.data(), points_ * (steps_ + 1), dim_), steps_};
    }

    /// Moves the windows on. Returns the rows of the next sweep, 0 when all trajectories have settled.
    index_t plan() {
        policy_.for_each_index(1, counted_rows<state>{p_, together_});
        policy_.for_each_index(points_, moved_window<state>{p_});
        index_t rows;
        policy_.get(first_row_.data() + points_, 1, &rows);
        return rows;
    }

    template <class F>
    void sweep(F& denoiser, index_t rows) {
        for_each_small(rows, asked_row<state>{p_});
        denoiser::denoise(policy_, denoiser, batch_view<const T, D, point_major, space>(query_.data(), rows, dim_),
                          level_view<T, space>(level_.data(), rows),
                          batch_view<T, D, point_major, space>(eps_hat_.data(), rows, dim_));
        for_each_small(points_ * dim_, summed_steps<state>{p_});
        for_each_small(rows, judged_row<state>{p_});
        policy_.for_each_index(points_, found_stride<state>{p_});
        if (p_.moved) policy_.for_each_index(points_, extrapolated<state>{p_});
    }

    /// The largest movement of the end of each step, over the points.
    std::vector<double> residuals() const {
        std::vector<T> of_points(static_cast<std::size_t>(points_ * steps_));
        policy_.get(residual_.data(), points_ * steps_, of_points.data());
        std::vector<double> largest(static_cast<std::size_t>(steps_));
        for (std::size_t k = 0; k < of_points.size(); ++k) {
            auto& r = largest[k % largest.size()];
            r = max_or_nan(r, static_cast<double>(of_points[k]));
        }
        return largest;
    }

    /// Whether all states are finite. The sweeps end for others, too: nothing that is not a number settles, but each sweep
    /// moves a window on by a step.
    bool is_finite() const { return policy_.template sum_over<T>(points_, not_finite_path<state>{p_}) == T(0); }

    template <class Z>
    void finish(const Z& z) const {
        policy_.for_each_index(points_, last_states<state, Z>{p_, z});
    }

private:
    template <class Body>
    void for_each_small(index_t n, const Body& body) const {
        policy_.template for_each_lanes<T>(n, each_of_group<Body>{body});
    }

    buffer<T> numbers(index_t of_one) const { return policy_.template allocate<T>(points_ * of_one); }
    buffer<index_t> indices(index_t n) const { return policy_.template allocate<index_t>(n); }

    template <class U, class Of>
    buffer<U> table(const std::vector<level_step<T>>& steps, const Of& of) const {
        std::vector<U> values;
        for (const auto& s : steps) values.push_back(of(s));
        return policy_.put(values.data(), static_cast<index_t>(values.size()));
    }

    /// tolerance^2 times the posterior variance of the step after each; 0 after the last.
    buffer<T> thresholds(const std::vector<level_step<T>>& steps, double tolerance) const {
        std::vector<T> values(steps.size(), T(0));
        for (std::size_t k = 0; k + 1 < steps.size(); ++k)
            values[k] = T(T(tolerance) * T(tolerance) * noise_power(steps[k + 1].to) *
                          channel::new_noise_share(steps[k + 1].to, steps[k + 1].from));
        return policy_.put(values.data(), static_cast<index_t>(values.size()));
    }

    P policy_;
    bool together_;
    index_t points_, dim_, steps_, window_;
    buffer<log_snr<T>> from_;
    buffer<affine_update<T>> update_;
    buffer<T> threshold_, path_, noise_, query_, eps_hat_, settled_, residual_, moved_, summed_;
    buffer<log_snr<T>> level_;
    buffer<index_t> begin_, next_, known_, first_row_, point_of_;
    state p_;
};

} // namespace cdl::sampler::detail
