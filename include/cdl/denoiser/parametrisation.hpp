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
//     eps         0                         1
//     x           1 / N                     -S / N                          [VDM eq. 29]
//     v           N                         S                               Salimans & Ho 2022
//     score       0                         -N, or -sigma at input y        [CDL eq. 9]
//     edm         N / (N^2 + s^2 S^2)       -s S / sqrt(N^2 + s^2 S^2)      Karras et al. 2022, table 1; s = sigma_data
//
// The last line is D = c_skip y + c_out F as an estimate of eps; for s = 1 its F is -v.

#include <cdl/denoiser/quantised.hpp>

#include <optional>

namespace cdl::denoiser {

/// What the output of a network estimates. `score` is the gradient by the point that the network is shown, before EDM's scaling;
/// `edm` is F of EDM's preconditioning.
enum class predicts { eps, x, v, score, edm };

/// The noisy point as a network is shown it: z, of the variance-preserving channel; y = z / S, of the variance-exploding one; or
/// y / sqrt(sigma^2 + sigma_data^2), EDM's c_in y.
enum class shown { z, y, scaled_y };

/// The level as a network is told it: a; EDM's sigma = e^(-a/2), or c_noise = log(sigma) / 4; or the number of a step.
enum class told { log_snr, edm_sigma, edm_c_noise, step };

/// The factors at one level: eps_hat = of_z z + of_output network(input z).
template <class S>
struct network_terms {
    S input, of_z, of_output;
};

/// The conventions of a network.
template <class T, class Space = host>
struct parametrisation {
    predicts output = predicts::eps;
    told level = told::log_snr;
    shown input = shown::z;
    double sigma_data = 1;                                       ///< of edm and scaled_y; EDM's own networks have 0.5
    std::optional<sorted_levels<T, Space>> steps = std::nullopt; ///< the levels of steps, for told::step
    index_t first_step = 0;                                      ///< the number of the first of them
    level_rule rule = level_rule::nearest;                       ///< which step stands for a level between two of them

    /// What networks trained by EDM's code are: F of its preconditioning.
    static constexpr parametrisation edm(double sigma_data = 0.5) {
        return {predicts::edm, told::edm_c_noise, shown::scaled_y, sigma_data, std::nullopt, 0, level_rule::nearest};
    }
    /// What networks trained by DDPM's code are: eps from z and the number of a step, from 0, of these levels.
    static constexpr parametrisation ddpm(sorted_levels<T, Space> steps) {
        return {predicts::eps, told::step, shown::z, 1, steps, 0, level_rule::nearest};
    }

    /// Throws std::invalid_argument on settings that are not possible.
    void check(const char* where) const {
        require(sigma_data > 0 && sigma_data - sigma_data == 0, where, "sigma_data", "must be positive and finite",
                sigma_data);
        require(level != told::step || steps.has_value(), where, "steps", "must be given where steps are told", "none");
    }

    /// The factors at level a. Where what is predicted does not determine eps_hat they are infinite or NaN: x at clean data; so
    /// is the point y at pure noise. All else is finite at every level, infinite ones included.
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

    /// The number that the network is told at level a.
    template <scalar S>
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
};

} // namespace cdl::denoiser
