// SPDX-License-Identifier: MIT

// What depends on levels alone: the scales, and the coefficients of one step of the noising chain and of its reversal. The
// library's are functions of the levels a_s >= a_t (gamma = -a) in forms that keep their digits; the reference takes the
// definitions, in long double, conditions Gaussians, and integrates.

#include <cdl/cdl.hpp>
#include <cdl/schedule/monotone_network.hpp>

#include "checks.hpp"
#include "network.hpp"
#include "step.hpp"

namespace verify {
namespace {

/// Pairs of levels a_s > a_t, far enough apart for the definitions to keep their digits in long double.
template <class Visit>
void for_each_pair(const Visit& visit) {
    for (double a_t = -10; a_t <= 8; a_t += 0.75)
        for (const double gap : {0.05, 0.2, 1.0, 3.0, 7.0}) visit(a_t + gap, a_t);
}

line about_levels(std::string equation, std::string claim, largest_error error, double bound) {
    return {std::move(equation), "levels", std::move(claim), error, bound, std::nullopt};
}

// [VDM eqs. 20-25, 32, 63] What depends on levels alone.
void check_coefficients(std::vector<line>& lines) {
    largest_error composed, ratio, step, bayes, variance, mean, stable, eq63;
    for_each_pair([&](double s, double t) {
        const cdl::log_snr a_s{s}, a_t{t};
        const defined d(s, t);
        const auto forward = cdl::channel::transition(a_s, a_t), back = cdl::channel::posterior(a_s, a_t);
        ratio.compare_relatively(cdl::channel::signal_ratio(a_s, a_t), d.alpha_ts);
        step.compare_relatively(forward.variance, d.variance_ts);
        variance.compare_relatively(back.variance, d.conditional_variance());
        // eq. 32 is a formula of its own: sigma_s^2 (-expm1(gamma_s - gamma_t))
        stable.compare_relatively(cdl::channel::posterior_from_noise(a_s, a_t).variance,
                                  -std::expm1(static_cast<real>(t) - s) / (1 + std::exp(static_cast<real>(s))));
        eq63.compare_relatively(forward.variance,
                                -std::expm1(softplus(-static_cast<real>(s)) - softplus(-static_cast<real>(t))));
        for (const double x : {-1.7, 0.4}) {
            for (const double standard : {-1.3, 0.2, 2.1}) {
                // eq. 20: int q(z_t | z_s) q(z_s | x) dz_s = q(z_t | x), by the trapezoid over z_s
                const real z_t = d.alpha_t * x + d.sigma_t * standard;
                const real sd = std::sqrt(static_cast<real>(forward.variance));
                const real h = std::fmin(d.sigma_s, sd / d.alpha_ts) / 3;
                real sum = 0;
                for (int i = -static_cast<int>(11 * d.sigma_s / h); i * h <= 11 * d.sigma_s; ++i) {
                    const real z_s = d.alpha_s * x + i * h;
                    sum += h * std::exp(log_normal(z_t, forward.from_z * z_s, forward.variance) +
                                        log_normal(z_s, d.alpha_s * x, d.sigma_s * d.sigma_s));
                }
                composed.compare(std::log(sum), log_normal(z_t, d.alpha_t * x, d.sigma_t * d.sigma_t));
                // eq. 25
                mean.compare(back.from_z * z_t + back.from_other * x, d.conditional_mean(z_t, x));
                // eq. 23: Bayes' rule at points z_s, q(z_s | z_t, x) = q(z_t | z_s) q(z_s | x) / q(z_t | x)
                for (const double other : {-2.0, 0.1, 1.4}) {
                    const real center = back.from_z * z_t + back.from_other * x;
                    const real z_s = center + other * std::sqrt(static_cast<real>(back.variance));
                    bayes.compare(log_normal(z_s, center, back.variance),
                                  log_normal(z_t, d.alpha_ts * z_s, d.variance_ts) +
                                      log_normal(z_s, d.alpha_s * x, d.sigma_s * d.sigma_s) -
                                      log_normal(z_t, d.alpha_t * x, d.sigma_t * d.sigma_t));
                }
            }
        }
    });
    lines.push_back(about_levels("VDM 20", "int q(z_t | z_s) q(z_s | x) dz_s by the trapezoid against q(z_t | x)",
                                 composed, 1e-12));
    lines.push_back(about_levels("VDM 21", "alpha_{t|s} against alpha_t / alpha_s in long double", ratio, 1e-14));
    lines.push_back(about_levels("VDM 22", "sigma^2_{t|s} against sigma_t^2 - alpha_{t|s}^2 sigma_s^2 in long double",
                                 step, 1e-14));
    lines.push_back(about_levels(
        "VDM 23", "log q(z_s | z_t, x) against Bayes' rule with q(z_t | z_s), q(z_s | x), q(z_t | x)", bayes, 1e-11));
    lines.push_back(
        about_levels("VDM 24", "sigma^2_Q against conditioning the joint Gaussian of z_s, z_t", variance, 1e-14));
    lines.push_back(about_levels("VDM 25", "mu_Q against conditioning the joint Gaussian of z_s, z_t", mean, 1e-14));
    lines.push_back(about_levels("VDM 32", "sigma^2_Q against sigma_s^2 (-expm1(gamma_s - gamma_t)) in long double",
                                 stable, 1e-14));
    lines.push_back(about_levels(
        "VDM 63", "sigma^2_{t|s} against -expm1(softplus(gamma_s) - softplus(gamma_t)) in long double", eq63, 1e-14));
}

// [CDL eqs. 5, 17, 18] The scales and shares against their definitions.
void check_scales(std::vector<line>& lines) {
    largest_error beta, share, unit, scale, edm;
    for (double a = -10; a <= 10; a += 0.37) {
        scale.compare_relatively(cdl::signal_scale(cdl::log_snr{a}), signal(a));
        scale.compare_relatively(cdl::noise_scale(cdl::log_snr{a}), noise(a));
        edm.compare_relatively(cdl::to_edm_sigma(cdl::log_snr{a}),
                               std::sqrt(sigmoid(-static_cast<real>(a)) / sigmoid(a)));
        edm.compare(cdl::from_edm_sigma(cdl::to_edm_sigma(cdl::log_snr{a})).value, a);
        for (double zeta = -10; zeta <= 10; zeta += 0.61) {
            const real product = sigmoid(a) * sigmoid(zeta);
            const auto composed = cdl::compose(cdl::log_snr{a}, cdl::log_snr{zeta});
            beta.compare(composed.value, std::log(product / (1 - product)));
            if (!(composed.value <= std::fmin(a, zeta))) beta.see(HUGE_VAL);
            const auto of_noise = cdl::share_of_noise(cdl::log_snr{a}, cdl::log_snr{zeta});
            share.compare_relatively(of_noise.b, std::sqrt(sigmoid(-a) / (1 - product)));
            unit.compare(static_cast<real>(of_noise.b) * of_noise.b +
                             static_cast<real>(of_noise.rotation) * of_noise.rotation,
                         1);
            unit.compare_relatively(of_noise.rotation, std::sqrt(sigmoid(a) * sigmoid(-zeta) / (1 - product)));
        }
    }
    lines.push_back(about_levels("CDL 4", "S and N against the square roots of sigmoid(a), sigmoid(-a) in long double",
                                 scale, 1e-14));
    beta.points += share.points;
    beta.value = std::fmax(beta.value, share.value);
    lines.push_back(
        about_levels("CDL 5", "beta, b against their definitions in long double; beta <= min(a, zeta)", beta, 1e-14));
    lines.push_back(
        about_levels("CDL 18", "sigma = e^(-a/2) against sqrt(sigmoid(-a) / sigmoid(a)), and back", edm, 1e-14));
    lines.push_back(
        about_levels("CDL A.2", "a^2 + b^2 = 1, and a against its corrected definition in long double", unit, 1e-14));
}

// [VDM eqs. 42-48, 70] The KL divergence of one step from x to x_hat is that of two Gaussians of equal variance: here by the
// trapezoid over z_s, with means and variance by conditioning. The library has two forms: half
// the difference of the SNRs for |x - x_hat|^2, half of expm1(a_s - a_t) for |eps - eps_hat|^2.
void check_divergence(std::vector<line>& lines) {
    largest_error of_means, printed, of_x, of_score;
    for_each_pair([&](double s, double t) {
        const cdl::log_snr a_s{s}, a_t{t};
        const defined d(s, t);
        const auto q = cdl::channel::posterior(a_s, a_t);
        for (const double x : {-1.7, 0.4}) {
            for (const double x_hat : {-1.2, 0.9, 3.0}) {
                const real z_t = d.alpha_t * x + d.sigma_t * 0.7L, variance = d.conditional_variance();
                const real mean = d.conditional_mean(z_t, x), mean_of_model = d.conditional_mean(z_t, x_hat);
                real divergence = 0;
                for (int i = -66; i <= 66; ++i) {
                    const real z_s = mean + std::sqrt(variance) * i / 6;
                    const real log_q = log_normal(z_s, mean, variance);
                    divergence +=
                        std::sqrt(variance) / 6 * std::exp(log_q) * (log_q - log_normal(z_s, mean_of_model, variance));
                }
                const real square = (static_cast<real>(x) - x_hat) * (static_cast<real>(x) - x_hat);
                const real apart = static_cast<real>(q.from_other) * (static_cast<real>(x) - x_hat);
                of_means.compare(apart * apart / (2 * static_cast<real>(q.variance)), divergence);
                of_x.compare(cdl::channel::snr_difference(a_s, a_t) / 2 * square, divergence);
                const real noise = d.alpha_t * d.alpha_t / (d.sigma_t * d.sigma_t) * square;
                of_x.compare(cdl::channel::snr_ratio_minus_one(a_s, a_t) / 2 * noise, divergence);
                const real score =
                    d.alpha_t / (d.sigma_t * d.sigma_t) * (static_cast<real>(x) - x_hat); // grad log q(z_t | x) - s
                of_score.compare(cdl::channel::snr_ratio_minus_one(a_s, a_t) * cdl::noise_power(a_t) / 2 * score *
                                     score,
                                 divergence);

                const real as2 = d.alpha_s * d.alpha_s, at2 = d.alpha_t * d.alpha_t, ss2 = d.sigma_s * d.sigma_s,
                           st2 = d.sigma_t * d.sigma_t, ts = d.variance_ts, ats2 = d.alpha_ts * d.alpha_ts;
                for (const real form : {st2 / (2 * ts * ss2) * as2 * ts * ts / (st2 * st2), as2 * ts / (2 * ss2 * st2),
                                        as2 * (st2 - ats2 * ss2) / (2 * ss2 * st2), (as2 * st2 / ss2 - at2) / (2 * st2),
                                        (as2 / ss2 - at2 / st2) / 2})
                    printed.compare(cdl::channel::snr_difference(a_s, a_t) / 2 * square, form * square);
            }
        }
    });
    lines.push_back(about_levels(
        "VDM 42", "|mu_Q - mu_theta|^2 / (2 sigma^2_Q) against the KL divergence by the trapezoid", of_means, 1e-14));
    lines.push_back(about_levels(
        "VDM 43-47", "1/2 (SNR(s) - SNR(t)) |x - x_hat|^2 against each of the five printed forms in long double",
        printed, 1e-14));
    lines.push_back(
        about_levels("VDM 48",
                     "1/2 (SNR(s) - SNR(t)) |x - x_hat|^2, 1/2 expm1(a_s - a_t) |eps - eps_hat|^2 against the KL "
                     "divergence by the trapezoid",
                     of_x, 1e-14));
    lines.push_back(about_levels(
        "VDM 70",
        "c/2 |grad log q(z_t | x) - s|^2, c = expm1(a_s - a_t) sigma_t^2, against the KL divergence by the trapezoid",
        of_score, 1e-14));
}

// [VDM eq. 36] f = d log alpha / dt and g^2 = d sigma^2 / dt - 2 d log alpha / dt sigma^2, by differences of order 8 along the
// linear schedule.
void check_sde(std::vector<line>& lines) {
    largest_error error;
    const double clean = 13.3, noisy = -5;
    const cdl::schedule::linear_log_snr<double> schedule(cdl::log_snr{clean}, cdl::log_snr{noisy});
    constexpr real h = 0x1p-11L;
    for (double t = 0.03; t < 1; t += 0.03) {
        const auto along = [&](const auto& f) {
            return derivative(h, [&](real dt) { return f(clean + (static_cast<real>(noisy) - clean) * (t + dt)); });
        };
        const real f = along([](real a) { return -softplus(-a) / 2; });
        const real a = clean + (static_cast<real>(noisy) - clean) * t;
        const real g2 = along([](real b) { return sigmoid(-b); }) - 2 * f * sigmoid(-a);
        error.compare_relatively(cdl::channel::sde_drift(schedule.at(t), schedule.slope(t)), f);
        error.compare_relatively(cdl::channel::sde_diffusion_squared(schedule.at(t), schedule.slope(t)), g2);
    }
    lines.push_back(about_levels(
        "VDM 36", "f, g^2 against differences of log alpha and sigma^2 along the linear schedule", error, 1e-14));
}

// [VDM eq. 59] The network between its ends, which it holds exactly.
void check_network(std::vector<line>& lines) {
    largest_error error;
    cdl::schedule::monotone_network<double> schedule(cdl::log_snr{8.}, cdl::log_snr{-6.}, 5);
    auto parameters = schedule.parameters();
    for (int draw = 0; draw < 20; ++draw) {
        for (std::size_t p = 2; p < parameters.size(); ++p)
            parameters[p] = 2.5 * std::sin(1 + 3. * draw + 7.3 * static_cast<double>(p));
        schedule.set_parameters(parameters);
        const network own(parameters);
        if (schedule.at(0).value != 8 || schedule.at(1).value != -6) error.see(HUGE_VAL);
        for (double t = 0; t <= 1; t += 1. / 64) {
            error.compare(schedule.at(t).value, own.at(t));
            error.compare_relatively(schedule.slope(t), own.slope(t));
        }
    }
    lines.push_back(about_levels("VDM 59", "a(t), a'(t) of 20 networks layer by layer in long double; the ends exactly",
                                 error, 1e-13));
}

// [CDM eq. 1] The chain x_t = sqrt(alpha_t) x_{t-1} + sqrt(1 - alpha_t) eps has, after t steps, the mean sqrt(alphabar_t) x_0
// and the variance 1 - alphabar_t: here both by following the chain.
void check_chain(std::vector<line>& lines) {
    largest_error error;
    const auto steps = cdl::schedule::discrete_levels<double>::ddpm_linear();
    real mean = 1, variance = 0;
    for (index_t t = 1; t <= steps.size(); ++t) {
        const real beta = 1e-4L + (0.02L - 1e-4L) * static_cast<real>(t - 1) / static_cast<real>(steps.size() - 1);
        mean *= std::sqrt(1 - beta);
        variance = (1 - beta) * variance + beta;
        error.compare_relatively(cdl::signal_scale(steps.level(t)), mean);
        error.compare_relatively(cdl::noise_power(steps.level(t)), variance);
    }
    lines.push_back(about_levels(
        "CDM 1", "scales of DDPM's 1000 steps against mean and variance of the chain, step by step", error, 1e-14));
}
} // namespace

std::vector<line> check_levels() {
    std::vector<line> lines;
    check_scales(lines);
    check_coefficients(lines);
    check_divergence(lines);
    check_sde(lines);
    check_network(lines);
    check_chain(lines);
    return lines;
}

} // namespace verify
