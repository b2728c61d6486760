// SPDX-License-Identifier: MIT
// A noise schedule that is learned through a network: its gradient, by what a framework's backward gives, is that of differences.

#include <cdl/denoiser/network_pull_back.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/objective/variational.hpp>
#include <cdl/schedule/monotone_network.hpp>

#include <distribution/testing.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

using namespace cdl;
using denoiser::parametrisation, denoiser::predicts, denoiser::shown, denoiser::told;

namespace {

constexpr exec::serial policy{};

/// output_0 = sin(input_0 + told / 2) + input_1 / 2, output_1 = cos(input_1 input_0 / 4 - told / 4), with its backward.
struct smooth_network {
    static void forward(const batch_view<double>& in, const std::vector<double>& numbers,
                        const batch_view<double>& out) {
        for (index_t i = 0; i < in.size(); ++i) {
            const double number = numbers[static_cast<std::size_t>(i)];
            out(i, 0) = std::sin(in(i, 0) + number / 2) + in(i, 1) / 2;
            out(i, 1) = std::cos(in(i, 1) * in(i, 0) / 4 - number / 4);
        }
    }
    static void backward(const batch_view<double>& in, const std::vector<double>& numbers,
                         const batch_view<double>& of_out, const batch_view<double>& of_in,
                         std::vector<double>& of_told) {
        for (index_t i = 0; i < in.size(); ++i) {
            const auto at = static_cast<std::size_t>(i);
            const double slope = std::cos(in(i, 0) + numbers[at] / 2) * of_out(i, 0);
            const double other = -std::sin(in(i, 1) * in(i, 0) / 4 - numbers[at] / 4) * of_out(i, 1);
            of_in(i, 0) = slope + other * in(i, 1) / 4;
            of_in(i, 1) = of_out(i, 0) / 2 + other * in(i, 0) / 4;
            of_told[at] = slope / 2 - other / 4;
        }
    }
};

/// The variational bound with this schedule, and its gradient by the schedule's parameters.
double bound(const schedule::monotone_network<double>& schedule, const parametrisation<double>& convention,
             const std::vector<std::array<double, 2>>& x, std::vector<double>* gradient) {
    auto training = objective::prepare(policy, objective::variational{schedule}, x);
    const auto asked = training.queries(policy, x, {.seed = 3}, 0);
    const std::size_t n = x.size();
    std::vector<double> input(2 * n), output(2 * n), eps_hat(2 * n), of_eps(2 * n), of_input(2 * n), numbers(n),
        of_told(n), of_level(n);
    const auto in = as_batch(input, 2), out = as_batch(output, 2), e = as_batch(eps_hat, 2), c = as_batch(of_eps, 2),
               of_in = as_batch(of_input, 2);
    denoiser::network_inputs(policy, convention, asked.z, asked.levels, in, numbers.data());
    smooth_network::forward(in, numbers, out);
    denoiser::eps_from_output(policy, convention, asked.z, asked.levels, out, e);
    const auto value = training.value_and_cotangent(policy, e, c);
    if (gradient == nullptr) return value.value;
    auto copy = of_eps;
    const auto of_out = as_batch(copy, 2);
    denoiser::output_cotangent(policy, convention, asked.levels, of_out);
    smooth_network::backward(in, numbers, of_out, of_in, of_told);
    denoiser::network_pull_back(policy, convention, asked.z, asked.levels, out, c, of_in, of_told.data(), of_in,
                                of_level.data());
    objective::pull_back(schedule, training.evaluator().level_cotangents(policy, x, of_in, of_level),
                         std::span<double>(*gradient));
    objective::pull_back(schedule, training.evaluator().end_cotangents(policy, x), std::span<double>(*gradient));
    return value.value;
}

} // namespace

TEST_CASE("the gradient of the bound by a schedule's parameters goes through a network of any convention") {
    std::vector<std::array<double, 2>> x;
    for (int i = 0; i < 30; ++i) x.push_back({std::sin(i), 0.5 * std::cos(2.0 * i)});
    schedule::monotone_network<double> schedule(log_snr{3.0}, log_snr{-4.0}, 3);
    auto start = schedule.parameters();
    for (std::size_t p = 2; p < start.size(); ++p) start[p] += 0.1 * std::sin(static_cast<double>(p));
    double worst = 0;
    for (const auto output : {predicts::eps, predicts::x, predicts::v, predicts::score, predicts::edm})
        for (const auto input : {shown::z, shown::y, shown::scaled_y})
            for (const auto level : {told::log_snr, told::edm_sigma, told::edm_c_noise}) {
                const parametrisation<double> convention{
                    .output = output, .level = level, .input = input, .sigma_data = 0.5};
                schedule.set_parameters(start);
                std::vector<double> gradient(start.size());
                bound(schedule, convention, x, &gradient);
                double largest = 0;
                for (const double g : gradient) largest = std::max(largest, std::abs(g));
                for (std::size_t p = 0; p < start.size(); ++p) {
                    const auto shifted = [&](double h) {
                        auto parameters = start;
                        parameters[p] += h;
                        schedule.set_parameters(parameters);
                        return bound(schedule, convention, x, nullptr);
                    };
                    const double h = 4e-4;
                    const double difference =
                        (8 * (shifted(h) - shifted(-h)) - (shifted(2 * h) - shifted(-2 * h))) / (12 * h);
                    test::keep_largest(worst, std::abs(gradient[p] - difference) / largest);
                }
            }
    test::check_within("schedule gradient through networks", worst, 5e-9);
}
