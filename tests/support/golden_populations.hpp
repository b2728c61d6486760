// SPDX-License-Identifier: MIT
#pragma once

// The pairs of Gaussian mixtures in golden/g_*.csv.

#include <cdl/distribution/gaussian_mixture.hpp>

#include "support/golden.hpp"

#include <Eigen/Core>

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

inline distribution::gaussian_mixture<double> as_mixture(const population& p) {
    std::vector<double> weights, means, covariances;
    for (const auto& component : p) {
        weights.push_back(component.weight);
        means.insert(means.end(), component.mean.begin(), component.mean.end());
        covariances.insert(covariances.end(), component.covariance.data(),
                           component.covariance.data() + component.covariance.size());
    }
    return {weights, means, covariances};
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
