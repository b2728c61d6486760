// SPDX-License-Identifier: MIT
#include <cdl/classifier/exact.hpp>
#include <cdl/denoiser/trainable_mixture.hpp>
#include <cdl/distribution/quadrature_points.hpp>
#include <cdl/objective/classification.hpp>
#include <cdl/objective/contrastive.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/objective/variational.hpp>
#include <cdl/objective/weighted_sum.hpp>
#include <cdl/schedule/linear_log_snr.hpp>

#include "../support/adam.hpp"
#include "../support/fast_policy.hpp"
#include "figures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace figures {
namespace {

using namespace cdl;
using numbers = std::vector<double>;
using mixture = distribution::gaussian_mixture<double, 1, distribution::covariance::isotropic>;
using model = denoiser::trainable_mixture<double, 1>;

constexpr support::single_thread policy{};

/// KL(data || model), by quadrature.
double divergence(const mixture& data, const mixture& other) {
    const distribution::quadrature_points points(data, clean<double>(), 120);
    numbers excess;
    for (index_t i = 0; i < points.size(); ++i)
        excess.push_back(data.log_density(points.points()[i]) - other.log_density(points.points()[i]));
    return points.mean(excess);
}

/// The gradient of a loss of eps_hat at a training step.
template <class Loss>
class of_denoiser {
public:
    of_denoiser(const Loss& loss, const numbers& x)
        : training_(objective::prepare(policy, loss, x)), answers_(static_cast<std::size_t>(training_.query_count())) {}

    numbers operator()(const model& f, const numbers& x, const random::noise_stream& stream, index_t step) {
        const auto q = training_.queries(policy, x, stream, step);
        f(policy, q.z, q.levels, answers_);
        training_.value_and_cotangent(policy, answers_, answers_);
        numbers gradient(f.parameters().size());
        f.pull_back(policy, q.z, q.levels, answers_, gradient);
        return gradient;
    }

private:
    decltype(objective::prepare(policy, std::declval<const Loss&>(), numbers{})) training_;
    numbers answers_;
};

/// The gradient of CDM's objective, of a mixture as a noise classifier.
class of_classifier {
public:
    explicit of_classifier(const numbers& x)
        : loss_{schedule::discrete_levels<double>::uniform_noise(10)}, classes_(policy, loss_.levels),
          training_(objective::prepare(policy, loss_, x)),
          logits_(x.size() * static_cast<std::size_t>(classes_.size())), slopes_(x.size()),
          levels_(x.size(), pure_noise<double>()) {}

    numbers operator()(const model& f, const numbers& x, const random::noise_stream& stream, index_t step) {
        const auto q = training_.queries(policy, x, stream, step);
        const auto n = static_cast<index_t>(x.size());
        const auto rows = as_batch(logits_, classes_.size());
        const classifier::exact exact(f.point(), classes_);
        classifier::logits(policy, exact, q.z, rows);
        classifier::ratio_gradients(policy, exact, q.z, q.classes, slopes_);
        training_.value_and_cotangents(policy, rows, slopes_, rows, slopes_);
        numbers gradient(f.parameters().size());
        for (index_t k = 1; k <= classes_.steps(); ++k) {
            const batch_view<const double, dynamic, strided> column(&rows(0, k - 1), n, 1, classes_.size(), 1);
            f.pull_back_log_density(policy, q.z, classes_.view().level(k), column, gradient);
        }
        for (std::size_t i = 0; i < x.size(); ++i) {
            levels_[i] = classes_.view().level(q.classes[i]);
            slopes_[i] /= noise_scale(levels_[i]); // grad F = eps_hat / N - z
        }
        f.pull_back(policy, q.z, levels_, slopes_, gradient);
        return gradient;
    }

private:
    objective::classification<double> loss_;
    classifier::noise_classes<double> classes_;
    objective::classification_training<double, 1> training_;
    numbers logits_, slopes_;
    std::vector<log_snr<double>> levels_;
};

} // namespace

void fits::draw(output& to) const {
    const mixture data({1, 2}, {-2, 1}, {0.25, 0.5625});
    const objective::denoising simple{schedule::logistic_levels{0, 1.5}, objective::simple()};
    const objective::contrastive contrast{.zetas = schedule::uniform_levels{3, 8}, .points = batch / 16};
    const numbers shape(static_cast<std::size_t>(batch));
    table rows{.header = "objective,step,divergence,standard_error", .rows = {}};
    std::string blocks, plots;
    std::printf("KL(data || model) in nats, mean of %d trainings\n%-28s", static_cast<int>(repetitions), "step");
    for (index_t step = 0; step <= steps; step += steps / 8) std::printf(" %8d", static_cast<int>(step));
    std::puts("");
    const auto train = [&](const char* name, const char* colour, const auto& make_gradient) {
        const index_t every = std::max<index_t>(1, steps / 64);
        std::vector<numbers> traces;
        for (index_t r = 0; r < repetitions; ++r) {
            auto gradient_of = make_gradient();
            model f(2, {0, 0, -1, 0.5, 0, 0});
            support::adam optimiser(f.parameters().size());
            numbers x(shape.size()), trace;
            const random::noise_stream stream{seed + static_cast<std::uint64_t>(r)};
            for (index_t step = 0; step <= steps; ++step) {
                if (step % every == 0) trace.push_back(divergence(data, f.mixture()));
                data.draw(policy, stream, step, x);
                const numbers gradient = gradient_of(f, x, stream, step);
                numbers parameters(f.parameters().begin(), f.parameters().end());
                const double left = 1 - static_cast<double>(step) / static_cast<double>(steps);
                optimiser.step(parameters, gradient, 0.05 * std::min(1.0, 2 * left));
                f.set_parameters(parameters);
            }
            traces.push_back(trace);
        }
        const std::string block = "curve" + std::string(colour + 1);
        data_block named(block);
        std::printf("%-28s", name);
        for (std::size_t k = 0; k < traces[0].size(); ++k) {
            double mean = 0, squares = 0;
            const auto count = static_cast<double>(repetitions);
            for (const auto& trace : traces) mean += trace[k] / count;
            for (const auto& trace : traces) squares += (trace[k] - mean) * (trace[k] - mean);
            const auto step = static_cast<double>(static_cast<index_t>(k) * every);
            const double error = std::sqrt(squares / (count * (count - 1)));
            named.row({step, mean, error});
            rows.row({name}, {step, mean, error});
            if ((static_cast<index_t>(k) * every) % (steps / 8) == 0) std::printf(" %8.5f", mean);
        }
        std::puts("");
        blocks += named.text();
        plots += (plots.empty() ? "plot $" : ", $") + block + " using 1:2 with lines lw 2 lc rgb '" + colour +
                 "' title '" + name + "'";
    };
    train("denoising", "#1b4f9c", [&] { return of_denoiser(simple, shape); });
    train("denoising + 3 contrastive", "#b3202c",
          [&] { return of_denoiser(objective::weighted_sum{simple, 1.0, contrast, 3.0}, shape); });
    train("variational", "#2a8f5b", [&] {
        return of_denoiser(objective::variational{schedule::linear_log_snr<double>(log_snr{8.}, log_snr{-6.})}, shape);
    });
    train("classification, 11 classes", "#e08a00", [&] { return of_classifier(shape); });
    to.csv("fits", rows);
    to.svg("fits",
           blocks +
               "set logscale y\nset bmargin 7\nset xrange [0:512]\nset format y '10^{%T}'\nset xlabel 'step of "
               "training, 256 points each'\nset ylabel "
               "'KL(data || model), nats'\nset key below\nset title 'A mixture trained with each objective'\n" +
               plots,
           820, 460);
}

} // namespace figures
