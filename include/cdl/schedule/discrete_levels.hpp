// SPDX-License-Identifier: MIT
#pragma once

// The levels of a model that was trained on T discrete steps, as DDPM was: step 1 is the cleanest and step T the noisiest.
// Between the steps a real-valued step is linear in the log-SNR, so that a sampler may ask for any level.

#include <cdl/core/index.hpp>
#include <cdl/schedule/betas.hpp>
#include <cdl/schedule/zero_terminal.hpp>

#include <algorithm>
#include <ranges>
#include <span>
#include <vector>

namespace cdl::schedule {

/// T levels that do not rise with the step, in memory of their own. They are computed in double at least and rounded once;
/// from betas they are good to 1e-14 in double: log(1 - beta) is summed with compensation to L, and a = L - log(1 - e^L).
/// The first may be clean data, the last pure noise.
template <scalar T>
class discrete_levels {
public:
    using value_type = T;
    using wide = std::conditional_t<std::is_same_v<T, float>, double, T>; ///< what they are computed in

    /// From beta_1, ..., beta_T, the variances that the steps add: alpha_bar_t = prod_(i <= t) (1 - beta_i) [DDPM eq. 4].
    /// A beta of 1 leaves nothing of the signal: pure noise from that step on. Any range of numbers in [0, 1], not empty, else
    /// std::invalid_argument.
    template <std::ranges::input_range Numbers>
    static discrete_levels from_betas(const Numbers& betas) {
        using std::abs, std::expm1, std::log, std::log1p;
        constexpr auto where = "cdl::schedule::discrete_levels::from_betas";
        bool ended = false;                 // by a beta of 1
        wide sum = wide(0), lost = wide(0); // what the rounded sum has lost [Neumaier 1974]
        return made(betas, where, "betas", any_order, [&](const wide& beta) {
            require(wide(0) <= beta && beta <= wide(1), where, "betas", "must be from 0 to 1", beta);
            ended = ended || beta == wide(1);
            if (ended) return pure_noise<wide>().value;
            const wide term = wide(log1p(wide(-beta))), next = wide(sum + term);
            lost =
                wide(lost + select(abs(sum) < abs(term), wide(wide(term - next) + sum), wide(wide(sum - next) + term)));
            sum = next;
            const wide log_signal_power = wide(sum + lost);
            return wide(log_signal_power - log(wide(-expm1(log_signal_power))));
        });
    }

    /// From alpha_bar_1, ..., alpha_bar_T in [0, 1], not rising. Near 1 a level is only as good as its alpha_bar: prefer
    /// the betas. Errors as above.
    template <std::ranges::input_range Numbers>
    static discrete_levels from_alpha_bars(const Numbers& alpha_bars) {
        constexpr auto where = "cdl::schedule::discrete_levels::from_alpha_bars";
        return made(alpha_bars, where, "alpha_bars", falling, [](const wide& p) { return from_alpha_bar(p).value; });
    }

    /// From 1 - alpha_bar_1, ..., 1 - alpha_bar_T in [0, 1], not falling. Errors as above.
    template <std::ranges::input_range Numbers>
    static discrete_levels from_one_minus_alpha_bars(const Numbers& powers) {
        constexpr auto where = "cdl::schedule::discrete_levels::from_one_minus_alpha_bars";
        return made(powers, where, "one_minus_alpha_bars", rising,
                    [](const wide& p) { return from_one_minus_alpha_bar(p).value; });
    }

    /// From the log-SNRs of steps 1, ..., T as numbers, not rising. Errors as above.
    template <std::ranges::input_range Numbers>
    static discrete_levels from_log_snrs(const Numbers& log_snrs) {
        return made(log_snrs, "cdl::schedule::discrete_levels::from_log_snrs", "log_snrs", falling,
                    [](const wide& a) { return a; });
    }

    /// DDPM's 1000 steps, of `linear_betas` from 1e-4 to 0.02 [DDPM sec. 4], or more steps of the same betas. With fewer these
    /// betas end short of pure noise, at 100 steps with 36 % of the signal's power: std::invalid_argument. Say what is meant,
    /// `ddpm_linear_scaled(steps)` or `ddpm_linear(steps, 1e-4, 0.02)`.
    static discrete_levels ddpm_linear(index_t steps = 1000) {
        require(steps >= 1000, "cdl::schedule::discrete_levels::ddpm_linear", "steps",
                "must be at least 1000 with DDPM's betas, for with fewer they end short of pure noise: "
                "ddpm_linear_scaled(steps) reaches it, ddpm_linear(steps, 1e-4, 0.02) takes them as they are",
                steps);
        return ddpm_linear(steps, wide(1e-4), wide(0.02));
    }

    /// Of `linear_betas` as they are given, wherever they end.
    static discrete_levels ddpm_linear(index_t steps, const wide& beta_first, const wide& beta_last) {
        return from_betas(linear_betas(steps, beta_first, beta_last));
    }

    /// DDPM's for any number of steps: `linear_betas` from 1e-4 to 0.02, times 1000 / steps, so that the last level is as noisy as
    /// that of 1000 steps or more [Nichol & Dhariwal 2021, their code]. Betas may not be above 1, so at least 20 steps, else
    /// std::invalid_argument.
    static discrete_levels ddpm_linear_scaled(index_t steps) {
        require(steps >= 20, "cdl::schedule::discrete_levels::ddpm_linear_scaled", "steps", "must be at least 20",
                steps);
        return ddpm_linear(steps, ratio(1, 10 * steps), ratio(20, steps));
    }

    /// Stable Diffusion's 1000 steps, of `root_linear_betas` from 0.00085 to 0.012, or more of the same betas [Rombach et al.
    /// 2022]. They end at 0.5 % of the signal's power, short of pure noise: see `zero_terminal`. Fewer steps:
    /// std::invalid_argument, as for `ddpm_linear`.
    static discrete_levels root_linear(index_t steps = 1000) {
        require(steps >= 1000, "cdl::schedule::discrete_levels::root_linear", "steps",
                "must be at least 1000 with Stable Diffusion's betas: root_linear_scaled(steps) fits them to fewer, "
                "root_linear(steps, 0.00085, 0.012) takes them as they are",
                steps);
        return root_linear(steps, wide(0.00085), wide(0.012));
    }

    /// Of `root_linear_betas` as they are given, wherever they end.
    static discrete_levels root_linear(index_t steps, const wide& beta_first, const wide& beta_last) {
        return from_betas(root_linear_betas(steps, beta_first, beta_last));
    }

    /// Stable Diffusion's for any number of steps: its betas times 1000 / steps. At least 12 steps, else std::invalid_argument.
    static discrete_levels root_linear_scaled(index_t steps) {
        require(steps >= 12, "cdl::schedule::discrete_levels::root_linear_scaled", "steps", "must be at least 12",
                steps);
        return root_linear(steps, ratio(17, 20 * steps), ratio(12, steps));
    }

    /// The cosine's, of `cosine_betas`.
    static discrete_levels cosine_clipped(index_t steps, const wide& offset = wide(0.008),
                                          const wide& max_beta = wide(0.999)) {
        return from_betas(cosine_betas(steps, offset, max_beta));
    }

    /// CDM's: noise_scale = t / (T + 1), the schedule `uniform_noise` at these times [CDM]. At least 1 step, else
    /// std::invalid_argument.
    static discrete_levels uniform_noise(index_t steps) {
        using std::log;
        require(steps >= 1, "cdl::schedule::discrete_levels::uniform_noise", "steps", "must be at least 1", steps);
        std::vector<wide> log_snrs; // log((T + 1 - t) (T + 1 + t) / t^2), of whole numbers
        for (index_t t = 1; t <= steps; ++t) {
            const wide time = wide(number(t)), above = wide(number(steps + 1 + t)), below = wide(number(steps + 1 - t));
            log_snrs.push_back(wide(log(wide(below / time)) + log(wide(above / time))));
        }
        return made(log_snrs, "cdl::schedule::discrete_levels::uniform_noise", "steps", any_order,
                    [](const wide& a) { return a; });
    }

    /// T, the number of steps.
    index_t size() const { return static_cast<index_t>(levels_.size()); }

    /// The levels of steps 1, ..., T in this order: `levels()[0]` is step 1.
    std::span<const log_snr<T>> levels() const& { return levels_; }
    std::span<const log_snr<T>> levels() const&& = delete; // would outlive its owner

    /// The level of a step in 1, ..., T, else std::invalid_argument.
    log_snr<T> level(index_t step) const {
        require(1 <= step && step <= size(), "cdl::schedule::discrete_levels::level", "step",
                "must be from 1 to the number of steps", step, " of ", size());
        return levels_[static_cast<std::size_t>(step - 1)];
    }

    /// beta_1, ..., beta_T, the variances that the steps add, beta_t = 1 - alpha_bar_t / alpha_bar_(t-1) = sigmoid(-a_t) (1 -
    /// e^(a_t - a_(t-1))), of the levels as they are: a beta is as good as the difference of its two levels. 0 where they are
    /// equal, pure noise included; 1 for the first step to pure noise.
    std::vector<T> betas() const {
        using std::expm1;
        std::vector<T> result;
        log_snr<T> before = clean<T>();
        for (const log_snr<T>& a : levels_) {
            result.push_back(a == before ? T(0) : T(noise_power(a) * T(-expm1(T(a.value - before.value)))));
            before = a;
        }
        return result;
    }

    /// The real-valued step of a level, linear in the log-SNR between neighbours: what a network that was trained on
    /// steps takes in place of a level. Increasing and continuous; 1 for anything cleaner than step 1 and T for anything
    /// noisier than step T; of equal levels the cleanest step. A finite level beside an infinite one belongs to the
    /// finite neighbour. NaN is refused with std::invalid_argument.
    T step_of(const log_snr<T>& a) const {
        require(a.value == a.value, "cdl::schedule::discrete_levels::step_of", "a", "must not be NaN", a.value);
        const auto above_it = [&](const log_snr<T>& level) { return a.value < level.value; };
        const auto at_or_below = std::ranges::partition_point(levels_, above_it);
        if (at_or_below == levels_.begin()) return T(1);
        if (at_or_below == levels_.end()) return number(size());
        const index_t step = at_or_below - levels_.begin(); // of the neighbour above
        const T above = level(step).value, below = at_or_below->value;
        if (a.value == below || !finite(above)) return number(step + 1);
        if (!finite(below)) return number(step);
        // halved, for the difference of two finite numbers may overflow
        const T share = T(T(above / T(2) - a.value / T(2)) / T(above / T(2) - below / T(2)));
        return T(number(step) + share);
    }

    /// The level of a real-valued step in [1, T], the inverse of `step_of`; else std::invalid_argument.
    log_snr<T> level_at(const T& step) const {
        require(!(step < T(1)) && !(number(size()) < step) && step == step, "cdl::schedule::discrete_levels::level_at",
                "step", "must be from 1 to the number of steps", step, " of ", size());
        const index_t low = first_step([&](index_t whole) { return step < number(whole + 1); });
        const T share = T(step - number(low)), above = levels_[static_cast<std::size_t>(low - 1)].value;
        if (share == T(0)) return {above};
        const T below = levels_[static_cast<std::size_t>(low)].value;
        if (!finite(above)) return {below};
        return {finite(below) ? T(above * T(T(1) - share) + below * share) : above};
    }

    /// The step whose level is nearest; of two, the cleaner. NaN is refused with std::invalid_argument.
    index_t nearest_step(const log_snr<T>& a) const {
        const T least = T(step_of(a) - T(0.5));
        return first_step([&](index_t whole) { return !(number(whole) < least); });
    }

    /// The levels with the scale of the signal rescaled so that step T is pure noise and step 1 is what it was [Lin et
    /// al. 2024, alg. 1], from the levels as they are, rounded to T. The levels must fall, else std::invalid_argument.
    discrete_levels zero_terminal() const {
        require(levels_.back() < levels_.front(), "cdl::schedule::discrete_levels::zero_terminal", "levels",
                "must fall from the first step to the last", levels_.front().value, " and ", levels_.back().value);
        const detail::zero_terminal_map<wide> map({wide(levels_.front().value)}, {wide(levels_.back().value)});
        discrete_levels rescaled(*this);
        for (std::size_t i = 1; i < levels_.size(); ++i) // rounding must not make the levels rise
            rescaled.levels_[i] = {
                min_of(static_cast<T>(map.to({wide(levels_[i].value)}).value), rescaled.levels_[i - 1].value)};
        return rescaled;
    }

private:
    discrete_levels() = default;

    static wide ratio(index_t above, index_t below) {
        return wide(wide(static_cast<lane_t<wide>>(above)) / wide(static_cast<lane_t<wide>>(below)));
    }
    static bool finite(const T& number) { return T(number - number) == T(0); }
    static T number(index_t whole) { return T(static_cast<lane_t<T>>(whole)); }

    /// The first whole step for which that holds, the last one if it holds for none; once true, it stays true.
    template <class Holds>
    index_t first_step(const Holds& holds) const {
        index_t low = 1, high = size();
        while (low < high) {
            const index_t middle = (low + high) / 2;
            holds(middle) ? high = middle : low = middle + 1;
        }
        return low;
    }

    enum order { falling, rising, any_order };

    /// The levels of the numbers, which must come in this order; rounding must not make the levels rise.
    template <class Numbers, class Level>
    static discrete_levels made(const Numbers& numbers, const char* where, const char* name, order in,
                                const Level& level) {
        discrete_levels result;
        wide last = wide(0), lowest = clean<wide>().value;
        for (const auto& item : numbers) {
            const wide now = wide(item);
            const index_t step = result.size() + 1;
            require(now == now, where, name, "must not be NaN", now, " at step ", step);
            require(step == 1 || in == any_order || !(in == falling ? last < now : now < last), where, name,
                    in == falling ? "must not rise with the step" : "must not fall with the step", now, " at step ",
                    step, " after ", last);
            const wide a = level(now);
            require(a == a, where, name, "must be from 0 to 1", now); // where a power has no level
            lowest = min_of(a, lowest);
            result.levels_.push_back({static_cast<T>(lowest)});
            last = now;
        }
        require(result.size() >= 1, where, name, "must be at least one", result.size());
        return result;
    }

    std::vector<log_snr<T>> levels_;
};

} // namespace cdl::schedule
