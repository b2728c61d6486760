// SPDX-License-Identifier: MIT
#pragma once

// The MMD of two Gaussian mixtures with a Gaussian kernel in closed form: what estimates from samples are estimates of.
// For X ~ N(m, S) and Y ~ N(l, T), E exp(-|X - Y|^2 / (2 s^2)) is the density of X - Y + N(0, s^2) at 0 times (2 pi s^2)^(d/2).

#include "support/golden.hpp"

#include <Eigen/Dense>

#include <cmath>
#include <string>
#include <vector>

namespace cdl::test {

struct weighted_gaussian {
    double weight = 0;
    Eigen::VectorXd mean;
    Eigen::MatrixXd covariance;
};

using population = std::vector<weighted_gaussian>;

/// E k(X, Y) for independent X of p and Y of q and a Gaussian kernel of standard deviation s.
inline double expected_kernel(const population& p, const population& q, double s) {
    double sum = 0;
    for (const auto& u : p)
        for (const auto& v : q) {
            const auto d = u.mean.size();
            const Eigen::MatrixXd spread = (u.covariance + v.covariance) / (s * s) + Eigen::MatrixXd::Identity(d, d);
            const Eigen::LLT<Eigen::MatrixXd> factor(spread);
            const Eigen::VectorXd offset = factor.matrixL().solve((u.mean - v.mean) / s);
            const double root_of_determinant = factor.matrixLLT().diagonal().prod();
            sum += u.weight * v.weight * std::exp(-offset.squaredNorm() / 2) / root_of_determinant;
        }
    return sum;
}

/// E k(X, X') + E k(Y, Y') - 2 E k(X, Y).
inline double population_mmd(const population& p, const population& q, double s) {
    return expected_kernel(p, p, s) + expected_kernel(q, q, s) - 2 * expected_kernel(p, q, s);
}

/// Population `which`, p or q, of a pair in golden/g_gaussians.csv.
inline population golden_population(const std::string& pair, const std::string& which, std::ptrdiff_t dim) {
    population components;
    for (const auto& row : golden("g_gaussians.csv").where("pair", pair).where("which", which)) {
        const auto k = static_cast<std::size_t>(row.integer("component"));
        if (k == components.size())
            components.push_back({std::nan(""), Eigen::VectorXd::Constant(dim, std::nan("")),
                                  Eigen::MatrixXd::Constant(dim, dim, std::nan(""))});
        weighted_gaussian& component = components.at(k);
        const auto value = static_cast<double>(row.number("hex"));
        if (row.text("quantity") == "weight")
            component.weight = value;
        else if (row.text("quantity") == "mean")
            component.mean(row.integer("i")) = value;
        else
            component.covariance(row.integer("i"), row.integer("j")) = value;
    }
    return components;
}

} // namespace cdl::test
