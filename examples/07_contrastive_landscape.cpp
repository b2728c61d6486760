// SPDX-License-Identifier: MIT

// Example 7: what an objective sees of a denoiser's errors, and how well it can be estimated. It builds on examples 3 and 6.
//
// The problem. A denoiser is trained where the data, noised to a level, is; samplers that are parallel in time ask it elsewhere,
// too. CDL's claim is that the contrastive loss sees it there, because it asks about points that are noisier than the level
// says. So take an exact denoiser, spoil it in one place, and see which objective rises, and by how much (part 1, integrals
// computed to many digits). Training estimates the contrastive loss from draws: how well (part 2)?
//
// Symbols. Data: two modes on the line, 0.5 N(-5, 1) + 0.5 N(5, 1) [CDL A.3]. The score errs by a smooth bump, in levels
// near a0 (+-1.5) and in places near S z0 (+-1), S = signal_scale: z0 = 5 is a mode, z0 = 0 the valley between them.
//     denoising    1/2 int E|eps - eps_hat|^2 da, the variational bound's           [VDM eq. 66]
//     contrastive  E softplus(y LLR), y = +1 for data, -1 for data noised to zeta   [CDL eq. 7]
// Both are least at the exact denoiser; what they see of a small error is how much they rise.
//
// Where to read on: include/cdl/objective/contrastive.hpp, include/cdl/denoiser/perturbed.hpp, docs/objectives.md.

#include <cdl/cdl.hpp>
#include <cdl/distribution/quadrature_points.hpp>
#include <cdl/math/quadrature.hpp>
#include <cdl/objective/contrastive.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

namespace {

using namespace cdl;
constexpr exec::serial policy{};

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

/// 1/2 int E|eps - eps_hat|^2 da over levels from -10 to 14.
template <class F>
double denoising(const mixture& data, const F& f) {
    const distribution::quadrature_points x(data, clean<double>(), 48);
    const auto levels = math::gauss_legendre<double>(32);
    double sum = 0;
    for (std::size_t l = 0; l < levels.nodes.size(); ++l) {
        const auto errors =
            density::squared_error(policy, f, x.points(), log_snr{24 * levels.nodes[l] - 10}, {.noise_nodes = 48});
        sum += 24 * levels.weights[l] * x.mean(density::values_of(errors)) / 2;
    }
    return sum;
}

/// E softplus(y LLR): half of the points are data, half are data noised to zeta.
template <class F>
double contrastive(const mixture& data, const F& f, double zeta) {
    double sum = 0;
    for (const double y : {1.0, -1.0}) {
        const distribution::quadrature_points w(data, y > 0 ? clean<double>() : log_snr{zeta}, 48);
        std::vector<double> losses;
        for (const auto& ratio : density::log_density_ratio(policy, f, w.points(), log_snr{zeta},
                                                            density::quadrature{.level_nodes = 32, .noise_nodes = 48}))
            losses.push_back(math::softplus(y * ratio.value));
        sum += w.mean(losses) / 2;
    }
    return sum;
}

/// The ratios of a batch as a step of training estimates them: the mean of their variances, and how far the loss is above that
/// of the true ratios.
struct estimated {
    double deviation, bias;
};
estimated step_of_training(const mixture& data, double zeta, bool common_random_numbers) {
    constexpr int n = 4000;
    std::vector<double> x(n);
    data.draw(policy, random::noise_stream{1}, 0, x);
    const objective::contrastive loss{
        .zetas = schedule::fixed_level{zeta}, .levels = 128, .common_random_numbers = common_random_numbers};
    auto training = objective::prepare(policy, loss, x);
    const auto q = training.queries(policy, x, random::noise_stream{2}, 0);
    std::vector<double> eps_hat(static_cast<std::size_t>(q.size()));
    const denoiser::optimal exact(data);
    exact(policy, q.z, q.levels, eps_hat);
    training.value(policy, eps_hat);
    const auto ratios = training.evaluator().log_density_ratios(policy);
    const auto w = training.evaluator().classified_points(policy), y = training.evaluator().labels(policy);
    double variance = 0, bias = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double truth = data.log_density(std::array{w[i]}, log_snr{zeta}) - data.log_density(std::array{w[i]});
        variance += ratios[i].standard_error * ratios[i].standard_error / n;
        bias += (math::softplus(y[i] * ratios[i].value) - math::softplus(y[i] * truth)) / n;
    }
    return {std::sqrt(variance), bias};
}

} // namespace

int main() {
    const mixture data({1, 1}, {-5, 5}, {1, 1});
    const denoiser::optimal exact(data);

    // 1. Where the data never is, an error costs the denoising objective next to nothing. The contrastive loss sees more of it
    //    there than denoising does, in proportion, where zeta is so noisy that p_zeta fills the valley. At the zetas of the
    //    paper, 6 to 15, p_zeta is the data but for a hair: on smooth data like these they see hardly further than denoising,
    //    and little of anything, the less the larger zeta is.
    std::puts("1. How much the objectives rise when the score errs about a = 4");
    std::puts("                                     contrastive, zeta =");
    std::printf("   %-22s denoising", "");
    const std::vector<double> zetas{-2, 0, 2, 6};
    for (const double zeta : zetas) std::printf(" %9.1f", zeta);
    std::puts("");
    std::vector<double> least{denoising(data, exact)}, on_mode;
    for (const double zeta : zetas) least.push_back(contrastive(data, exact, zeta));
    for (const double z0 : {5.0, 3.0, 0.0}) {
        const denoiser::with_score_error f(exact, bump{z0, 4});
        std::vector<double> rise{denoising(data, f) - least[0]};
        for (std::size_t k = 0; k < zetas.size(); ++k) rise.push_back(contrastive(data, f, zetas[k]) - least[k + 1]);
        if (on_mode.empty()) on_mode = rise;
        std::printf("   %-22s", z0 == 5 ? "on a mode" : z0 == 3 ? "beside it, relative" : "in the valley, rel.");
        for (std::size_t k = 0; k < rise.size(); ++k) std::printf(" %9.1e", z0 == 5 ? rise[k] : rise[k] / on_mode[k]);
        std::puts("");
    }

    // 2. With the same levels and noises under both densities the ratio is known to a small part of itself; with draws of their
    //    own, as in the published code, to half a nat at every zeta, and the softplus turns that into a bias.
    std::puts("\n2. The log density ratio from 128 levels for each point, exact denoiser");
    std::puts("              common random numbers         independent draws");
    std::puts("   zeta       deviation  bias of loss       deviation  bias of loss     ratio");
    for (const double zeta : {2.0, 6.0, 10.5}) {
        const auto common = step_of_training(data, zeta, true), independent = step_of_training(data, zeta, false);
        std::printf("   %4.1f     %11.1e  %12.0e     %11.2f  %12.3f  %8.0f\n", zeta, common.deviation, common.bias,
                    independent.deviation, independent.bias, independent.deviation / common.deviation);
    }
}
