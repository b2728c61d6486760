// SPDX-License-Identifier: MIT

// Example 9: the variational bound, its bits, and a schedule that is learned. It builds on examples 1 to 3.
//
// The problem. A diffusion model with T steps is a chain of latent variables z_1 -> ... -> z_0 -> x, and like every such
// model it bounds its likelihood from below. The bound is what a code made of the model needs to send x, so one asks: do
// more steps help? What are bits where data are bytes, and where they are real numbers? And training sees the bound through
// one random time for each point: can the noise of that estimate be cut at no cost? Here all denoisers are exact, so
// nothing is blurred by what a network has not learned.
//
// Symbols. a_0 > a_1 the levels of the cleanest and the noisiest latent; S, N the scales of a level; a(t) the schedule,
// s < t two of its times.
//
// Equations. The bound has three parts                                                   [VDM eq. 37]:
//     -log p(x) <= KL(q(z_1 | x) || N(0, I)) + E[-log p(x | z_0)] + L_T(x),
//     L_T(x)   = sum of 1/2 (e^(a(s) - a(t)) - 1) E|eps - eps_hat(z_t, a(t))|^2            [VDM eq. 55, in terms of eps],
//     L_inf(x) = 1/2 int E|eps - eps_hat|^2 da,  a from a_1 to a_0                         [VDM eq. 66].
// For bytes, whose values are v, p(x | z_0) is the softmax over v of -(z_0 / S - v)^2 SNR / 2, coordinate by coordinate
// [VDM eq. 8]. L_inf does not know the schedule between its ends; the variance of its estimate, -a'(t) / 2 |eps - eps_hat|^2
// at a uniform t, does [VDM app. I.2].
//
// Where to read on: include/cdl/density/variational_bound.hpp, include/cdl/density/data_scale.hpp,
// include/cdl/objective/variational.hpp, include/cdl/schedule/monotone_network.hpp.

#include <cdl/cdl.hpp>
#include <cdl/denoiser/trainable_mixture.hpp>
#include <cdl/density/variational_bound.hpp>
#include <cdl/distribution/quadrature_points.hpp>
#include <cdl/objective/variational.hpp>
#include <cdl/schedule/grids.hpp>
#include <cdl/schedule/linear_log_snr.hpp>
#include <cdl/schedule/monotone_network.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <vector>

namespace {

using namespace cdl;
using density::continuous_data;
using objective::variational;
using points = std::vector<std::array<double, 2>>;

constexpr exec::serial policy{};

/// The mean over the data of results at the points that stand for them.
template <class Results>
double mean_over(const distribution::quadrature_points<double, 1>& data, const Results& results) {
    std::vector<double> values;
    for (const auto& result : results) values.push_back(result.value);
    return data.mean(values);
}

/// 256 points of bytes along a spiral, as numbers of [-1, 1].
points byte_spiral() {
    points x;
    for (int i = 0; i < 256; ++i) {
        const double turn = 3 * std::numbers::pi * std::sqrt((i + 20) / 276.0),
                     radius = turn / (3.2 * std::numbers::pi);
        const auto byte = [](double v) {
            return density::eight_bit().value(static_cast<double>(density::eight_bit().index_of(v)));
        };
        x.push_back({byte(radius * std::cos(turn)), byte(radius * std::sin(turn))});
    }
    return x;
}

/// An estimate of the bound and its parts.
template <class Loss, class F>
auto parts_of(const Loss& loss, const F& eps_hat, const points& x, std::uint64_t seed) {
    auto training = objective::prepare(policy, loss, x);
    const auto q = training.queries(policy, x, {.seed = seed}, 0);
    points answers(x.size());
    eps_hat(policy, q.z, q.levels, answers);
    training.value(policy, answers);
    return training.evaluator().parts(policy);
}

} // namespace

int main() {
    // 1. The number of steps. On average over the data each doubling of T helps, and L_inf is the limit. It is an average: at
    //    x = 0.25, between the modes, one step is better than two.
    const distribution::gaussian_mixture<double, 1> line({1, 1}, {-5, 5}, {1, 1});
    const denoiser::optimal of_line(line);
    const log_snr cleanest{8.0}, noisiest{-6.0};
    const schedule::linear_log_snr<double> linear(cleanest, noisiest);
    const distribution::quadrature_points<double, 1> typical(line, clean<double>(), 120);
    const std::vector<double> between{0.25};
    std::puts("1. L_T in nats, exact: on average over the data, and at x = 0.25");
    for (index_t steps = 1; steps <= 64; steps *= 2) {
        const auto grid = schedule::uniform_in_time(linear, steps);
        const auto average = density::diffusion_loss(policy, of_line, typical.points(), grid);
        const auto at_a_point = density::diffusion_loss(policy, of_line, between, grid);
        std::printf("T = %3d  %11.3f %11.3f\n", static_cast<int>(steps), mean_over(typical, average),
                    at_a_point[0].value);
    }
    const auto average = density::continuous_diffusion_loss(policy, of_line, typical.points(), noisiest, cleanest);
    const auto at_a_point = density::continuous_diffusion_loss(policy, of_line, between, noisiest, cleanest);
    std::printf("T = inf  %11.3f %11.3f\n", mean_over(typical, average), at_a_point[0].value);

    // 2. Bits. The data are 256 points of two bytes each, all as likely: 4 bits a dimension, and no code needs less. Their
    //    exact denoiser is that of the points alone. The bound of bytes comes down to 4 as the cleanest latent tells the
    //    points apart. The same chain with a Gaussian at its end has a density, whose bits are per unit of x; made bits of
    //    bytes by the width of a bin, "+ 7", they fall without end: a density at the centres of bins is no code length.
    const points spiral = byte_spiral();
    const distribution::empirical cloud(spiral, distribution::kernel_width{0.0});
    const denoiser::empirical of_spiral(cloud);
    points drawn;
    for (int repeat = 0; repeat < 40; ++repeat) drawn.insert(drawn.end(), spiral.begin(), spiral.end());
    std::puts("\n2. Bits per dimension of 8-bit data, entropy 4: parts and bound, and the density's bits + 7");
    for (const double a : {6.0, 8.0, 10.0, 12.0, 14.0, 16.0}) {
        const schedule::linear_log_snr<double> to(log_snr{a}, log_snr{-8.0});
        const auto bytes = parts_of(variational{to, density::eight_bit()}, of_spiral, drawn, 1);
        const auto real = parts_of(variational{to, continuous_data{}}, of_spiral, drawn, 1);
        const auto bits = [](const auto& part) { return density::in_bits<density::discrete_data<256>>(part, 2).value; };
        std::printf("a_0 = %4.1f  prior %5.2f + reconstruction %5.2f + diffusion %5.2f = %5.2f +- %4.2f    density "
                    "%6.2f + 7 = %5.2f\n",
                    a, bits(bytes.prior), bits(bytes.reconstruction), bits(bytes.diffusion), bytes.bits_per_dim().value,
                    bytes.bits_per_dim().standard_error, real.bits_per_dim().value,
                    density::as_discrete(real.bits_per_dim(), density::eight_bit()).value);
        // real.bits_per_dim() - bytes.bits_per_dim() would not compile
    }

    // 3. A schedule learned for variance: gradient descent on the mean square of the diffusion loss of a point, whose mean
    //    cannot change. The gradient passes through the denoiser, which sees the noisy point and is told its level; any
    //    automatic differentiation returns these two cotangents, here a mixture does in closed form.
    const distribution::gaussian_mixture<double, 2, distribution::covariance::isotropic> blobs(
        {1, 2, 1}, {-1, 0.5, 1, -0.25, 0, 1.5}, {0.05, 0.2, 0.02});
    const denoiser::trainable_mixture<double, 2, distribution::covariance::isotropic> network(blobs);
    schedule::monotone_network<double> learned(log_snr{5.0}, log_snr{-10.0}, 4);
    points x(2048), z_cotangent(2048), answers(2048);
    std::vector<double> level_cotangent(2048), of_network(network.parameters().size());
    blobs.draw(policy, {.seed = 21}, 0, x);
    auto training = objective::prepare(policy, variational{learned, continuous_data{}, 0, false}, x);
    for (index_t step = 0; step < 150; ++step) {
        const auto q = training.queries(policy, x, {.seed = 22}, step);
        network(policy, q.z, q.levels, answers);
        training.value_and_cotangent(policy, answers, answers);
        network.pull_back(policy, q.z, q.levels, answers, of_network, z_cotangent, level_cotangent);
        const auto losses = training.evaluator().diffusion_losses(policy);
        const auto cotangents = training.evaluator().level_cotangents(policy, x, z_cotangent, level_cotangent);
        std::vector<double> gradient(learned.parameters().size());
        objective::pull_back(learned, objective::of_squares(cotangents, losses), gradient);
        double square = 0, length = 0;
        for (const double loss : losses) square += loss * loss / 2048;
        for (std::size_t p = 2; p < gradient.size(); ++p) length += gradient[p] * gradient[p];
        auto parameters = learned.parameters();
        const double rate = std::min(0.2 / square, 0.05 / std::sqrt(length));                  // no step too long
        for (std::size_t p = 2; p < gradient.size(); ++p) parameters[p] -= rate * gradient[p]; // 0 and 1 are the ends
        learned.set_parameters(parameters);
        training.evaluator().set_schedule(learned);
    }
    std::puts("\n3. A linear schedule and one learned for variance, judged by new points and new noise");
    std::puts(
        "            a(0)   a(1/4)   a(1/2)   a(3/4)   a(1)      bound          standard deviation of a point's loss");
    points fresh(100000);
    blobs.draw(policy, {.seed = 23}, 0, fresh);
    const auto describe = [&](const char* name, const auto& judged) {
        const auto parts = parts_of(variational{judged, continuous_data{}, 0, false}, network, fresh, 24);
        std::printf("%-8s", name);
        for (const double t : {0.0, 0.25, 0.5, 0.75, 1.0}) std::printf(" %7.1f", judged.at(t).value);
        std::printf("    %5.2f +- %4.2f    %4.1f\n", parts.total.value, parts.total.standard_error,
                    parts.diffusion.standard_error * std::sqrt(100000.0));
    };
    describe("linear", schedule::linear_log_snr<double>(log_snr{5.0}, log_snr{-10.0}));
    describe("learned", learned);
}
