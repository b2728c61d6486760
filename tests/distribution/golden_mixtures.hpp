// SPDX-License-Identifier: MIT
#pragma once

// The mixtures and their evaluations in golden/, read into numbers.

#include <cdl/distribution/gaussian_mixture.hpp>

#include <support/golden.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cdl::test {

/// The parameters of a golden mixture; covariances are full, K x d x d.
struct mixture_parameters {
    index_t dim = 0, components = 0;
    std::vector<double> weights, means, covariances;

    bool has_shape(distribution::covariance shape) const {
        using distribution::covariance;
        for (index_t k = 0; k < components; ++k)
            for (index_t i = 0; i < dim; ++i)
                for (index_t j = 0; j < dim; ++j) {
                    const double entry = at(k, i, j);
                    if (i != j && entry != 0 && shape != covariance::full) return false;
                    if (i == j && entry != at(k, 0, 0) && shape == covariance::isotropic) return false;
                }
        return true;
    }

    double at(index_t k, index_t i, index_t j) const {
        return covariances[static_cast<std::size_t>((k * dim + i) * dim + j)];
    }

    /// The mixture in another scalar, dimension kind and shape.
    template <class T, index_t D, distribution::covariance C>
    distribution::gaussian_mixture<T, D, C> make() const {
        using distribution::covariance;
        std::vector<T> w, m, c;
        for (const double v : weights) w.push_back(static_cast<T>(v));
        for (const double v : means) m.push_back(static_cast<T>(v));
        for (index_t k = 0; k < components; ++k) {
            if (C == covariance::isotropic) c.push_back(static_cast<T>(at(k, 0, 0)));
            for (index_t i = 0; i < dim; ++i) {
                if (C == covariance::diagonal) c.push_back(static_cast<T>(at(k, i, i)));
                for (index_t j = 0; j < dim; ++j)
                    if (C == covariance::full) c.push_back(static_cast<T>(at(k, i, j)));
            }
        }
        return {w, m, c};
    }
};

/// One evaluation: a point, a level and what the mixture says about them.
struct mixture_case {
    double level = 0;
    long double log_p = 0, trace_hess = 0; ///< trace_hess: the Laplacian of log p
    std::vector<double> x;
    std::vector<long double> score, eps_hat, x_hat, log_resp; ///< eps_hat and x_hat are empty at clean data
};

namespace detail {
template <class Number>
void put(std::vector<Number>& numbers, index_t i, Number value) {
    const auto place = static_cast<std::size_t>(i);
    if (numbers.size() <= place) numbers.resize(place + 1);
    numbers[place] = value;
}
} // namespace detail

/// The mixture called `name` in golden/c_mixtures.csv.
inline mixture_parameters golden_mixture(const std::string& name) {
    mixture_parameters m;
    for (const golden_row& row : golden("c_mixtures.csv").where("mixture", name)) {
        m.dim = row.integer("dim");
        m.components = row.integer("n_components");
        const index_t k = row.integer("component");
        m.covariances.resize(static_cast<std::size_t>(m.components * m.dim * m.dim));
        const auto value = static_cast<double>(row.number("hex"));
        const std::string& quantity = row.text("quantity");
        if (quantity == "weight") detail::put(m.weights, k, value);
        if (quantity == "mean") detail::put(m.means, k * m.dim + row.integer("i"), value);
        if (quantity == "cov")
            detail::put(m.covariances, (k * m.dim + row.integer("i")) * m.dim + row.integer("j"), value);
    }
    return m;
}

/// The evaluations of that mixture in golden/c_eval.csv.
inline const std::vector<mixture_case>& golden_cases(std::string_view mixture) {
    static const golden file("c_eval.csv");
    static std::map<std::string, std::vector<mixture_case>> read;
    std::vector<mixture_case>& cases = read[std::string(mixture)];
    if (!cases.empty()) return cases;
    std::string current;
    for (const golden_row& row : file.where("mixture", std::string(mixture))) {
        if (row.text("case") != current) cases.emplace_back();
        current = row.text("case");
        mixture_case& c = cases.back();
        const std::string& quantity = row.text("quantity");
        if (quantity == "alpha") c.level = static_cast<double>(row.number("hex"));
        if (quantity == "log_p") c.log_p = row.number("value");
        if (quantity == "trace_hess") c.trace_hess = row.number("value");
        if (quantity == "x") detail::put(c.x, row.integer("i"), static_cast<double>(row.number("hex")));
        if (quantity == "score") detail::put(c.score, row.integer("i"), row.number("value"));
        if (quantity == "eps_hat") detail::put(c.eps_hat, row.integer("i"), row.number("value"));
        if (quantity == "x_hat") detail::put(c.x_hat, row.integer("i"), row.number("value"));
        if (quantity == "log_resp") detail::put(c.log_resp, row.integer("i"), row.number("value"));
    }
    return cases;
}

} // namespace cdl::test
