// SPDX-License-Identifier: MIT
// Full covariances of every grading: each axis counts, however narrow it is, in whatever order the coordinates come.

#include <cdl/distribution/gaussian_mixture.hpp>

#include <distribution/testing.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

using namespace cdl;
using distribution::gaussian_mixture;
using test::check_within, test::keep_largest;

namespace {

/// D R D, R with 1 on the diagonal and 1/2 off it, standard deviations from 10^-decades to 10^decades, up or down.
template <class T>
struct graded {
    std::vector<T> deviations, entries;
    index_t d;

    graded(index_t dim, double decades, bool up) : d(dim) {
        for (index_t j = 0; j < d; ++j) {
            const double share = 2.0 * static_cast<double>(j) / static_cast<double>(d - 1) - 1;
            deviations.push_back(static_cast<T>(std::pow(10., decades * (up ? share : -share))));
        }
        for (const T& row : deviations)
            for (const T& column : deviations)
                entries.push_back(&row == &column ? T(row * row) : T(T(row * column) / T(2)));
    }

    /// The logarithm of the determinant: that of R is (1/2)^(d-1) (1 + (d-1)/2).
    long double log_determinant() const {
        long double log_det =
            static_cast<long double>(d - 1) * std::log(0.5L) + std::log(1 + static_cast<long double>(d - 1) / 2);
        for (const T& s : deviations) log_det += 2 * std::log(static_cast<long double>(s));
        return log_det;
    }
};

/// The largest entry of U^T U - 1.
template <class Mixture>
double skewness(const Mixture& mixture) {
    const auto m = mixture.view();
    double worst = 0;
    for (index_t i = 0; i < m.dim(); ++i)
        for (index_t j = 0; j <= i; ++j) {
            double inner = i == j ? -1 : 0;
            for (index_t l = 0; l < m.dim(); ++l)
                inner += static_cast<double>(m.axis(0, i, l)) * static_cast<double>(m.axis(0, j, l));
            keep_largest(worst, std::abs(inner));
        }
    return worst;
}

template <class T>
void check_graded(index_t d, double decades) {
    for (const bool up : {true, false}) {
        const graded<T> data(d, decades, up);
        const gaussian_mixture<T> one({1}, std::vector<T>(static_cast<std::size_t>(d), T(0)), data.entries);
        long double log_determinant = 0;
        for (index_t j = 0; j < d; ++j) log_determinant += std::log(static_cast<long double>(one.variance(0, j)));
        const std::string what = std::to_string(d) + " dimensions, 1e+-" + std::to_string(decades) + ", ";
        const double epsilon = static_cast<double>(std::numeric_limits<T>::epsilon());
        check_within(what + "log det / (d epsilon)",
                     static_cast<double>(std::abs(log_determinant - data.log_determinant())) / epsilon /
                         (static_cast<double>(d) * (1 + 4.6 * decades)),
                     4);
        check_within(what + "axes / epsilon", skewness(one) / epsilon, 4 + static_cast<double>(d) / 5);
    }
}

} // namespace

TEST_CASE("axes of graded covariances are right in every order of the coordinates") {
    for (const double decades : {0., 2., 6., 10.}) {
        check_graded<double>(3, decades);
        check_graded<double>(12, decades);
    }
    check_graded<double>(64, 8);
    check_graded<double>(100, 5);
    check_graded<float>(20, 8);
    check_graded<float>(70, 6);
    check_graded<long double>(12, 100);
}

TEST_CASE("axes of round covariances are the coordinates") {
    const index_t d = 66;
    std::vector<double> identity(static_cast<std::size_t>(d * d), 0.);
    for (index_t j = 0; j < d; ++j) identity[static_cast<std::size_t>(j * d + j)] = 3;
    const gaussian_mixture<double> round({1}, std::vector<double>(static_cast<std::size_t>(d), 0.), identity);
    double worst = 0;
    for (index_t j = 0; j < d; ++j) keep_largest(worst, std::abs(round.variance(0, j) - 3));
    check_within("variances", worst, 2e-15);
    CHECK(skewness(round) == 0);
}

TEST_CASE("covariances near the ends of the range are taken as they are, or refused") {
    CHECK(gaussian_mixture<double>({1}, {0}, {1e308}).variance(0, 0) == doctest::Approx(1e308).epsilon(1e-14));
    CHECK(gaussian_mixture<float>({1}, {0}, {3e38f}).variance(0, 0) == doctest::Approx(3e38).epsilon(1e-6));
    CHECK(gaussian_mixture<double>({1}, {0}, {1e-300}).variance(0, 0) == doctest::Approx(1e-300).epsilon(1e-14));
    const std::string refused = test::refusal( // the wide axis has twice the variance
        [] { gaussian_mixture<double>({1}, {0, 0}, {1.7e308, 1.6e308, 1.6e308, 1.7e308}); });
    CHECK(refused.find("finite along every axis; got eigenvalue inf") != std::string::npos);
}
