// SPDX-License-Identifier: MIT
#pragma once

// Training without a network: a mixture whose parameters are learned, from data whose parameters are known. Standard
// errors come from fits to independent data with independent noise; nothing is assumed about the objective.

#include <cdl/denoiser/trainable_mixture.hpp>
#include <cdl/objective/prepare.hpp>

#include "../../examples/support/adam.hpp"

#include <doctest/doctest.h>

#include <distribution/testing.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace cdl::test {

inline constexpr fast fitting_policy{};

using plane_mixture = denoiser::trainable_mixture<double, 2>;
using plane_points = std::vector<std::array<double, 2>>;

/// Two components that overlap: weights .35 and .65, variances .3 and .6.
inline const distribution::gaussian_mixture<double, 2, distribution::covariance::isotropic>& plane_data() {
    static const distribution::gaussian_mixture<double, 2, distribution::covariance::isotropic> data(
        {.35, .65}, {-1.5, .5, 1, -.5}, {.3, .6});
    return data;
}

/// Adds the gradient of a loss's value at a step to `gradient`: the three calls, and the mixture's own pull-back.
template <class Loss>
class three_calls {
public:
    three_calls(const Loss& loss, index_t batch)
        : training_(objective::prepare(fitting_policy, loss, plane_points(static_cast<std::size_t>(batch)))),
          answers_(static_cast<std::size_t>(training_.query_count())) {}

    void add_gradient(const plane_mixture& model, const plane_points& x, const random::noise_stream& stream,
                      index_t step, std::vector<double>& gradient) {
        const auto q = training_.queries(fitting_policy, x, stream, step);
        model(fitting_policy, q.z, q.levels, answers_);
        training_.value_and_cotangent(fitting_policy, answers_, answers_);
        model.pull_back(fitting_policy, q.z, q.levels, answers_, gradient);
    }

private:
    using prepared = decltype(objective::prepare(fitting_policy, std::declval<const Loss&>(), plane_points{}));

    prepared training_;
    plane_points answers_;
};

/// How far, how long and how fast.
struct fit_settings {
    index_t batch = 256;
    index_t steps = 400;
    double rate = .05; ///< of Adam; from half of the steps on it falls to zero
    index_t fits = 12;
};

/// What is determined: the log odds of the components, the means, the log variances.
inline std::vector<double> determined(std::span<const double> p) {
    std::vector<double> result(p.begin() + 1, p.end());
    result[0] -= p[0];
    return result;
}

/// A mixture trained from a start that knows neither means nor variances, each step on new data.
template <class Gradient>
plane_mixture fitted(Gradient& of_loss, std::uint64_t seed, const fit_settings& settings) {
    plane_mixture model(2, {0, 0, -.5, 0, .5, 0, 0, 0});
    plane_points x(static_cast<std::size_t>(settings.batch));
    support::adam optimiser(model.parameters().size());
    const random::noise_stream stream{.seed = seed};
    for (index_t step = 0; step < settings.steps; ++step) {
        plane_data().draw(fitting_policy, stream, step, x);
        std::vector<double> gradient(model.parameters().size(), 0);
        of_loss.add_gradient(model, x, stream, step, gradient);
        std::vector<double> parameters(model.parameters().begin(), model.parameters().end());
        const double left = 1 - static_cast<double>(step) / static_cast<double>(settings.steps);
        optimiser.step(parameters, gradient, settings.rate * std::min(1., 2 * left));
        model.set_parameters(parameters);
    }
    return model;
}

/// The means of several quantities over independent repetitions, in standard errors from what they should be.
struct deviations {
    std::vector<double> means, standard_errors;

    explicit deviations(const std::vector<std::vector<double>>& repetitions)
        : means(repetitions[0].size()), standard_errors(means.size()) {
        const auto count = static_cast<double>(repetitions.size());
        for (std::size_t p = 0; p < means.size(); ++p) {
            double squares = 0;
            for (const auto& one : repetitions) means[p] += one[p] / count;
            for (const auto& one : repetitions) squares += (one[p] - means[p]) * (one[p] - means[p]);
            standard_errors[p] = std::sqrt(squares / (count - 1) / count);
        }
    }

    double largest_z(const std::vector<double>& truth) const {
        double worst = 0;
        for (std::size_t p = 0; p < means.size(); ++p)
            keep_largest(worst, std::abs(means[p] - truth[p]) / standard_errors[p]);
        return worst;
    }
    double largest_error() const { return *std::max_element(standard_errors.begin(), standard_errors.end()); }
};

/// Fits to independent data; their means are within 3 standard errors of the data's parameters, and the standard error
/// of one fit is at most `spread` in every parameter.
template <class Gradient>
void check_recovered(const std::string& name, Gradient& of_loss, double spread, const fit_settings& settings) {
    std::vector<std::vector<double>> fits;
    for (index_t r = 0; r < settings.fits; ++r) {
        const auto fit = fitted(of_loss, static_cast<std::uint64_t>(r + 1), settings);
        fits.push_back(determined(fit.parameters()));
    }
    const deviations of_fits(fits);
    const auto data = plane_mixture(plane_data());
    const auto truth = determined(data.parameters());
    check_within(name + ", parameters in standard errors from the data's", of_fits.largest_z(truth), 3);
    check_within(name + ", standard error of one fit",
                 of_fits.largest_error() * std::sqrt(static_cast<double>(settings.fits)), spread);
}

/// The mean gradient over independent batches at some parameters, in its standard errors from zero.
template <class Gradient>
double gradient_in_standard_errors(Gradient& of_loss, const plane_mixture& model, index_t batch, index_t batches,
                                   std::uint64_t seed = 99) {
    plane_points x(static_cast<std::size_t>(batch));
    const random::noise_stream stream{.seed = seed};
    std::vector<std::vector<double>> gradients;
    for (index_t step = 0; step < batches; ++step) {
        plane_data().draw(fitting_policy, stream, step, x);
        gradients.emplace_back(model.parameters().size(), 0.);
        of_loss.add_gradient(model, x, stream, step, gradients.back());
    }
    return deviations(gradients).largest_z(std::vector<double>(model.parameters().size(), 0.));
}

/// The exact denoiser is a stationary point, and one whose parameters are all off by `error` is seen not to be.
template <class Gradient>
void check_stationary(const std::string& name, Gradient& of_loss, index_t batch, index_t batches, double error = .1) {
    const plane_mixture exact(plane_data());
    check_within(name + ", gradient at the exact denoiser in standard errors",
                 gradient_in_standard_errors(of_loss, exact, batch, batches), 4);
    std::vector<double> moved(exact.parameters().begin(), exact.parameters().end());
    for (std::size_t p = 0; p < moved.size(); ++p) moved[p] += p % 2 == 0 ? error : -error;
    const double off = gradient_in_standard_errors(of_loss, plane_mixture(2, moved), batch, batches);
    check_within(name + ", 1 / gradient in standard errors where parameters are off", 1 / off, 1. / 6);
}

} // namespace cdl::test
