// SPDX-License-Identifier: MIT

// VDM's appendix L on one data set: a denoiser is trained by denoising score matching, and what that finds is the score.

#include <cdl/cdl.hpp>

#include "checks.hpp"
#include "through_model.hpp"

#include <algorithm>

namespace verify {
namespace {

/// The score of the exact denoiser, with waves added, as high and as long as the noised data is wide.
numbers wrong_score(const setting& s, int which, const numbers& z, double a) {
    const double amplitude[] = {0.3, 0.1, 0.5}, wavelength[] = {2, 3, 5}, unit = spread_at(s.scale, a);
    const cdl::denoiser::with_score_error wrong(
        through_model{s.library.get()},
        cdl::denoiser::wave_error{amplitude[which] / unit, wavelength[which] * unit, 0.4});
    numbers score(z.size());
    const cdl::log_snr level{a};
    wrong(cdl::point_view<const double>(z.data(), s.data.d), level, cdl::point_view<double>(score.data(), s.data.d));
    for (double& e : score) e = cdl::denoiser::score_from_eps(e, level);
    return score;
}

// [VDM eq. 81] Score matching and denoising score matching differ by a number that does not depend on the model, with any
// weights c1, c2: 1/2 E|sqrt(c1) grad log q(z) - sqrt(c2) s|^2 - 1/2 E|sqrt(c1) grad log q(z | x) - sqrt(c2) s|^2 = constant.
// [VDM eq. 83] So for c1 = c2 = 1 the loss of a wrong score is above that of the optimal one by 1/2 E|s - grad log q|^2 > 0. Three wrong scores.
// All of it is multiplied by N^2: scores are as large as the data is small, noise is not.
// One dimension: double integrals over x and eps, integrals over z with the density of the reference.
void check_by_integration(const setting& s, std::vector<line>& lines) {
    largest_error constant, least;
    const auto eps_rule = cdl::math::normal_trapezoid<double>(220, 11);
    const real c1 = 1.7L, c2 = 0.6L, high = s.scale.largest + 9 * s.scale.spread, step = s.scale.narrowest / 6;
    for (const double away : {-2.0, 0.0, 1.0}) {
        const double a = (s.data.built_in ? 0 : s.scale.middle) + away;
        const real S = signal(a), N = noise(a);
        const auto at_a = s.truth.at(a);
        real denoising[3] = {}, of_wrong[3] = {}, of_best = 0; // with c1, c2; with 1
        for (real x = -high; x <= high; x += step) {
            const real p = step * s.truth.clean().density(&x);
            if (p < 1e-17L) continue;
            for (std::size_t i = 0; i < eps_rule.nodes.size(); ++i) {
                const real weight = N * N * p * eps_rule.weights[i], gradient = -eps_rule.nodes[i] / N;
                if (p * eps_rule.weights[i] < 1e-20L) continue;
                const numbers z{static_cast<double>(S * x + N * eps_rule.nodes[i])};
                const real best = cdl::denoiser::score_from_eps(s.library->eps_hat(z, a)[0], cdl::log_snr{a});
                of_best += weight * (gradient - best) * (gradient - best) / 2;
                for (int f = 0; f < 3; ++f) {
                    const real score = wrong_score(s, f, z, a)[0];
                    const real with_weights = std::sqrt(c1) * gradient - std::sqrt(c2) * score;
                    denoising[f] += weight * with_weights * with_weights / 2;
                    of_wrong[f] += weight * (gradient - score) * (gradient - score) / 2;
                }
            }
        }
        real matching[3] = {}, distance[3] = {}, of_data = 0;
        const real h = std::sqrt(S * S * s.scale.narrowest * s.scale.narrowest + N * N) / 10;
        for (real z = -S * high - 9 * N; z <= S * high + 9 * N; z += h) {
            const numbers point{static_cast<double>(z)};
            const real rounded = point[0], gradient = -at_a.pull(&rounded)[0];
            const real p = N * N * h * at_a.density(&rounded);
            if (p < N * N * 1e-20L) continue;
            of_data += p * gradient * gradient / 2;
            for (int f = 0; f < 3; ++f) {
                const real score = wrong_score(s, f, point, a)[0];
                const real with_weights = std::sqrt(c1) * gradient - std::sqrt(c2) * score;
                matching[f] += p * with_weights * with_weights / 2;
                distance[f] += p * (score - gradient) * (score - gradient) / 2;
            }
        }
        for (int f = 0; f < 3; ++f) {
            constant.compare(matching[f] - denoising[f], c1 * (of_data - 0.5L));
            least.compare(of_wrong[f] - of_best, distance[f]);
            if (!(of_wrong[f] > of_best)) least.see(HUGE_VAL);
        }
    }
    lines.push_back(s.about("VDM 81",
                            "score matching less denoising score matching against its constant, for three wrong scores",
                            constant, s.bound(1e-13)));
    lines.push_back(s.about(
        "VDM 83", "what denoising score matching adds for three wrong scores against 1/2 E|s - grad log q|^2 > 0",
        least, s.bound(1e-15)));
}

// The same on drawn points, each coordinate with weights of its own: all terms of a point are added before the mean.
void check_by_sampling(const setting& s, std::vector<line>& lines) {
    largest_error constant, least;
    const auto d = static_cast<std::size_t>(s.data.d);
    const index_t n = std::clamp<index_t>(index_t(2e6) / (s.data.size() * s.data.d), 2000, 20000);
    for (const double away : {-2.0, 0.0, 1.0}) {
        const double a = (s.data.built_in ? 0 : std::round(s.scale.middle)) + away;
        const real N = noise(a);
        const auto at_a = s.truth.at(a);
        const auto batch = draw_noisy(s, 65, n, a);
        const auto best = s.library->eps_hat_of_batch(batch.z, a);
        mean_in_errors off[3], excess[3];
        for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
            const numbers z(batch.z.begin() + static_cast<long>(i * d),
                            batch.z.begin() + static_cast<long>((i + 1) * d));
            const auto pull = at_a.pull(reals(z.begin(), z.end()).data());
            for (int f = 0; f < 3; ++f) {
                const auto score = wrong_score(s, f, z, a);
                real sum = 0, more = 0;
                for (std::size_t j = 0; j < d; ++j) {
                    const real c1 = 1.7L + 0.2L * static_cast<real>(j), c2 = 0.6L + 0.5L * static_cast<real>(j % 3);
                    const real of_pair = -batch.eps[i * d + j] / N, of_point = -pull[j], optimal = -best[i * d + j] / N;
                    const real matching = std::sqrt(c1) * of_point - std::sqrt(c2) * score[j];
                    const real denoising = std::sqrt(c1) * of_pair - std::sqrt(c2) * score[j];
                    sum +=
                        (matching * matching - denoising * denoising - c1 * (of_point * of_point - of_pair * of_pair)) /
                        2;
                    more += ((of_pair - score[j]) * (of_pair - score[j]) - (of_pair - optimal) * (of_pair - optimal) -
                             (score[j] - of_point) * (score[j] - of_point)) /
                            2;
                }
                off[f].add(static_cast<double>(N * N * sum));
                excess[f].add(static_cast<double>(N * N * more));
            }
        }
        for (int f = 0; f < 3; ++f) constant.see(off[f].distance()), least.see(excess[f].distance());
    }
    lines.push_back(s.about("VDM 81",
                            "score matching less denoising score matching less its constant is 0 for three wrong "
                            "scores, Monte Carlo, in standard errors",
                            constant, 5));
    lines.push_back(s.about("VDM 83",
                            "what denoising score matching adds for three wrong scores against 1/2 E|s - grad log "
                            "q|^2, Monte Carlo, in standard errors",
                            least, 5));
}

} // namespace

std::vector<line> check_matching(const setting& s) {
    s.progress(s.data.label + ": VDM 81, 83");
    std::vector<line> lines;
    if (s.data.d == 1 && s.by_brute_force &&
        s.scale.spread / s.scale.narrowest * static_cast<double>(s.data.size()) < 500)
        check_by_integration(s, lines);
    else
        check_by_sampling(s, lines);
    return lines;
}

} // namespace verify
