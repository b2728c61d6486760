// SPDX-License-Identifier: MIT
#pragma once

// Dormand and Prince's Runge-Kutta pair of orders 5 and 4 [Dormand & Prince 1980; Hairer, Norsett & Wanner, Solving ODEs I,
// table II.5.2] for n ordinary differential equations dy/da = f(y, a) side by side. Each has a level and a step of its own,
// so none depends on the others, and all are asked for their slopes at once. With slopes k_1, ..., k_7,
//
//     y' = y + h sum_s b_s k_s,   error = h sum_s (b_s - b*_s) k_s,   h' = h clamp(0.9 |error|^(-1/5), 0.2, 5),
//
// |h'| at most the longest step, k_7 the slope at y', and so k_1 of the next step. What ended early waits with h = 0.

#include <cdl/sampler/dormand_prince_passes.hpp>
#include <cdl/sampler/probability_flow_settings.hpp>
#include <cdl/sampler/stepper.hpp>

#include <string>
#include <utility>

namespace cdl::sampler {

namespace detail {

/// c_2, ..., c_7 at 1, ..., 6.
inline constexpr double stage_step[7] = {0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1};

/// The factor of k_(r+1) in stage s + 1; the last row is b.
template <class T>
T stage_weight(int s, int r) {
    constexpr int over[7][6][2] = {
        {},
        {{1, 5}},
        {{3, 40}, {9, 40}},
        {{44, 45}, {-56, 15}, {32, 9}},
        {{19372, 6561}, {-25360, 2187}, {64448, 6561}, {-212, 729}},
        {{9017, 3168}, {-355, 33}, {46732, 5247}, {49, 176}, {-5103, 18656}},
        {{35, 384}, {0, 1}, {500, 1113}, {125, 192}, {-2187, 6784}, {11, 84}},
    };
    return T(T(over[s][r][0]) / T(over[s][r][1]));
}

/// b - b* of k_1, k_7, k_3, ..., k_6: k_7 lies in the place of k_2, which has the factor 0.
template <class T>
T error_weight(int r) {
    constexpr int over[6][2] = {{71, 57600}, {-1, 40}, {-71, 16695}, {71, 1920}, {-17253, 339200}, {22, 525}};
    return T(T(over[r][0]) / T(over[r][1]));
}

/// n equations of m numbers each, and the memory to follow them: 8 n m numbers and some for each equation. The error of the
/// first `together` numbers of a row is their root mean square, each of the others counts for itself.
template <class T, class Space>
class dormand_prince {
public:
    using rows = state_rows<T, Space>;

    template <exec::policy P>
    dormand_prince(const P& policy, index_t n, index_t m, index_t together)
        : n_(n), m_(m), together_(together), rows_(policy.template allocate<T>(8 * n * m)),
          numbers_(policy.template allocate<T>(4 * n)), levels_(policy.template allocate<log_snr<T>>(2 * n)) {}

    /// The state y, to be set before and read after `integrate`.
    rows state() const { return part(0); }

    /// Memory of the same shape, free before and after.
    rows spare() const { return part(1); }

    /// Follows dy/da = f from one level to another, both finite, either way: field(policy, y, levels, slope) writes the
    /// slopes, n x m, at y, n x m, with a level for each row, and returns the calls of the denoiser.
    /// Throws std::runtime_error where a row takes too many steps, one that is too small, or is not finite.
    template <exec::policy P, class Field>
    flow_report integrate(const P& policy, const Field& field, T from, T to, const flow_settings& settings,
                          const char* where) {
        flow_report report;
        const step_state<T> state{levels_.data(), column(0), column(1), column(2), column(3)};
        policy.for_each_index(
            n_, steps_begun<T>{state, from, to, T((std::min)(settings.first_step, settings.longest_step))});
        const auto unfinished = [&] { return policy.template sum_over<T>(n_, still_going<T>{state}); };
        if (!(unfinished() > T(0))) return report;

        const level_view<T, Space> stage_levels(levels_.data() + n_, n_);
        const rows y = part(0), ahead = part(1);
        const rows k[6] = {part(2), part(3), part(4), part(5), part(6), part(7)};
        report.denoiser_calls += field(policy, y, level_view<T, Space>(levels_.data(), n_), k[0]);
        do {
            if (report.steps == settings.max_steps) give_up(where, "max_steps did not reach the end", max_steps_causes);
            for (int s = 1; s <= 6; ++s) { // k_7 lies where k_2 was, which nothing asks for any more
                auto pass = advance<T, Space>{y, ahead, {}, {}, s, stage_step[s], state, levels_.data() + n_};
                std::copy_n(k, 6, pass.slopes);
                for (int r = 0; r < s; ++r) pass.weights[r] = stage_weight<T>(s, r);
                policy.template for_each_lanes<T>(n_, pass);
                report.denoiser_calls += field(policy, ahead, stage_levels, s == 6 ? k[1] : k[s]);
            }
            auto pass = estimated_error<T, Space>{
                y, ahead, {}, {}, state, together_, T(settings.absolute), T(settings.relative)};
            std::copy_n(k, 6, pass.slopes);
            for (int r = 0; r < 6; ++r) pass.weights[r] = error_weight<T>(r);
            policy.template for_each_lanes<T>(n_, pass);
            policy.for_each_index(n_, steps_decided<T>{state, to, T(settings.longest_step)});
            policy.template for_each_lanes<T>(n_, taken<T, Space>{y, ahead, k[0], k[1], state});
            ++report.steps;
        } while (unfinished() > T(0));
        if (policy.template sum_over<T>(n_, gone_wrong<T>{state, T(not_finite)}) > T(0))
            give_up(where, "the flow is not finite", "the start is not, or the denoiser gives NaN or infinities");
        if (policy.template sum_over<T>(n_, gone_wrong<T>{state, T(too_small)}) > T(0))
            give_up(where, "a step became too small",
                    "tolerances below the rounding errors of the denoiser, or an eps_hat that jumps");
        return report;
    }

private:
    static constexpr auto max_steps_causes =
        "tolerances near the rounding errors of the denoiser, an eps_hat that is not "
        "smooth, or data that is much narrower than the noise of the cleanest level";

    [[noreturn]] static void give_up(const char* where, const char* what, const char* causes) {
        throw std::runtime_error(std::string(where) + ": " + what + "; usual causes: " + causes);
    }

    rows part(index_t k) const { return {rows_.data() + k * n_ * m_, n_, m_}; }
    T* column(index_t k) const { return numbers_.data() + k * n_; }

    index_t n_, m_, together_;
    exec::buffer<T, Space> rows_, numbers_;
    exec::buffer<log_snr<T>, Space> levels_;
};

} // namespace detail
} // namespace cdl::sampler
