// SPDX-License-Identifier: MIT

// The equations of the CDM paper on one data set. In its words alphabar_t = S^2 = sigmoid(a_t), x_t is the noisy point z, and
// the classes are T steps of noise and, as T + 1, pure noise. F(x, t) = log p(T + 1 | x) - log p(t | x).

#include <cdl/cdl.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/schedule/uniform_times.hpp>

#include "noise_mean.hpp"
#include "step.hpp"
#include "through_model.hpp"

#include <algorithm>

namespace verify {
namespace {

/// The levels of the probes as steps, from clean to noisy, with priors of three kinds.
std::vector<noise_steps> steps_of(const setting& s) {
    noise_steps steps;
    for (const probe& p : s.probes)
        if (std::ranges::find(steps.levels, p.a) == steps.levels.end()) steps.levels.push_back(p.a);
    std::ranges::sort(steps.levels, std::greater{});
    std::vector<noise_steps> all;
    for (const double slope : {0.0, 0.7, -1.3}) {
        all.push_back(steps);
        for (std::size_t k = 0; k <= steps.levels.size(); ++k)
            all.back().prior.push_back(std::exp(slope * static_cast<double>(k)));
    }
    return all;
}

/// E[eps | z], by brute force where that is possible, else from the components.
reals noise_in(const setting& s, const probe& p) {
    if (p.brute) return p.brute->eps;
    auto noise_of = s.truth.at(p.a).pull(reals(p.z.begin(), p.z.end()).data());
    for (real& e : noise_of) e *= noise(p.a);
    return noise_of;
}

// [CDM eqs. 5, 9] log of the density of x at a random step, and Bayes' rule. [CDM eqs. 8, 20; thm 3.2] The likelihood at every
// step from the class probabilities. [CDM eqs. 6, 16; thm 3.1] The denoiser is the gradient of F, here by automatic
// differentiation of the log posteriors, whatever the prior (6); and what the library makes of a classifier (16). [CDM eq. 14]
// The score, from the same gradient.
void check_classifier(const setting& s, std::vector<line>& lines) {
    largest_error mixture, bayes, likelihood, gradient, score, denoiser;
    for (const noise_steps& steps : steps_of(s)) {
        const std::size_t T = steps.levels.size();
        real total_prior = 0;
        for (const double w : steps.prior) total_prior += w;
        std::vector<reference_density> densities;
        for (const double a : steps.levels) densities.push_back(s.truth.at(a));
        for (const probe& p : s.probes) {
            const reals z(p.z.begin(), p.z.end());
            reals logs, joint;
            for (const auto& density : densities) logs.push_back(density.log_density(z.data()));
            real of_noise = 0;
            for (const real coordinate : z) of_noise += log_normal(coordinate, 0, 1);
            logs.push_back(of_noise);
            for (std::size_t k = 0; k <= T; ++k) joint.push_back(std::log(steps.prior[k] / total_prior) + logs[k]);
            real sum = 0, sum_of_library = 0;
            const real top = std::ranges::max(joint);
            const auto said = s.library->classify(p.z, steps);
            for (std::size_t k = 0; k <= T; ++k) {
                sum += std::exp(joint[k] - top);
                sum_of_library += std::exp(static_cast<real>(said.logits[k]) - top);
            }
            mixture.compare(top + std::log(sum_of_library), top + std::log(sum));
            for (std::size_t k = 0; k <= T; ++k) {
                bayes.compare(said.log_posterior[k], joint[k] - top - std::log(sum));
                // a sum of log N(z; 0, 1) and a log ratio, each of them large far from the origin
                likelihood.see((said.log_likelihood[k] - logs[k]) /
                               std::fmax(1, std::fmax(std::fabs(of_noise), std::fabs(logs[k] - of_noise))));
            }

            const auto step = std::ranges::find(steps.levels, p.a) - steps.levels.begin() + 1;
            const auto slope = s.library->ratio_gradient_by_autodiff(p.z, step, steps);
            const auto eps_hat = s.library->eps_from_classifier(p.z, p.a, steps);
            const auto truth = noise_in(s, p), difference = s.truth.score_by_differences(p.z, p.a);
            for (std::size_t j = 0; j < z.size(); ++j) {
                gradient.compare(noise(p.a) * (slope[j] + z[j]), truth[j]);
                score.compare(-slope[j] - z[j], difference[j]);
                denoiser.compare(eps_hat[j], truth[j]);
            }
        }
    }
    const std::string noise_of =
        s.by_brute_force ? "E[eps | x] by integration over all x_0" : "E[eps | x] from the components";
    lines.push_back(s.about("CDM 5",
                            "log sum of the classifier's exponentials against log sum_t pi_t p_t(x), three priors",
                            mixture, s.bound(1e-14)));
    lines.push_back(s.about("CDM 6",
                            "N (grad F + x), by automatic differentiation of log posteriors, against " + noise_of,
                            gradient, s.bound(1e-14)));
    lines.push_back(s.about(
        "CDM 8", "log likelihoods at all steps from class probabilities against log p_t(x), relative to their terms",
        likelihood, s.bound(1e-13)));
    lines.push_back(
        s.about("CDM 9", "log p(t | x) against Bayes' rule with densities in long double", bayes, s.bound(1e-13)));
    lines.push_back(s.about("CDM 14", "-grad F - x against differences of order 8 of log p_t in long double", score,
                            s.bound(1e-14)));
    lines.push_back(s.about("CDM 16", "the classifier as a denoiser against " + noise_of, denoiser, s.bound(1e-14)));
}

// [CDM eqs. 2, 7] E[x_{t-1} | x_t], from eps_hat and from grad F. Right: the data noised to step t - 1, integrated over all
// x_{t-1} that the one step from there can have taken to x_t; by the components where that is too large.
void check_step(const setting& s, std::vector<line>& lines) {
    largest_error from_noise, from_gradient;
    const auto steps = steps_of(s).back();
    for (const double gap : {0.1, 1.0, 4.0}) {
        if (!s.data.built_in && gap != 1) continue; // the same integrals, larger
        double level = HUGE_VAL;
        std::optional<reference> before;
        for (const probe& p : s.probes) {
            const cdl::log_snr a_s{p.a + gap}, a_t{p.a};
            if (p.a != level) before.emplace(noised(s.data, (level = p.a) + gap));
            const real alpha = sigmoid(p.a) / sigmoid(a_s.value),
                       kept = -std::expm1(softplus(-static_cast<real>(a_s.value)) - softplus(-static_cast<real>(p.a)));
            const real of_step = std::log(alpha / kept);
            reals truth;
            if (s.by_brute_force && before->brute_force_cost(of_step) < 2e7) {
                truth = before->brute_force(p.z, of_step).x;
            } else {
                const defined d(a_s.value, p.a);
                const auto x_hat = s.library->x_hat(p.z, p.a);
                for (std::size_t j = 0; j < x_hat.size(); ++j) truth.push_back(d.conditional_mean(p.z[j], x_hat[j]));
            }
            const auto step = std::ranges::find(steps.levels, p.a) - steps.levels.begin() + 1;
            const auto eps_hat = s.library->eps_hat(p.z, p.a),
                       slope = s.library->ratio_gradient_by_autodiff(p.z, step, steps);
            const auto ours = cdl::channel::posterior_from_noise(a_s, a_t);
            for (std::size_t j = 0; j < p.z.size(); ++j) {
                const real z = p.z[j];
                const double unit = spread_at(s.scale, a_s.value);
                from_noise.compare(ours.from_z * z + ours.from_other * eps_hat[j], truth[j], unit);
                from_noise.compare((z - kept / noise(p.a) * eps_hat[j]) / std::sqrt(alpha), truth[j], unit);
                from_gradient.compare(std::sqrt(alpha) * z - kept / std::sqrt(alpha) * slope[j], truth[j], unit);
            }
        }
    }
    const std::string truth = s.by_brute_force ? "by integration over all x_{t-1}" : "from the components";
    lines.push_back(s.about("CDM 2", "mean from eps_hat (library, as printed) against E[x_{t-1} | x_t] " + truth,
                            from_noise, s.bound(1e-13)));
    lines.push_back(s.about("CDM 7",
                            "sqrt(alpha) x_t - (1 - alpha)/sqrt(alpha) grad F against E[x_{t-1} | x_t] " + truth,
                            from_gradient, s.bound(1e-14)));
}

// [CDM eq. 3] DDPM's loss, the sum over T steps of the mean squared error, estimated by the objective on drawn points. Right: at the
// optimum that error is d - N^2 E|score|^2, by the trapezoid over z with the densities of the reference, or on other points.
void check_loss(const setting& s, std::vector<line>& lines) {
    const auto steps = cdl::schedule::discrete_levels<double>::ddpm_linear(20, 0.005, 0.4);
    const auto d = static_cast<std::size_t>(s.data.d);
    const index_t n = std::clamp<index_t>(index_t(1e6) / (s.data.size() * s.data.d), 2000, 40000);
    const cdl::objective::denoising loss{cdl::schedule::uniform_over_steps(steps), cdl::objective::simple(), false};
    const auto x = s.library->draw(41, n);
    const auto estimated = cdl::objective::evaluate(cdl::exec::serial{}, loss, in_batches{s.library.get()},
                                                    cdl::as_batch(x, s.data.d), {42})
                               .mapped(0, static_cast<double>(steps.size()));

    real truth = 0;
    double variance = 0;
    for (index_t t = 1; t <= steps.size(); ++t) {
        const double a = steps.level(t).value;
        const auto density = s.truth.at(a);
        const auto square_of = [&](const reals& z) {
            real square = 0;
            for (const real g : density.pull(z.data())) square += noise(a) * noise(a) * g * g;
            return square;
        };
        if (grid_is_small(s)) {
            truth += static_cast<real>(d);
            const real width = narrowest_at(s.scale, a);
            over_grid(s, width / 2, [&](const reals& z, real weight) {
                const real p = density.density(z.data()) * weight;
                if (p > 1e-16L) truth -= p * square_of(z);
            });
        } else {
            // points of its own for each step, and their |eps|^2 for d: of small data N^2 |score|^2 is hardly anything else
            const auto batch = draw_noisy(s, 4300 + static_cast<std::uint64_t>(t), n, a);
            mean_in_errors mean;
            for (index_t i = 0; i < n; ++i) {
                real square = 0;
                for (index_t j = i * s.data.d; j < (i + 1) * s.data.d; ++j)
                    square += std::pow(batch.eps[static_cast<std::size_t>(j)], 2);
                mean.add(static_cast<double>(
                    square - square_of(reals(batch.z.begin() + i * s.data.d, batch.z.begin() + (i + 1) * s.data.d))));
            }
            truth += mean.mean();
            variance += mean.standard_error() * mean.standard_error();
        }
    }
    largest_error error;
    error.see(in_errors(static_cast<double>(estimated.value - truth),
                        std::hypot(estimated.standard_error, std::sqrt(variance)), static_cast<double>(truth)));
    error.points = n;
    lines.push_back(
        s.about("CDM 3",
                "sum over 20 steps of E|eps - eps_hat|^2, the objective by Monte Carlo against d - N^2 E|score|^2, in "
                "standard errors",
                error, 5));
}

} // namespace

std::vector<line> check_cdm(const setting& s) {
    s.progress(s.data.label + ": CDM");
    std::vector<line> lines;
    check_step(s, lines);
    check_loss(s, lines);
    check_classifier(s, lines);
    return lines;
}

} // namespace verify
