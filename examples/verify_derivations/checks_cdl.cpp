// SPDX-License-Identifier: MIT

// The equations of the CDL paper on one data set. On the left of each comparison stands the library and its denoiser,
// on the right the reference: densities in long double, integrals over clean points by brute force.
//
// S = sqrt(sigmoid(a)), N = sqrt(sigmoid(-a)), z = S x + N eps; p_zeta is the data noised to level zeta; the level of
// both noises together is beta, sigmoid(beta) = sigmoid(a) sigmoid(zeta), and b = N(a) / N(beta).

#include <cdl/cdl.hpp>

#include "checks.hpp"
#include "through_model.hpp"

#include <algorithm>
#include <cstdio>

namespace verify {
namespace {

std::string text(double number) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.2g", number);
    return buffer;
}

// [CDL eq. 1] eps_hat(z, a) = E[eps | z], the mean over all pairs (x, eps) that could have made z.
// [CDL eq. 4] The channel makes p_a of p: p_a(z) = int p(x) N(z; S x, N^2) dx.
void check_posterior_mean(const setting& s, std::vector<line>& lines) {
    largest_error mean, density;
    for (const probe& p : s.probes) {
        const auto eps_hat = s.library->eps_hat(p.z, p.a);
        for (std::size_t j = 0; j < eps_hat.size(); ++j) mean.compare(eps_hat[j], p.brute->eps[j]);
        density.compare(s.library->log_density(p.z, p.a), p.brute->log_density);
    }
    lines.push_back(s.about("CDL 1", "eps_hat against E[eps | z] by integration over all x", mean, s.bound(1e-14)));
    lines.push_back(s.about("CDL 4",
                            "log p_a(z) of the channel against int p(x) N(z; Sx, N^2) dx by integration over all x",
                            density, s.bound(1e-14)));
}

// The same two without integrals over x, for data where those are too large. A mean given z is what leaves a residual
// without correlation with any function g of z: E[(eps - eps_hat(z)) g(z)] = 0. And the channel's output has the mean
// E exp(-|z - c|^2 / 2v) that a Gaussian convolution of p_a gives: the density at c of p_a noised by v, times a
// constant.
void check_posterior_mean_by_sampling(const setting& s, std::vector<line>& lines) {
    largest_error orthogonal, convolved;
    const auto d = static_cast<std::size_t>(s.data.d);
    const index_t n = std::clamp<index_t>(index_t(2e7) / (s.data.size() * s.data.d), 2000, 50000);
    for (const double away : {-5.0, -2.0, 0.0, 2.0, 5.0}) {
        const double a = std::round(s.scale.middle) + away;
        const auto batch = draw_noisy(s, 11, n, a);
        const auto eps_hat = s.library->eps_hat_of_batch(batch.z, a);
        std::vector<mean_in_errors> products(3 * d);
        mean_in_errors kernel;
        double width = 0;
        for (const double z : batch.z) width += z * z;
        width = std::sqrt(width / static_cast<double>(batch.z.size()));
        for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
            double square = 0;
            for (std::size_t j = 0; j < d; ++j) {
                const double residual = batch.eps[i * d + j] - eps_hat[i * d + j], z = batch.z[i * d + j] / width;
                products[3 * j].add(residual);
                products[3 * j + 1].add(residual * std::tanh(z));
                products[3 * j + 2].add(residual * std::cos(2 * z));
                square += z * z;
            }
            kernel.add(std::exp(-square / 2));
        }
        for (const auto& product : products) orthogonal.see(product.distance());
        const reference_density wider(s.data, sigmoid(a), sigmoid(-a) + static_cast<real>(width * width));
        const reals origin(d, 0);
        convolved.see(kernel.distance(static_cast<double>(
            std::exp(wider.log_density(origin.data()) + static_cast<real>(d) * std::log(2 * pi * width * width) / 2))));
    }
    lines.push_back(
        s.about("CDL 1", "E[(eps - eps_hat) g(z)] = 0 for three g, Monte Carlo, in standard errors", orthogonal, 5));
    lines.push_back(s.about("CDL 4",
                            "a Gaussian mean over the channel's output against p_a, Monte Carlo, in standard errors",
                            convolved, 5));
}

// [CDL eq. 1] ... and it is the arg min: for any other f, E|eps - f|^2 - E|eps - eps_hat|^2 = E|f - eps_hat|^2 > 0.
// Left: double integrals over x and eps. Right: an integral over z with the closed density. One dimension.
void check_arg_min(const setting& s, std::vector<line>& lines) {
    largest_error error;
    const auto shifted = [](int which, double z, double eps_hat) {
        return which == 0   ? 1.01 * eps_hat
               : which == 1 ? eps_hat + 0.1 * std::tanh(z)
                            : 0.9 * eps_hat + 0.05 * std::cos(z);
    };
    const auto eps_rule = cdl::math::normal_trapezoid<double>(220, 11);
    const double low = -s.scale.largest - 9 * s.scale.spread, high = -low;
    const double step = s.scale.narrowest / 6;
    for (const double away : {-2.0, 0.0, 1.0}) {
        const double a = (s.data.built_in ? 0 : s.scale.middle) + away;
        const double S = static_cast<double>(signal(a)), N = static_cast<double>(noise(a));
        const reference_density at_a = s.truth.at(a);
        double of_best = 0, of_other[3] = {0, 0, 0}, distance[3] = {0, 0, 0};
        for (double x = low; x <= high; x += step) {
            const real point = x;
            const double p = step * static_cast<double>(s.truth.clean().density(&point));
            if (p < 1e-17) continue;
            numbers z;
            for (const double eps : eps_rule.nodes) z.push_back(S * x + N * eps);
            const auto eps_hat = s.library->eps_hat_of_batch(z, a);
            for (std::size_t i = 0; i < z.size(); ++i) {
                const double weight = p * eps_rule.weights[i], eps = eps_rule.nodes[i];
                of_best += weight * (eps - eps_hat[i]) * (eps - eps_hat[i]);
                for (int f = 0; f < 3; ++f) {
                    const double residual = eps - shifted(f, z[i], eps_hat[i]);
                    of_other[f] += weight * residual * residual;
                }
            }
        }
        const double z_step = std::sqrt(S * S * s.scale.narrowest * s.scale.narrowest + N * N) / 10;
        for (double z = S * low - 9 * N; z <= S * high + 9 * N; z += z_step) {
            const real point = z;
            const double p = z_step * static_cast<double>(at_a.density(&point));
            if (p < 1e-18) continue;
            const double eps_hat = s.library->eps_hat({z}, a)[0];
            for (int f = 0; f < 3; ++f) distance[f] += p * std::pow(shifted(f, z, eps_hat) - eps_hat, 2);
        }
        for (int f = 0; f < 3; ++f) {
            error.see(of_other[f] - of_best - distance[f]);
            if (!(of_other[f] > of_best)) error.see(HUGE_VAL);
        }
    }
    lines.push_back(s.about("CDL 1 arg min",
                            "E|eps-f|^2 - E|eps-eps_hat|^2 against E|f-eps_hat|^2 > 0 for three other f", error,
                            s.bound(1e-13)));
}

// What the density identities are off by: nats where they are integrated by quadrature, standard errors elsewhere.
void see(bool sampled, largest_error& error, double& worst_standard_error, const estimate& e, real truth) {
    if (sampled) {
        error.see(in_errors(static_cast<double>(e.value - truth), e.standard_error, static_cast<double>(truth)));
        worst_standard_error = std::max(worst_standard_error, e.standard_error);
    } else {
        error.compare(e.value, truth);
    }
}

std::string margin(const setting& s, double worst) {
    return s.by_quadrature ? "" : " of up to " + text(worst) + " nat";
}

// [CDL eq. 2] -log p(x) = d/2 log(2 pi e) + 1/2 int E|eps - eps_hat(z, a)|^2 - d sigmoid(a) da.
// [CDL eq. 3] -log p_zeta(x): the same with b eps_hat(z, beta).
// [CDL eqs. 15, 16] The proof of eq. 3 in A.2 first takes the denoiser of p_zeta itself (16), then replaces it by
// that of the data (15). Here the first is a second exact denoiser, that of the noised mixture.
void check_densities(const setting& s, std::vector<line>& lines) {
    const double bound = s.integral_bound(1e-14, 1e-13);
    largest_error clean, noisy, replaced, own;
    double se_clean = 0, se_noisy = 0, se_replaced = 0, se_own = 0;
    s.progress(s.data.label + ": CDL 2");
    const auto data = s.library->nll(s.points, s.how(), HUGE_VAL);
    for (index_t i = 0; i < s.point_count(); ++i)
        see(!s.by_quadrature, clean, se_clean, data[static_cast<std::size_t>(i)],
            -s.truth.log_density(s.point(i), HUGE_VALL));
    for (const double zeta : s.zetas) {
        s.progress(s.data.label + ": CDL 3, 15, 16 at zeta = " + text(zeta));
        const auto from_data = s.library->nll(s.points, s.how(), zeta);
        for (index_t i = 0; i < s.point_count(); ++i)
            see(!s.by_quadrature, noisy, se_noisy, from_data[static_cast<std::size_t>(i)],
                -s.truth.log_density(s.point(i), zeta));
        if (zeta > s.zetas[1]) continue;
        const auto other = make_model(noised(s.data, zeta));
        const auto other_rule = [&]() -> method {
            if (s.by_quadrature) return s.rule;
            auto sampling = s.sampling;
            sampling.seed += 1;
            return sampling;
        }();
        const auto from_noised = other->nll(s.points, other_rule, HUGE_VAL);
        for (index_t i = 0; i < s.point_count(); ++i) {
            const auto k = static_cast<std::size_t>(i);
            see(!s.by_quadrature, own, se_own, from_noised[k], -s.truth.log_density(s.point(i), zeta));
            const double together = std::hypot(from_noised[k].standard_error, from_data[k].standard_error);
            see(!s.by_quadrature, replaced, se_replaced, {from_data[k].value, together}, from_noised[k].value);
        }
    }
    lines.push_back(
        s.about("CDL 2", "nll from the denoiser against -log p(x), " + s.by() + margin(s, se_clean), clean, bound));
    lines.push_back(s.about(
        "CDL 3", "nll from b eps_hat(z, beta) against -log p_zeta(x), " + s.by() + margin(s, se_noisy), noisy, bound));
    lines.push_back(
        s.about("CDL 15",
                "eq. 3's nll against eq. 16's, from the denoiser of p_zeta itself, " + s.by() + margin(s, se_replaced),
                replaced, bound));
    lines.push_back(s.about(
        "CDL 16", "nll from the denoiser of p_zeta itself against -log p_zeta(x), " + s.by() + margin(s, se_own), own,
        bound));
}

// [CDL eq. 5] beta and b do what they are for: p noised to zeta and then to a is p noised to beta (the two integrals
// of the channel in a row, by closed densities), and
// [CDL A.2] the denoiser of p_zeta is b eps_hat(z, beta).
void check_composition(const setting& s, std::vector<line>& lines) {
    largest_error density, denoiser;
    for (const double zeta : s.zetas) {
        const data_set data = noised(s.data, zeta);
        const reference truth(data);
        const auto other = make_model(data);
        for (const probe& p : s.probes) {
            const auto beta = cdl::compose(cdl::log_snr{p.a}, cdl::log_snr{zeta});
            const double b = cdl::share_of_noise(cdl::log_snr{p.a}, cdl::log_snr{zeta}).b;
            density.compare(s.library->log_density(p.z, beta.value), truth.log_density(p.z, p.a));
            const auto own = other->eps_hat(p.z, p.a), ours = s.library->eps_hat(p.z, beta.value);
            for (std::size_t j = 0; j < own.size(); ++j) denoiser.compare(b * ours[j], own[j]);
        }
    }
    lines.push_back(
        s.about("CDL 5", "log p_beta(z) against log density of p noised to zeta, then to a", density, s.bound(1e-14)));
    lines.push_back(
        s.about("CDL A.2", "b eps_hat(z, beta) against the denoiser of p_zeta itself", denoiser, s.bound(1e-14)));
}

// [CDL eq. 6] log q(y | x) = -softplus(y (log p_zeta(x) - log p(x))) against Bayes' rule, p(x) / (p(x) + p_zeta(x)).
// [CDL eq. 8] log p_zeta(x) - log p(x) = 1/2 int E|eps - eps_hat(z, a)|^2 - E|eps - b eps_hat(z, beta)|^2 da.
void check_classifier(const setting& s, std::vector<line>& lines) {
    largest_error bayes, ratio;
    double se_bayes = 0, se_ratio = 0;
    auto zetas = s.zetas;
    zetas.push_back(s.zetas.back() + 5);
    for (const double zeta : zetas) {
        s.progress(s.data.label + ": CDL 6, 8 at zeta = " + text(zeta));
        const auto ratios = s.library->log_density_ratio(s.points, zeta, s.how());
        const bool also_labels = zeta == zetas[0] || zeta == zetas[1];
        const auto labels = also_labels ? s.library->noise_level(s.points, zeta, s.how()) : std::vector<label>();
        for (index_t i = 0; i < s.point_count(); ++i) {
            const auto k = static_cast<std::size_t>(i);
            const real clean = s.truth.log_density(s.point(i), HUGE_VALL),
                       noisy = s.truth.log_density(s.point(i), zeta);
            see(!s.by_quadrature, ratio, se_ratio, ratios[k], noisy - clean);
            if (!also_labels) continue;
            // Bayes' rule, scaled by the larger density so that it does not underflow
            const real top = std::max(clean, noisy), p = std::exp(clean - top), p_zeta = std::exp(noisy - top);
            see(!s.by_quadrature, bayes, se_bayes, {labels[k].log_clean, labels[k].standard_error},
                std::log(p / (p + p_zeta)));
            see(!s.by_quadrature, bayes, se_bayes, {labels[k].log_noisy, labels[k].standard_error},
                std::log(p_zeta / (p + p_zeta)));
        }
    }
    lines.push_back(s.about("CDL 6",
                            "log q(y | x) of the denoiser against p / (p + p_zeta), " + s.by() + margin(s, se_bayes),
                            bayes, s.integral_bound(1e-14, 1e-13)));
    lines.push_back(s.about(
        "CDL 8", "log p_zeta(x) - log p(x) from the denoiser against densities, " + s.by() + margin(s, se_ratio), ratio,
        s.integral_bound(1e-13, 1e-12)));
}

// [CDL eq. 7] L = E_q softplus(y (log p_zeta - log p)), whose optimum is log 2 - JSD(p, p_zeta). Left: the ratio at
// every node comes out of the denoiser. Right: Kullback-Leibler divergences to the mean density, from closed
// densities on a finer grid.
void check_loss(const setting& s, std::vector<line>& lines) {
    largest_error error;
    for (const double zeta : {s.zetas[1], s.zetas[2]}) {
        s.progress(s.data.label + ": CDL 7 at zeta = " + text(zeta));
        const real reach = s.scale.largest + 9 * s.scale.narrowest + 2 * s.scale.spread;
        const auto noisy = s.truth.at(zeta);
        const real step = s.scale.narrowest / 8;
        numbers nodes;
        for (real x = -reach; x <= reach; x += step)
            if (s.truth.clean().density(&x) + noisy.density(&x) > 1e-15L) nodes.push_back(static_cast<double>(x));
        const auto ratios = s.library->log_density_ratio(nodes, zeta, s.how());
        real loss = 0;
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const real x = nodes[i];
            loss += step / 2 * s.truth.clean().density(&x) * cdl::math::softplus(ratios[i].value);
            loss += step / 2 * noisy.density(&x) * cdl::math::softplus(-ratios[i].value);
        }
        real divergence = 0;
        const real fine = step / 3;
        for (real x = -reach + fine / 2; x <= reach; x += fine) {
            const real p = s.truth.clean().density(&x), q = noisy.density(&x), m = (p + q) / 2;
            if (p > 0) divergence += fine / 2 * p * std::log(p / m);
            if (q > 0) divergence += fine / 2 * q * std::log(q / m);
        }
        error.see(loss - (std::log(2.0L) - divergence));
        error.points += static_cast<long>(nodes.size()) - 1;
    }
    lines.push_back(s.about("CDL 7",
                            "E softplus(y LLR) from the denoiser against log 2 - JSD(p, p_zeta), by quadrature", error,
                            s.data.built_in ? 1e-14 : 1e-9));
}

// The same where the integral over x has too many dimensions or details: labelled points are drawn, and the loss at the
// denoiser's ratios is compared with that at the true ratios on other points.
void check_loss_by_sampling(const setting& s, std::vector<line>& lines) {
    largest_error error;
    double worst = 0;
    const double work = static_cast<double>(s.data.size() * s.data.d);
    const auto n = static_cast<index_t>(std::clamp(2e5 / work, 200.0, 2000.0));
    for (const double zeta : {s.zetas[0], s.zetas[1]}) {
        s.progress(s.data.label + ": CDL 7 at zeta = " + text(zeta));
        auto sampling = s.sampling;
        sampling.levels = static_cast<index_t>(std::clamp(5e6 / (work * static_cast<double>(n)), 256.0, 2048.0));
        mean_in_errors from_denoiser, from_densities;
        for (const bool is_clean : {true, false}) {
            const double y = is_clean ? 1 : -1;
            const auto points_of = [&](std::uint64_t seed, index_t count) {
                return is_clean ? s.library->draw(seed, count) : draw_noisy(s, seed, count, zeta).z;
            };
            for (const auto& e : s.library->log_density_ratio(points_of(21, n), zeta, sampling))
                from_denoiser.add(cdl::math::softplus(y * e.value));
            const auto others = points_of(22, 4 * n);
            const auto noisy = s.truth.at(zeta);
            for (index_t i = 0; i < 4 * n; ++i) {
                const reals x(others.begin() + i * s.data.d, others.begin() + (i + 1) * s.data.d);
                const real ratio = noisy.log_density(x.data()) - s.truth.clean().log_density(x.data());
                from_densities.add(static_cast<double>(softplus(y * ratio)));
            }
        }
        const double together = std::hypot(from_denoiser.standard_error(), from_densities.standard_error());
        worst = std::max(worst, together);
        error.see(in_errors(from_denoiser.mean() - from_densities.mean(), together, from_densities.mean()));
        error.points += 2 * n - 1;
    }
    lines.push_back(s.about(
        "CDL 7",
        "E softplus(y LLR) from the denoiser against closed densities, by Monte Carlo, in standard errors of up to " +
            text(worst) + " nat",
        error, 5));
}

// [CDL eqs. 9, 14] grad log p_a(z) = -eps_hat(z, a) / N, the gradient by automatic differentiation of the library's log
// density (9), and by central differences of the reference (14).
void check_score(const setting& s, std::vector<line>& lines) {
    largest_error automatic, differences;
    for (const probe& p : s.probes) {
        const auto eps_hat = s.library->eps_hat(p.z, p.a), gradient = s.library->score_by_autodiff(p.z, p.a);
        const auto slope = s.truth.score_by_differences(p.z, p.a);
        for (std::size_t j = 0; j < eps_hat.size(); ++j) {
            const double score = cdl::denoiser::score_from_eps(eps_hat[j], cdl::log_snr{p.a});
            automatic.compare(score, gradient[j]);
            differences.compare(score, slope[j]);
        }
    }
    lines.push_back(s.about("CDL 9", "-eps_hat / N against the gradient of log p_a by automatic differentiation",
                            automatic, s.bound(1e-14)));
    lines.push_back(s.about("CDL 14", "-eps_hat / N against differences of order 8 of log p_a in long double",
                            differences, s.bound(1e-13)));
}

// [CDL eq. 10] The channel as a stochastic process, dz = f z dt + g dw: for DDPM's continuous schedule f = -beta(t) / 2 and
// g^2 = beta(t). [CDL eq. 11] The reverse process, with drift F = f z - g^2 score (in print: f x x) and the same g, has the
// same densities: p_t obeys dp/dt = -div(F p) - g^2/2 Laplace p, or, divided by p and with the score s for grad log p,
//
//     d/dt log p_t = -d f - f z.s + g^2/2 (div s + |s|^2).
void check_process(const setting& s, std::vector<line>& lines) {
    const auto schedule = cdl::schedule::linear_beta<double>::vp_sde();
    largest_error coefficients, densities;
    for (const probe& p : s.probes) {
        const double N = cdl::noise_scale(cdl::log_snr{p.a});
        // a level beyond the schedule has the slope of the nearer end: eq. 11 holds for any
        const double inside = std::clamp(p.a, schedule.at(1 - 1e-3).value, schedule.at(1e-3).value);
        const double t = schedule.time_of(cdl::log_snr{inside});
        const double slope = schedule.slope(t), f = cdl::channel::sde_drift(cdl::log_snr{p.a}, slope);
        const double g2 = cdl::channel::sde_diffusion_squared(cdl::log_snr{p.a}, slope);
        const real beta = 0.1L + 19.9L * t;
        const cdl::log_snr a = schedule.at(t);
        coefficients.compare_relatively(cdl::channel::sde_drift(a, slope), -beta / 2);
        coefficients.compare_relatively(cdl::channel::sde_diffusion_squared(a, slope), beta);

        const auto eps_hat = s.library->eps_hat(p.z, p.a);
        real along = 0, square = 0;
        for (std::size_t j = 0; j < p.z.size(); ++j) {
            const real score = cdl::denoiser::score_from_eps(eps_hat[j], cdl::log_snr{p.a});
            along += score * p.z[j];
            square += score * score;
        }
        const real divergence = -s.library->divergence(p.z, p.a) / N, d = static_cast<real>(p.z.size());
        const real of_process = -d * f - f * along + g2 / 2 * (divergence + square);
        const real h = s.steps_at(p.a).level; // d/da by central differences of order 8
        const auto difference = [&](int k) {
            return s.truth.log_density(p.z, p.a + k * h) - s.truth.log_density(p.z, p.a - k * h);
        };
        const real change =
            (difference(1) * 4 / 5 - difference(2) / 5 + difference(3) * 4 / 105 - difference(4) / 280) / h;
        densities.compare(of_process / slope, change);
    }
    lines.push_back(s.about("CDL 10", "f and g^2 of the channel against -beta(t) / 2 and beta(t) of the VP SDE",
                            coefficients, 1e-14));
    lines.push_back(s.about(
        "CDL 11",
        "the reverse process with drift f z - g^2 score keeps p_t: its d/dt log p_t against differences in long double",
        densities, s.bound(1e-14)));
}

// [CDL eq. 12] A trajectory is the fixed point of its own integral. [CDL eq. 13] One Picard iteration: from the states of
// iterate k, z_j <- z_0 + the sum of the steps before j. The steps are those of DDIM, on 24 levels.
void check_picard(const setting& s, std::vector<line>& lines) {
    largest_error fixed_point, iterates;
    std::vector<cdl::log_snr<double>> grid;
    for (int k = 0; k <= 24; ++k) grid.push_back({std::round(s.scale.middle) - 6 + 0.5 * k});
    const auto unit = [&](std::size_t k) { return spread_at(s.scale, grid[k].value); };
    const auto step = [&](const numbers& z, std::size_t k) { // S' x_hat + N' eps_hat, in long double
        const auto eps_hat = s.library->eps_hat(z, grid[k].value);
        const real S = signal(grid[k].value), N = noise(grid[k].value), next = grid[k + 1].value;
        reals to;
        for (std::size_t j = 0; j < z.size(); ++j)
            to.push_back(signal(next) * (z[j] - N * eps_hat[j]) / S + noise(next) * eps_hat[j]);
        return to;
    };
    for (std::size_t i = 0; i < std::min<std::size_t>(5, s.probes.size()); ++i) {
        const auto start = s.probes[i].eps;
        std::vector<numbers> sequence{start}, iterate(grid.size(), start);
        for (std::size_t k = 0; k + 1 < grid.size(); ++k) {
            const auto to = step(sequence.back(), k);
            sequence.emplace_back(to.begin(), to.end());
        }
        auto z = start;
        const cdl::batch_view<double> point(z.data(), 1, s.data.d);
        const auto compare = [&](cdl::index_t sweep, const auto& path) {
            if (sweep == 0 || sweep > 8) return;
            reals sum(start.begin(), start.end());
            std::vector<numbers> next{start};
            for (std::size_t k = 0; k + 1 < grid.size(); ++k) {
                const auto to = step(iterate[k], k);
                for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += to[j] - iterate[k][j];
                next.emplace_back(sum.begin(), sum.end());
                for (std::size_t j = 0; j < sum.size(); ++j)
                    iterates.compare(path.level(static_cast<index_t>(k) + 1)(0, static_cast<index_t>(j)), sum[j],
                                     unit(k + 1));
            }
            iterate = std::move(next);
        };
        cdl::sampler::picard(cdl::exec::serial{}, cdl::sampler::ddim{}, through_model{s.library.get()}, grid, point,
                             cdl::random::noise_stream{}, {.tolerance = 0}, compare);
        for (std::size_t j = 0; j < z.size(); ++j) fixed_point.compare(z[j], sequence.back()[j], unit(grid.size() - 1));
    }
    lines.push_back(s.about("CDL 12", "the end of the fixed point of Picard's iteration against DDIM, step by step",
                            fixed_point, s.bound(1e-14)));
    lines.push_back(s.about("CDL 13", "all states of the first 8 iterates against sums of steps in long double",
                            iterates, s.bound(1e-13)));
}

// [CDL eqs. 17, 18] EDM's channel: y = x + sigma eps with sigma = e^(-a/2), and z = c_in y with c_in = 1 / sqrt(1 +
// sigma^2) is the same noisy point. In its coordinates the denoiser is D(y) = E[x | y], and eps_hat = (y - D) /
// sigma.
void check_edm(const setting& s, std::vector<line>& lines) {
    largest_error point, denoiser;
    for (const probe& p : s.probes) {
        const cdl::log_snr a{p.a};
        const double edm_sigma = cdl::to_edm_sigma(a);
        const auto eps_hat = s.library->eps_hat(p.z, p.a), x_hat = s.library->x_hat(p.z, p.a);
        for (std::size_t j = 0; j < p.z.size(); ++j) {
            const double y = p.x[j] + edm_sigma * p.eps[j];
            const real defined = std::sqrt(sigmoid(-p.a) / sigmoid(p.a));
            point.compare(cdl::denoiser::from_edm_input(y, a),
                          (p.x[j] + defined * p.eps[j]) / std::sqrt(1 + defined * defined), spread_at(s.scale, p.a));
            denoiser.compare(cdl::denoiser::eps_from_edm(y, x_hat[j], a), eps_hat[j]);
        }
    }
    lines.push_back(s.about("CDL 17",
                            "c_in (x + sigma eps), c_in = 1 / sqrt(1 + sigma^2), against S y of the level of sigma",
                            point, s.bound(1e-14)));
    lines.push_back(s.about("CDL 18", "(y - E[x | y]) / sigma, the denoiser in EDM's coordinates, against eps_hat",
                            denoiser, s.bound(1e-12)));
}

// [CDL A.3] Fig. 1's ground truth, spelled out: p_a is the mixture of N(S mu, S^2 s^2 + N^2), and eps_hat = -N times
// its score.
void check_appendix_a3(const setting& s, std::vector<line>& lines) {
    largest_error error;
    for (const probe& p : s.probes) {
        const reals z(p.z.begin(), p.z.end());
        const auto pull = s.truth.at(p.a).pull(z.data());
        const auto eps_hat = s.library->eps_hat(p.z, p.a);
        for (std::size_t j = 0; j < z.size(); ++j) error.compare(eps_hat[j], noise(p.a) * pull[j]);
    }
    lines.push_back(s.about("CDL A.3", "eps_hat against -N grad log p_a of the components N(S mu, S^2 Sigma + N^2)",
                            error, s.bound(1e-14)));
}

} // namespace

std::vector<line> check_cdl(const setting& s) {
    std::vector<line> lines;
    s.progress(s.data.label + ": CDL 1");
    s.by_brute_force ? check_posterior_mean(s, lines) : check_posterior_mean_by_sampling(s, lines);
    if (s.data.d == 1 && s.by_brute_force &&
        s.scale.spread / s.scale.narrowest * static_cast<double>(s.data.size()) < 500)
        check_arg_min(s, lines);
    check_densities(s, lines);
    check_composition(s, lines);
    check_classifier(s, lines);
    const bool loss_by_quadrature =
        s.data.d == 1 &&
        (s.scale.largest + s.scale.spread) / s.scale.narrowest * static_cast<double>(s.data.size()) < 200;
    loss_by_quadrature ? check_loss(s, lines) : check_loss_by_sampling(s, lines);
    check_score(s, lines);
    check_process(s, lines);
    check_picard(s, lines);
    check_edm(s, lines);
    check_appendix_a3(s, lines);
    return lines;
}

} // namespace verify
