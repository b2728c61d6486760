// SPDX-License-Identifier: MIT
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/perturbed.hpp>
#include <cdl/density/log_density_ratio.hpp>
#include <cdl/density/squared_error.hpp>
#include <cdl/distribution/quadrature_points.hpp>
#include <cdl/math/quadrature.hpp>

#include "../support/fast_policy.hpp"
#include "figures.hpp"

#include <cstdio>

namespace figures {
namespace {

using namespace cdl;
using mixture = distribution::gaussian_mixture<double, 1, distribution::covariance::isotropic>;

/// A bump of the score, one third high, about the clean place z0 and the level a0.
struct bump {
    double z0, a0;

    template <point Z, class S, class Out>
    void operator()(const Z& z, const log_snr<S>& a, Out&& out) const {
        using std::exp;
        const S u = S(z[0] - signal_scale(a) * S(z0)), v = S(S(a.value - S(a0)) / S(1.5));
        out[0] = S(exp(S(S(u * u + v * v) / S(-2))) / S(3));
    }
};

/// 1/2 int E|eps - eps_hat|^2 da, what the error adds to it.
template <class F>
double denoising(const mixture& data, const F& f) {
    const support::single_thread policy;
    const distribution::quadrature_points x(data, clean<double>(), 64);
    const auto levels = math::gauss_legendre<double>(48);
    double sum = 0;
    for (std::size_t l = 0; l < levels.nodes.size(); ++l) {
        const log_snr a{24 * levels.nodes[l] - 10};
        const auto errors = density::squared_error(policy, f, x.points(), a, {.noise_nodes = 64});
        sum += 12 * levels.weights[l] * x.mean(density::values_of(errors));
    }
    return sum;
}

template <class F>
double contrastive(const mixture& data, const F& f, double zeta) {
    const support::single_thread policy;
    double sum = 0;
    for (const double y : {1.0, -1.0}) {
        const distribution::quadrature_points w(data, y > 0 ? clean<double>() : log_snr{zeta}, 64);
        std::vector<double> losses;
        for (const auto& ratio : density::log_density_ratio(policy, f, w.points(), log_snr{zeta},
                                                            density::quadrature{.level_nodes = 48, .noise_nodes = 64}))
            losses.push_back(math::softplus(y * ratio.value));
        sum += w.mean(losses) / 2;
    }
    return sum;
}

constexpr double zetas[] = {-4, -2, 0, 2, 6};
constexpr const char* colours[] = {"#6a1b9a", "#2171b5", "#41b6e6", "#2a8f5b", "#e08a00"};

} // namespace

void landscape::draw(output& to) const {
    const mixture data({1, 1}, {-5, 5}, {1, 1});
    const denoiser::optimal exact(data);
    const auto values = [&](const auto& f) {
        std::vector<double> all{denoising(data, f)};
        for (const double zeta : zetas) all.push_back(contrastive(data, f, zeta));
        return all;
    };
    const auto rise = [&, least = values(exact)](double z0) {
        auto all = values(denoiser::with_score_error(exact, bump{z0, level}));
        for (std::size_t k = 0; k < all.size(); ++k) all[k] -= least[k];
        return all;
    };
    const auto on_mode = rise(5);
    table rows{.header = "z0,density,denoising,contrastive -4,contrastive -2,contrastive 0,contrastive 2,contrastive 6",
               .rows = {}};
    data_block curves("curves"), density("density");
    std::printf("Rise of the objectives for an error of the score about level %g, relative to one on the mode z0 = 5\n"
                "%6s %10s %10s   contrastive, zeta = -4, -2, 0, 2, 6\n",
                level, "z0", "p_a", "denoising");
    const log_snr a{level};
    const double signal = signal_scale(a);
    const double p_mode = data.log_density(std::array{signal * 5}, a);
    for (double z0 = -10; z0 <= 10.01; z0 += 0.5) {
        auto relative = rise(z0);
        for (std::size_t k = 0; k < relative.size(); ++k) relative[k] /= on_mode[k];
        const double p = std::exp(data.log_density(std::array{signal * z0}, a) - p_mode);
        rows.row({}, {z0, p, relative[0], relative[1], relative[2], relative[3], relative[4], relative[5]});
        curves.row({z0, p, relative[0], relative[1], relative[2], relative[3], relative[4], relative[5]});
        std::printf("%6.1f %10.1e %10.1e", z0, p, relative[0]);
        for (std::size_t k = 1; k < relative.size(); ++k) std::printf(" %10.1e", relative[k]);
        std::puts("");
    }
    std::string script =
        curves.text() +
        "set logscale y\nset bmargin 8\nset yrange [1e-6:30]\nset format y '10^{%T}'\nset xlabel 'place of the error, "
        "z / S'\n"
        "set ylabel 'rise, relative to an error on the mode'\nset key below\nset title 'Data: two modes "
        "at ±5; the score errs about log-SNR " +
        text(level) +
        "'\nplot $curves using 1:2 with filledcurves y1=1e-6 lc rgb '#e8e8e8' title 'density of "
        "the noised data', $curves using 1:3 with lines lw 2.2 lc rgb '#b3202c' title 'denoising'";
    for (std::size_t k = 0; k < std::size(zetas); ++k)
        script += ", $curves using 1:" + std::to_string(k + 4) + " with lines lw 1.6 lc rgb '" + colours[k] +
                  "' title 'contrastive, zeta = " + text(zetas[k]) + "'";
    to.csv("contrastive_landscape", rows);
    to.svg("contrastive_landscape", script, 820, 520);
}

} // namespace figures
