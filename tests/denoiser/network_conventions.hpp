// SPDX-License-Identifier: MIT
#pragma once

// The conventions of networks, all of them, and the truth about them in long double, written as the papers write them.

#include <cdl/denoiser/parametrisation.hpp>

#include <distribution/testing.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace cdl::test {

using denoiser::parametrisation, denoiser::predicts, denoiser::shown, denoiser::told;

inline constexpr predicts all_predictions[]{predicts::eps, predicts::x, predicts::v, predicts::score, predicts::edm};
inline constexpr shown all_shown[]{shown::z, shown::y, shown::scaled_y};
inline constexpr told all_told[]{told::log_snr, told::edm_sigma, told::edm_c_noise, told::step};

/// "predicts v, shown y, told sigma, sigma_data 0.5", for messages.
template <class T>
std::string name_of(const parametrisation<T>& c) {
    const char* const predictions[]{"eps", "x", "v", "score", "edm"};
    const char* const points[]{"z", "y", "scaled y"};
    const char* const levels[]{"log-SNR", "sigma", "c_noise", "step"};
    return std::string("predicts ") + predictions[static_cast<int>(c.output)] + ", shown " +
           points[static_cast<int>(c.input)] + ", told " + levels[static_cast<int>(c.level)] + ", sigma_data " +
           std::to_string(c.sigma_data);
}

/// Calls visit(convention) for every prediction, every point shown, and several sigma_data, told the level.
template <class T, class Visit>
void for_each_convention(const Visit& visit) {
    for (const auto output : all_predictions)
        for (const auto input : all_shown)
            for (const double sigma_data : {0.1, 0.5, 1.0, 3.0})
                visit(parametrisation<T>{
                    .output = output, .level = told::log_snr, .input = input, .sigma_data = sigma_data});
}

/// The factors at level a by their definitions in sigma = e^(-a/2), S = 1 / sqrt(1 + sigma^2) and N = sigma S.
inline denoiser::network_terms<long double> true_terms(predicts output, shown input, long double s, long double a) {
    const long double sigma = std::exp(-a / 2), S = 1 / std::sqrt(1 + sigma * sigma), N = sigma * S;
    const long double c_in = 1 / std::sqrt(sigma * sigma + s * s);
    denoiser::network_terms<long double> want{1, 0, 1};
    if (input == shown::y) want.input = 1 / S;
    if (input == shown::scaled_y) want.input = c_in / S;
    if (output == predicts::x) want.of_z = 1 / N, want.of_output = -1 / sigma;
    if (output == predicts::v) want.of_z = N, want.of_output = S;
    if (output == predicts::score) want.of_z = 0, want.of_output = input == shown::z ? -N : -sigma;
    // (y - c_skip y - c_out F) / sigma with 1 - c_skip = sigma^2 / (sigma^2 + s^2)
    if (output == predicts::edm) want.of_z = sigma * c_in * c_in / S, want.of_output = -s * c_in;
    return want;
}

/// The derivative of f at a by central differences, extrapolated from five steps: good to 1e-17 |f| for functions that are smooth
/// on the scale of 1 and have no pole nearer than pi, as functions of e^a have none.
template <class F>
long double derivative(const F& f, long double a) {
    constexpr int steps = 5;
    long double table[steps], h = 0.25L;
    for (int k = 0; k < steps; ++k, h /= 2) table[k] = (f(a + h) - f(a - h)) / (2 * h);
    for (int order = 1; order < steps; ++order)
        for (int k = steps - 1; k >= order; --k)
            table[k] += (table[k] - table[k - 1]) / static_cast<long double>((1 << (2 * order)) - 1);
    return table[steps - 1];
}

/// |got - want| / |size| in units of epsilon.
template <class T>
double error_in_epsilon(T got, long double want, long double size) {
    if (wide(got) == want) return 0;
    return static_cast<double>(std::abs(wide(got) - want) / std::abs(size)) / epsilon<T>;
}

} // namespace cdl::test
