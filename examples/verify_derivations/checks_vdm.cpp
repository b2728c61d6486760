// SPDX-License-Identifier: MIT

// The equations of VDM's appendix A: one step of the noising chain from the cleaner time s to the noisier time t, and
// its reversal. The library's coefficients are functions of the levels a_s >= a_t (gamma = -a) in forms that keep
// their digits; the reference takes the definitions, in long double, and conditions Gaussians.

#include <cdl/cdl.hpp>

#include "checks.hpp"

namespace verify {
namespace {

/// alpha, sigma of s and t and what the paper defines from them [VDM eqs. 21, 22], as printed.
struct defined {
    real alpha_s, sigma_s, alpha_t, sigma_t, alpha_ts, variance_ts;
    defined(real a_s, real a_t)
        : alpha_s(signal(a_s)), sigma_s(noise(a_s)), alpha_t(signal(a_t)), sigma_t(noise(a_t)),
          alpha_ts(alpha_t / alpha_s), variance_ts(sigma_t * sigma_t - alpha_ts * alpha_ts * sigma_s * sigma_s) {}

    /// z_s given z_t and x by conditioning their joint Gaussian given x: means alpha_s x and alpha_t x, variances
    /// sigma_s^2 and sigma_t^2, covariance alpha_ts sigma_s^2.
    real gain() const { return alpha_ts * sigma_s * sigma_s / (sigma_t * sigma_t); }
    real conditional_mean(real z_t, real x) const { return alpha_s * x + gain() * (z_t - alpha_t * x); }
    real conditional_variance() const { return sigma_s * sigma_s - gain() * alpha_ts * sigma_s * sigma_s; }
};

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

} // namespace

std::vector<line> check_levels() {
    std::vector<line> lines;
    check_scales(lines);
    check_coefficients(lines);
    return lines;
}

// [VDM eqs. 26-31, 33] The model's p(z_s | z_t) is q(z_s | z_t, x = x_hat), and its mean has three forms: in x_hat,
// in eps_hat and in the score. Each prediction here comes from its own source: x_hat from the components, eps_hat
// from the denoiser, the score from differentiating the log density; the coefficients on the right are the
// definitions in long double.
std::vector<line> check_vdm(const setting& s) {
    s.progress(s.data.label + ": VDM");
    largest_error matched, density, forms, noise_form, score_form, stable, sampled;
    std::vector<mean_in_errors> residuals;
    for (const probe& p : s.probes) {
        const cdl::log_snr a_t{p.a};
        const auto x_hat = s.library->x_hat(p.z, p.a), eps_hat = s.library->eps_hat(p.z, p.a);
        const auto score = s.library->score_by_autodiff(p.z, p.a);
        for (const double gap : {0.1, 1.0, 4.0}) {
            const cdl::log_snr a_s{p.a + gap};
            const defined d(a_s.value, a_t.value);
            const auto model = cdl::channel::posterior(a_s, a_t),
                       of_noise = cdl::channel::posterior_from_noise(a_s, a_t);
            for (std::size_t j = 0; j < p.z.size(); ++j) {
                const real z = p.z[j], mean = model.from_z * z + model.from_other * x_hat[j];
                const real variance = d.conditional_variance();
                // eq. 26: with x_hat = E[x | z_t] the mean is that of z_s over all x that could have made z_t
                if (p.brute) matched.compare(mean, d.conditional_mean(z, p.brute->x[j]));
                // eq. 27: the density, by Bayes' rule with x_hat for x
                const real z_s = mean + std::sqrt(variance) * p.eps[j];
                density.compare(log_normal(z_s, mean, model.variance),
                                log_normal(z, d.alpha_ts * z_s, d.variance_ts) +
                                    log_normal(z_s, d.alpha_s * x_hat[j], d.sigma_s * d.sigma_s) -
                                    log_normal(z, d.alpha_t * x_hat[j], d.sigma_t * d.sigma_t));
                // eq. 28: three forms
                const real from_x = d.gain() * z + d.alpha_s * d.variance_ts / (d.sigma_t * d.sigma_t) * x_hat[j];
                forms.compare(of_noise.from_z * z + of_noise.from_other * eps_hat[j], from_x);
                forms.compare(z / d.alpha_ts - d.variance_ts / (d.alpha_ts * d.sigma_t) * eps_hat[j], from_x);
                forms.compare(z / d.alpha_ts + d.variance_ts / d.alpha_ts * score[j], from_x);
                // eq. 31, with the sigma_t that is missing in print
                const real growth = std::expm1(static_cast<real>(a_t.value) - a_s.value);
                stable.compare(of_noise.from_z * z + of_noise.from_other * eps_hat[j],
                               d.alpha_s / d.alpha_t * (z + d.sigma_t * growth * eps_hat[j]));
                // eq. 33: a sample with given noise, likewise, against mean and variance by conditioning
                const double sample = of_noise.from_z * p.z[j] + of_noise.from_other * eps_hat[j] +
                                      std::sqrt(of_noise.variance) * p.eps[j];
                sampled.compare(sample, d.conditional_mean(z, x_hat[j]) + std::sqrt(variance) * p.eps[j]);
            }
        }
        for (std::size_t j = 0; j < p.z.size(); ++j) {
            const real S = signal(p.a), N = noise(p.a);
            noise_form.compare(cdl::denoiser::eps_from_x(p.z[j], x_hat[j], a_t), eps_hat[j]); // eq. 29
            score_form.compare((S * x_hat[j] - p.z[j]) / (N * N), score[j]);                  // eq. 30
            score_form.compare(cdl::denoiser::score_from_eps(cdl::denoiser::eps_from_x(p.z[j], x_hat[j], a_t), a_t),
                               score[j]);
        }
    }
    const bool brute = s.by_brute_force;
    if (!brute) { // E[(z_s - mean(z_t)) g(z_t)] = 0 on samples of the chain, as for CDL eq. 1
        const double t = std::round(s.scale.middle), gap = 1;
        const defined d(t + gap, t);
        const index_t n = 4000;
        const auto cleaner = draw_noisy(s, 31, n, t + gap), fresh = draw_noisy(s, 32, n, t);
        const auto model = cdl::channel::posterior(cdl::log_snr{t + gap}, cdl::log_snr{t});
        const auto dim = static_cast<std::size_t>(s.data.d);
        residuals.resize(2 * dim);
        for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
            numbers z(dim);
            for (std::size_t j = 0; j < dim; ++j)
                z[j] = static_cast<double>(d.alpha_ts * cleaner.z[i * dim + j] +
                                           std::sqrt(d.variance_ts) * fresh.eps[i * dim + j]);
            const auto x_hat = s.library->x_hat(z, t);
            for (std::size_t j = 0; j < dim; ++j) {
                const double residual = cleaner.z[i * dim + j] - model.from_z * z[j] - model.from_other * x_hat[j];
                residuals[2 * j].add(residual);
                residuals[2 * j + 1].add(residual * std::tanh(z[j] / s.scale.spread));
            }
        }
        for (const auto& residual : residuals) matched.see(residual.distance());
    }
    return {
        brute
            ? s.about("VDM 26", "mean of p(z_s | z_t) against E[z_s | z_t] by integration over all x", matched,
                      s.bound(1e-14))
            : s.about("VDM 26", "E[(z_s - mean of p(z_s | z_t)) g(z_t)] = 0 for two g, Monte Carlo, in standard errors",
                      matched, 5),
        s.about("VDM 27", "log p(z_s | z_t) against Bayes' rule with x_hat for x", density, s.bound(1e-12)),
        s.about("VDM 28", "mean from eps_hat (library, definition) and from the score against that from x_hat", forms,
                s.bound(1e-13)),
        s.about("VDM 29", "(z - S x_hat) / N, x_hat from the components, against eps_hat", noise_form, s.bound(1e-12)),
        s.about("VDM 30", "(S x_hat - z) / N^2 against the gradient of log p_a by automatic differentiation",
                score_form, s.bound(1e-10)),
        s.about("VDM 31", "mean from eps_hat against alpha_s/alpha_t (z + sigma_t expm1(gamma_s - gamma_t) eps_hat)",
                stable, s.bound(1e-13)),
        s.about("VDM 33", "ancestral sample against mean and variance by conditioning on x_hat", sampled,
                s.bound(1e-13)),
    };
}

} // namespace verify
