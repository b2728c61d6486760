// SPDX-License-Identifier: MIT
#pragma once

// The levels of training at uniform times: of a continuous schedule, whose density in the log-SNR is one over its slope
// [VDM eq. 66], and of a model of discrete steps, which has none.

#include <cdl/core/lanes.hpp>
#include <cdl/schedule/discrete_levels.hpp>
#include <cdl/schedule/level_sampling.hpp>
#include <cdl/view/space.hpp>

namespace cdl::schedule {

namespace detail {
/// f of each number of a scalar, a number in and a number out, for functions that take no packs.
template <class S, class F>
CDL_HD S for_each_number(const S& tail, const S& side, const F& f) {
    if constexpr (lane_traits<S>::size == 1) {
        return S(f(tail, side));
    } else {
        alignas(64) lane_t<S> tails[static_cast<std::size_t>(lane_traits<S>::size)];
        alignas(64) lane_t<S> sides[static_cast<std::size_t>(lane_traits<S>::size)];
        lane_traits<S>::store(tail, tails);
        lane_traits<S>::store(side, sides);
        return gather(lanes<S>{}, [&](index_t l) { return f(tails[l], sides[l]); });
    }
}
} // namespace detail

/// The law of the level at a time that is uniform in (0, 1): its density is 1 / |da/dt|. The schedule is held by value.
template <class Schedule>
struct uniform_in_schedule {
    static_assert(require_schedule<Schedule>());

    Schedule schedule;

    void check(const char*) const {} // a schedule checks itself

    /// The level at time t = 1 - u, u the probability below it: noisy levels are late.
    template <scalar S>
    CDL_HD log_snr<S> at(const S& tail, const S& side) const {
        return {detail::for_each_number(tail, side, [this](const auto& u, const auto& beyond) {
            return static_cast<std::remove_cvref_t<decltype(u)>>(schedule.at(time(u, beyond)).value);
        })};
    }

    /// |da/dt| at that time.
    template <scalar S>
    CDL_HD S inverse_density(const S& tail, const S& side) const {
        return detail::for_each_number(tail, side, [this](const auto& u, const auto& beyond) {
            return static_cast<std::remove_cvref_t<decltype(u)>>(-schedule.slope(time(u, beyond)));
        });
    }

private:
    template <class N>
    CDL_HD static typename Schedule::value_type time(const N& tail, const N& side) {
        using V = typename Schedule::value_type;
        const V least = V(std::numeric_limits<V>::epsilon() / V(2)); // so that 1 - u stays below 1
        return N(0) < side ? V(V(1) - max_of(V(tail), least)) : V(tail);
    }
};

template <class Schedule>
uniform_in_schedule(Schedule) -> uniform_in_schedule<Schedule>;

/// The law of the level of one of T steps, each as likely: DDPM's. The levels lie in memory of `Space` and must outlive it.
template <class T, class Space = host>
class uniform_over_steps {
public:
    using space = Space; ///< where the levels lie

    /// The steps of a model on the host, which must outlive this.
    explicit uniform_over_steps(const discrete_levels<T>& model)
        requires std::is_same_v<Space, host>
        : uniform_over_steps(model.levels().data(), model.size()) {}
    explicit uniform_over_steps(const discrete_levels<T>&&) = delete;
    /// `steps` levels, step 1 first and cleanest.
    uniform_over_steps(const log_snr<T>* levels, index_t steps) : levels_(levels), steps_(steps) {}

    /// Throws std::invalid_argument unless there are steps.
    void check(const char* where) const { require(steps_ >= 1, where, "steps", "must be at least 1", steps_); }

    /// The level of step ceil(T (1 - u)), u the probability below it.
    template <scalar S>
    CDL_HD log_snr<S> at(const S& tail, const S& side) const {
        return {detail::for_each_number(tail, side, [this](const auto& u, const auto& beyond) {
            using number = std::remove_cvref_t<decltype(u)>;
            const auto from_end = static_cast<index_t>(u * static_cast<number>(static_cast<double>(steps_)));
            const index_t drawn = from_end < steps_ ? from_end : steps_ - 1;
            return static_cast<number>(levels_[number(0) < beyond ? steps_ - 1 - drawn : drawn].value);
        })};
    }

private:
    const log_snr<T>* levels_;
    index_t steps_;
};

} // namespace cdl::schedule
