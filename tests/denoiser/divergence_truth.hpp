// SPDX-License-Identifier: MIT
#pragma once

// The divergence of exact denoisers in long double, as the formula is written, and by automatic differentiation.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>

#include <distribution/testing.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace cdl::test {

using distribution::covariance;
using distribution::gaussian_mixture;

/// The divergence in long double, and its conditioning: the error, in units of epsilon, that one rounding of the offsets
/// and of the exponents can make. Exponents may change a weight by any factor.
struct divergence_truth {
    long double value = 0, size = 0, largest_term = 0;
};

/// Of a component: its responsibility, C_k^-1 (z - m_k), tr C_k^-1, and the sizes of what is rounded.
struct component_truth {
    long double r, trace, exponent_rounding, pull_rounding;
    std::vector<long double> pull;
};

inline divergence_truth truth_of(const std::vector<component_truth>& components, long double noise,
                                 long double epsilon) {
    const std::size_t d = components[0].pull.size();
    std::vector<long double> mean(d);
    long double trace = 0, spread = 0, size = 0, rounding = 0;
    for (const auto& c : components) {
        trace += c.r * c.trace;
        if (c.r > 1e-30L) rounding = std::max(rounding, c.exponent_rounding);
        for (std::size_t j = 0; j < d; ++j) mean[j] += c.r * c.pull[j];
    }
    for (const auto& c : components) {
        long double square = 0;
        for (std::size_t j = 0; j < d; ++j) square += (c.pull[j] - mean[j]) * (c.pull[j] - mean[j]);
        spread += c.r * square;
        const long double raised = std::min(1.0L, c.r * std::exp(epsilon * (c.exponent_rounding + rounding)));
        size += (square + c.trace) * (c.r + (raised - c.r) / epsilon) +
                2 * c.r * c.pull_rounding * (std::sqrt(square) + epsilon * c.pull_rounding);
    }
    return {noise * (trace - spread), noise * (trace + size), noise * std::max(trace, spread)};
}

template <class T, index_t D, covariance C, class Z>
divergence_truth truth_of(const gaussian_mixture<T, D, C>& mixture, const Z& z, double level) {
    using number = long double;
    const log_snr<number> a{wide(level)};
    const number signal = signal_scale(a);
    const index_t d = mixture.dim();
    const auto view = mixture.view();
    std::vector<number> logs;
    std::vector<component_truth> components;
    number largest = -std::numeric_limits<number>::infinity(), total = 0;
    for (index_t k = 0; k < mixture.size(); ++k) {
        component_truth c{0, 0, 0, 0, std::vector<number>(static_cast<std::size_t>(d))};
        number distance = 0, log_det = 0, steepest = 0, apart = 0, sizes = 0;
        for (index_t i = 0; i < d; ++i) {
            const number offset = wide(z[i]) - signal * wide(mixture.mean(k, i));
            apart = std::hypot(apart, offset);
            sizes = std::hypot(sizes, std::abs(wide(z[i])) + std::abs(signal * wide(mixture.mean(k, i))));
        }
        for (index_t j = 0; j < d; ++j) {
            number along = 0;
            const auto axis = [&](index_t i) {
                return C == covariance::full ? wide(view.axis(k, j, i)) : number(i == j ? 1 : 0);
            };
            for (index_t i = 0; i < d; ++i) along += axis(i) * (wide(z[i]) - signal * wide(mixture.mean(k, i)));
            const number variance = signal * signal * wide(mixture.variance(k, j)) + noise_power(a);
            for (index_t i = 0; i < d; ++i) c.pull[static_cast<std::size_t>(i)] += axis(i) * along / variance;
            distance += along * along / variance;
            log_det += std::log(variance);
            c.trace += 1 / variance;
            steepest = std::max(steepest, 1 / variance);
        }
        c.exponent_rounding = std::abs(log_det) + (apart + sizes) * apart * steepest;
        c.pull_rounding = (apart + sizes) * steepest;
        logs.push_back(std::log(wide(mixture.weight(k))) - log_det / 2 - distance / 2);
        largest = std::max(largest, logs.back());
        components.push_back(c);
    }
    for (const number l : logs) total += std::exp(l - largest);
    for (std::size_t k = 0; k < logs.size(); ++k) components[k].r = std::exp(logs[k] - largest) / total;
    return truth_of(components, noise_scale(a), wide(epsilon<T>));
}

template <class T>
double divergence_error(T got, long double want, long double size) {
    return static_cast<double>(std::abs(static_cast<long double>(got) - want) / size) / epsilon<T>;
}

/// sum_j d eps_hat_j / d z_j by automatic differentiation.
template <class F>
double divergence_by_autodiff(const F& f, const Eigen::VectorXd& z, double a) {
    using dual = Eigen::AutoDiffScalar<Eigen::VectorXd>;
    const auto d = z.size();
    std::vector<dual> at, eps_hat(static_cast<std::size_t>(d));
    for (Eigen::Index j = 0; j < d; ++j) at.emplace_back(z[j], static_cast<int>(d), static_cast<int>(j));
    dual level(a);
    level.derivatives() = Eigen::VectorXd::Zero(d);
    f(point_view<const dual>(at.data(), d), log_snr<dual>{level}, eps_hat);
    double sum = 0;
    for (Eigen::Index j = 0; j < d; ++j) sum += eps_hat[static_cast<std::size_t>(j)].derivatives()[j];
    return sum;
}

/// The mixture that an empirical distribution is.
template <class T, index_t D>
gaussian_mixture<T, D, covariance::isotropic> as_mixture(const distribution::empirical<T, D>& data, T h) {
    const auto cloud = data.view();
    const auto n = static_cast<std::size_t>(cloud.size());
    return {std::vector<T>(n, T(1)), std::vector<T>(cloud.points, cloud.points + cloud.size() * cloud.dim()),
            std::vector<T>(n, h * h)};
}

template <class T>
gaussian_mixture<T, 2> two_tilted() {
    return {{T(.3), T(.7)}, {-2, 1, T(1.5), 0}, {1, T(.5), T(.5), 1, T(.3), 0, 0, T(.2)}};
}

} // namespace cdl::test
