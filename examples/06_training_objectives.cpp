// SPDX-License-Identifier: MIT

// Example 6: training, without a network. It builds on examples 2 and 3.
//
// The problem. A training objective is a number made of a denoiser's answers, and training follows its gradient. To see
// whether an objective is right one wants a denoiser that can be trained, that can be exact, and whose right parameters
// are known. A Gaussian mixture is one: its optimal denoiser has a closed form, and so has the derivative of that form
// by weights, means and variances. It stands here where a network would.
//
// Three calls. An objective says where the denoiser must be evaluated; you evaluate it there; the objective takes the
// answers and returns a value and its derivative with respect to them, the cotangent:
//     queries(policy, x, stream, step)                    ->  z, levels
//     eps_hat = denoiser(z, levels)
//     value_and_cotangent(policy, eps_hat, cotangent)     ->  value, cotangent = d value / d eps_hat
// What follows is the chain rule, gradient += (d eps_hat / d parameters)^T cotangent. A framework for networks does it
// by eps_hat.backward(cotangent), the mixture by `pull_back`.
//
// Equations. Four objectives, all of which the data's own parameters minimise:
//     denoising         E |eps - eps_hat(z, a)|^2, weighted                                           [CDL eq. 1, VDM eq. 67]
//     contrastive       is x clean or noised to zeta? E softplus(y LLR(x)), LLR from the denoiser     [CDL eqs. 7, 8]
//     variational       a bound on -log p(x), by denoising with a(t), weighted by -a'(t) / 2          [VDM eq. 66]
//     classification    which of T + 1 levels has z? Cross entropy, and the denoising of its gradient [CDM alg. 1]
// How far the result is from the data: KL(p || p_fit) = E log p(x) - log p_fit(x), over points that stand for the data.
//
// Where to read on: include/cdl/objective/concept.hpp, include/cdl/denoiser/trainable_mixture.hpp,
// include/cdl/distribution/quadrature_points.hpp.

#include <cdl/denoiser/trainable_mixture.hpp>
#include <cdl/distribution/quadrature_points.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/objective/classification.hpp>
#include <cdl/objective/contrastive.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/objective/variational.hpp>
#include <cdl/objective/weighted_sum.hpp>
#include <cdl/schedule/linear_log_snr.hpp>

#include "support/adam.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace {

using cdl::denoiser::trainable_mixture;
using numbers = std::vector<double>;

constexpr int n = 256, steps = 500;

/// Moves the parameters of a mixture against a gradient; the rate falls to zero in the second half.
void descend(trainable_mixture<double, 1>& model, support::adam& optimiser, const numbers& gradient, int step) {
    numbers parameters(model.parameters().begin(), model.parameters().end());
    optimiser.step(parameters, gradient, 0.05 * std::min(1.0, 2.0 * (steps - step) / steps));
    model.set_parameters(parameters);
}

void print(const char* name,
           const cdl::distribution::gaussian_mixture<double, 1, cdl::distribution::covariance::isotropic>& p) {
    std::printf("%-27s %6.2f %6.2f %7.2f %6.2f %6.2f %7.2f", name, p.weight(0), p.mean(0, 0),
                std::sqrt(p.variance(0, 0)), p.weight(1), p.mean(1, 0), std::sqrt(p.variance(1, 0)));
}

} // namespace

int main() {
    using namespace cdl;
    constexpr exec::serial policy{};
    const random::noise_stream stream{.seed = 6};

    // The data: two Gaussians, weights 1 : 2, means -2 and 1, standard deviations 1/2 and 3/4. The parameters of a
    // mixture are one list, logits, means, logarithms of variances; the start knows that there are two components and
    // which is on the left.
    const distribution::gaussian_mixture<double, 1, distribution::covariance::isotropic> data({1, 2}, {-2, 1},
                                                                                              {0.25, 0.5625});
    const trainable_mixture<double, 1> start(2, {0, 0, -1, 0.5, 0, 0});
    numbers x(n);

    // 1. One step, call by call. The value is a mean over the batch and comes with its standard error. A finite
    //    difference of the value, with the same queries' noise, is the gradient: nothing is hidden in between.
    const objective::denoising denoising{schedule::logistic_levels{.location = 0, .scale = 1.5}, objective::simple()};
    {
        auto training = objective::prepare(policy, denoising, x);
        data.draw(policy, stream, 0, x);
        const auto asked = training.queries(policy, x, stream, 0);
        numbers eps_hat(x.size()), cotangent(x.size()), gradient(6, 0);
        start(policy, asked.z, asked.levels, eps_hat);
        const auto value = training.value_and_cotangent(policy, eps_hat, cotangent);
        start.pull_back(policy, asked.z, asked.levels, cotangent, gradient);

        std::puts("1. One step of the denoising objective");
        std::printf("value %.3f +- %.3f from %d calls of the denoiser\n", value.value, value.standard_error,
                    static_cast<int>(value.denoiser_calls));
        std::puts("gradient     logit 0  logit 1   mean 0   mean 1  log v 0  log v 1");
        std::printf("pulled back ");
        for (const double g : gradient) std::printf(" %8.4f", g);
        std::printf("\ndifferences ");
        for (std::size_t p = 0; p < 6; ++p) {
            numbers up(start.parameters().begin(), start.parameters().end()), down = up;
            up[p] += 1e-4, down[p] -= 1e-4;
            const auto of = [&](const numbers& moved) {
                return objective::evaluate(policy, denoising, trainable_mixture<double, 1>(2, moved), x, stream, 0)
                    .value;
            };
            std::printf(" %8.4f", (of(up) - of(down)) / 2e-4);
        }
        std::puts("");
    }

    // 2. The same loop for every objective: new data, queries, answers, cotangent, gradient, and a small step. What
    //    remains of the divergence is the noise of the last steps: 5 parameters, each off by a hundredth or a few.
    std::printf("\n2. %d steps on batches of %d points\n", steps, n);
    std::puts("                            weight   mean  st.dev weight   mean  st.dev  KL from data  calls a step");
    const distribution::quadrature_points points(data);
    const auto divergence = [&](const auto& p) {
        numbers excess;
        for (index_t i = 0; i < points.size(); ++i)
            excess.push_back(data.log_density(points.points()[i]) - p.log_density(points.points()[i]));
        return points.mean(excess);
    };
    const auto report = [&](const char* name, const trainable_mixture<double, 1>& model, index_t calls) {
        print(name, model.mixture());
        std::printf("  %12.4f  %12d\n", divergence(model.mixture()), static_cast<int>(calls));
    };
    print("the data", data);
    std::puts("");
    report("start", start, 0);

    const auto train = [&](const char* name, const auto& loss) {
        trainable_mixture<double, 1> model = start;
        support::adam optimiser(model.parameters().size());
        auto training = objective::prepare(policy, loss, x); // all memory that the objective needs
        numbers eps_hat(static_cast<std::size_t>(training.query_count()));
        for (int step = 0; step < steps; ++step) {
            data.draw(policy, stream, step, x);
            const auto asked = training.queries(policy, x, stream, step);
            model(policy, asked.z, asked.levels, eps_hat);
            training.value_and_cotangent(policy, eps_hat, eps_hat); // the cotangent may lie where the answers lie
            numbers gradient(model.parameters().size(), 0);
            model.pull_back(policy, asked.z, asked.levels, eps_hat, gradient);
            descend(model, optimiser, gradient, step);
        }
        report(name, model, training.query_count());
    };
    train("denoising", denoising);
    // A part of the batch is contrasted. At the paper's zeta, 6 and above, these smooth data can hardly be told from
    // noised ones.
    train("denoising + 3 contrastive",
          objective::weighted_sum{denoising, 1,
                                  objective::contrastive{.zetas = schedule::uniform_levels{3, 8}, .points = 16}, 3});
    train("variational", objective::variational{schedule::linear_log_snr<double>(log_snr{8.}, log_snr{-6.})});

    // 3. A noise classifier sees no level: it gives T + 1 logits, those of the mixture being log densities, and is
    //    asked for the input gradient of F = log p(T+1 | z) - log p(k | z), which is eps_hat / N - z [CDM eq. 6]. Two
    //    answers, two cotangents.
    const objective::classification<double> loss{schedule::discrete_levels<double>::uniform_noise(10)};
    const classifier::noise_classes<double> classes(policy, loss.levels);
    trainable_mixture<double, 1> model = start;
    support::adam optimiser(model.parameters().size());
    auto training = objective::prepare(policy, loss, x);
    numbers logits(x.size() * static_cast<std::size_t>(classes.size())), slopes(x.size());
    const auto rows = as_batch(logits, classes.size());
    std::vector<log_snr<double>> levels(x.size(), pure_noise<double>());
    for (int step = 0; step < steps; ++step) {
        data.draw(policy, stream, step, x);
        const auto asked = training.queries(policy, x, stream, step);
        const classifier::exact exact(model.point(), classes);
        classifier::logits(policy, exact, asked.z, rows);
        classifier::ratio_gradients(policy, exact, asked.z, asked.classes, slopes);
        training.value_and_cotangents(policy, rows, slopes, rows, slopes);
        numbers gradient(model.parameters().size(), 0);
        for (index_t k = 1; k <= classes.steps(); ++k) { // the logit of class k is log p at its level, column k - 1
            const batch_view<const double, dynamic, strided> column(&rows(0, k - 1), n, 1, classes.size(), 1);
            model.pull_back_log_density(policy, asked.z, classes.view().level(k), column, gradient);
        }
        for (std::size_t i = 0; i < x.size(); ++i) {
            levels[i] = classes.view().level(asked.classes[i]);
            slopes[i] /= noise_scale(levels[i]); // of eps_hat now
        }
        model.pull_back(policy, asked.z, levels, slopes, gradient);
        descend(model, optimiser, gradient, step);
    }
    report("classification, 11 classes", model, n * (classes.steps() + 1));
}
