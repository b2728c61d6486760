// SPDX-License-Identifier: MIT
// What is known in closed form: entropies, divergences of Gaussians, the MMD of mixtures, and the functions they are made of.

#include <cdl/exec/serial.hpp>
#include <cdl/information/cross_entropy.hpp>
#include <cdl/information/entropy_of_pmf.hpp>
#include <cdl/information/kl_of_gaussians.hpp>
#include <cdl/information/mmd_of_mixtures.hpp>

#include <classifier/golden_classes.hpp>
#include <distribution/testing.hpp>
#include <support/golden_populations.hpp>

#include <cmath>
#include <limits>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using test::check_within, test::keep_largest;

namespace {

const double infinity = std::numeric_limits<double>::infinity();

double relative_error(double got, long double want) {
    return static_cast<double>(std::fabs(static_cast<long double>(got) - want) / std::fabs(want));
}

} // namespace

TEST_CASE("what begins with a square keeps its digits on both sides of its thresholds") {
    double of_log = 0, of_exp = 0, of_label = 0, of_entropy = 0;
    for (const double sign : {-1.0, 1.0})
        for (double size = 1e-12; size < 40; size *= 1.03) {
            const double u = sign * size;
            // in long double by the first terms of the series where the difference has none left
            const long double w = static_cast<long double>(u), t = std::tanh(w / 2);
            const bool series = size < 1e-3;
            if (u > -1)
                keep_largest(of_log,
                             relative_error(information::detail::excess_over_log(u),
                                            series ? w * w * (0.5L - w * (1.0L / 3 - w * (0.25L - w * (0.2L - w / 6))))
                                                   : w - std::log1p(w)));
            keep_largest(
                of_exp,
                relative_error(information::detail::excess_of_exp(u),
                               series ? w * w * (0.5L + w * (1.0L / 6 + w * (1.0L / 24 + w * (1.0L / 120 + w / 720))))
                                      : std::expm1(w) - w));
            const long double e = std::exp(-std::abs(w)), entropy = std::log1p(e) + std::abs(w) * e / (1 + e);
            keep_largest(of_entropy, relative_error(information::detail::entropy_of_label(u), entropy));
            const long double t2 = t * t;
            const long double label_series =
                t2 * (0.5L + t2 * (1.0L / 12 + t2 * (1.0L / 30 + t2 * (1.0L / 56 + t2 * (1.0L / 90 + t2 / 132)))));
            keep_largest(of_label, relative_error(information::detail::information_of_label(u),
                                                  size < 0.1 ? label_series : std::log(2.0L) - entropy));
        }
    const double eps = std::numeric_limits<double>::epsilon();
    check_within("u - log(1 + u), eps", of_log / eps, 8);
    check_within("e^l - 1 - l, eps", of_exp / eps, 8);
    check_within("entropy of a label, eps", of_entropy / eps, 8);
    check_within("information of a label, eps", of_label / eps, 16);
    for (const double zero :
         {information::detail::excess_over_log(0.0), information::detail::excess_of_exp(0.0),
          information::detail::information_of_label(0.0), information::detail::entropy_of_label(infinity),
          information::detail::entropy_of_label(-infinity)})
        CHECK(zero == 0);
    CHECK(information::detail::excess_over_log(-1.0) == infinity);
    CHECK(information::detail::excess_over_log(infinity) == infinity);
    CHECK(information::detail::excess_of_exp(-infinity) == infinity);
    CHECK(information::detail::excess_of_exp(infinity) == infinity);
    CHECK(information::detail::information_of_label(-infinity) == std::log(2.0));
    for (const double nan :
         {information::detail::excess_over_log(std::nan("")), information::detail::excess_of_exp(std::nan("")),
          information::detail::information_of_label(std::nan("")), information::detail::entropy_of_label(std::nan(""))})
        CHECK(std::isnan(nan));
}

TEST_CASE("entropies of finite distributions are the golden ones, and cross entropies of the exact classifier") {
    const auto levels = schedule::discrete_levels<double>::uniform_noise(10);
    std::size_t seen = 0;
    for (const auto& row : test::golden("e_cross_entropy.csv")) {
        const auto prior = test::golden_prior(row.text("pmf"));
        const double entropy = information::entropy_of_pmf(prior);
        check_within(row.where() + " entropy", relative_error(entropy, row.number("entropy_of_pmf")), 1e-15);
        const auto p = test::golden_mixture(row.text("mixture")).make<double, 1, covariance::full>();
        const classifier::noise_classes classes(exec::serial{}, levels, prior);
        test::for_each_policy([&](const std::string& name, const auto& policy) {
            const auto got = information::cross_entropy(policy, p, classes);
            CHECK(got.converged);
            check_within(row.where() + " " + name, relative_error(got.value, row.number("cross_entropy")), 1e-12);
            check_within(row.where() + " " + name + " information",
                         relative_error(entropy - got.value, row.number("mutual_information")), 1e-11);
        });
        ++seen;
    }
    CHECK(seen == 4);
}

TEST_CASE("the entropy of weights is that of their shares, with ends and with what is none") {
    CHECK(information::entropy_of_pmf(std::vector{2.0, 2.0}) == doctest::Approx(std::log(2.0)).epsilon(1e-15));
    CHECK(information::entropy_of_pmf(std::vector{0.0, 3.0, 0.0}) == 0);
    CHECK(information::entropy_of_pmf(std::vector{1e-300, 1e300}) == 0);
    CHECK(information::entropy_of_pmf(std::vector{1e-16, 1.0}) ==
          doctest::Approx(1e-16 * (1 + std::log(1e16))).epsilon(0.03)); // 1 of the sum is lost in rounding
    CHECK(information::entropy_of_pmf(std::vector<float>(8, 0.25f)) == doctest::Approx(std::log(8.0)).epsilon(1e-6));
    const auto refusal = [](const std::vector<double>& pmf) {
        return test::refusal([&] { information::entropy_of_pmf(pmf); });
    };
    CHECK(refusal({0.5, -0.5}) == "cdl::information::entropy_of_pmf: pmf: must be finite and not negative; got -0.5");
    CHECK(refusal({0.5, std::nan("")}) ==
          "cdl::information::entropy_of_pmf: pmf: must be finite and not negative; got nan");
    CHECK(refusal({0, 0}) == "cdl::information::entropy_of_pmf: pmf: must have a positive and finite sum; got 0");
    CHECK(refusal({}) == "cdl::information::entropy_of_pmf: pmf: must have a positive and finite sum; got 0");
}

TEST_CASE("the divergence of Gaussians is the golden one") {
    std::size_t seen = 0;
    for (const auto& row : test::golden("g_population.csv").where("quantity", "kl_p_q")) {
        const auto p = test::golden_population(row.text("pair"), "p", row.integer("d"))[0],
                   q = test::golden_population(row.text("pair"), "q", row.integer("d"))[0];
        const double got = information::kl_of_gaussians(p.mean, p.covariance, q.mean, q.covariance);
        check_within(row.where() + " full", relative_error(got, row.number("value")), 1e-14);
        if (row.integer("d") == 1)
            check_within(row.where() + " number",
                         relative_error(
                             information::kl_of_gaussians(p.mean(0), p.covariance(0, 0), q.mean(0), q.covariance(0, 0)),
                             row.number("value")),
                         1e-15);
        ++seen;
    }
    CHECK(seen == 4);
}

TEST_CASE("the divergence of Gaussians keeps its digits for nearly equal variances and for any ratio of them") {
    using information::kl_of_gaussians;
    for (const double gap : {1e-3, 1e-6, 1e-9, 1e-15}) {
        const double v = 1 + gap, u = v - 1; // KL = 1/2 (u - log(1 + u)) = u^2/4 - u^3/6 + u^4/8 - ...
        const double want = u * u * (0.25 - u * (1. / 6 - u * (0.125 - u / 10)));
        CHECK(kl_of_gaussians(3.0, v, 3.0, 1.0) == doctest::Approx(want).epsilon(1e-14));
        const std::vector<double> means{1, 2}, wide{v, 1}, narrow{1, 1};
        CHECK(kl_of_gaussians(means, wide, means, narrow) == doctest::Approx(want).epsilon(1e-14));
        const Eigen::Vector2d mean(1, 2);
        const double c = std::sqrt(0.5); // the same turned by 45 degrees about an ill-scaled pair of axes
        const Eigen::Matrix2d turn{{c, -c}, {c, c}}, identity = Eigen::Matrix2d::Identity();
        const Eigen::Matrix2d s = identity + turn * Eigen::Vector2d(u, 0).asDiagonal() * turn.transpose();
        if (gap > 1e-10) CHECK(kl_of_gaussians(mean, s, mean, identity) == doctest::Approx(want).epsilon(1e-6));
    }
    CHECK(kl_of_gaussians(1.0, 2.0, 1.0, 2.0) == 0);
    CHECK(kl_of_gaussians(0.0, 1e-300, 0.0, 1e300) == doctest::Approx(300 * std::log(10.0) - 0.5).epsilon(1e-15));
    CHECK(kl_of_gaussians(0.0, 1e300, 0.0, 1e-300) == infinity);
    CHECK(kl_of_gaussians(1e200, 1e300, -1e200, 1e300) == doctest::Approx(2e100)); // though the square overflows
    CHECK(kl_of_gaussians(1e200, 1.0, -1e200, 1.0) == infinity);
    const Eigen::Vector3d zero = Eigen::Vector3d::Zero();
    const Eigen::Matrix3d some{{2, 0.5, 0}, {0.5, 1, 0.25}, {0, 0.25, 0.5}};
    CHECK(kl_of_gaussians(zero, some, zero, some) == 0);
    // far covariances, by the eigenvalues of diagonal ones
    const Eigen::Vector3d narrow(1e-8, 1, 4), wide(1, 1e-3, 2);
    double want = 0;
    for (int j = 0; j < 3; ++j) want += kl_of_gaussians(0.0, narrow(j), 0.0, wide(j));
    CHECK(kl_of_gaussians(zero, Eigen::Matrix3d(narrow.asDiagonal()), zero, Eigen::Matrix3d(wide.asDiagonal())) ==
          doctest::Approx(want).epsilon(1e-13));
}

TEST_CASE("what is no Gaussian is refused with a sentence") {
    using information::kl_of_gaussians;
    using test::refusal;
    CHECK(refusal([] { kl_of_gaussians(0.0, 0.0, 0.0, 1.0); }) ==
          "cdl::information::kl_of_gaussians: variance_p: must be positive and finite; got 0");
    CHECK(refusal([] { kl_of_gaussians(0.0, 1.0, std::nan(""), 1.0); }) ==
          "cdl::information::kl_of_gaussians: mean_q: must be finite; got nan");
    const std::vector<double> one{1}, two{1, 1};
    CHECK(refusal([&] { kl_of_gaussians(one, two, one, one); }) ==
          "cdl::information::kl_of_gaussians: variances_p: must be one for each mean; got 2 for 1");
    const Eigen::Vector2d mean(0, 0);
    const Eigen::Matrix2d good = Eigen::Matrix2d::Identity(), bad{{1, 2}, {2, 1}};
    CHECK(refusal([&] { kl_of_gaussians(mean, good, mean, bad); }) ==
          "cdl::information::kl_of_gaussians: covariance_q: must be positive definite; got one that is not");
    CHECK(refusal([&] {
              kl_of_gaussians(mean, good, Eigen::Vector3d(0, 0, 0), Eigen::Matrix3d(Eigen::Matrix3d::Identity()));
          }) == "cdl::information::kl_of_gaussians: mean_q: must have the dimension of p; got 3 for 2");
}

TEST_CASE("the MMD of mixtures is the golden one in every shape, 0 for equal ones and bounded") {
    std::size_t seen = 0;
    for (const auto& row : test::golden("g_population.csv").where("quantity", "mmd2")) {
        const auto p = test::golden_population(row.text("pair"), "p", row.integer("d")),
                   q = test::golden_population(row.text("pair"), "q", row.integer("d"));
        const auto s = row.input<double>("bandwidth");
        const double got = information::mmd_of_mixtures(test::as_mixture(p), test::as_mixture(q), s);
        check_within(row.where() + " mmd2", relative_error(got, row.number("value")), 1e-12);
        CHECK(information::mmd_of_mixtures(test::as_mixture(p), test::as_mixture(p), s) == 0);
        ++seen;
    }
    CHECK(seen == 24);
    const gaussian_mixture<double, 2, covariance::diagonal> p({1, 2}, {-1, 0, 2, 1}, {0.5, 1, 1, 0.25});
    const gaussian_mixture<double, 2, covariance::isotropic> q({1}, {0, 0.5}, {0.75});
    const gaussian_mixture<double> full_p({1, 2}, {-1, 0, 2, 1}, {0.5, 0, 0, 1, 1, 0, 0, 0.25}),
        full_q({1}, {0, 0.5}, {0.75, 0, 0, 0.75});
    for (const double s : {0.1, 1.0, 10.0})
        CHECK(information::mmd_of_mixtures(p, q, s) ==
              doctest::Approx(information::mmd_of_mixtures(full_p, full_q, s)).epsilon(1e-12));
    CHECK(information::mmd_of_mixtures(p, q, 1e-200) == 0); // a kernel that narrow sees nothing
    CHECK(test::refusal([&] { information::mmd_of_mixtures(p, q, -1); }) ==
          "cdl::information::mmd_of_mixtures: standard_deviation: must be positive and finite; got -1");
}

TEST_CASE("variances of any size, in any proportion, keep the digits of their quotient") {
    for (const double w : {1e300, 1e10, 1., 1e-100, 1e-290})
        for (const double ratio : {1.6, 0.49, 12., 1e-7}) {
            const double v = ratio * w;
            const long double r = static_cast<long double>(v) / static_cast<long double>(w);
            CHECK(relative_error(information::kl_of_gaussians(0., v, 0., w), (r - 1 - std::log(r)) / 2) < 16 * 2.3e-16);
        }
}
