// SPDX-License-Identifier: MIT
#pragma once

// Clouds of points to test with, and the truth about them: sums over all points in long double, as the formulas are
// written, with the conditioning of each result, which is the error that rounding its inputs once can make.

#include <cdl/distribution/empirical.hpp>
#include <cdl/exec/serial.hpp>

#include <distribution/testing.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace cdl::test {

/// What is true of one noisy point; `sizes` are in units of what one rounding is relative to.
struct cloud_truth {
    long double log_p = 0, log_p_size = 0;
    std::vector<long double> eps_hat, x_hat;
    long double eps_hat_size = 0, x_hat_size = 0;
};

/// Brute force at the noisy point z[0], ..., z[d - 1] and level a.
template <class T, index_t D, class Z>
cloud_truth truth_of(const distribution::cloud_view<T, D>& cloud, const Z& z, double a) {
    using number = long double;
    const auto d = static_cast<std::size_t>(cloud.dim()), n = static_cast<std::size_t>(cloud.size());
    const number s = signal_scale(log_snr<number>{wide(a)}), noise = noise_scale(log_snr<number>{wide(a)});
    const number h = wide(cloud.kernel_width), v = s * s * h * h + noise * noise;
    const auto x = [&](std::size_t i, std::size_t j) { return wide(cloud.points[i * d + j]); };
    const auto at = [&](std::size_t j) { return wide(z[static_cast<index_t>(j)]); };
    std::vector<number> q(n), rounding(n), r(n); // squared distances, and what a rounding of S or z changes in them
    number z_norm = 0, nearest = std::numeric_limits<number>::infinity(), total = 0;
    for (std::size_t j = 0; j < d; ++j) z_norm = std::hypot(z_norm, at(j));
    for (std::size_t i = 0; i < n; ++i) {
        number x_square = 0;
        for (std::size_t j = 0; j < d; ++j) {
            q[i] += (at(j) - s * x(i, j)) * (at(j) - s * x(i, j));
            x_square += x(i, j) * x(i, j);
        }
        rounding[i] = q[i] + 2 * std::sqrt(q[i]) * (z_norm + s * std::sqrt(x_square));
        nearest = std::min(nearest, q[i]);
    }
    for (std::size_t i = 0; i < n; ++i) total += r[i] = std::exp(-(q[i] - nearest) / (2 * v));
    cloud_truth truth;
    std::vector<number> x_bar(d);
    number x_size = 0;
    for (std::size_t i = 0; i < n; ++i) {
        r[i] /= total;
        number x_square = 0;
        for (std::size_t j = 0; j < d; ++j) {
            x_bar[j] += r[i] * x(i, j);
            x_square += x(i, j) * x(i, j);
        }
        x_size += r[i] * std::sqrt(x_square);
    }
    const number eps = wide(epsilon<T>);
    const number pi = std::acos(-1.0L), dims = static_cast<number>(d);
    truth.log_p = -nearest / (2 * v) + std::log(total / static_cast<number>(n)) - dims / 2 * std::log(2 * pi * v);
    truth.log_p_size = 1 + std::abs(truth.log_p) + dims * std::abs(std::log(2 * pi * v)) + nearest / (2 * v);
    number spread = 0; // how far x_bar moves when the exponents are rounded, which may change a weight by any factor
    for (std::size_t i = 0; i < n; ++i) {
        number apart = 0;
        for (std::size_t j = 0; j < d; ++j) apart += (x(i, j) - x_bar[j]) * (x(i, j) - x_bar[j]);
        const number raised = std::exp((eps * rounding[i] - (q[i] - nearest)) / (2 * v)) / total;
        spread += std::sqrt(apart) * (r[i] + std::max(0.0L, std::min(1.0L, raised) - r[i]) / eps);
        truth.log_p_size += r[i] * rounding[i] / (2 * v);
    }
    for (std::size_t j = 0; j < d; ++j) {
        truth.eps_hat.push_back(noise / v * (at(j) - s * x_bar[j]));
        truth.x_hat.push_back(x_bar[j] + s * h * h / v * (at(j) - s * x_bar[j]));
    }
    truth.eps_hat_size = noise / v * (z_norm + s * x_size + s * spread);
    truth.x_hat_size = x_size + spread + s * h * h / v * (z_norm + s * x_size);
    return truth;
}

/// |got - want| / size for a point, in units of epsilon.
template <class T, class Got>
double point_error(const Got& got, const std::vector<long double>& want, long double size) {
    long double square = 0;
    for (std::size_t j = 0; j < want.size(); ++j) {
        const long double error = wide(static_cast<T>(got[static_cast<index_t>(j)])) - want[j];
        square += error * error;
    }
    return static_cast<double>(std::sqrt(square) / size) / epsilon<T>;
}

/// n normal points in d dimensions of the given spread about (center, center, ...), as n d numbers.
template <class T>
std::vector<T> normal_points(index_t n, index_t d, double center = 0, double spread = 1, std::uint64_t seed = 1) {
    std::vector<T> numbers;
    for (index_t i = 0; i < n * d; ++i)
        numbers.push_back(
            static_cast<T>(center + spread * random::normal({seed, random::purpose::user}, 0, i / d, i % d)));
    return numbers;
}

/// m noisy points of a cloud: query i stands at level levels[i % size], some of them far away.
template <class T, index_t D>
std::vector<T> noisy_points(const distribution::cloud_view<T, D>& cloud, index_t m, const std::vector<double>& levels) {
    std::vector<T> z;
    for (index_t i = 0; i < m; ++i) {
        const double a = levels[static_cast<std::size_t>(i) % levels.size()], far = i % 7 == 6 ? 10 : 1;
        for (index_t j = 0; j < cloud.dim(); ++j) {
            const double eps = random::normal({2, random::purpose::channel}, 0, i, j);
            z.push_back(static_cast<T>(signal_scale(log_snr{a}) * static_cast<double>(cloud(i * 37 % cloud.size(), j)) +
                                       far * noise_scale(log_snr{a}) * eps));
        }
    }
    return z;
}

} // namespace cdl::test
