// SPDX-License-Identifier: MIT

// The variational bound of VDM's appendices E and F on one data set, for the exact denoiser. Left: the library, by quadrature.
// Right: Kullback-Leibler divergences in long double, from their definition. In one and two dimensions, for few components.

#include <cdl/cdl.hpp>
#include <cdl/density/variational_bound.hpp>

#include "noise_mean.hpp"
#include "step.hpp"
#include "through_model.hpp"

namespace verify {
namespace {

/// The library's L_T of each point.
template <class... Levels>
numbers diffusion_loss(const setting& s, const Levels&... levels) {
    numbers losses;
    const auto x = cdl::as_batch(s.points, s.data.d);
    cdl::density::quadrature rule = s.rule;
    rule.level_nodes = 0;
    const auto results = [&] {
        if constexpr (sizeof...(Levels) == 1)
            return cdl::density::diffusion_loss(cdl::exec::serial{}, in_batches{s.library.get()}, x, levels..., rule);
        else
            return cdl::density::continuous_diffusion_loss(cdl::exec::serial{}, in_batches{s.library.get()}, x,
                                                           levels..., rule);
    }();
    for (const auto& result : results) losses.push_back(result.value);
    return losses;
}

// [VDM eq. 38] The sum of the divergences of its steps, each integrated over z_s and z_t.
real sum_of_divergences(const setting& s, const numbers& x, const grid& levels) {
    real sum = 0;
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
        const defined d(levels[i + 1].value, levels[i].value);
        const auto density = s.truth.at(levels[i].value);
        const real variance = d.conditional_variance(), h = std::sqrt(variance) / 3;
        const real constant = log_normal(0, 0, variance);
        reals away, log_qs, weights; // z_s - mu_Q, log q there, and q times h
        for (int k = -30; k <= 30; ++k) {
            away.push_back(k * h);
            log_qs.push_back(log_normal(k * h, 0, variance));
            weights.push_back(h * std::exp(log_qs.back()));
        }
        sum += noise_mean(s, x, levels[i].value)([&](const reals& z, const reals&) {
            const auto pull = density.pull(z.data());
            real divergence = 0;
            for (std::size_t j = 0; j < z.size(); ++j) {
                const real x_hat = (z[j] - d.sigma_t * d.sigma_t * pull[j]) / d.alpha_t;
                const real mean = d.conditional_mean(z[j], x[j]), mean_of_model = d.conditional_mean(z[j], x_hat);
                for (std::size_t k = 0; k < away.size(); ++k) {
                    const real off = mean + away[k] - mean_of_model, log_p = constant - off * off / (2 * variance);
                    divergence += weights[k] * (log_qs[k] - log_p);
                }
            }
            return divergence;
        });
    }
    return sum;
}

} // namespace

std::vector<line> check_bound(const setting& s) {
    if (!few_components(s)) return {}; // no brute force beyond; the objectives' estimates need it, too
    s.progress(s.data.label + ": VDM 37-58");
    const auto noisy = noisiest(s), clean = cleanest(s);
    const cdl::schedule::linear_log_snr<double> schedule(clean, noisy);
    const grid five = cdl::schedule::uniform_in_time(schedule, 5), four = cdl::schedule::uniform_in_time(schedule, 4),
               eight = cdl::schedule::uniform_in_time(schedule, 8);
    grid uneven;
    for (const double a : {-6.0, -3.7, -1.0, 0.5, 4.2, 8.0}) uneven.push_back({a + shift_of(s)});

    largest_error total, divergences, errors, errors_in_time, to_limit, continuous, doubled;
    const auto of_five = diffusion_loss(s, five), of_uneven = diffusion_loss(s, uneven),
               of_four = diffusion_loss(s, four), of_eight = diffusion_loss(s, eight),
               of_all = diffusion_loss(s, noisy, clean);
    std::vector<numbers> many;
    for (index_t T = 8; s.data.built_in && T <= 512; T *= 2)
        many.push_back(diffusion_loss(s, cdl::schedule::uniform_in_time(schedule, T)));
    const auto bounds = cdl::density::variational_bound(cdl::exec::serial{}, in_batches{s.library.get()},
                                                        cdl::as_batch(s.points, s.data.d),
                                                        cdl::density::continuous_data{}, noisy, clean, [&] {
                                                            auto rule = s.rule;
                                                            rule.level_nodes = 0;
                                                            return rule;
                                                        }());
    for (index_t i = 0; i < s.point_count(); ++i) {
        const auto x = s.point(i);
        const auto k = static_cast<std::size_t>(i);
        const real limit_of_steps = continuous_loss(s, x);
        const real prior = noise_mean(s, x, noisy.value)([&](const reals& z, const reals& eps) {
            real log_ratio = 0;
            for (std::size_t j = 0; j < z.size(); ++j)
                log_ratio += log_normal(eps[j], 0, 1) - std::log(noise(noisy.value)) - log_normal(z[j], 0, 1);
            return log_ratio;
        });
        const real reconstruction = noise_mean(s, x, clean.value)([&](const reals& z, const reals&) {
            real loss = 0;
            for (std::size_t j = 0; j < z.size(); ++j)
                loss -= log_normal(x[j], z[j] / signal(clean.value), std::exp(-static_cast<real>(clean.value)));
            return loss;
        });
        total.compare(bounds[k].total(), prior + reconstruction + limit_of_steps);
        divergences.compare(of_five[k], sum_of_divergences(s, x, five));
        errors.compare(of_uneven[k], sum_of_errors(s, x, uneven));
        errors_in_time.compare(of_eight[k], sum_of_errors(s, x, eight));
        const auto of_width = [&](real h) { return many[static_cast<std::size_t>(std::lround(-std::log2(h)))][k]; };
        if (s.data.built_in) to_limit.compare(limit(1, static_cast<int>(many.size()), of_width), limit_of_steps);
        continuous.compare(of_all[k], limit_of_steps);
        doubled.compare(static_cast<real>(of_eight[k]) - of_four[k], gain_of_doubling(s, x, eight));
    }
    const auto bound = [&](double in_1d, double in_2d) { return s.integral_bound(in_1d, in_2d); };
    std::vector<line> lines{
        s.about("VDM 37", "prior + reconstruction + diffusion loss against three sums of divergences in long double",
                total, bound(1e-13, 1e-13)),
        s.about("VDM 38", "L_5 against the divergences of its steps, integrated over z_s and z_t", divergences,
                bound(1e-14, 1e-14)),
        s.about("VDM 50", "L_T on an uneven grid against 1/2 sum (SNR(s) - SNR(t)) E|x - x_hat|^2", errors,
                bound(1e-14, 1e-13)),
        s.about("VDM 54", "L_inf against KL(q(z_0 | x) || p_0) - KL(q(z_1 | x) || p_1)", continuous,
                bound(1e-14, 1e-14)),
        s.about("VDM 55", "L_8, times evenly spaced, against 1/2 sum (SNR(s) - SNR(t)) E|x - x_hat|^2", errors_in_time,
                bound(1e-14, 1e-14)),
        s.about("VDM 58", "L_8 - L_4 against its one sum", doubled, bound(1e-14, 1e-13)),
    };
    if (s.data.built_in) // how far the extrapolation comes depends on the data
        lines.push_back(s.about(
            "VDM 52", "L_8, L_16, ..., L_512 extrapolated to T -> inf against L_inf from divergences", to_limit, 1e-7));
    return lines;
}

} // namespace verify
