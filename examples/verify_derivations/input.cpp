// SPDX-License-Identifier: MIT
#include "input.hpp"

#include <Eigen/Eigenvalues>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <limits>
#include <sstream>

namespace verify {
namespace {

using json = nlohmann::json;
using support::bad_input, support::complain, support::shown;

constexpr double asymmetry = 1e-5; ///< that float32 leaves in a covariance, in units of sqrt(S_ii S_jj)

std::string short_text(double number) {
    std::ostringstream out;
    out << number;
    return out.str();
}

/// With all digits, where two numbers are nearly the same.
std::string long_text(double number) {
    std::ostringstream out;
    out << std::setprecision(std::numeric_limits<double>::max_digits10) << number;
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

/// Every key of the file, once, and no list in lists in lists in lists: what nlohmann's parser asks about each event.
class only_known_keys {
public:
    explicit only_known_keys(const std::string& file) : file_(file) {}

    bool operator()(int depth, json::parse_event_t event, const json& value) {
        if (depth > 5) complain(file_, "file", "must have lists of at most three levels", "more");
        if (event != json::parse_event_t::key || depth != 1) return true;
        const auto key = value.get<std::string>();
        if (std::ranges::find(known, key) == std::end(known))
            complain(file_, "file", "must have no keys but weights, means, covariances, covariance_type", shown(value));
        if (std::ranges::find(seen_, key) != seen_.end()) complain(file_, key, "must be given once", "it twice");
        seen_.push_back(key);
        return true;
    }

private:
    static constexpr std::string_view known[] = {"weights", "means", "covariances", "covariance_type"};
    const std::string& file_;
    std::vector<std::string> seen_;
};

json parsed(std::string_view text, const std::string& file) {
    try {
        return json::parse(text, only_known_keys(file));
    } catch (const json::exception& error) {
        std::string what = error.what();
        if (const auto bracket = what.find("] "); bracket != std::string::npos) what = what.substr(bracket + 2);
        complain(file, "file", "must be JSON, without NaN or Infinity", shown(what.substr(0, what.find(": "))));
    }
}

const json& list(const std::string& file, const json& all, const char* key) {
    if (!all.contains(key)) complain(file, key, "must be given", "no such key");
    const json& value = all.at(key);
    if (!value.is_array() || value.empty()) complain(file, key, "must be a list that is not empty", shown(value));
    return value;
}

/// A d x d matrix of a file. What single precision leaves of symmetry, judged by the scale of each entry, is symmetrised.
std::vector<double> matrix(const std::string& file, const std::string& key, const json& value, std::size_t d) {
    std::vector<double> result(d * d);
    const auto entry = [&](std::size_t i, std::size_t j) -> double& { return result[i * d + j]; };
    for (std::size_t i = 0; i < d; ++i) {
        const std::string row = at(key, i);
        if (!value[i].is_array() || value[i].size() != d)
            complain(file, row, "must be a row of " + std::to_string(d) + " numbers",
                     value[i].is_array() ? std::to_string(value[i].size()) : shown(value[i]));
        for (std::size_t j = 0; j < d; ++j)
            entry(i, j) = i == j ? variance(file, at(row, j), value[i][j]) : number(file, at(row, j), value[i][j]);
    }
    const auto size = static_cast<Eigen::Index>(d);
    Eigen::MatrixXd correlation(size, size);
    for (std::size_t i = 0; i < d; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            const double scale = std::sqrt(entry(i, i)) * std::sqrt(entry(j, j));
            if (!(std::abs(entry(i, j) - entry(j, i)) <= asymmetry * scale))
                complain(file, at(at(key, j), i), "must be symmetric",
                         long_text(entry(j, i)) + " against " + long_text(entry(i, j)));
            entry(i, j) = entry(j, i) = entry(i, j) / 2 + entry(j, i) / 2;
            const auto row = static_cast<Eigen::Index>(i), column = static_cast<Eigen::Index>(j);
            correlation(row, column) = correlation(column, row) = entry(i, j) / scale;
        }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(correlation, Eigen::EigenvaluesOnly);
    const double smallest = solver.eigenvalues().minCoeff();
    if (!(smallest > 1e-14)) // below that it cannot be told from singular
        complain(file, key, "must be positive definite", "a correlation with the eigenvalue " + short_text(smallest));
    return result;
}

/// diag(v_1, ..., v_d).
std::vector<double> diagonal(const std::string& file, const std::string& key, const json& value, std::size_t d) {
    std::vector<double> result(d * d, 0.0);
    for (std::size_t i = 0; i < d; ++i) result[i * d + i] = variance(file, at(key, i), value[i]);
    return result;
}

/// v I.
std::vector<double> multiple_of_identity(const std::string& file, const std::string& key, const json& value,
                                         std::size_t d) {
    std::vector<double> result(d * d, 0.0);
    const double v = variance(file, key, value);
    for (std::size_t i = 0; i < d; ++i) result[i * d + i] = v;
    return result;
}

/// The kinds of covariances by the names that scikit-learn has for them. `each`: every component by what it looks like.
enum class kind { full, tied, diag, spherical, each };

kind kind_of(const std::string& file, const json& all) {
    if (!all.contains("covariance_type")) return kind::each;
    const json& type = all.at("covariance_type");
    for (const auto& [name, value] : {std::pair{"full", kind::full}, std::pair{"tied", kind::tied},
                                      std::pair{"diag", kind::diag}, std::pair{"spherical", kind::spherical}})
        if (type == name) return value;
    complain(file, "covariance_type", "must be full, tied, diag or spherical", shown(type));
}

bool is_matrix(const json& value, std::size_t rows, std::size_t columns) {
    const auto is_row = [&](const json& row) {
        return row.is_array() && row.size() == columns &&
               std::ranges::all_of(row, [](const json& x) { return x.is_number(); });
    };
    return value.size() == rows && std::ranges::all_of(value, is_row);
}

/// Does `read` accept it?
template <class Read>
bool is_accepted(const Read& read) {
    try {
        read();
        return true;
    } catch (const bad_input&) {
        return false;
    }
}

/// A list of K covariances, d x d each, one after the other.
std::vector<double> covariances_of(const std::string& file, const json& all, std::size_t K, std::size_t d) {
    const json& value = list(file, all, "covariances");
    const std::string key = "covariances", size = std::to_string(d);
    kind kind = kind_of(file, all);
    if (kind == kind::each && is_matrix(value, d, d)) {
        // One matrix for all components, or, for as many components as coordinates, a list of variances for each
        const bool for_all = is_accepted([&] { matrix(file, key, value, d); });
        const bool for_each = K == d && is_accepted([&] {
                                  for (std::size_t k = 0; k < K; ++k) diagonal(file, at(key, k), value[k], d);
                              });
        if (for_all && for_each && d > 1)
            complain(file, key, "must have a covariance_type",
                     size + " lists of " + size + " numbers: \"tied\", one matrix for all components, or \"diag\", " +
                         size + " variances for each");
        if (K != d || for_all) kind = kind::tied;
    }
    std::vector<double> result;
    const auto append = [&](const std::vector<double>& sigma) {
        result.insert(result.end(), sigma.begin(), sigma.end());
    };
    if (kind == kind::tied) {
        if (value.size() != d)
            complain(file, key, "must have " + size + " rows, as the means have coordinates",
                     std::to_string(value.size()));
        const auto sigma = matrix(file, key, value, d);
        for (std::size_t k = 0; k < K; ++k) append(sigma);
        return result;
    }
    if (value.size() != K)
        complain(file, key, "must be as many as weights, " + std::to_string(K), std::to_string(value.size()));
    for (std::size_t k = 0; k < K; ++k) {
        const json& one = value[k];
        const std::string here = at(key, k);
        const bool is_number = !one.is_array(), is_full = !is_number && !one.empty() && one.front().is_array();
        if (kind == kind::full && !is_full)
            complain(file, here, "must be a " + size + " x " + size + " matrix", shown(one));
        if (kind == kind::diag && (is_number || is_full))
            complain(file, here, "must be a list of variances", shown(one));
        if (kind == kind::spherical && !is_number) complain(file, here, "must be a number", shown(one));
        if (!is_number && one.size() != d)
            complain(file, here, "must have as many rows or variances as the means have coordinates, " + size,
                     std::to_string(one.size()));
        append(is_number ? multiple_of_identity(file, here, one, d)
               : is_full ? matrix(file, here, one, d)
                         : diagonal(file, here, one, d));
    }
    return result;
}

/// Is every covariance, exactly, a variance times the identity? For one coordinate, always.
bool is_isotropic(const data_set& data) {
    for (index_t k = 0; k < data.size(); ++k)
        for (index_t i = 0; i < data.d; ++i)
            for (index_t j = 0; j < data.d; ++j)
                if (data.covariance(k, i, j) != (i == j ? data.covariance(k, 0, 0) : 0)) return false;
    return true;
}

/// Lengths that double precision can tell apart, squared.
void check_lengths(const std::string& file, const std::string& key, const data_set& data) {
    const scales s = scales_of(data);
    if (!(s.narrowest >= 1e-6 && s.spread <= 1e6))
        complain(file, key, "must have standard deviations from 1e-6 to 1e6: choose another unit",
                 short_text(s.narrowest >= 1e-6 ? s.spread : s.narrowest));
    if (!(s.largest <= 1e6 * s.narrowest))
        complain(file, key,
                 "must have standard deviations of at least 1e-6 of the largest coordinate, " + short_text(s.largest) +
                     ": subtract the mean",
                 short_text(s.narrowest));
}

/// No more than is checked in minutes.
void check_work(const std::string& file, const std::string& key, index_t K, index_t d) {
    constexpr index_t most_coordinates = 64, most_numbers = 100000;
    if (d > most_coordinates)
        complain(file, key, "must have at most " + std::to_string(most_coordinates) + " coordinates",
                 std::to_string(d));
    if (K > most_numbers / (d * d))
        complain(file, key,
                 "must be at most " + std::to_string(most_numbers / (d * d)) + " in " + std::to_string(d) +
                     (d == 1 ? " dimension" : " dimensions"),
                 std::to_string(K));
}

} // namespace

data_set mixture_of(std::string_view text, const std::string& file) {
    const json all = parsed(text, file);
    if (!all.is_object()) complain(file, "file", "must be a JSON object with weights, means, covariances", shown(all));
    const json &weights = list(file, all, "weights"), &means = list(file, all, "means");
    data_set data;
    double total = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
        data.weights.push_back(variance(file, at("weights", k), weights[k]));
        total += data.weights.back();
    }
    if (!std::isfinite(total)) complain(file, "weights", "must have a finite sum", short_text(total));
    if (means.size() != weights.size())
        complain(file, "means", "must be as many as weights, " + std::to_string(weights.size()),
                 std::to_string(means.size()));
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
    check_work(file, "means", data.size(), data.d);
    data.covariances = covariances_of(file, all, weights.size(), static_cast<std::size_t>(data.d));
    data.isotropic = is_isotropic(data);
    data.label = std::to_string(data.d) + "-D";
    data.name = "the mixture of " + std::filesystem::path(file).filename().string() + ", " +
                std::to_string(data.size()) + (data.size() == 1 ? " component" : " components");
    check_lengths(file, "covariances", data);
    return data;
}

data_set read_mixture(const std::string& file) {
    return mixture_of(support::contents(file), file);
}

data_set cloud_of(support::points points, const std::string& file, std::optional<double> width) {
    data_set data;
    data.d = points.dim;
    data.weights.assign(points.numbers.size() / static_cast<std::size_t>(points.dim), 1.0);
    data.means = std::move(points.numbers);

    check_work(file, "points", data.size(), data.d);

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

data_set read_points(const std::string& file, std::optional<double> width) {
    return cloud_of(support::read_points(file), file, width);
}

} // namespace verify
