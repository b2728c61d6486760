// SPDX-License-Identifier: MIT
#pragma once

// The checks, and what they share.

#include "model.hpp"
#include "reference.hpp"
#include "result.hpp"

#include <functional>

namespace verify {

/// A noisy point, how it came about, and what brute force says about it where brute force is possible.
struct probe {
    numbers x, eps, z;
    double a;
    std::optional<reference::posterior> brute;
};

/// Everything about one data set that the checks need.
struct setting {
    setting(const data_set& data, std::function<void(const std::string&)> progress);

    data_set data;
    scales scale;
    std::unique_ptr<model> library;
    reference truth;
    std::function<void(const std::string&)> progress;

    double condition = 1;       ///< how much larger than for the built-in data rounding errors may be
    bool by_quadrature = true;  ///< integrals over level and noise by quadrature; else Monte Carlo
    bool by_brute_force = true; ///< posteriors by integration over all clean points; else Monte Carlo
    cdl::density::quadrature rule;
    cdl::density::monte_carlo sampling;
    numbers points;            ///< clean points for the density identities, one after the other
    std::vector<double> zetas; ///< levels of the noisier distribution
    std::vector<probe> probes;

    /// Steps of a coordinate, of a level, and of a level together with the point that is noised to it, powers of 2, by which log p_a may be differentiated: small against those in
    /// which it turns from one component to the next.
    struct steps {
        double coordinate, level, together;
    };
    steps steps_at(double a) const;

    /// The bound of a line: for the built-in data that of the data, else scaled by the condition.
    double bound(double built_in) const;
    /// The bound of an integral over level and noise: by quadrature that of the built-in data in one or two dimensions,
    /// or what is promised for other data; by Monte Carlo 5 standard errors.
    double integral_bound(double built_in_1d, double built_in_2d) const;
    method how() const { return by_quadrature ? method(rule) : method(sampling); }
    /// What a line says about its method.
    std::string by() const;
    index_t point_count() const { return static_cast<index_t>(points.size()) / data.d; }
    numbers point(index_t i) const { return {points.begin() + i * data.d, points.begin() + (i + 1) * data.d}; }
    line about(std::string equation, std::string claim, largest_error error, double bound_of_line) const {
        return {std::move(equation), data.label, std::move(claim), error, bound_of_line, std::nullopt};
    }
};

/// 10^k, the smallest one that is not below x.
double power_of_ten_above(double x);

/// A difference from `truth` in standard errors, to which rounding is added: an estimate without variance has that.
inline double in_errors(double difference, double standard_error, double truth) {
    return std::abs(difference) / std::hypot(standard_error, 1e-12 * std::fmax(1, std::abs(truth)));
}

/// The mean of terms in units of its standard error: how far it is from zero.
struct mean_in_errors {
    double sum = 0, squares = 0;
    long count = 0;
    void add(double term) {
        sum += term;
        squares += term * term;
        ++count;
    }
    double mean() const { return sum / static_cast<double>(count); }
    double standard_error() const {
        const auto n = static_cast<double>(count);
        return std::sqrt(std::fmax(0, squares / n - mean() * mean()) / (n - 1));
    }
    double distance(double from = 0) const { return in_errors(mean() - from, standard_error(), from); }
};

/// Noisy points at one level, drawn through the library's own channel.
struct noisy_batch {
    numbers x, eps, z;
};
noisy_batch draw_noisy(const setting& s, std::uint64_t seed, index_t n, double a);

/// Those of one data set, in the order of the papers.
std::vector<line> check_all(const setting& s);
std::vector<line> check_cdl(const setting& s);
std::vector<line> check_vdm(const setting& s);
std::vector<line> check_bound(const setting& s);
std::vector<line> check_objectives(const setting& s);
std::vector<line> check_matching(const setting& s);
std::vector<line> check_cdm(const setting& s);
/// What does not depend on data: coefficients that are functions of levels alone.
std::vector<line> check_levels();
/// The misprints, on fixed examples.
std::vector<line> check_errata(const setting& two_modes_setting);

} // namespace verify
