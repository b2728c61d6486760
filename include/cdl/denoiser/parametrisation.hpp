// SPDX-License-Identifier: MIT
#pragma once

// What a network is shown and what its answer means. Papers differ in three things: the coordinates of the noisy point, how
// the level is told, and what is predicted. All of it is linear in the point and in the answer, so at each level a network is
//
//     eps_hat = of_z z + of_output network(input z, told(a)).
//
// With S = signal_scale(a), N = noise_scale(a), sigma = N / S and y = z / S = x + sigma eps:
//
//     predicts    of_z                      of_output                       source
//     eps         0                         1                               [CDL eq. 1]
//     x           1 / N                     -S / N                          [VDM eq. 29]
//     v           N                         S                               Salimans & Ho 2022
//     score       0                         -N, or -sigma at input y        [CDL eq. 9]
//     edm         N / (N^2 + s^2 S^2)       -s S / sqrt(N^2 + s^2 S^2)      Karras et al. 2022, table 1; s = sigma_data
//
// The last line is D = c_skip y + c_out F, solved for eps by eps_hat = (y - D) / sigma; for s = 1 its F is -v.

#include <cdl/denoiser/quantised.hpp>

#include <optional>

namespace cdl::denoiser {

/// What the output of a network estimates. `score` is the gradient of the log density by the point that the network is shown: by z
/// where it is shown z, by y where it is shown y or scaled_y. `edm` is F of EDM's preconditioning.
enum class predicts { eps, x, v, score, edm };

/// The noisy point as a network is shown it: z, of the variance-preserving channel; y = z / S, of the variance-exploding one; or
/// y / sqrt(sigma^2 + sigma_data^2), EDM's c_in y.
enum class shown { z, y, scaled_y };

/// The level as a network is told it: a; EDM's sigma = e^(-a/2), or its c_noise = log(sigma) / 4 = -a / 8; or the number of a step.
enum class told { log_snr, edm_sigma, edm_c_noise, step };

/// The factors at one level: eps_hat = of_z z + of_output network(input z).
template <class S>
struct network_terms {
    S input, of_z, of_output;
};

/// The conventions of a network of numbers T. Everything is a value of its own: networks of one sort differ in the others.
///
/// Where the level is told as a step, the network is told the step that stands for a, by `rule`; the factors are those of a
/// itself, so that what it says of x, v or the score means the same at every level.
template <class T, class Space = host>
struct parametrisation {
    predicts output = predicts::eps;
    told level = told::log_snr;
    shown input = shown::z;
    double sigma_data = 1; ///< of edm and scaled_y; EDM's own networks have 0.5
    std::optional<sorted_levels<T, Space>> steps =
        std::nullopt;                      ///< the levels of steps, for told::step; they must outlive it
    index_t first_step = 0;                ///< the number of the first of them
    level_rule rule = level_rule::nearest; ///< which step stands for a level between two of them

    /// What networks trained by EDM's code are: F of its preconditioning.
    static constexpr parametrisation edm(double sigma_data = 0.5) {
        return {predicts::edm, told::edm_c_noise, shown::scaled_y, sigma_data, std::nullopt, 0, level_rule::nearest};
    }
    /// What networks trained by DDPM's code are: eps from z and the number of a step, from 0, of these levels.
    static constexpr parametrisation ddpm(sorted_levels<T, Space> steps) {
        return {predicts::eps, told::step, shown::z, 1, steps, 0, level_rule::nearest};
    }

    /// Throws std::invalid_argument on settings that are not possible: sigma_data whose square T cannot hold, steps that are
    /// told and not given.
    void check(const char* where) const {
        using limits = std::numeric_limits<T>;
        const T square = T(T(sigma_data) * T(sigma_data));
        require(sigma_data > 0 && (limits::min)() <= square && square <= (limits::max)(), where, "sigma_data",
                "must be positive and finite, and so its square", sigma_data);
        require(level != told::step || steps.has_value(), where, "steps", "must be given where steps are told", "none");
    }

    /// The factors at level a, each to 8 epsilon of itself. All are finite at every level, infinite ones included, but where what is shown
    /// or predicted has no limit: x does not determine eps_hat at clean data, and at pure noise the point y is infinite and its
    /// score is 0. There they are infinite. A level that is NaN makes of_output NaN.
    template <scalar S>
    CDL_HD network_terms<S> terms(const log_snr<S>& a) const {
        using std::sqrt;
        const S signal = signal_scale(a), noise = noise_scale(a);
        const S s = S(static_cast<lane_t<S>>(sigma_data));
        const S spread = S(sqrt(S(noise * noise + s * s * signal * signal))); // S sqrt(sigma^2 + sigma_data^2)
        network_terms<S> result{S(1), S(0), S(1)};
        if (input == shown::y) result.input = S(S(1) / signal);
        if (input == shown::scaled_y) result.input = S(S(1) / spread);
        switch (output) {
        case predicts::eps:
            result.of_output = select(a.value == a.value, S(1), a.value);
            break;
        case predicts::x:
            result.of_z = S(S(1) / noise), result.of_output = S(-signal / noise);
            break;
        case predicts::v:
            result.of_z = noise, result.of_output = signal;
            break;
        case predicts::score:
            result.of_output = input == shown::z ? S(-noise) : S(-noise / signal);
            break;
        case predicts::edm:
            result.of_z = S(noise / S(spread * spread)), result.of_output = S(S(-s) * signal / spread);
        }
        return result;
    }

    /// The derivatives of the factors by a, each to 8 epsilon of itself; but edm's of_z', which has a zero, to 8 epsilon of
    /// N S^2 / (N^2 + s^2 S^2). At infinite levels they are the limits, which are infinite where the factor is.
    template <scalar S>
    CDL_HD network_terms<S> term_slopes(const log_snr<S>& a) const {
        using std::sqrt;
        const S half = S(0.5), signal = signal_scale(a), noise = noise_scale(a);
        const S p = S(signal * signal), q = S(noise * noise); // dS / da = S q / 2, dN / da = -N p / 2
        const S s = S(static_cast<lane_t<S>>(sigma_data));
        const S square = S(q + s * s * p), spread = S(sqrt(square));
        network_terms<S> result{S(0), S(0), S(0)};
        if (input == shown::y) result.input = S(-half * q / signal);
        if (input == shown::scaled_y)
            result.input = S(half * S(S(1) - s) * S(S(1) + s) * S(p / square) * S(q / spread));
        switch (output) {
        case predicts::eps:
            break;
        case predicts::x:
            result.of_z = S(half * p / noise), result.of_output = S(-half * signal / noise);
            break;
        case predicts::v:
            result.of_z = S(-half * noise * p), result.of_output = S(half * signal * q);
            break;
        case predicts::score:
            result.of_output = input == shown::z ? S(half * noise * p) : S(half * noise / signal);
            break;
        case predicts::edm:
            result.of_z = S(-half * S(noise / square) * S(S(s * s * S(S(1) + q) - q) * S(p / square)));
            result.of_output = S(-half * S(s * signal / spread) * S(q / square));
        }
        return result;
    }

    /// The number that the network is told at level a, a number and no pack.
    template <scalar S>
        requires(lane_traits<S>::size == 1)
    CDL_HD S told_at(const log_snr<S>& a) const {
        switch (level) {
        case told::log_snr:
            return a.value;
        case told::edm_sigma:
            return to_edm_sigma(a);
        case told::edm_c_noise:
            return S(a.value / S(-8));
        case told::step:
            return S(static_cast<lane_t<S>>(first_step + steps->index_of(a, rule)));
        }
        return a.value;
    }

    /// The derivative of what the network is told by a; 0 where that is a step.
    template <scalar S>
    CDL_HD S told_slope(const log_snr<S>& a) const {
        switch (level) {
        case told::log_snr:
            return S(1);
        case told::edm_sigma:
            return S(to_edm_sigma(a) / S(-2));
        case told::edm_c_noise:
            return S(-0.125);
        case told::step:
            return S(0);
        }
        return S(0);
    }
};

} // namespace cdl::denoiser
