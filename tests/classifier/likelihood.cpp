// SPDX-License-Identifier: MIT
// The likelihood in one evaluation of a classifier [CDM thm 3.2].

#include <cdl/classifier/likelihood.hpp>
#include <cdl/denoiser/optimal.hpp>

#include <distribution/empirical_oracle.hpp>
#include <distribution/testing.hpp>

#include <array>
#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using schedule::discrete_levels;

TEST_CASE_TEMPLATE("the likelihood from logits and from posteriors is the density, at every class and policy", T, float,
                   double) {
    const gaussian_mixture<T, 2, covariance::full> mixture({1, 2}, {-1, 0, 2, 1}, {1, T(.5), T(.5), 1, 2, 0, 0, T(.5)});
    const denoiser::optimal f(mixture);
    const index_t n = 37, count = 5;
    const classifier::noise_classes classes(exec::serial{}, discrete_levels<T>::ddpm_linear(count - 1, 1e-4, 0.02),
                                            std::vector<T>{1, 5, 2, 2, 3});
    const classifier::exact c(f, classes);
    const auto z = test::normal_points<T>(n, 2, 0, 2);
    const batch_view<const T, 2> at(z.data(), n, 2);
    std::vector<T> logits(static_cast<std::size_t>(n * count)), posteriors(logits), got(static_cast<std::size_t>(n));
    double worst = 0;
    test::for_each_policy([&](const std::string&, const auto& policy) {
        classifier::logits(policy, c, at, as_batch(logits, count));
        classifier::log_posteriors(policy, c, at, as_batch(posteriors, count));
        for (const auto* answers : {&logits, &posteriors})
            for (index_t k = 1; k <= count; ++k) {
                classifier::log_likelihoods(policy, as_batch(*answers, count), classes, k, at, got);
                for (index_t i = 0; i < n; ++i) {
                    const T want = k == count ? classifier::log_standard_normal(at[i])
                                              : f.log_density(at[i], c.classes().level(k));
                    const double size = 1 + std::abs(static_cast<double>(want));
                    test::keep_largest(worst, std::abs(static_cast<double>(got[static_cast<std::size_t>(i)] - want)) /
                                                  size / test::epsilon<T>);
                }
            }
    });
    test::check_within(std::string("log p_t / epsilon, ") + (sizeof(T) == 4 ? "float" : "double"), worst, 15);
}

TEST_CASE("a constant added to all logits changes nothing, and pure noise asks none") {
    const classifier::noise_classes classes(exec::serial{}, discrete_levels<double>::uniform_noise(2),
                                            std::vector<double>{0.5, 0.25, 0.25});
    const std::array z{0.5, -2.};
    const double nan = std::nan("");
    CHECK(classifier::log_likelihood(std::array{1., 2., 4.}, classes.view(), 1, z) ==
          doctest::Approx(classifier::log_likelihood(std::array{101., 102., 104.}, classes.view(), 1, z)));
    CHECK(classifier::log_likelihood(std::array{1., 2., 4.}, classes.view(), 1, z) ==
          doctest::Approx(std::log(0.5) - 3 + classifier::log_standard_normal(z))); // eq. 8
    CHECK(classifier::log_likelihood(std::array{nan, nan, 4.}, classes.view(), 3, z) ==
          classifier::log_standard_normal(z));
    CHECK(classifier::log_standard_normal(z) == doctest::Approx(-2.125 - std::log(2 * 3.14159265358979323846)));
}

TEST_CASE("likelihoods of another shape, or of no class, are refused") {
    const classifier::noise_classes classes(exec::serial{}, discrete_levels<double>::uniform_noise(2));
    std::vector<double> logits(6), z(2), out(2), three(3);
    const auto refused = [&](const auto& l, index_t k, const auto& at, auto& to) {
        return test::refusal([&] { classifier::log_likelihoods(exec::serial{}, l, classes, k, at, to); });
    };
    const std::string where = "cdl::classifier::log_likelihoods: ";
    CHECK(refused(as_batch(logits, 3), 0, z, out) == where + "k: must be from 1 to the number of classes; got 0 of 3");
    CHECK(refused(as_batch(logits, 3), 4, z, out) == where + "k: must be from 1 to the number of classes; got 4 of 3");
    CHECK(refused(as_batch(logits, 2), 1, z, out) ==
          where + "logits: must have a number for each point and class; got 3 x 2 for 2 x 3");
    CHECK(refused(as_batch(logits, 3), 1, z, three) ==
          where + "out: must have a number for each point; got 3 x 1 for 2");
    CHECK(refused(as_batch(logits, 3), 1, z, out).empty());
}
