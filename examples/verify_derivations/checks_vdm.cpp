// SPDX-License-Identifier: MIT

// VDM's model p(z_s | z_t) and its limit of many steps, on one data set.

#include <cdl/cdl.hpp>
#include <cdl/denoiser/fourier_features.hpp>

#include "checks.hpp"
#include "step.hpp"

namespace verify {
namespace {

// [VDM eq. 34] Fourier features of the noisy points, on frequencies 2^n for n = -3, ..., 12. The reference reduces 2^n z
// modulo 2, which is exact.
void check_features(const setting& s, std::vector<line>& lines) {
    largest_error error;
    const cdl::denoiser::fourier_features features{-3, 12};
    for (const probe& p : s.probes) {
        numbers out(static_cast<std::size_t>(features.width(s.data.d)));
        const auto n = std::ssize(out);
        features(cdl::exec::serial{}, cdl::as_batch(p.z, s.data.d), cdl::batch_view<double>(out.data(), 1, n));
        const std::size_t d = p.z.size();
        for (std::size_t j = 0; j < d; ++j) {
            error.compare(out[j], p.z[j]);
            for (int power = -3; power <= 12; ++power) {
                const real turns = std::fmod(std::ldexp(static_cast<real>(p.z[j]), power), 2.0L);
                const std::size_t first = d * (1 + 2 * static_cast<std::size_t>(power + 3));
                error.compare(out[first + j], std::sin(pi * turns));
                error.compare(out[first + d + j], std::cos(pi * turns));
            }
        }
    }
    lines.push_back(s.about("VDM 34", "sin and cos of 2^n pi z, n = -3..12, against long double", error, 1e-15));
}

// [VDM eq. 35] For many steps the model is the SDE dz = [f z - g^2 s] dt + g dW, time running back: mean and variance of
// p(z_s | z_t) for s = t - tau, over tau, as tau -> 0 along the linear schedule. The score is differentiated from the density.
void check_limit(const setting& s, std::vector<line>& lines) {
    largest_error error;
    constexpr double slope = -18.3;
    for (const probe& p : s.probes) {
        const cdl::log_snr a{p.a};
        const auto eps_hat = s.library->eps_hat(p.z, p.a), score = s.library->score_by_autodiff(p.z, p.a);
        const real f = cdl::channel::sde_drift(a, slope), g2 = cdl::channel::sde_diffusion_squared(a, slope);
        const auto step_of = [&](real tau) {
            return cdl::channel::posterior_from_noise(cdl::log_snr{static_cast<double>(p.a - slope * tau)}, a);
        };
        for (std::size_t j = 0; j < p.z.size(); ++j) {
            const real drift = limit(0x1p-7L, 6, [&](real tau) {
                const auto step = step_of(tau);
                return ((static_cast<real>(step.from_z) - 1) * p.z[j] +
                        static_cast<real>(step.from_other) * eps_hat[j]) /
                       -tau;
            });
            error.compare(drift, f * p.z[j] - g2 * score[j]);
        }
        error.compare(limit(0x1p-7L, 6, [&](real tau) { return step_of(tau).variance / tau; }), g2);
    }
    lines.push_back(s.about("VDM 35", "mean and variance of p(z_s | z_t) for s -> t against f z - g^2 score and g^2",
                            error, s.bound(1e-10)));
}

// [VDM eqs. 69, 83] The optimal score is the gradient of log q(z_t) [eq. 68: the integral over all x]. Here its work along a
// line from one noisy point to the next, by Gauss-Legendre, against the difference of log q at the ends.
void check_consistency(const setting& s, std::vector<line>& lines) {
    largest_error error;
    const auto rule = cdl::math::gauss_legendre<double>(64);
    for (std::size_t i = 0; i + 1 < s.probes.size(); ++i) {
        const probe &p = s.probes[i], &q = s.probes[i + 1];
        if (p.a != q.a) continue;
        // towards the next by no more than the width of the narrowest component: what lies between components may underflow
        const double width = std::sqrt(s.scale.narrowest * s.scale.narrowest * cdl::signal_power(cdl::log_snr{p.a}) +
                                       cdl::noise_power(cdl::log_snr{p.a}));
        double distance = 0;
        for (std::size_t j = 0; j < p.z.size(); ++j) distance = std::hypot(distance, q.z[j] - p.z[j]);
        const double share = std::fmin(1, width / distance);
        numbers to(p.z);
        for (std::size_t j = 0; j < to.size(); ++j) to[j] += share * (q.z[j] - p.z[j]);
        real work = 0;
        for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
            numbers z(p.z);
            for (std::size_t j = 0; j < z.size(); ++j) z[j] += rule.nodes[k] * (to[j] - p.z[j]);
            const auto eps_hat = s.library->eps_hat(z, p.a);
            for (std::size_t j = 0; j < z.size(); ++j)
                work += rule.weights[k] * (static_cast<real>(to[j]) - p.z[j]) *
                        cdl::denoiser::score_from_eps(eps_hat[j], cdl::log_snr{p.a});
        }
        const auto log_q = [&](const numbers& z) {
            return s.by_brute_force ? s.truth.brute_force(z, p.a).log_density : s.truth.log_density(z, p.a);
        };
        error.compare(work, log_q(to) - log_q(p.z));
    }
    lines.push_back(s.about("VDM 69",
                            s.by_brute_force
                                ? "integrals of the score along lines against differences of log int q(z | x) q(x) dx"
                                : "integrals of the score along lines against differences of log q(z)",
                            error, s.bound(1e-14)));
}
} // namespace

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
                const double unit = spread_at(s.scale, a_s.value);
                if (p.brute) matched.compare(mean, d.conditional_mean(z, p.brute->x[j]), unit);
                // eq. 27: the density, by Bayes' rule with x_hat for x
                const real z_s = mean + std::sqrt(variance) * p.eps[j];
                density.compare(log_normal(z_s, mean, model.variance),
                                log_normal(z, d.alpha_ts * z_s, d.variance_ts) +
                                    log_normal(z_s, d.alpha_s * x_hat[j], d.sigma_s * d.sigma_s) -
                                    log_normal(z, d.alpha_t * x_hat[j], d.sigma_t * d.sigma_t));
                // eq. 28: three forms
                const real from_x = d.gain() * z + d.alpha_s * d.variance_ts / (d.sigma_t * d.sigma_t) * x_hat[j];
                forms.compare(of_noise.from_z * z + of_noise.from_other * eps_hat[j], from_x, unit);
                forms.compare(z / d.alpha_ts - d.variance_ts / (d.alpha_ts * d.sigma_t) * eps_hat[j], from_x, unit);
                forms.compare(z / d.alpha_ts + d.variance_ts / d.alpha_ts * score[j], from_x, unit);
                // eq. 31, with the sigma_t that is missing in print
                const real growth = std::expm1(static_cast<real>(a_t.value) - a_s.value);
                stable.compare(of_noise.from_z * z + of_noise.from_other * eps_hat[j],
                               d.alpha_s / d.alpha_t * (z + d.sigma_t * growth * eps_hat[j]), unit);
                // eq. 33: a sample with given noise, likewise, against mean and variance by conditioning
                const double sample = of_noise.from_z * p.z[j] + of_noise.from_other * eps_hat[j] +
                                      std::sqrt(of_noise.variance) * p.eps[j];
                sampled.compare(sample, d.conditional_mean(z, x_hat[j]) + std::sqrt(variance) * p.eps[j], unit);
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
    std::vector<line> lines;
    check_features(s, lines);
    check_limit(s, lines);
    check_consistency(s, lines);
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
                residuals[2 * j + 1].add(residual * std::tanh(z[j] / spread_at(s.scale, t)));
            }
        }
        for (const auto& residual : residuals) matched.see(residual.distance());
    }
    lines.insert(
        lines.end(),
        {
            brute ? s.about("VDM 26", "mean of p(z_s | z_t) against E[z_s | z_t] by integration over all x", matched,
                            s.bound(1e-14))
                  : s.about("VDM 26",
                            "E[(z_s - mean of p(z_s | z_t)) g(z_t)] = 0 for two g, Monte Carlo, in standard errors",
                            matched, 5),
            s.about("VDM 27", "log p(z_s | z_t) against Bayes' rule with x_hat for x", density, s.bound(1e-12)),
            s.about("VDM 28", "mean from eps_hat (library, definition) and from the score against that from x_hat",
                    forms, s.bound(1e-13)),
            s.about("VDM 29", "(z - S x_hat) / N, x_hat from the components, against eps_hat", noise_form,
                    s.bound(1e-12)),
            s.about("VDM 30", "(S x_hat - z) / N^2 against the gradient of log p_a by automatic differentiation",
                    score_form, s.bound(1e-10)),
            s.about("VDM 31",
                    "mean from eps_hat against alpha_s/alpha_t (z + sigma_t expm1(gamma_s - gamma_t) eps_hat)", stable,
                    s.bound(1e-13)),
            s.about("VDM 33", "ancestral sample against mean and variance by conditioning on x_hat", sampled,
                    s.bound(1e-13)),
        });
    return lines;
}

} // namespace verify
