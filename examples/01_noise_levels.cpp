// SPDX-License-Identifier: MIT

// Example 1: noise levels.
//
// The problem. A diffusion model adds noise to data. How much noise is said in a different way in every paper: DDPM
// speaks of alpha_bar, EDM of sigma, VDM of gamma, CDL of alpha. This library has one coordinate, the log
// signal-to-noise ratio, and named conversions from and to the others.
//
// Symbols.
//     x      a clean point                        eps   standard normal noise
//     a      the level: log(signal power / noise power), natural logarithm; larger is cleaner
//     z      the noisy point, z = sqrt(sigmoid(a)) x + sqrt(sigmoid(-a)) eps              [CDL sec. 2, eq. 4]
//
// The channel preserves variance, because sigmoid(a) + sigmoid(-a) = 1. a = +inf is clean data, a = -inf pure noise.
//
// Two channels in a row, first zeta and then a, are one channel of a lower level beta  [CDL eq. 5]:
//     sigmoid(beta) = sigmoid(a) sigmoid(zeta).
// The noise of the second channel, seen through the total noise, has the factor
//     b = noise_scale(a) / noise_scale(beta).
// Both are what the density identities of example 3 are made of.
//
// Where to read on: CDL section 2 and appendix B.3; docs/vocabulary.md has all symbols side by side.

#include <cdl/channel/composition.hpp>
#include <cdl/schedule/linear_log_snr.hpp>

#include <cmath>
#include <cstdio>

int main() {
    using namespace cdl;

    // 1. A level is a type of its own. Its two scales are the factors of x and eps in the channel.
    std::puts("1. The channel z = signal_scale(a) x + noise_scale(a) eps");
    std::puts("       a  signal_scale  noise_scale  sum of squares");
    for (const log_snr a : {pure_noise<double>(), log_snr{-4.0}, log_snr{0.0}, log_snr{4.0}, clean<double>()}) {
        const double s = signal_scale(a), n = noise_scale(a);
        std::printf("%8.1f  %12.6f  %11.6f  %14.6f\n", a.value, s, n, s * s + n * n);
    }

    // 2. The same level in the words of other papers. Every conversion has an inverse.
    std::puts("\n2. The level a = 4 elsewhere, and back");
    const log_snr a{4.0};
    std::printf("EDM sigma      %9.6f  -> a = %.6f\n", to_edm_sigma(a), from_edm_sigma(to_edm_sigma(a)).value);
    std::printf("DDPM alpha_bar %9.6f  -> a = %.6f\n", to_alpha_bar(a), from_alpha_bar(to_alpha_bar(a)).value);
    std::printf("VDM gamma      %9.6f  -> a = %.6f\n", to_vdm_gamma(a), from_vdm_gamma(to_vdm_gamma(a)).value);

    // 3. A schedule says which level belongs to which time. Time exists only here and, later, in samplers.
    std::puts("\n3. A schedule: the log-SNR falls linearly from 13.3 at t = 0 to -5 at t = 1");
    const schedule::linear_log_snr schedule(log_snr{13.3}, log_snr{-5.0});
    for (const double t : {0.0, 0.5, 1.0})
        std::printf("t = %.1f  a = %9.6f  time_of(a) = %.6f\n", t, schedule.at(t).value,
                    schedule.time_of(schedule.at(t)));

    // 4. Levels compose: the powers of the signal multiply, the order does not matter, clean data is the identity.
    std::puts("\n4. First zeta = 1, then a = 4: one channel of level beta");
    const log_snr zeta{1.0};
    const log_snr beta = compose(a, zeta);
    std::printf("beta = compose(a, zeta)    %9.6f   compose(zeta, a) %9.6f\n", beta.value, compose(zeta, a).value);
    std::printf("compose(a, clean)          %9.6f\n", compose(a, clean<double>()).value);
    std::printf("sigmoid(beta)              %9.6f   sigmoid(a) sigmoid(zeta)            %9.6f\n", signal_power(beta),
                signal_power(a) * signal_power(zeta));
    std::printf("b = share_of_noise(...).b  %9.6f   noise_scale(a) / noise_scale(beta)  %9.6f\n",
                share_of_noise(a, zeta).b, noise_scale(a) / noise_scale(beta));

    // 5. Why nobody here writes 1 - sigmoid(a). In float, at a = 20, sigmoid(a) is 1 to the last bit: the difference
    //    is 0, and the level cannot be found again. The power of the noise is sigmoid(-a), which has all its digits.
    std::puts("\n5. The power of the noise at a = 20, in float");
    const log_snr high{20.0f};
    const float difference = 1.0f - signal_power(high);
    std::printf("1 - sigmoid(a)  %.5e  -> a = %.5f\n", static_cast<double>(difference),
                static_cast<double>(from_one_minus_alpha_bar(difference).value));
    std::printf("sigmoid(-a)     %.5e  -> a = %.5f\n", static_cast<double>(noise_power(high)),
                static_cast<double>(from_one_minus_alpha_bar(noise_power(high)).value));

    //    Composing by way of the powers fails in the same way. `compose` works on the log-SNRs alone.
    const float product = signal_power(high) * signal_power(high);
    std::puts("Two channels of level 20 in a row, in float");
    std::printf("logit(sigmoid(a) sigmoid(a))  %.5f\n", static_cast<double>(from_alpha_bar(product).value));
    std::printf("compose(a, a)                 %.5f\n", static_cast<double>(compose(high, high).value));
    std::printf("a - compose(a, a)             %.5f  (composition_gap)\n",
                static_cast<double>(composition_gap(high, high)));
}
