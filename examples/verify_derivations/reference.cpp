// SPDX-License-Identifier: MIT
#include "reference.hpp"

#include <algorithm>
#include <cmath>

namespace verify {

reference_density::reference_density(const data_set& data, real signal_power, real noise_power) : d_(data.d) {
    const auto d = static_cast<std::size_t>(d_), K = static_cast<std::size_t>(data.size());
    real total = 0;
    for (const double w : data.weights) total += w;
    log_weights_.resize(K);
    for (const double m : data.means) means_.push_back(std::sqrt(signal_power) * m);
    inverse_factors_.assign(K * d * d, 0);
    reals factor(d * d);
    for (std::size_t k = 0; k < K; ++k) {
        // C = L L^T, column by column, then L^-1 by forward substitution
        real log_det = 0;
        for (std::size_t j = 0; j < d; ++j) {
            for (std::size_t i = j; i < d; ++i) {
                real sum = signal_power * data.covariances[(k * d + i) * d + j] + (i == j ? noise_power : 0);
                for (std::size_t l = 0; l < j; ++l) sum -= factor[i * d + l] * factor[j * d + l];
                factor[i * d + j] = i == j ? std::sqrt(sum) : sum / factor[j * d + j];
            }
            log_det += std::log(factor[j * d + j]);
        }
        real* inverse = inverse_factors_.data() + k * d * d;
        for (std::size_t j = 0; j < d; ++j)
            for (std::size_t i = j; i < d; ++i) {
                real sum = i == j ? 1 : 0;
                for (std::size_t l = j; l < i; ++l) sum -= factor[i * d + l] * inverse[l * d + j];
                inverse[i * d + j] = sum / factor[i * d + i];
            }
        log_weights_[k] = std::log(data.weights[k] / total) - log_det - static_cast<real>(d) / 2 * std::log(2 * pi);
    }
}

real reference_density::log_term(index_t k, const real* z) const {
    real q = 0;
    const real* inverse = inverse_factors_.data() + k * d_ * d_;
    const real* mean = means_.data() + k * d_;
    for (index_t i = 0; i < d_; ++i) {
        real along = 0;
        for (index_t j = 0; j <= i; ++j) along += inverse[i * d_ + j] * (z[j] - mean[j]);
        q += along * along;
    }
    return log_weights_[static_cast<std::size_t>(k)] - q / 2;
}

real reference_density::log_density(const real* z) const {
    const auto K = static_cast<index_t>(log_weights_.size());
    real largest = -HUGE_VALL, sum = 0;
    for (index_t k = 0; k < K; ++k) largest = std::max(largest, log_term(k, z));
    for (index_t k = 0; k < K; ++k) sum += std::exp(log_term(k, z) - largest);
    return largest + std::log(sum);
}

real reference_density::density(const real* z) const {
    real sum = 0;
    for (index_t k = 0; k < static_cast<index_t>(log_weights_.size()); ++k) {
        const real l = log_term(k, z);
        if (l > -300) sum += std::exp(l);
    }
    return sum;
}

reals reference_density::pull(const real* z) const {
    reals result(static_cast<std::size_t>(d_));
    const real total = log_density(z);
    for (index_t k = 0; k < static_cast<index_t>(log_weights_.size()); ++k) {
        const real share = std::exp(log_term(k, z) - total);
        const real* inverse = inverse_factors_.data() + k * d_ * d_;
        for (index_t i = 0; i < d_; ++i) {
            real along = 0;
            for (index_t j = 0; j <= i; ++j)
                along += inverse[i * d_ + j] * (z[j] - means_[static_cast<std::size_t>(k * d_ + j)]);
            for (index_t j = 0; j <= i; ++j) result[static_cast<std::size_t>(j)] += share * inverse[i * d_ + j] * along;
        }
    }
    return result;
}

real reference::log_density(const std::vector<double>& z, real a) const {
    const reals point(z.begin(), z.end());
    return std::isinf(a) ? clean_.log_density(point.data()) : at(a).log_density(point.data());
}

reals reference::score_by_differences(const std::vector<double>& z, real a) const {
    const auto density = at(a);
    const real smallest = std::sqrt(sigmoid(a) * scales_.narrowest * scales_.narrowest + sigmoid(-a));
    const real h = smallest / 256;
    reals score, point(z.begin(), z.end());
    for (real& coordinate : point) {
        const real here = coordinate;
        const auto difference = [&](int steps) {
            coordinate = here + steps * h;
            const real above = density.log_density(point.data());
            coordinate = here - steps * h;
            const real below = density.log_density(point.data());
            coordinate = here;
            return above - below;
        };
        score.push_back((difference(1) * 4 / 5 - difference(2) / 5 + difference(3) * 4 / 105 - difference(4) / 280) /
                        h);
    }
    return score;
}

namespace {

/// One axis of the grid: where p(x) and the channel's kernel are both not negligible.
struct axis {
    real first, step;
    long count;
};

axis axis_of(const data_set& data, index_t j, real z, real a, real step) {
    real low = HUGE_VALL, high = -HUGE_VALL;
    for (index_t k = 0; k < data.size(); ++k) {
        const real reach = 11 * std::sqrt(static_cast<real>(data.covariance(k, j, j)));
        low = std::min(low, data.mean(k, j) - reach);
        high = std::max(high, data.mean(k, j) + reach);
    }
    low = std::max(low, (z - 11 * noise(a)) / signal(a));
    high = std::min(high, (z + 11 * noise(a)) / signal(a));
    return {low, step, std::max(0L, static_cast<long>((high - low) / step)) + 1};
}

} // namespace

double reference::brute_force_cost(real a) const {
    if (data_.d > 2) return HUGE_VAL;
    const real step = std::min(static_cast<real>(scales_.narrowest), noise(a) / signal(a)) / 2;
    double cost = static_cast<double>(data_.size());
    for (index_t j = 0; j < data_.d; ++j)
        cost *= static_cast<double>(std::min(22 * noise(a) / signal(a), (22 * static_cast<real>(scales_.spread) +
                                                                         static_cast<real>(scales_.largest) * 2)) /
                                    step);
    return cost;
}

// The trapezoid rule is exact to rounding for Gaussians sampled twice in a standard deviation; the posterior of x is
// a mixture of Gaussians not narrower than 1/sqrt(2) of both the components and the kernel.
reference::posterior reference::brute_force(const std::vector<double>& z, real a) const {
    const real S = signal(a), N = noise(a);
    const real step = std::min(static_cast<real>(scales_.narrowest), N / S) / 2;
    const axis first = axis_of(data_, 0, z[0], a, step);
    const axis second = data_.d == 2 ? axis_of(data_, 1, z[1], a, step) : axis{0, 1, 1};
    reals eps_sum(z.size(), 0), x_sum(z.size(), 0);
    real mass = 0;
    for (long i = 0; i < first.count; ++i) {
        const real x0 = first.first + static_cast<real>(i) * step, eps0 = (z[0] - S * x0) / N;
        for (long j = 0; j < second.count; ++j) {
            const real x1 = second.first + static_cast<real>(j) * step;
            const real eps1 = data_.d == 2 ? (z[1] - S * x1) / N : 0;
            const real x[] = {x0, x1}, eps[] = {eps0, eps1};
            const real weight = clean_.density(x) * std::exp(-(eps0 * eps0 + eps1 * eps1) / 2);
            mass += weight;
            for (std::size_t c = 0; c < z.size(); ++c) {
                eps_sum[c] += weight * eps[c];
                x_sum[c] += weight * x[c];
            }
        }
    }
    const real d = static_cast<real>(data_.d);
    posterior result{std::log(mass) + d * std::log(step / (N * std::sqrt(2 * pi))), {}, {}};
    for (std::size_t c = 0; c < z.size(); ++c) {
        result.eps.push_back(eps_sum[c] / mass);
        result.x.push_back(x_sum[c] / mass);
    }
    return result;
}

} // namespace verify
