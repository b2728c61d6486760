// SPDX-License-Identifier: MIT
#pragma once

// What every exact denoiser obeys, whatever its data: Tweedie's formula, the limits of clean data and pure noise, the
// division of z into signal and noise, orthogonality of error and estimate, and equivariance. One line instantiates
// the suite for a mixture. Errors are in units of epsilon times the size of the largest number that entered.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/prediction.hpp>
#include <cdl/math/quadrature.hpp>

#include <Eigen/QR>

#include <distribution/testing.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace cdl::laws {

/// Bounds in units of epsilon; each within ten times of the error seen.
struct denoiser_bounds {
    double tweedie = 0, limits = 0, division = 0, orthogonality = 0, equivariance = 0;
};

/// Parameters of a mixture with full covariances, to be transformed.
struct parameters {
    index_t dim;
    std::vector<double> weights;
    std::vector<Eigen::VectorXd> means;
    std::vector<Eigen::MatrixXd> covariances;

    distribution::gaussian_mixture<double> mixture() const {
        std::vector<double> m, c;
        for (const auto& mean : means) m.insert(m.end(), mean.data(), mean.data() + dim);
        for (const auto& covariance : covariances) c.insert(c.end(), covariance.data(), covariance.data() + dim * dim);
        return {weights, m, c};
    }
};

/// Random parameters: means of size 3, covariances A A^T / d + floor I with normal A.
inline parameters random_parameters(index_t dim, index_t components, std::uint64_t seed, double floor = 0.05) {
    const random::noise_stream stream{seed, random::purpose::user};
    parameters p{dim, {}, {}, {}};
    for (index_t k = 0; k < components; ++k) {
        p.weights.push_back(0.1 + random::uniform(stream, 0, k));
        p.means.push_back(
            Eigen::VectorXd::NullaryExpr(dim, [&](Eigen::Index j) { return 3 * random::normal(stream, 1, k, j); }));
        const Eigen::MatrixXd a = Eigen::MatrixXd::NullaryExpr(
            dim, dim, [&](Eigen::Index i, Eigen::Index j) { return random::normal(stream, 2, k, i * dim + j); });
        p.covariances.push_back(a * a.transpose() / static_cast<double>(dim) +
                                floor * Eigen::MatrixXd::Identity(dim, dim));
    }
    return p;
}

/// Levels from nearly pure noise to nearly clean data.
inline const std::vector<double>& levels() {
    static const std::vector<double> all{-80, -20, -6, -2, -0.5, 0, 1, 2.5, 6, 12, 40, 80};
    return all;
}

/// Noisy points of all sizes about a mixture at a level: near the means, in between, far away.
template <class T, index_t D, distribution::covariance C>
std::vector<Eigen::VectorXd> probes(const distribution::gaussian_mixture<T, D, C>& mixture, double a) {
    const index_t d = mixture.dim();
    const double signal = signal_scale(log_snr{a});
    std::vector<Eigen::VectorXd> points;
    for (index_t i = 0; i < 12; ++i) {
        const double spread = i == 11 ? 1e4 : i > 8 ? 10 : 1;
        points.push_back(Eigen::VectorXd::NullaryExpr(d, [&](Eigen::Index j) {
            const double noise = random::normal({99, random::purpose::user}, 0, i, j);
            return signal * static_cast<double>(mixture.mean(i % mixture.size(), j)) + spread * noise;
        }));
    }
    return points;
}

/// The exponents of the components are squared distances, and the responsibilities inherit their rounding: this is
/// the largest of those that count, times the size of the estimate it weighs.
template <class Mixture>
double size_of(const Mixture& mixture, const Eigen::VectorXd& z, double a) {
    const double signal = signal_scale(log_snr{a});
    double pull = 1, exponent = 1;
    for (index_t k = 0; k < mixture.size(); ++k) {
        if (mixture.log_responsibility(k, z, log_snr{a}) < -40) continue;
        double narrowest = 1e300, distance = 0;
        for (index_t j = 0; j < mixture.dim(); ++j) {
            narrowest = std::min(narrowest, signal * signal * mixture.variance(k, j) + noise_power(log_snr{a}));
            distance = std::max(distance, std::abs(z[j] - signal * mixture.mean(k, j)) + std::abs(z[j]));
        }
        pull = std::max(pull, noise_scale(log_snr{a}) * distance / narrowest);
        exponent = std::max(exponent, std::min(distance * distance / narrowest, 40.0));
    }
    return pull * exponent;
}

/// eps_hat = -noise_scale grad log p_a, the gradient by automatic differentiation of the density [CDL eq. 9].
template <index_t D, distribution::covariance C>
double tweedie_error(const distribution::gaussian_mixture<double, D, C>& mixture) {
    using gradient = Eigen::Matrix<double, D == dynamic ? Eigen::Dynamic : int{D}, 1>;
    using dual = Eigen::AutoDiffScalar<gradient>;
    const denoiser::optimal f(mixture);
    const index_t d = mixture.dim();
    double worst = 0;
    for (const double a : levels())
        for (const auto& z : probes(mixture, a)) {
            std::vector<dual> at;
            for (index_t j = 0; j < d; ++j) at.emplace_back(z[j], static_cast<int>(d), static_cast<int>(j));
            dual level(a);
            level.derivatives() = gradient::Zero(d);
            const dual log_p = f.log_density(point_view<const dual>(at.data(), d), log_snr<dual>{level});
            Eigen::VectorXd eps_hat(d);
            f(z, log_snr{a}, eps_hat);
            test::keep_largest(worst, std::abs(log_p.value() - f.log_density(z, log_snr{a})) /
                                          std::max(1.0, std::abs(log_p.value())) / test::epsilon<double>);
            for (index_t j = 0; j < d; ++j) {
                const double by_density = -noise_scale(log_snr{a}) * log_p.derivatives()[j];
                test::keep_largest(worst, std::abs(by_density - eps_hat[j]) /
                                              (size_of(mixture, z, a) * test::epsilon<double>));
            }
        }
    return worst;
}

/// eps_hat = z and x_hat = E[x] at pure noise; eps_hat = 0 and x_hat = x at clean data.
template <class T, index_t D, distribution::covariance C>
double limits_error(const distribution::gaussian_mixture<T, D, C>& mixture) {
    const denoiser::optimal f(mixture);
    const index_t d = mixture.dim();
    std::vector<long double> mean(static_cast<std::size_t>(d));
    double largest_mean = 1;
    for (index_t k = 0; k < mixture.size(); ++k)
        for (index_t j = 0; j < d; ++j) {
            mean[static_cast<std::size_t>(j)] += test::wide(mixture.weight(k)) * test::wide(mixture.mean(k, j));
            largest_mean = std::max(largest_mean, std::abs(static_cast<double>(mixture.mean(k, j))));
        }
    double worst = 0;
    const auto see = [&](T got, double want, double size) {
        test::keep_largest(worst, std::abs(static_cast<double>(got) - want) / (size * test::epsilon<T>));
    };
    for (const auto& z : probes(mixture, 0)) {
        const Eigen::Matrix<T, Eigen::Dynamic, 1> at = z.template cast<T>();
        Eigen::Matrix<T, Eigen::Dynamic, 1> eps_hat(d), x_hat(d);
        const double size = std::max(largest_mean, z.template lpNorm<Eigen::Infinity>());
        const double exponent = std::max(1.0, z.squaredNorm() / 2); // the responsibilities inherit its rounding
        f(at, pure_noise<T>(), eps_hat);
        f.posterior_mean(at, pure_noise<T>(), x_hat);
        for (index_t j = 0; j < d; ++j) {
            see(eps_hat[j], static_cast<double>(at[j]), size);
            see(x_hat[j], static_cast<double>(mean[static_cast<std::size_t>(j)]), largest_mean * exponent);
        }
        f(at, clean<T>(), eps_hat);
        f.posterior_mean(at, clean<T>(), x_hat);
        for (index_t j = 0; j < d; ++j) {
            see(eps_hat[j], 0, 0.001); // exactly 0
            see(x_hat[j], static_cast<double>(at[j]), size);
        }
    }
    return worst;
}

/// signal_scale x_hat + noise_scale eps_hat = z, and v_hat of one is v_hat of the other.
template <class T, index_t D, distribution::covariance C>
double division_error(const distribution::gaussian_mixture<T, D, C>& mixture) {
    const denoiser::optimal f(mixture);
    const index_t d = mixture.dim();
    double worst = 0;
    for (const double level : levels())
        for (const auto& z : probes(mixture, level)) {
            const Eigen::Matrix<T, Eigen::Dynamic, 1> at = z.template cast<T>();
            Eigen::Matrix<T, Eigen::Dynamic, 1> eps_hat(d), x_hat(d);
            const log_snr<T> a{static_cast<T>(level)};
            const T signal = signal_scale(a), noise = noise_scale(a);
            f(at, a, eps_hat);
            f.posterior_mean(at, a, x_hat);
            double size = 1;
            for (index_t j = 0; j < d; ++j)
                size = std::max({size, static_cast<double>(std::abs(at[j])), static_cast<double>(std::abs(x_hat[j])),
                                 static_cast<double>(std::abs(eps_hat[j]))});
            for (index_t j = 0; j < d; ++j) {
                const T z_again = T(signal * x_hat[j] + noise * eps_hat[j]);
                const T v_hat = T(signal * eps_hat[j] - noise * x_hat[j]);
                for (const T error : {T(z_again - at[j]), T(denoiser::eps_from_v(at[j], v_hat, a) - eps_hat[j]),
                                      T(denoiser::x_from_v(at[j], v_hat, a) - x_hat[j])})
                    test::keep_largest(worst, static_cast<double>(std::abs(error)) /
                                                  (size_of(mixture, z, level) * size * test::epsilon<T>));
            }
        }
    return worst;
}

/// E <eps - eps_hat, eps_hat> = 0 over data and noise: what is left of the noise is unpredictable. By the trapezoid
/// over the standardised point of each component and over the noise. One dimension.
template <distribution::covariance C>
double orthogonality_error(const distribution::gaussian_mixture<double, 1, C>& mixture) {
    const denoiser::optimal f(mixture);
    const auto axis = math::normal_trapezoid<double>(512, 8.5);
    double worst = 0;
    for (const double a : {-8., -2., 1., 5.}) {
        double mean = 0, size = 0;
        for (index_t k = 0; k < mixture.size(); ++k)
            for (std::size_t i = 0; i < axis.nodes.size(); ++i)
                for (std::size_t j = 0; j < axis.nodes.size(); ++j) {
                    const double x = mixture.mean(k, 0) + std::sqrt(mixture.variance(k, 0)) * axis.nodes[i];
                    const double eps = axis.nodes[j];
                    const std::array<double, 1> z{signal_scale(log_snr{a}) * x + noise_scale(log_snr{a}) * eps};
                    std::array<double, 1> eps_hat{};
                    f(z, log_snr{a}, eps_hat);
                    const double weight = mixture.weight(k) * axis.weights[i] * axis.weights[j];
                    mean += weight * (eps - eps_hat[0]) * eps_hat[0];
                    size += weight * eps_hat[0] * eps_hat[0];
                }
        test::keep_largest(worst, std::abs(mean) / (size * test::epsilon<double>));
    }
    return worst;
}

/// Data that are rotated and moved, x' = Q x + t, give z' = Q z + signal_scale t and eps_hat' = Q eps_hat; the order
/// of the components does not matter, nor does one that is split in two.
inline double equivariance_error(const parameters& p, std::uint64_t seed) {
    const random::noise_stream stream{seed, random::purpose::user};
    const Eigen::MatrixXd q =
        Eigen::HouseholderQR<Eigen::MatrixXd>(
            Eigen::MatrixXd::NullaryExpr(
                p.dim, p.dim, [&](Eigen::Index i, Eigen::Index j) { return random::normal(stream, 3, i, j); }))
            .householderQ();
    const Eigen::VectorXd move =
        Eigen::VectorXd::NullaryExpr(p.dim, [&](Eigen::Index j) { return 2 * random::normal(stream, 4, 0, j); });
    parameters moved{p.dim, {}, {}, {}};
    for (std::size_t k = p.weights.size(); k-- > 0;)
        for (int half = 0; half < 2; ++half) {
            const Eigen::MatrixXd rotated = q * p.covariances[k] * q.transpose();
            moved.weights.push_back(p.weights[k] / 2);
            moved.means.push_back(q * p.means[k] + move);
            moved.covariances.push_back((rotated + rotated.transpose()) / 2);
        }
    const auto mixture = p.mixture(), other = moved.mixture();
    const denoiser::optimal f(mixture), g(other);
    double worst = 0;
    for (const double a : levels())
        for (const auto& z : probes(mixture, a)) {
            const Eigen::VectorXd z_moved = q * z + signal_scale(log_snr{a}) * move;
            Eigen::VectorXd eps_hat(p.dim), eps_hat_moved(p.dim);
            f(z, log_snr{a}, eps_hat);
            g(z_moved, log_snr{a}, eps_hat_moved);
            const double size = std::max(size_of(mixture, z, a), size_of(other, z_moved, a));
            test::keep_largest(worst, (eps_hat_moved - q * eps_hat).lpNorm<Eigen::Infinity>() /
                                          (size * test::epsilon<double>));
        }
    return worst;
}

/// The whole suite for one mixture.
template <index_t D, distribution::covariance C>
void denoiser_laws(const std::string& name, const distribution::gaussian_mixture<double, D, C>& mixture,
                   const denoiser_bounds& bounds) {
    test::check_within(name + ": Tweedie", tweedie_error(mixture), bounds.tweedie);
    test::check_within(name + ": limits", limits_error(mixture), bounds.limits);
    test::check_within(name + ": z = signal + noise", division_error(mixture), bounds.division);
    if constexpr (D == 1)
        test::check_within(name + ": orthogonality", orthogonality_error(mixture), bounds.orthogonality);
}

} // namespace cdl::laws
