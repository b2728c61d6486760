// SPDX-License-Identifier: MIT
// The limits of mixtures, and what their constructor refuses.

#include <cdl/distribution/gaussian_mixture.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using test::check_within, test::keep_largest, test::epsilon;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <covariance C = covariance::full, index_t D = dynamic>
std::string refused(std::vector<double> weights, std::vector<double> means, std::vector<double> covariances) {
    return test::refusal([&] { gaussian_mixture<double, D, C>(weights, means, covariances); });
}

} // namespace

TEST_CASE("far tails keep their relative accuracy and stay finite") {
    const gaussian_mixture<double, 1, covariance::isotropic> two({.5, .5}, {-5, 5}, {1, 1});
    const gaussian_mixture<float, 1, covariance::isotropic> two_f({.5f, .5f}, {-5, 5}, {1, 1});
    double worst = 0, worst_f = 0, worst_score = 0;
    for (const double x : {1e3, 1e4, 1e5, 1e6, -1e6, -1e3}) {
        // beyond the last mode one component is all there is
        const double side = x > 0 ? 5 : -5;
        const double exact = -0.5 * std::log(2 * std::numbers::pi) + std::log(.5) - 0.5 * (x - side) * (x - side);
        const std::array<double, 1> at{x};
        std::array<double, 1> score{};
        CHECK(two.score(at, clean<double>(), score) == two.log_density(at));
        keep_largest(worst, std::abs(two.log_density(at) / exact - 1) / epsilon<double>);
        keep_largest(worst_score, std::abs(score[0] / (side - x) - 1) / epsilon<double>);
        const std::array<float, 1> at_f{static_cast<float>(x)};
        keep_largest(worst_f, std::abs(static_cast<double>(two_f.log_density(at_f)) / exact - 1) / epsilon<float>);
        // the other component has underflowed; its logarithm has not
        const double gap = two.log_responsibility(x > 0 ? 0 : 1, at, clean<double>());
        CHECK(gap == doctest::Approx(-10 * std::abs(x)).epsilon(1e-12));
        CHECK(two.log_responsibility(x > 0 ? 1 : 0, at, clean<double>()) == 0);
    }
    check_within("mixture far tail, log p / epsilon, double", worst, 2);
    check_within("mixture far tail, log p / epsilon, float", worst_f, 2);
    check_within("mixture far tail, score / epsilon", worst_score, 1);
}

TEST_CASE("at pure noise every mixture is the standard normal") {
    const auto five = test::golden_mixture("five_2d").make<double, 2, covariance::full>();
    double worst = 0;
    for (const std::array<double, 2> z : {std::array{0., 0.}, {1., -2.}, {-7., 3.}}) {
        std::array<double, 2> score{};
        const double log_p = five.score(z, pure_noise<double>(), score);
        const double exact = -std::log(2 * std::numbers::pi) - 0.5 * (z[0] * z[0] + z[1] * z[1]);
        keep_largest(worst, std::abs(log_p - exact) / (epsilon<double> * std::abs(exact)));
        for (std::size_t j = 0; j < 2; ++j)
            keep_largest(worst, std::abs(score[j] + z[j]) / (epsilon<double> * std::max(1., std::abs(z[j]))));
    }
    check_within("mixture at pure noise / epsilon", worst, 4);
}

TEST_CASE("at clean data the level is no different from a very high one") {
    const auto five = test::golden_mixture("five_2d").make<double, 2, covariance::full>();
    for (const std::array<double, 2> x : {std::array{0., 0.}, {1., -2.}, {-7., 3.}})
        CHECK(five.log_density(x) == five.log_density(x, log_snr{400.}));
}

TEST_CASE("one component is the normal law itself") {
    // mean (1, -1), covariance ((2, 1), (1, 2)): eigenvalues 1 and 3 along (1, -1) and (1, 1)
    const gaussian_mixture<double> one({17}, {1, -1}, {2, 1, 1, 2});
    CHECK(one.size() == 1);
    CHECK(one.dim() == 2);
    CHECK(one.weight(0) == 1); // normalised
    check_within("eigenvalues / epsilon",
                 std::max(std::abs(one.variance(0, 0) - 1), std::abs(one.variance(0, 1) - 3)) / epsilon<double>, 10);
    const std::array<double, 2> x{2.5, 0.5};
    std::array<double, 2> score{};
    const double log_p = one.score(x, clean<double>(), score);
    const double exact = -std::log(2 * std::numbers::pi) - 0.5 * std::log(3.) - 0.5 * 1.5;
    check_within("one component, log p", std::abs(log_p - exact), 2e-15);
    check_within("one component, score", std::max(std::abs(score[0] + 0.5), std::abs(score[1] + 0.5)), 1e-15);
    CHECK(one.log_responsibility(0, x, clean<double>()) == 0);
}

TEST_CASE("coincident components are one component") {
    const gaussian_mixture<double, 1> one({1}, {2}, {.25}), three({1, 2, 5}, {2, 2, 2}, {.25, .25, .25});
    double worst = 0;
    for (const double a : {-infinity, -3., 0., 4., infinity})
        for (const double z : {-1e6, -3., 0., 2., 2.5, 40.}) {
            const std::array<double, 1> at{z};
            const double exact = one.log_density(at, log_snr{a});
            keep_largest(worst, std::abs(three.log_density(at, log_snr{a}) - exact) / std::max(1., std::abs(exact)));
            for (index_t k = 0; k < 3; ++k) {
                const double share = three.log_responsibility(k, at, log_snr{a});
                keep_largest(worst, std::abs(share - std::log(three.weight(k))) / std::max(1., std::abs(exact)));
            }
        }
    check_within("coincident components", worst, 2e-15);
}

TEST_CASE("weights are normalised by their sum") {
    const gaussian_mixture<double, 1> mixture({3, 1}, {0, 1}, {1, 1});
    CHECK(mixture.weight(0) == .75);
    CHECK(mixture.weight(1) == .25);
}

TEST_CASE("a covariance that is symmetric to rounding is symmetric") {
    const double sixth = 1. / 6;
    CHECK(refused({1}, {0, 0}, {1, sixth, std::nextafter(sixth, 1.), 1}) == "");
}

TEST_CASE("wrong parameters are refused with a sentence") {
    const std::string where = "cdl::distribution::gaussian_mixture: ";
    CHECK(refused({}, {}, {}) == where + "weights: must not be empty; got no components");
    CHECK(refused({1, 1}, {0}, {1, 1}) ==
          where + "means: must be a point for each weight; got 1 numbers for 2 components");
    CHECK(refused({1, 1}, {0, 0, 0}, {1, 1}) ==
          where + "means: must be a point for each weight; got 3 numbers for 2 components");
    CHECK(refused({1}, {}, {}) == where + "means: must be a point for each weight; got 0 numbers for 1 components");
    CHECK(refused<covariance::full, 2>({1}, {0, 0, 0}, {1, 0, 0, 1}) ==
          where + "means: must be a point for each weight; got 3 numbers for 1 components");
    CHECK(refused({1}, {0, 0}, {1, 1}) ==
          where + "covariances: must be one for each weight; got 2 numbers where 4 are needed");
    CHECK(refused<covariance::diagonal>({1}, {0, 0}, {1, 0, 0, 1}) ==
          where + "covariances: must be one for each weight; got 4 numbers where 2 are needed");
    CHECK(refused<covariance::isotropic>({1}, {0, 0}, {1, 1}) ==
          where + "covariances: must be one for each weight; got 2 numbers where 1 are needed");
    CHECK(refused({1, -1}, {0, 0}, {1, 1}) == where + "weights: must be finite and positive; got -1");
    CHECK(refused({1, 0}, {0, 0}, {1, 1}) == where + "weights: must be finite and positive; got 0");
    CHECK(refused({1, infinity}, {0, 0}, {1, 1}) == where + "weights: must be finite and positive; got inf");
    CHECK(refused({not_a_number, 1}, {0, 0}, {1, 1}) == where + "weights: must be finite and positive; got nan");
    CHECK(refused({1}, {not_a_number}, {1}) == where + "means: must be finite; got nan");
    CHECK(refused({1}, {-infinity}, {1}) == where + "means: must be finite; got -inf");
    CHECK(refused({1}, {0}, {infinity}) == where + "covariances: must be finite; got inf");
    CHECK(refused({1}, {0}, {not_a_number}) == where + "covariances: must be finite; got nan");
    CHECK(refused({1}, {0, 0}, {1, 2, 1, 4}) == where +
                                                    "covariances: must be symmetric (where only rounding, say of an "
                                                    "export in float, is the cause: (S + S^T) / 2); got 2 against 1");
    CHECK(refused({1}, {0}, {0}).starts_with(where + "covariances: must be positive definite by more than rounding: "));
    CHECK(refused({1}, {0, 0}, {1, 2, 2, 1}) ==
          where + "covariances: must be positive definite; got -3 left of the variance of coordinate 1 in component 0 "
                  "once others are known");
    CHECK(refused<covariance::isotropic>({1}, {0, 0}, {-2}) ==
          where + "covariances: must be positive definite; got eigenvalue -2");
    CHECK(refused<covariance::diagonal>({1}, {0, 0}, {1, 0}) ==
          where + "covariances: must be positive definite; got eigenvalue 0");
}

TEST_CASE("points of another dimension are refused with a sentence") {
    const gaussian_mixture<double> plane({1}, {0, 0}, {1, 0, 0, 1});
    const std::vector<double> z(3);
    std::vector<double> out(3);
    const std::string where = "cdl::distribution::gaussian_mixture::";
    const std::string sentence = ": z: must have the dimension of the mixture; got 3 for 2";
    CHECK(test::refusal([&] { plane.log_density(z); }) == where + "log_density" + sentence);
    CHECK(test::refusal([&] { plane.score(z, log_snr{0.}, out); }) == where + "score" + sentence);
    CHECK(test::refusal([&] { plane.log_responsibility(0, z, log_snr{0.}); }) ==
          where + "log_responsibility" + sentence);
}
