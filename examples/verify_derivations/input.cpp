// SPDX-License-Identifier: MIT
#include "input.hpp"

#include <Eigen/Eigenvalues>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <limits>
#include <sstream>

namespace verify {
namespace {

using json = nlohmann::json;
using support::complain, support::open, support::shown;

std::string short_text(double number) {
    std::ostringstream out;
    out << number;
    return out.str();
}

std::string shown(const json& value) {
    return shown(value.dump(-1, ' ', true, json::error_handler_t::replace));
}

std::string at(const std::string& key, std::size_t i) {
    return key + "[" + std::to_string(i) + "]";
}

double number(const std::string& file, const std::string& key, const json& value) {
    if (!value.is_number()) complain(file, key, "must be a number", shown(value));
    const double result = value.get<double>();
    if (!std::isfinite(result)) complain(file, key, "must be finite", shown(value));
    return result;
}

double variance(const std::string& file, const std::string& key, const json& value) {
    const double result = number(file, key, value);
    if (!(result > 0)) complain(file, key, "must be positive", shown(value));
    return result;
}

const json& list(const std::string& file, const json& all, const char* key) {
    if (!all.contains(key)) complain(file, key, "must be given", "no such key");
    const json& value = all.at(key);
    if (!value.is_array() || value.empty()) complain(file, key, "must be a list that is not empty", shown(value));
    return value;
}

/// One covariance, appended as a d x d matrix. Returns whether it is a variance times the identity.
bool read_covariance(const std::string& file, const std::string& key, const json& value, index_t d,
                     std::vector<double>& out) {
    const auto n = static_cast<std::size_t>(d);
    const std::size_t first = out.size();
    out.resize(first + n * n, 0.0);
    const auto entry = [&](std::size_t i, std::size_t j) -> double& { return out[first + i * n + j]; };
    if (!value.is_array()) {
        const double v = variance(file, key, value);
        for (std::size_t i = 0; i < n; ++i) entry(i, i) = v;
        return true;
    }
    if (value.size() != n)
        complain(file, key, "must have as many rows or variances as the means have coordinates, " + std::to_string(d),
                 std::to_string(value.size()));
    const bool full = value.front().is_array();
    for (std::size_t i = 0; i < n; ++i) {
        const std::string row = at(key, i);
        if (value[i].is_array() != full)
            complain(file, row, "must be of the kind of the others, all rows or all variances", shown(value[i]));
        if (!full) {
            entry(i, i) = variance(file, row, value[i]);
            continue;
        }
        if (value[i].size() != n)
            complain(file, row, "must have " + std::to_string(n) + " entries", std::to_string(value[i].size()));
        for (std::size_t j = 0; j < n; ++j) entry(i, j) = number(file, at(row, j), value[i][j]);
    }
    if (!full) return d == 1;
    Eigen::MatrixXd sigma(d, d);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            if (std::abs(entry(i, j) - entry(j, i)) > 1e-12 * (std::abs(entry(i, j)) + std::abs(entry(j, i))))
                complain(file, at(at(key, i), j), "must be symmetric",
                         short_text(entry(i, j)) + " against " + short_text(entry(j, i)));
            sigma(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = entry(j, i) = entry(i, j);
        }
    }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(sigma, Eigen::EigenvaluesOnly);
    const double smallest = solver.eigenvalues()(0), largest = solver.eigenvalues()(d - 1);
    if (!(smallest > 1e-14 * largest)) // below that it cannot be told from singular
        complain(file, key, "must be positive definite", "smallest eigenvalue " + short_text(smallest));
    return d == 1;
}

/// Lengths that double precision can tell apart, squared.
void check_lengths(const std::string& file, const std::string& key, const data_set& data) {
    const scales s = scales_of(data);
    if (!(s.narrowest >= 1e-6 && s.spread <= 1e6))
        complain(file, key, "must have standard deviations from 1e-6 to 1e6",
                 short_text(s.narrowest >= 1e-6 ? s.spread : s.narrowest));
    if (!(s.largest <= 1e6 * s.narrowest))
        complain(file, key,
                 "must have standard deviations of at least 1e-6 of the largest coordinate, " + short_text(s.largest),
                 short_text(s.narrowest));
}

} // namespace

data_set read_mixture(const std::string& file) {
    auto in = open(file);
    json all;
    try {
        all = json::parse(in);
    } catch (const json::exception& error) {
        std::string what = error.what();
        if (const auto bracket = what.find("] "); bracket != std::string::npos) what = what.substr(bracket + 2);
        complain(file, "file", "must be JSON", shown(what.substr(0, what.find(": syntax"))));
    }
    if (!all.is_object()) complain(file, "file", "must be a JSON object with weights, means, covariances", shown(all));
    const json &weights = list(file, all, "weights"), &means = list(file, all, "means"),
               &covariances = list(file, all, "covariances");
    data_set data;
    for (std::size_t k = 0; k < weights.size(); ++k) {
        const double w = number(file, at("weights", k), weights[k]);
        if (!(w > 0)) complain(file, at("weights", k), "must be positive", shown(weights[k]));
        data.weights.push_back(w);
    }
    if (double total = 0; [&] {
            for (const double w : data.weights) total += w;
            return !std::isfinite(total);
        }())
        complain(file, "weights", "must have a finite sum", short_text(total));
    if (means.size() != weights.size())
        complain(file, "means", "must be as many as weights, " + std::to_string(weights.size()),
                 std::to_string(means.size()));
    if (covariances.size() != weights.size())
        complain(file, "covariances", "must be as many as weights, " + std::to_string(weights.size()),
                 std::to_string(covariances.size()));
    for (std::size_t k = 0; k < means.size(); ++k) {
        const json mean = means[k].is_array() ? means[k] : json::array({means[k]});
        if (mean.empty()) complain(file, at("means", k), "must not be empty", "[]");
        if (k == 0) data.d = static_cast<index_t>(mean.size());
        if (static_cast<index_t>(mean.size()) != data.d)
            complain(file, at("means", k), "must have the dimension of the first, " + std::to_string(data.d),
                     std::to_string(mean.size()));
        for (std::size_t j = 0; j < mean.size(); ++j)
            data.means.push_back(number(file, means[k].is_array() ? at(at("means", k), j) : at("means", k), mean[j]));
    }
    data.isotropic = true;
    for (std::size_t k = 0; k < covariances.size(); ++k)
        data.isotropic =
            read_covariance(file, at("covariances", k), covariances[k], data.d, data.covariances) && data.isotropic;
    data.label = std::to_string(data.d) + "-D";
    data.name = "the mixture of " + std::filesystem::path(file).filename().string() + ", " +
                std::to_string(data.size()) + (data.size() == 1 ? " component" : " components");
    check_lengths(file, "covariances", data);
    return data;
}

data_set read_points(const std::string& file, std::optional<double> width) {
    auto points = support::read_points(file);
    data_set data;
    data.d = points.dim;
    data.weights.assign(points.numbers.size() / static_cast<std::size_t>(points.dim), 1.0);
    data.means = std::move(points.numbers);

    const auto n = static_cast<double>(data.size());
    double spread = 0, largest = 0;
    for (index_t j = 0; j < data.d; ++j) {
        double mean = 0;
        for (index_t k = 0; k < data.size(); ++k) mean += data.mean(k, j) / n;
        for (index_t k = 0; k < data.size(); ++k) {
            spread += std::pow(data.mean(k, j) - mean, 2) / (n * static_cast<double>(data.d));
            largest = std::fmax(largest, std::abs(data.mean(k, j)));
        }
    }
    spread = std::sqrt(spread);
    if (!std::isfinite(spread)) complain(file, "points", "must be of a size that can be squared", short_text(largest));
    const double h = width ? *width : spread > 1e-12 * largest ? 0.05 * spread : 1.0;
    if (!(h * h > 0) || !std::isfinite(1 / (h * h)))
        complain(file, "width", "must be of a size that can be squared", short_text(h));
    data.isotropic = true;
    for (index_t k = 0; k < data.size(); ++k)
        for (index_t i = 0; i < data.d; ++i)
            for (index_t j = 0; j < data.d; ++j) data.covariances.push_back(i == j ? h * h : 0.0);
    data.label = std::to_string(data.d) + "-D";
    data.name = "the " + std::to_string(data.size()) + (data.size() == 1 ? " point of " : " points of ") +
                std::filesystem::path(file).filename().string() + ", each a Gaussian of standard deviation " +
                short_text(h);
    check_lengths(file, "width", data);
    return data;
}

} // namespace verify
