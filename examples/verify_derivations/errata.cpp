// SPDX-License-Identifier: MIT

// Where the papers' formulas are misprinted: on a fixed example each, by how much the printed form misses and by how
// much the corrected form does. A line holds when the first is large and the second is not.

#include <cdl/cdl.hpp>
#include <cdl/density/diffusion_loss.hpp>
#include <cdl/objective/contrastive.hpp>

#include "noise_mean.hpp"
#include "through_model.hpp"

#include <algorithm>
#include <limits>

namespace verify {
namespace {

struct comparison {
    largest_error corrected, printed;
};

line erratum(std::string equation, std::string claim, const comparison& c, double bound) {
    return {std::move(equation), "erratum", std::move(claim), c.corrected, bound, c.printed.value};
}

// [CDL eq. 2] c = d/2 log(2 pi e) - d/2 int_0^inf sigmoid: both that integral and the one it is taken from diverge.
// Cut both at +-L: then the result is too large by d/2 int_-L^0 sigmoid -> (d/2) log 2. The constant's integral must
// begin at -inf.
line constant_of_eq_2(const setting& s) {
    constexpr double L = 30;
    comparison c;
    const auto rule = cdl::math::gauss_legendre<double>(400);
    for (const double x : {-2.0, 4.0, 6.5}) {
        real error = 0, from_zero = 0, from_below = 0;
        for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
            const double a = -L + 2 * L * rule.nodes[i], weight = 2 * L * rule.weights[i];
            error += weight * s.library->squared_error({x}, a)[0];
            from_below += weight * sigmoid(a);
        }
        from_zero = softplus(L) - std::log(2.0L);
        const real truth = -s.truth.log_density({x}, HUGE_VALL), constant = std::log(2 * pi * std::exp(1.0L)) / 2;
        c.corrected.compare(constant + (error - from_below) / 2, truth);
        c.printed.compare(constant + (error - from_zero) / 2, truth);
    }
    return erratum("CDL 2 erratum", "integral in the constant begins at -inf, not at 0 (both cut at +-30)", c, 1e-11);
}

line factor_of_eq_8(const setting& s) {
    comparison c;
    const numbers points{-7, -2, 0.125, 4, 9};
    const auto ratios = s.library->log_density_ratio(points, 2, s.how());
    for (std::size_t i = 0; i < points.size(); ++i) {
        const real truth = s.truth.log_density({points[i]}, 2) - s.truth.log_density({points[i]}, HUGE_VALL);
        c.corrected.compare(ratios[i].value, truth);
        c.printed.compare(2 * ratios[i].value, truth);
    }
    return erratum("CDL 8 erratum", "factor 1/2 in front of the integral is missing", c, 1e-14);
}

// [CDL A.1] The proof's third line from the end has int p(eps) |eps| d eps = sqrt(2 / pi) for E[eps | z].
line absolute_noise_in_a1(const setting& s) {
    comparison c;
    for (const double z : {-3.0, -0.4, 0.3, 2.5}) {
        const real noise_in_z = s.truth.brute_force({z}, 0.5).eps[0],
                   truth = -noise(0.5) * s.truth.score_by_differences({z}, 0.5)[0];
        c.corrected.compare(noise_in_z, truth);
        c.printed.compare(std::sqrt(2 / pi), truth);
    }
    return erratum("CDL 14 erratum", "A.1: int p(eps | z) eps, not int p(eps) |eps|", c, 1e-14);
}

line coefficient_in_a2() {
    comparison c;
    for (const double a : {-1.0, 0.5, 2.0}) {
        for (const double zeta : {-0.5, 1.0, 3.0}) {
            const real total = 1 - sigmoid(a) * sigmoid(zeta), b2 = sigmoid(-a) / total;
            const auto share = cdl::share_of_noise(cdl::log_snr{a}, cdl::log_snr{zeta});
            c.corrected.compare(
                static_cast<real>(share.rotation) * share.rotation + static_cast<real>(share.b) * share.b, 1);
            c.printed.compare(sigmoid(a) * sigmoid(zeta) / total + b2, 1);
        }
    }
    return erratum("CDL A.2 erratum 1", "a has sigmoid(-alpha), not sigmoid(alpha): a^2 + b^2 = 1", c, 1e-14);
}

// The combined unit noise is eps' = (N(abar) epsbar + S(abar) N(alpha) eps) / N(beta) = b epsbar + a eps. As printed,
// a epsbar + b eps, the noise seen in it would be a eps_hat(z, beta).
line rotation_in_a2(const setting& s) {
    comparison c;
    for (const double zeta : {-1.0, 1.0}) {
        const reference noisy(noised(s.data, zeta));
        for (const double a : {-1.0, 0.5, 2.0}) {
            const auto beta = cdl::compose(cdl::log_snr{a}, cdl::log_snr{zeta});
            const auto share = cdl::share_of_noise(cdl::log_snr{a}, cdl::log_snr{zeta});
            for (const double z : {-2.0, 0.7, 3.0}) {
                const real truth = noisy.brute_force({z}, a).eps[0];
                const double eps_hat = s.library->eps_hat({z}, beta.value)[0];
                c.corrected.compare(share.b * eps_hat, truth);
                c.printed.compare(share.rotation * eps_hat, truth);
            }
        }
    }
    return erratum("CDL A.2 erratum 2", "rotation is epsbar' = b epsbar + a eps: a and b are interchanged", c, 1e-14);
}

// [CDL A.3] The variance of S (mu + s eps) + N eps' at s = 1/2, here as the second moment of the library's noised
// density.
line variance_in_a3() {
    comparison c;
    const data_set narrow{"1-D", "N(1, 1/4)", 1, {1}, {1}, {0.25}, true, true};
    const auto library = make_model(narrow);
    for (const double a : {-1.0, 0.8, 3.0}) {
        real variance = 0;
        const real mean = signal(a);
        for (real z = mean - 12; z <= mean + 12; z += 0.05L)
            variance += 0.05L * (z - mean) * (z - mean) *
                        std::exp(static_cast<real>(library->log_density({static_cast<double>(z)}, a)));
        c.corrected.compare(sigmoid(a) * 0.25L + sigmoid(-a), variance);
        c.printed.compare(sigmoid(a) * 0.5L + sigmoid(-a), variance);
    }
    return erratum("CDL A.3 erratum",
                   "variance of a mode is sigmoid(a) s^2 + sigmoid(-a), not sigmoid(a) s + ..; here s = 1/2", c, 1e-14);
}

// [CDL eq. 17] EDM's c_in = 1 / sqrt(sigma^2 + sigma_data^2) with its sigma_data = 1/2 does not give eq. 18's point.
line input_scale_of_eq_17() {
    comparison c;
    for (const double a : {-3.0, 0.0, 1.0, 5.0}) {
        const double x = 0.8, eps = -1.2, y = x + cdl::to_edm_sigma(cdl::log_snr{a}) * eps;
        const real truth = signal(a) * x + noise(a) * eps, sigma = std::sqrt(sigmoid(-a) / sigmoid(a));
        c.corrected.compare(cdl::denoiser::from_edm_input(y, cdl::log_snr{a}), truth);
        c.printed.compare(y / std::sqrt(sigma * sigma + 0.25L), truth);
    }
    return erratum("CDL 17 erratum", "c_in must be 1 / sqrt(1 + sigma^2); EDM's own has sigma_data = 1/2", c, 1e-14);
}

// [VDM eqs. 31, 33] mu = alpha_s/alpha_t (z + sigma_t expm1(gamma_s - gamma_t) eps_hat): sigma_t is missing in both.
void missing_sigma(const setting& s, std::vector<line>& lines) {
    comparison of_mean, of_sample;
    for (const double gap : {0.5, 3.0}) {
        for (const double z : {-2.0, 0.7, 3.0}) {
            const double t = -1, noise_now = 0.6;
            const cdl::log_snr a_s{t + gap}, a_t{t};
            const real alpha_ts = signal(t) / signal(t + gap), gain = alpha_ts * sigmoid(-t - gap) / sigmoid(-t);
            const real x_hat = s.truth.brute_force({z}, t).x[0];
            const real mean = signal(t + gap) * x_hat + gain * (z - signal(t) * x_hat);
            const real variance = sigmoid(-t - gap) * (1 - gain * alpha_ts);
            const double eps_hat = s.library->eps_hat({z}, t)[0];
            const auto ours = cdl::channel::posterior_from_noise(a_s, a_t);
            const real literal = (z + std::expm1(-static_cast<real>(gap)) * eps_hat) / alpha_ts;
            of_mean.corrected.compare(ours.from_z * z + ours.from_other * eps_hat, mean);
            of_mean.printed.compare(literal, mean);
            const real sample = mean + std::sqrt(variance) * noise_now;
            of_sample.corrected.compare(
                ours.from_z * z + ours.from_other * eps_hat + std::sqrt(ours.variance) * noise_now, sample);
            of_sample.printed.compare(
                literal + std::sqrt(sigmoid(-t - gap) * -std::expm1(-static_cast<real>(gap))) * noise_now, sample);
        }
    }
    lines.push_back(erratum("VDM 31 erratum", "sigma_t is missing in front of eps_hat in the mean", of_mean, 1e-14));
    lines.push_back(
        erratum("VDM 33 erratum", "sigma_t is missing in front of eps_hat in the sample", of_sample, 1e-14));
}

// [VDM eq. 63] A true equation, called stable in appendix J. In float32 its relative error is about epsilon / (gap):
// the two softplus are rounded before they are subtracted. sigmoid(gamma_t) (-expm1(gamma_s - gamma_t)) subtracts
// first.
line stability_of_eq_63() {
    comparison c;
    for (float a_t = -8; a_t <= 8; a_t += 0.37f) {
        for (float gap = 0x1p-20f; gap < 1; gap *= 4) {
            const float a_s = a_t + gap;
            if (a_s == a_t) continue;
            const real truth = sigmoid(-static_cast<real>(a_t)) * -std::expm1(static_cast<real>(a_t) - a_s);
            c.corrected.compare_relatively(cdl::channel::transition(cdl::log_snr{a_s}, cdl::log_snr{a_t}).variance,
                                           truth);
            c.printed.compare_relatively(-std::expm1(cdl::math::softplus(-a_s) - cdl::math::softplus(-a_t)), truth);
        }
    }
    return erratum("VDM 63 erratum",
                   "float32, near-equal times: not stable; sigmoid(gamma_t) (-expm1(gamma_s - gamma_t)) is", c, 1e-6);
}

// [VDM app. F] "Doubling the number of timesteps always improves our diffusion loss": eq. 58's sum is negative on average over
// the data, but about a point where the denoiser errs more at less noise, between the modes, it is not.
line doubling_in_app_f(const setting& s) {
    comparison c;
    const numbers x{0.25};
    const cdl::schedule::linear_log_snr<double> schedule(cleanest(s), noisiest(s));
    const auto loss = [&](const grid& levels) {
        return cdl::density::diffusion_loss(cdl::exec::serial{}, in_batches{s.library.get()}, cdl::as_batch(x, 1),
                                            levels)[0]
            .value;
    };
    const grid one = cdl::schedule::uniform_in_time(schedule, 1), two = cdl::schedule::uniform_in_time(schedule, 2);
    const double change = loss(two) - loss(one);
    c.corrected.compare(change, gain_of_doubling(s, x, two));
    c.printed.see(std::fmax(0, change)); // it is said to be negative
    real mean = 0;
    for (real y = -14; y <= 14; y += 0.25L)
        mean += 0.25L * s.truth.clean().density(&y) * gain_of_doubling(s, {static_cast<double>(y)}, two);
    if (!(mean < 0)) c.corrected.see(HUGE_VAL);
    return erratum("VDM 58 erratum",
                   "L_2T < L_T on average over the data, not at every point; here L_2 - L_1 at x = 0.25", c, 1e-13);
}

// [CDL Algorithm 1] Line 15 takes the softmax of one number, which is 1. The loss of eq. 7 is its softplus.
line softmax_in_algorithm_1(const setting& s) {
    comparison c;
    const auto x = s.library->draw(71, 40);
    const auto batch = cdl::as_batch(x, 1);
    const cdl::objective::contrastive<cdl::schedule::fixed_level> loss{.zetas = {2}};
    auto training = cdl::objective::prepare(cdl::exec::serial{}, loss, batch);
    const auto asked = training.queries(cdl::exec::serial{}, batch, {72}, 0);
    numbers eps_hat(static_cast<std::size_t>(asked.size()));
    in_batches{s.library.get()}(cdl::exec::serial{}, asked.z, asked.levels,
                                cdl::batch_view<double>(eps_hat.data(), asked.size(), 1));
    training.value(cdl::exec::serial{}, cdl::as_batch(std::as_const(eps_hat), 1));
    const auto losses = training.losses(cdl::exec::serial{});
    const auto ratios = training.evaluator().log_density_ratios(cdl::exec::serial{});
    const auto labels = training.evaluator().labels(cdl::exec::serial{});
    for (std::size_t i = 0; i < losses.size(); ++i) {
        const real truth = softplus(static_cast<real>(labels[i]) * ratios[i].value);
        c.corrected.compare(losses[i], truth);
        c.printed.compare(1, truth);
    }
    return erratum("CDL Alg. 1 erratum", "line 15 is a softplus; the softmax of a single number is 1", c, 1e-14);
}

} // namespace

std::vector<line> check_errata(const setting& s) {
    std::vector<line> lines{constant_of_eq_2(s), factor_of_eq_8(s), absolute_noise_in_a1(s), input_scale_of_eq_17(),
                            coefficient_in_a2(), rotation_in_a2(s), variance_in_a3(),        softmax_in_algorithm_1(s)};
    missing_sigma(s, lines);
    lines.push_back(doubling_in_app_f(s));
    lines.push_back(stability_of_eq_63());
    return lines;
}

} // namespace verify
