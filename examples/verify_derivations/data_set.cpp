// SPDX-License-Identifier: MIT
#include "data_set.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>

namespace verify {

scales scales_of(const data_set& data) {
    scales s;
    double total = 0, variance = 0, narrowest = HUGE_VAL;
    s.largest = s.extent = 0;
    Eigen::VectorXd mean = Eigen::VectorXd::Zero(data.d);
    for (index_t k = 0; k < data.size(); ++k) {
        const double w = data.weights[static_cast<std::size_t>(k)];
        total += w;
        for (index_t j = 0; j < data.d; ++j) {
            mean(j) += w * data.mean(k, j);
            s.largest = std::max(s.largest, std::abs(data.mean(k, j)));
        }
    }
    mean /= total;
    for (index_t k = 0; k < data.size(); ++k) {
        const double w = data.weights[static_cast<std::size_t>(k)] / total;
        for (index_t j = 0; j < data.d; ++j) {
            const double away = data.mean(k, j) - mean(j);
            s.extent = std::max(s.extent, std::abs(away));
            variance += w * (away * away + data.covariance(k, j, j)) / static_cast<double>(data.d);
        }
        if (data.isotropic) {
            narrowest = std::min(narrowest, data.covariance(k, 0, 0));
        } else {
            Eigen::MatrixXd covariance(data.d, data.d);
            for (index_t i = 0; i < data.d; ++i)
                for (index_t j = 0; j < data.d; ++j) covariance(i, j) = data.covariance(k, i, j);
            const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance, Eigen::EigenvaluesOnly);
            narrowest = std::min(narrowest, solver.eigenvalues()(0));
            s.skew = std::max(s.skew, solver.eigenvalues()(data.d - 1) / solver.eigenvalues()(0));
        }
    }
    s.narrowest = std::sqrt(narrowest);
    s.spread = std::sqrt(variance);
    const double fine = -2 * std::log(s.narrowest), coarse = -2 * std::log(s.spread);
    s.middle = (fine + coarse) / 2;
    s.center = (std::fmax(fine, 0) + std::fmin(coarse, 0)) / 2;
    s.reach = std::fmax(fine, 0) - std::fmin(coarse, 0);
    s.clean = std::round(std::fmax(fine, std::log(std::fmax(s.largest, s.narrowest) / (2 * s.narrowest))));
    return s;
}

namespace {

/// The deviation of S x + N eps, for x of this deviation.
double noised(double deviation, double a) {
    const double power = 1 / (1 + std::exp(-a)), noise = 1 / (1 + std::exp(a));
    return std::sqrt(power * deviation * deviation + noise);
}

} // namespace

double narrowest_at(const scales& s, double a) {
    return noised(s.narrowest, a);
}
double spread_at(const scales& s, double a) {
    return noised(s.spread, a);
}

data_set two_modes() {
    return {"1-D", "0.5 N(-5, 1) + 0.5 N(5, 1), the two modes of CDL A.3", 1, {0.5, 0.5}, {-5, 5}, {1, 1}, true, true};
}

data_set three_in_the_plane() {
    return {"2-D",
            "three components in the plane, means (-2, 0), (2, 1), (0, -2.5), correlated covariances",
            2,
            {0.3, 0.45, 0.25},
            {-2, 0, 2, 1, 0, -2.5},
            {1, 0.6, 0.6, 0.8, 0.7, -0.4, -0.4, 1.2, 1.5, 0.2, 0.2, 0.5},
            false,
            true};
}

data_set noised(const data_set& data, double zeta) {
    data_set result = data;
    const long double power = 1 / (1 + std::exp(-static_cast<long double>(zeta)));
    const long double noise = 1 / (1 + std::exp(static_cast<long double>(zeta)));
    for (double& m : result.means) m = static_cast<double>(std::sqrt(power) * static_cast<long double>(m));
    for (index_t k = 0; k < data.size(); ++k)
        for (index_t i = 0; i < data.d; ++i)
            for (index_t j = 0; j < data.d; ++j)
                result.covariances[static_cast<std::size_t>((k * data.d + i) * data.d + j)] = static_cast<double>(
                    power * static_cast<long double>(data.covariance(k, i, j)) + (i == j ? noise : 0));
    return result;
}

} // namespace verify
