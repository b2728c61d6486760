// SPDX-License-Identifier: MIT
// Points that stand for a mixture: against means in closed form, in every shape and at every level.

#include <cdl/distribution/quadrature_points.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using cdl::distribution::quadrature_points;
using test::check_within, test::keep_largest;

namespace {

/// The largest error of E 1, E cos(t.x) and E sin(t.x), which are sums of e^(i t.m - t.C t / 2) over the components.
template <index_t D, covariance C>
double error_of_waves(const gaussian_mixture<double, D, C>& mixture, const test::mixture_parameters& p, double level) {
    const log_snr a{level};
    const quadrature_points<double, D> points(mixture, a, 120);
    double total = 0, worst = 0;
    for (const double w : points.weights()) total += w;
    keep_largest(worst, std::abs(total - 1));
    for (const auto& t : {std::array{.5, 0.}, std::array{1., -2.}, std::array{-.3, .7}}) {
        double cosine = 0, sine = 0, weights = 0;
        for (const double w : p.weights) weights += w;
        for (index_t k = 0; k < p.components; ++k) {
            double phase = 0, decay = 0;
            for (index_t i = 0; i < p.dim; ++i) {
                const auto at = static_cast<std::size_t>(i);
                phase += t[at] * signal_scale(a) * p.means[static_cast<std::size_t>(k * p.dim + i)];
                for (index_t j = 0; j < p.dim; ++j)
                    decay += t[at] * t[static_cast<std::size_t>(j)] *
                             (signal_power(a) * p.at(k, i, j) + (i == j ? noise_power(a) : 0.)) / 2;
            }
            cosine += p.weights[static_cast<std::size_t>(k)] / weights * std::cos(phase) * std::exp(-decay);
            sine += p.weights[static_cast<std::size_t>(k)] / weights * std::sin(phase) * std::exp(-decay);
        }
        std::vector<double> cosines, sines;
        for (index_t i = 0; i < points.size(); ++i) {
            double phase = 0;
            for (index_t j = 0; j < p.dim; ++j) phase += t[static_cast<std::size_t>(j)] * points.points()(i, j);
            cosines.push_back(std::cos(phase));
            sines.push_back(std::sin(phase));
        }
        keep_largest(worst, std::abs(points.mean(cosines) - cosine));
        keep_largest(worst, std::abs(points.mean(sines) - sine));
    }
    return worst;
}

} // namespace

TEST_CASE("means of waves are those of the mixture at every level") {
    const test::mixture_parameters diagonal{2, 2, {1, 3}, {-2, 0, 1, 1}, {1, 0, 0, .25, .5, 0, 0, 3}};
    const auto two = test::golden_mixture("two_1d"), three = test::golden_mixture("three_1d"),
               five = test::golden_mixture("five_2d");
    double worst = 0;
    for (const double a :
         {-std::numeric_limits<double>::infinity(), -3., 0., 6., std::numeric_limits<double>::infinity()}) {
        keep_largest(worst, error_of_waves(two.make<double, 1, covariance::isotropic>(), two, a));
        keep_largest(worst, error_of_waves(three.make<double, dynamic, covariance::full>(), three, a));
        keep_largest(worst, error_of_waves(five.make<double, 2, covariance::full>(), five, a));
        keep_largest(worst, error_of_waves(five.make<double, dynamic, covariance::full>(), five, a));
        keep_largest(worst, error_of_waves(diagonal.make<double, 2, covariance::diagonal>(), diagonal, a));
    }
    check_within("means of 1, cos, sin", worst, 1e-13);
}

TEST_CASE("three dimensions and other numbers of values are refused") {
    const auto four = test::golden_mixture("four_3d").make<double, 3, covariance::diagonal>();
    CHECK(test::refusal([&] { quadrature_points<double, 3> points(four); }) ==
          "cdl::distribution::quadrature_points: mixture: must have dimension 1 or 2; got 3");
    const gaussian_mixture<double, 1> normal({1}, {0}, {1});
    CHECK(test::refusal([&] { quadrature_points points(normal, clean<double>(), 3); }) ==
          "cdl::math::normal_trapezoid: n: must be even and at least 2; got 3");
    const quadrature_points points(normal, clean<double>(), 4);
    CHECK(points.size() == 5);
    CHECK(test::refusal([&] { points.mean(std::vector<double>(4)); }) ==
          "cdl::distribution::quadrature_points::mean: values: must be one for each point; got 4 for 5");
}
