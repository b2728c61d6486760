// SPDX-License-Identifier: MIT
#pragma once

// The objective of variational diffusion models: an unbiased estimate of the variational bound, from one level for each point
// [VDM eqs. 37, 51, 53, 66; app. I]. Of point i
//
//     L_i = KL(q(z_1 | x) || N(0, I)) - log p(x | z_0) + w |eps - eps_hat(z_t, a(t))|^2,
//     w = -a'(t) / 2,                         t ~ U(0, 1)             in continuous time,
//     w = T/2 (e^(a(s) - a(t)) - 1),          t = i / T, s = t - 1/T, i ~ U{1, ..., T}     for T steps,
//
// the first part in closed form, the second a constant for continuous data and a draw of z_0 for discrete data.

#include <cdl/density/data_scale.hpp>
#include <cdl/density/mean_of.hpp>
#include <cdl/objective/detail/variational_ends.hpp>
#include <cdl/objective/detail/variational_passes.hpp>
#include <cdl/objective/prepare.hpp>
#include <cdl/objective/schedule_cotangent.hpp>
#include <cdl/schedule/noise_schedule.hpp>

namespace cdl::objective {

/// An estimate of the variational bound and of its three parts, nats.
template <class Data, class T>
struct variational_parts {
    density::estimate<T> prior, reconstruction, diffusion, total;
    index_t dim;

    /// The bound in bits for each dimension of this kind of data.
    density::bits_per_dim_of<Data, T> bits_per_dim() const { return density::in_bits<Data>(total, dim); }
};

namespace detail {

/// What evaluates `variational` for n points: one query for each.
template <class T, index_t D, class Space, class Schedule, class Data>
class variational_evaluator {
public:
    template <exec::policy P>
    variational_evaluator(const P& policy, const Schedule& schedule, const Data& data, index_t steps,
                          bool low_discrepancy, index_t n, index_t d)
        : schedule_(schedule), data_(data), steps_(steps), low_discrepancy_(low_discrepancy), n_(n), d_(d),
          draws_(policy.template allocate<drawn_time<T>>(n)), eps_(policy.template allocate<T>(n * d)),
          prior_(policy.template allocate<T>(n)), reconstruction_(policy.template allocate<T>(n)),
          diffusion_(policy.template allocate<T>(n)), squares_(policy.template allocate<T>(n)),
          total_(policy.template allocate<T>(n)) {
        set_schedule(schedule);
    }

    index_t points() const { return n_; }
    index_t query_count() const { return n_; }
    void check_step(index_t step, const char* where) const { require_addresses(step, 1, where); }
    template <exec::policy P>
    void check_points(const P& policy, const any_batch<const T, D, Space>& x, const char*) const {
        if constexpr (!std::is_same_v<Data, density::continuous_data>)
            density::detail::require_values(policy, x, data_, "cdl::objective::variational");
    }

    /// Goes on with another schedule of the same type, e.g. the same network after a step of training.
    /// Throws std::invalid_argument where an end of it is infinite.
    void set_schedule(const Schedule& schedule) {
        using V = typename Schedule::value_type;
        constexpr auto where = "cdl::objective::variational";
        const V cleanest = schedule.at(V(0)).value, noisiest = schedule.at(V(1)).value;
        require(cleanest - cleanest == V(0), where, "schedule", "must have finite ends", "a(0) = ", cleanest);
        require(noisiest - noisiest == V(0), where, "schedule", "must have finite ends", "a(1) = ", noisiest);
        schedule_ = schedule;
        cleanest_ = {static_cast<T>(cleanest)};
        noisiest_ = {static_cast<T>(noisiest)};
    }

    template <exec::policy P>
    void ask(const P& policy, const any_batch<const T, D, Space>& x, const random::noise_stream& stream, index_t step,
             const batch_view<T, D, point_major, Space>& z, log_snr<T>* levels) {
        stream_ = stream.for_purpose(random::purpose::channel);
        answered_ = false;
        step_ = step;
        draw_times(policy, {stream.for_purpose(random::purpose::level), step, low_discrepancy_ ? n_ : 0});
        using x_type = any_batch<const T, D, Space>;
        policy.template for_each_lanes<T>(n_, noised_at_times<x_type, batch_view<T, D, point_major, Space>>{
                                                  draws_.data(), stream_, step, x, z, eps(), levels});
        policy.template for_each_lanes<T>(n_,
                                          losses_at_ends<decoder<Data, T>, x_type, T>{density::prior_at<T>(noisiest_),
                                                                                      {data_, cleanest_},
                                                                                      stream_,
                                                                                      step,
                                                                                      x,
                                                                                      prior_.data(),
                                                                                      reconstruction_.data()});
    }

    template <exec::policy P>
    void answer(const P& policy, const any_batch<const T, D, Space>& eps_hat, const any_batch<T, D, Space>& cotangent,
                T scale, T* losses) {
        scale_ = T(scale / T(static_cast<double>(n_)));
        answered_ = true;
        policy.template for_each_lanes<T>(n_, weighted_errors<T, D, Space>{draws_.data(), eps(), eps_hat, cotangent,
                                                                           scale_, prior_.data(),
                                                                           reconstruction_.data(), squares_.data(),
                                                                           diffusion_.data(), total_.data(), losses});
    }

    /// The value that was answered last, in its parts. Throws std::invalid_argument where there is none.
    template <exec::policy P>
    variational_parts<Data, T> parts(const P& policy) const {
        require(answered_, "cdl::objective::parts", "value", "must be asked for first", "none");
        return {density::mean_of(policy, prior_.data(), n_, 0), density::mean_of(policy, reconstruction_.data(), n_, 0),
                density::mean_of(policy, diffusion_.data(), n_, n_), density::mean_of(policy, total_.data(), n_, n_),
                d_};
    }

    /// The diffusion loss of each point, on the host. Throws std::invalid_argument where no value was asked for.
    template <exec::policy P>
    std::vector<T> diffusion_losses(const P& policy) const {
        require(answered_, "cdl::objective::diffusion_losses", "value", "must be asked for first", "none");
        std::vector<T> losses(static_cast<std::size_t>(n_));
        policy.get(diffusion_.data(), n_, losses.data());
        return losses;
    }

    /// The derivatives of the value with respect to the schedule at the times that were drawn, through the diffusion loss:
    /// by the weight, by z = S x + N eps and by the level that the denoiser is told. z_cotangent (n x d) and
    /// level_cotangent (n) are what the denoiser makes of the cotangent of eps_hat, as any automatic differentiation does:
    /// sum_k cotangent_k d eps_hat_k / d z_j, and the same with d a. In continuous time one for each point; for T steps
    /// one for each point at its time t, then one for each at the time s before. x is the batch that was asked for.
    template <exec::policy P, batch X, batch Z, batch A>
    std::vector<schedule_cotangent<T>> level_cotangents(const P& policy, const X& x, const Z& z_cotangent,
                                                        const A& level_cotangent) const {
        constexpr auto where = "cdl::objective::level_cotangents";
        const any_batch<const T, D, Space> from(exec::view_on(policy, x)), of_z(exec::view_on(policy, z_cotangent));
        const any_batch<const T, dynamic, Space> of_level(exec::view_on(policy, level_cotangent));
        require(answered_, where, "value_and_cotangent", "must be asked for first", "none");
        require(from.size() == n_ && from.dim() == d_, where, "x", "must be the batch of the queries", from.size(),
                " x ", from.dim(), " for ", n_, " x ", d_);
        require(of_z.size() == n_ && of_z.dim() == d_, where, "z_cotangent", "must have the shape of the queries",
                of_z.size(), " x ", of_z.dim(), " for ", n_, " x ", d_);
        require(of_level.size() == n_ && of_level.dim() == 1, where, "level_cotangent", "must be one for each query",
                of_level.size(), " x ", of_level.dim(), " for ", n_);
        const auto numbers = policy.template allocate<level_slopes<T>>(n_);
        policy.for_each_index(n_, slopes_at_times<T, D, Space>{draws_.data(), eps(), from, of_z, of_level,
                                                               squares_.data(), scale_, steps_, numbers.data()});
        std::vector<level_slopes<T>> slopes(static_cast<std::size_t>(n_));
        std::vector<drawn_time<T>> draws(static_cast<std::size_t>(n_), drawn_time<T>{});
        policy.get(numbers.data(), n_, slopes.data());
        policy.get(draws_.data(), n_, draws.data());
        std::vector<schedule_cotangent<T>> cotangents;
        for (std::size_t i = 0; i < draws.size(); ++i)
            cotangents.push_back({static_cast<T>(draws[i].time), slopes[i].level, slopes[i].slope});
        if (steps_ > 0)
            for (std::size_t i = 0; i < draws.size(); ++i)
                cotangents.push_back({static_cast<T>(draws[i].time_before), slopes[i].before, T(0)});
        return cotangents;
    }

    /// The same of what the two ends cost: of the prior loss at t = 1, of the reconstruction loss at t = 0, at the noise of z_0
    /// that was drawn. Two cotangents.
    template <exec::policy P, batch X>
    std::vector<schedule_cotangent<T>> end_cotangents(const P& policy, const X& x) const {
        using x_type = any_batch<const T, D, Space>;
        const x_type from(exec::view_on(policy, x));
        require(from.size() == n_ && from.dim() == d_, "cdl::objective::end_cotangents", "x",
                "must be the batch of the queries", from.size(), " x ", from.dim(), " for ", n_, " x ", d_);
        require(answered_, "cdl::objective::end_cotangents", "value_and_cotangent", "must be asked for first", "none");
        const auto sum = [&](bool of_prior) {
            return T(scale_ *
                     policy.template sum_over<T>(
                         n_, slopes_at_ends<decoder<Data, T>, x_type, T>{
                                 density::prior_at<T>(noisiest_), {data_, cleanest_}, stream_, step_, from, of_prior}));
        };
        return {{T(1), sum(true), T(0)}, {T(0), sum(false), T(0)}};
    }

private:
    /// The schedule is asked where the policy runs, by a copy, or by a view where it owns memory; on a device, a schedule that
    /// owns memory of the host is asked on the host.
    template <class P>
    void draw_times(const P& policy, const level_draws& numbers) {
        if constexpr (std::is_trivially_copyable_v<Schedule>) {
            policy.for_each_index(n_, drawn_times<Schedule, T>{schedule_, numbers, steps_, draws_.data()});
        } else {
            using view = std::remove_cvref_t<decltype(schedule_.view())>;
            if constexpr (std::is_same_v<Space, host>) {
                policy.for_each_index(n_, drawn_times<view, T>{schedule_.view(), numbers, steps_, draws_.data()});
            } else {
                const exec::buffer<drawn_time<T>, host> drawn(n_);
                const drawn_times<view, T> draw{schedule_.view(), numbers, steps_, drawn.data()};
                for (index_t i = 0; i < n_; ++i) draw(i);
                draws_ = policy.put(drawn.data(), n_);
            }
        }
    }
    batch_view<T, D, point_major, Space> eps() const { return {eps_.data(), n_, d_}; }

    Schedule schedule_;
    Data data_;
    index_t steps_;
    bool low_discrepancy_;
    index_t n_, d_;
    log_snr<T> cleanest_{T(0)}, noisiest_{T(0)};
    random::noise_stream stream_{};
    index_t step_ = 0;
    T scale_ = T(0);
    bool answered_ = false;
    exec::buffer<drawn_time<T>, Space> draws_;
    exec::buffer<T, Space> eps_, prior_, reconstruction_, diffusion_, squares_, total_;
};

} // namespace detail

/// The variational bound, nats. One query for each point.
///
/// schedule: finite at both ends; trivially copyable, or with a view() that is. `schedule::monotone_network` can be learned, by
/// `evaluator().level_cotangents` and `set_schedule`.
/// data: `density::continuous_data{}`, or e.g. `density::eight_bit()` for x that are values of it. steps: T, or 0 for
/// continuous time. With low_discrepancy the times of a batch are spread evenly [VDM app. I.1]: each is uniform, but they
/// depend on each other and on n; the value stays unbiased, its variance falls, and the standard error, which takes points as
/// independent, is too large.
template <class Schedule, class Data = density::continuous_data>
struct variational {
    static_assert(schedule::require_schedule<Schedule>());

    Schedule schedule;
    Data data{};
    index_t steps = 0;
    bool low_discrepancy = true;

    /// Throws std::invalid_argument where the settings make no sense.
    template <class T, index_t D, exec::policy P>
    detail::variational_evaluator<T, D, typename P::space, Schedule, Data> evaluator(const P& policy, index_t n,
                                                                                     index_t d) const {
        constexpr auto where = "cdl::objective::variational";
        require(steps >= 0, where, "steps", "must be positive, or 0 for continuous time", steps);
        if constexpr (requires { data.check(where); }) data.check(where);
        return {policy, schedule, data, steps, low_discrepancy, n, d};
    }
};

template <class Schedule, class Data>
variational(Schedule, Data, index_t, bool) -> variational<Schedule, Data>;
template <class Schedule, class Data>
variational(Schedule, Data, index_t) -> variational<Schedule, Data>;
template <class Schedule, class Data>
variational(Schedule, Data) -> variational<Schedule, Data>;
template <class Schedule>
variational(Schedule) -> variational<Schedule>;

} // namespace cdl::objective
