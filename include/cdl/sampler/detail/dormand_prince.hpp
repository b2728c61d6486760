// SPDX-License-Identifier: MIT
#pragma once

// Dormand and Prince's Runge-Kutta pair of orders 5 and 4 [Dormand & Prince 1980; Hairer, Norsett & Wanner, Solving ODEs I,
// table II.5.2] for n ordinary differential equations dy/da = f(y, a) side by side. Each has a level and a step of its own,
// so none depends on the others, and all are asked for their slopes at once. With slopes k_1, ..., k_7,
//
//     y' = y + h sum_s b_s k_s,   e = h sum_s (b_s - b*_s) k_s,   h' = h clamp(0.9 |e|^(-1/5), 0.2, 5),
//
// k_7 the slope at y', and so k_1 of the next step. What ended early waits with h = 0.
//
// Near a watershed, a surface from which the flow parts towards different modes, a small error of an early step becomes a
// large one. So errors are followed to the end, at the rate r at which neighbours part, E' = E e^(h r) + |e|; no step is so
// long that h r > 1/2; and a point whose E is above the tolerance is followed again, with a smaller one for its steps.

#include <cdl/sampler/detail/dormand_prince_passes.hpp>
#include <cdl/sampler/probability_flow_settings.hpp>
#include <cdl/sampler/stepper.hpp>

#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace cdl::sampler::detail {

/// c_2, ..., c_7 at 1, ..., 6.
inline constexpr double stage_step[7] = {0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1};

/// The factors of k_1, ..., k_s in stage s + 1; the last row is b.
template <class T>
slope_weights<T> stage_weights(int s) {
    constexpr int over[7][6][2] = {
        {},
        {{1, 5}},
        {{3, 40}, {9, 40}},
        {{44, 45}, {-56, 15}, {32, 9}},
        {{19372, 6561}, {-25360, 2187}, {64448, 6561}, {-212, 729}},
        {{9017, 3168}, {-355, 33}, {46732, 5247}, {49, 176}, {-5103, 18656}},
        {{35, 384}, {0, 1}, {500, 1113}, {125, 192}, {-2187, 6784}, {11, 84}},
    };
    slope_weights<T> weights{{}, s};
    for (int r = 0; r < s; ++r) weights.of[r] = T(T(over[s][r][0]) / T(over[s][r][1]));
    return weights;
}

/// b - b* of k_1, ..., k_7.
template <class T>
slope_weights<T> error_weights() {
    constexpr int over[7][2] = {{71, 57600}, {0, 1}, {-71, 16695}, {71, 1920}, {-17253, 339200}, {22, 525}, {-1, 40}};
    slope_weights<T> weights{{}, 7};
    for (int r = 0; r < 7; ++r) weights.of[r] = T(T(over[r][0]) / T(over[r][1]));
    return weights;
}

/// y_7 - y_6, in units of h, from k_1, ..., k_6.
template <class T>
slope_weights<T> way_weights() {
    auto weights = stage_weights<T>(6);
    for (int r = 0; r < 5; ++r) weights.of[r] = T(weights.of[r] - stage_weights<T>(5).of[r]);
    return weights;
}

/// n equations of m numbers each, and the memory to follow them: 10 n m numbers and some for each equation. The error of the
/// first `together` numbers of a row is their root mean square, each of the others counts for itself.
template <class T, class Space>
class dormand_prince {
public:
    using rows = state_rows<T, Space>;

    template <exec::policy P>
    dormand_prince(const P& policy, index_t n, index_t m, index_t together)
        : n_(n), m_(m), together_(together), rows_(policy.template allocate<T>(10 * n * m)),
          numbers_(policy.template allocate<T>(10 * n)), levels_(policy.template allocate<log_snr<T>>(2 * n)) {}

    /// The states at the end, after `integrate`, which may be changed.
    rows result() const { return part(9, n_); }

    /// Memory of the same shape, free after `integrate`.
    rows spare() const { return part(1, n_); }

    /// Follows dy/da = f from one level to another, both finite, either way, from the points of `start`, which a row begins
    /// with, and zeros: field(policy, y, levels, slope, index) writes the slopes at the rows of y, with a level for each, and
    /// returns the calls of the denoiser; row i is point index[i].
    /// Throws std::runtime_error where a row takes too many steps, one that is too small, or is not finite.
    template <exec::policy P, class Field, class Start>
    flow_report integrate(const P& policy, const Field& field, const Start& start, T from, T to,
                          const flow_settings& settings, const char* where) {
        flow_report report;
        const double tolerance = (std::max)(settings.absolute, settings.relative);
        const T least = least_share(tolerance);
        const double most_on_the_way = (std::max)(most_error, 0.3 / std::sqrt(tolerance));
        std::vector<index_t> left(static_cast<std::size_t>(n_));
        std::iota(left.begin(), left.end(), index_t{0});
        std::vector<T> shares(left.size(), (std::max)(T(0.1), least));
        while (!left.empty()) {
            const auto count = static_cast<index_t>(left.size());
            const auto index = policy.put(left.data(), count);
            const auto share = policy.put(shares.data(), count);
            const auto state = state_of(share.data());
            follow(policy, field, start, from, to, settings, count, index.data(), state, report);
            if (++report.passes == 1) require_arrival(policy, state, where);
            policy.for_each_index(count, arrived<T, Space>{state, part(0, count), result(), index.data()});

            std::vector<T> outcomes(left.size()), errors(left.size()), largest(left.size());
            policy.get(state.outcome, count, outcomes.data());
            policy.get(state.estimate, count, errors.data());
            policy.get(state.largest, count, largest.data());
            std::size_t again = 0;
            for (std::size_t q = 0; q < left.size(); ++q) {
                const double error = static_cast<double>(errors[q]), on_the_way = static_cast<double>(largest[q]);
                const double excess = max_or_nan(error / most_error, on_the_way / most_on_the_way);
                const bool arrived = outcomes[q] == T(well);
                const bool good = arrived && excess <= 1;
                if (arrived && !(excess <= enough) && least < shares[q] && report.passes < most_passes) {
                    const T factor = T((std::min)((std::max)(0.5 / excess, 1e-3), 0.1));
                    shares[again] = (std::max)(T(shares[q] * factor), least);
                    left[again++] = left[q];
                    continue;
                }
                report.converged = report.converged && good;
                if (arrived) report.error = max_or_nan(report.error, error);
            }
            left.resize(again);
            shares.resize(again);
        }
        return report;
    }

private:
    /// The most that a result may be off, in tolerances, by the estimate: half of what is promised. A point is followed again from
    /// 2 tolerances on, while that helps.
    static constexpr double most_error = 5, enough = 0.4;
    static constexpr index_t most_passes = 8;

    static constexpr auto max_steps_causes =
        "tolerances near the rounding errors of the denoiser, an eps_hat that is not "
        "smooth, or data that is much narrower than the noise of the cleanest level";

    /// The least share of the tolerance that a step may have: 64 epsilon of the state, or the tolerance itself.
    static T least_share(double tolerance) {
        return T((std::min)(1.0, 64 * static_cast<double>(std::numeric_limits<T>::epsilon()) / tolerance));
    }

    /// One pass: all rows to the end.
    template <exec::policy P, class Field, class Start>
    void follow(const P& policy, const Field& field, const Start& start, T from, T to, const flow_settings& settings,
                index_t count, const index_t* index, const step_state<T>& state, flow_report& report) {
        const rows y = part(0, count), ahead = part(1, count);
        const T longest = T(settings.longest_step), first = T(settings.first_step);
        policy.for_each_index(count, steps_begun<T, Space, Start>{state, y, start, index, from, to, first, longest});
        const auto unfinished = [&] { return policy.template sum_over<T>(count, still_going<T>{state}) > T(0); };

        const level_view<T, Space> levels(levels_.data(), count), stage_levels(levels_.data() + n_, count);
        rows k[7];
        for (int s = 0; s < 7; ++s) k[s] = part(2 + s, count);
        report.denoiser_calls += field(policy, y, levels, k[0], index);
        for (index_t steps = 0; unfinished(); ++steps, ++report.steps) {
            if (steps == settings.max_steps) return policy.for_each_index(count, cut_off<T>{state});
            for (int s = 1; s <= 6; ++s) {
                auto pass =
                    advance<T, Space>{y, ahead, {}, stage_weights<T>(s), stage_step[s], state, levels_.data() + n_};
                std::copy_n(k, 7, pass.slopes);
                policy.template for_each_lanes<T>(count, pass);
                report.denoiser_calls += field(policy, ahead, stage_levels, k[s], index);
            }
            auto pass = estimated_error<T, Space>{y,
                                                  ahead,
                                                  {},
                                                  error_weights<T>(),
                                                  way_weights<T>(),
                                                  state,
                                                  together_,
                                                  T(settings.absolute),
                                                  T(settings.relative)};
            std::copy_n(k, 7, pass.slopes);
            policy.template for_each_lanes<T>(count, pass);
            policy.for_each_index(count, steps_decided<T>{state, to, longest});
            policy.template for_each_lanes<T>(count, taken<T, Space>{y, ahead, k[0], k[6], state});
        }
    }

    template <exec::policy P>
    void require_arrival(const P& policy, const step_state<T>& state, const char* where) const {
        const auto refuse = [&](outcome reason, const char* what, const char* causes) {
            if (policy.template sum_over<T>(n_, gone_wrong<T>{state, T(reason)}) > T(0))
                throw std::runtime_error(std::string(where) + ": " + what + "; usual causes: " + causes);
        };
        refuse(not_finite, "the flow is not finite", "the start is not, or the denoiser gives NaN or infinities");
        refuse(too_small, "a step became too small",
               "tolerances below the rounding errors of the denoiser, or an eps_hat that jumps");
        refuse(too_many, "max_steps did not reach the end", max_steps_causes);
    }

    step_state<T> state_of(T* share) const {
        return {levels_.data(), column(0), column(1), column(2), column(3), share,
                column(4),      column(5), column(6), column(7), column(8), column(9)};
    }

    rows part(index_t k, index_t count) const { return {rows_.data() + k * n_ * m_, count, m_}; }
    T* column(index_t k) const { return numbers_.data() + k * n_; }

    index_t n_, m_, together_;
    exec::buffer<T, Space> rows_, numbers_;
    exec::buffer<log_snr<T>, Space> levels_;
};

} // namespace cdl::sampler::detail
