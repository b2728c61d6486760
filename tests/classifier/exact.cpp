// SPDX-License-Identifier: MIT
// The exact noise classifier against golden/e_*.csv, and what holds for it by definition.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/classifier/exact.hpp>
#include <cdl/classifier/likelihood.hpp>
#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>

#include <classifier/golden_classes.hpp>
#include <distribution/empirical_oracle.hpp>
#include <distribution/testing.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using schedule::discrete_levels;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The largest differences from the golden values of one mixture and prior, relative where these exceed 1.
struct differences {
    double log_post = 0, ratio = 0, gradient = 0, eps_hat = 0, likelihood = 0, mean_prev = 0;
};

template <index_t D, covariance C>
differences from_golden(const std::string& name, const std::string& pmf) {
    const auto mixture = test::golden_mixture(name).make<double, D, C>();
    const auto levels = discrete_levels<double>::uniform_noise(10);
    const classifier::noise_classes classes(exec::serial{}, levels, test::golden_prior(pmf));
    const denoiser::optimal eps_hat(mixture);
    const classifier::exact c(eps_hat, classes);
    const denoiser::from_classifier f(c);
    const auto d = static_cast<std::size_t>(mixture.dim());
    differences worst;
    std::string current;
    std::vector<double> z(d), posterior(11), logits(11), out(d);
    const auto see = [](double& largest, double got, const test::golden_row& row) {
        const auto want = static_cast<double>(row.number("value"));
        test::keep_largest(largest, std::abs(got - want) / std::max(1., std::abs(want)));
    };
    for (const auto& row : test::golden("e_eval.csv").where("mixture", name).where("pmf", pmf)) {
        const auto& quantity = row.text("quantity");
        if (quantity == "x") {
            const auto j = static_cast<std::size_t>(row.integer("i"));
            z[j] = static_cast<double>(row.number("hex"));
            if (j + 1 < d) continue;
            c.log_posterior(z, posterior);
            classifier::logits(exec::serial{}, c, as_batch(z, mixture.dim()), as_batch(logits, 11));
            continue;
        }
        const index_t t = row.integer("t");
        const auto j = static_cast<std::size_t>(row.has("i") ? row.integer("i") : 0);
        const auto k = static_cast<std::size_t>(t - 1);
        if (quantity == "log_post") see(worst.log_post, posterior[k], row);
        if (quantity == "F") {
            see(worst.ratio, c.ratio(z, t), row);
            see(worst.ratio, logits[10] - logits[k], row);
        }
        if (quantity == "log_p_t") {
            see(worst.likelihood, classifier::log_likelihood(posterior, c.classes(), t, z), row);
            see(worst.likelihood, classifier::log_likelihood(logits, c.classes(), t, z), row);
        }
        if (quantity == "grad_F") {
            c.ratio_gradient(z, t, out);
            see(worst.gradient, out[j], row);
        }
        if (quantity == "eps_hat") {
            f(z, levels.level(t), out);
            see(worst.eps_hat, out[j], row);
        }
        if (quantity == "mean_prev") { // [CDM eq. 7] without the noise
            c.ratio_gradient(z, t, out);
            const double alpha = signal_power(levels.level(t)) / signal_power(levels.level(t - 1));
            see(worst.mean_prev, std::sqrt(alpha) * z[j] - (1 - alpha) / std::sqrt(alpha) * out[j], row);
        }
    }
    return worst;
}

} // namespace

TEST_CASE("the classes are the golden levels and pure noise") {
    const auto levels = discrete_levels<double>::uniform_noise(10);
    const classifier::noise_classes classes(exec::serial{}, levels, test::golden_prior("weighted"));
    CHECK(classes.steps() == 10);
    CHECK(classes.size() == 11);
    double worst = 0, cumulative = 0;
    for (const auto& row : test::golden("e_levels.csv")) {
        const index_t k = row.integer("t");
        const auto a = static_cast<double>(row.number("log_snr")), p = static_cast<double>(row.number("pmf_weighted"));
        cumulative += p;
        if (k <= 10) test::keep_largest(worst, std::abs(classes.view().level(k).value - a));
        if (k == 11) CHECK(classes.view().level(k).value == -infinity);
        test::keep_largest(worst, std::abs(std::exp(classes.view().log_prior(k)) - p));
        test::keep_largest(worst, std::abs(classes.view().cumulative_priors[k - 1] - cumulative));
    }
    test::check_within("levels and priors", worst, 4e-15);
}

TEST_CASE("the exact classifier has the golden posteriors, ratios, gradients and likelihoods") {
    for (const std::string pmf : {"uniform", "weighted"})
        for (const std::string name : {"two_1d", "three_1d", "five_2d"}) {
            const auto worst = name == "five_2d" ? from_golden<2, covariance::full>(name, pmf)
                                                 : from_golden<1, covariance::isotropic>(name, pmf);
            const std::string what = name + ", " + pmf + ", ";
            test::check_within(what + "log posterior", worst.log_post, 5e-13);
            test::check_within(what + "F", worst.ratio, 1e-14);
            test::check_within(what + "grad F", worst.gradient, 1e-14);
            test::check_within(what + "eps_hat", worst.eps_hat, 4e-15);
            test::check_within(what + "log p_t", worst.likelihood, 4e-15);
            test::check_within(what + "mean of the step before", worst.mean_prev, 4e-15);
        }
}

TEST_CASE("grad F is the gradient of F, whatever the prior") {
    const auto mixture = test::golden_mixture("five_2d").make<double, 2, covariance::full>();
    const denoiser::optimal eps_hat(mixture);
    const auto levels = discrete_levels<double>::ddpm_linear(40, 1e-4, 0.02);
    std::vector<double> prior;
    for (index_t k = 0; k <= 40; ++k) prior.push_back(1 + static_cast<double>(k % 5));
    const classifier::noise_classes classes(exec::serial{}, levels, prior);
    const classifier::exact c(eps_hat, classes);
    using dual = Eigen::AutoDiffScalar<Eigen::Vector2d>;
    double worst = 0;
    for (index_t i = 0; i < 20; ++i) {
        const auto z = test::normal_points<double>(1, 2, 0, 2, static_cast<std::uint64_t>(i));
        const std::array<dual, 2> at{dual(z[0], 2, 0), dual(z[1], 2, 1)};
        for (index_t k = 1; k <= 41; ++k) {
            const dual ratio = c.ratio(at, k);
            std::array<double, 2> gradient{};
            c.ratio_gradient(z, k, gradient);
            test::keep_largest(worst, std::abs(ratio.value() - c.ratio(z, k)));
            for (index_t j = 0; j < 2; ++j)
                test::keep_largest(worst, std::abs(ratio.derivatives()[j] - gradient[static_cast<std::size_t>(j)]) /
                                              (1 + std::abs(gradient[static_cast<std::size_t>(j)])));
            if (k == 41) CHECK(gradient == std::array{0., 0.});
        }
    }
    test::check_within("grad F by autodiff", worst, 1e-13);
}

TEST_CASE_TEMPLATE("posteriors sum to one, and far out they are what the tails say", T, float, double) {
    const gaussian_mixture<T, 1, covariance::isotropic> mixture({1, 1}, {-5, 5}, {T(0.25), 1});
    const denoiser::optimal eps_hat(mixture);
    const auto levels = discrete_levels<T>::ddpm_linear(1000);
    const classifier::noise_classes classes(exec::serial{}, levels);
    const classifier::exact c(eps_hat, classes);
    std::vector<T> posterior(1001);
    double worst = 0;
    for (const double z : {0., 0.3, -5., 8., 100., -1e4, 1e6}) {
        CAPTURE(z);
        c.log_posterior(std::array{static_cast<T>(z)}, posterior);
        double sum = 0;
        for (const T log_p : posterior) {
            CHECK(log_p <= 0);
            CHECK(log_p - log_p == 0);
            sum += std::exp(static_cast<double>(log_p));
        }
        // far out a rounding of the logits, of size z^2 / 2, is more than 1
        if (std::abs(z) < 1000) test::keep_largest(worst, std::abs(sum - 1) / (1 + z * z) / test::epsilon<T>);
        const auto best = std::max_element(posterior.begin(), posterior.end()) - posterior.begin();
        // far to the right the widest component wins: of the mode at 5, whose variance is 1 at each level, the cleanest
        if (z == 100.) CHECK(best == 0);
    }
    test::check_within(std::string("sum of posteriors / epsilon, ") + (sizeof(T) == 4 ? "float" : "double"), worst, 20);
}

TEST_CASE("clean data may be class 1, as in the published code, and pure noise class T") {
    const gaussian_mixture<double, 1, covariance::isotropic> mixture({1, 1}, {-1, 2}, {0.25, 1});
    const denoiser::optimal eps_hat(mixture);
    const auto levels = discrete_levels<double>::from_log_snrs(std::vector{infinity, 1., -infinity}); // T + 2 in all
    const classifier::noise_classes classes(exec::serial{}, levels);
    const classifier::exact c(eps_hat, classes);
    for (const double z : {-3., 0., 1.5}) {
        std::vector<double> posterior(4);
        const std::array at{z};
        c.log_posterior(at, posterior);
        CHECK(classifier::log_likelihood(posterior, c.classes(), 1, at) ==
              doctest::Approx(mixture.log_density(at)).epsilon(1e-14));
        CHECK(posterior[2] == doctest::Approx(posterior[3]).epsilon(1e-14));
        std::array<double, 1> gradient{};
        c.ratio_gradient(at, 1, gradient);
        CHECK(gradient[0] != gradient[0]);
        c.ratio_gradient(at, 3, gradient);
        CHECK(gradient[0] == 0);
    }
}

namespace {

/// The largest difference of the batch functions under any policy from the function of one point, in units of epsilon
/// times 1 + |z|^2.
template <class T, index_t D, covariance C>
double batch_error(const gaussian_mixture<T, D, C>& mixture, index_t n) {
    const index_t d = mixture.dim(), count = 7;
    const denoiser::optimal eps_hat(mixture);
    const classifier::noise_classes classes(exec::serial{}, discrete_levels<T>::uniform_noise(count - 1),
                                            std::vector<T>{1, 2, 3, 4, 5, 6, 7});
    const classifier::exact c(eps_hat, classes);
    const auto z = test::normal_points<T>(n, d, 0, 2);
    const batch_view<const T, D> from(z.data(), n, d);
    double worst = 0;
    test::for_each_policy([&](const std::string&, const auto& policy) {
        std::vector<T> logits(static_cast<std::size_t>(n * count)), posteriors(logits), one(logits);
        // the classes side by side, and the points side by side
        const batch_view<T> of_logits(logits.data(), n, count);
        const batch_view<T, dynamic, coord_major> of_posteriors(posteriors.data(), n, count);
        classifier::logits(policy, c, from, of_logits);
        classifier::log_posteriors(policy, c, from, of_posteriors);
        std::vector<T> posterior(static_cast<std::size_t>(count));
        for (index_t i = 0; i < n; ++i) {
            double size = 1;
            for (index_t j = 0; j < d; ++j) size += static_cast<double>(from(i, j)) * static_cast<double>(from(i, j));
            c.log_posterior(from[i], posterior);
            for (index_t k = 0; k < count; ++k) {
                const T errors[] = {of_logits(i, k) - c.logit(from[i], k + 1),
                                    of_posteriors(i, k) - posterior[static_cast<std::size_t>(k)]};
                for (const T error : errors)
                    test::keep_largest(worst, std::abs(static_cast<double>(error)) / size / test::epsilon<T>);
            }
        }
    });
    return worst;
}

} // namespace

TEST_CASE_TEMPLATE("batches of logits and posteriors are those of their points under every policy", T, float, double) {
    const gaussian_mixture<T, 2, covariance::full> plane({1, 2}, {-1, 0, 2, 1}, {1, T(.5), T(.5), 1, 2, 0, 0, T(.5)});
    for (const index_t n : {0, 1, 7, 597}) test::check_within("2-D / epsilon", batch_error(plane, n), 20);
}

TEST_CASE("batches of points too wide for registers, too") {
    const std::vector<double> means(local_point_capacity + 1, .5);
    const gaussian_mixture<double, dynamic, covariance::isotropic> wide({1}, means, {0.25});
    test::check_within("wide / epsilon", batch_error(wide, 7), 20);
}

TEST_CASE("the exact classifier is the denoiser's whatever the data: a cloud of points") {
    const std::vector<double> points{-1, 0, 2, 2.5};
    const distribution::empirical<double, 1> cloud(points, distribution::kernel_width{0.1});
    const denoiser::empirical eps_hat(cloud);
    const classifier::noise_classes classes(exec::serial{}, discrete_levels<double>::uniform_noise(5));
    const classifier::exact c(eps_hat, classes);
    const denoiser::from_classifier f(c);
    const std::array z{0.7};
    std::array<double, 1> want{}, got{};
    for (index_t t = 1; t <= 5; ++t) {
        eps_hat(z, c.classes().level(t), want);
        f(z, c.classes().level(t), got);
        CHECK(got[0] == doctest::Approx(want[0]).epsilon(1e-14));
        std::vector<double> posterior(6);
        c.log_posterior(z, posterior);
        CHECK(classifier::log_likelihood(posterior, c.classes(), t, z) ==
              doctest::Approx(eps_hat.log_density(z, c.classes().level(t))).epsilon(1e-13));
    }
}

TEST_CASE("priors whose quotients underflow keep their logarithms") {
    const auto levels = discrete_levels<double>::uniform_noise(2);
    const classifier::noise_classes classes(exec::serial{}, levels, std::vector{1e-300, 1e300, 1e-320});
    CHECK(classes.view().log_prior(1) == doctest::Approx(-600 * std::log(10.0)).epsilon(1e-15)); // -1381.55
    CHECK(classes.view().log_prior(2) == 0);
    CHECK(classes.view().log_prior(3) == doctest::Approx(std::log(1e-320) - std::log(1e300)).epsilon(1e-15));
    // in between, where the quotient is not a normal number, it has few digits or none
    const classifier::noise_classes subnormal(exec::serial{}, levels, std::vector{1e-20, 1e300, 1e300});
    CHECK(subnormal.view().log_prior(1) == doctest::Approx(-320 * std::log(10.0) - std::log(2.0)).epsilon(1e-15));
    const classifier::noise_classes in_float(exec::serial{}, discrete_levels<float>::uniform_noise(2),
                                             std::vector{1e-30f, 1e30f, 1e30f});
    CHECK(in_float.view().log_prior(1) == doctest::Approx(-60 * std::log(10.0) - std::log(2.0)).epsilon(1e-6));
    // others are the logarithms of their quotients, to the last digit
    const classifier::noise_classes usual(exec::serial{}, levels, std::vector{1e300, 3e300, 4e300});
    CHECK(usual.view().log_prior(1) == std::log(1e300 / 8e300));
}

TEST_CASE("priors and levels that make no classes are refused") {
    const auto levels = discrete_levels<double>::uniform_noise(2);
    const auto refused = [&](const auto& some_levels, const std::vector<double>& prior) {
        return test::refusal([&] { classifier::noise_classes(exec::serial{}, some_levels, prior); });
    };
    const std::string where = "cdl::classifier::noise_classes: ";
    CHECK(refused(levels, {1, 2}) == where + "prior: must have a number for each class, or none; got 2 for 3");
    CHECK(refused(levels, {1, 0, 2}) == where + "prior: must be positive and finite; got 0");
    CHECK(refused(levels, {1, -1, 2}) == where + "prior: must be positive and finite; got -1");
    CHECK(refused(levels, {1, infinity, 2}) == where + "prior: must be positive and finite; got inf");
    CHECK(refused(levels, {1, std::nan(""), 2}) == where + "prior: must be positive and finite; got nan");
    CHECK(refused(levels, {1e308, 1e308, 1}) == where + "prior: must have a finite sum; got inf");
    CHECK(refused(levels, {1, 2, 3}).empty());
    CHECK(refused(levels, {}).empty());
    const auto level_again = discrete_levels<double>::from_log_snrs(std::vector{1., 1.});
    CHECK(refused(level_again, {}) == where + "levels: must fall from step to step; got 1 after 1");
}

TEST_CASE("batches of another shape are refused") {
    const gaussian_mixture<double, 1, covariance::isotropic> mixture({1}, {0}, {1});
    const denoiser::optimal eps_hat(mixture);
    const classifier::noise_classes classes(exec::serial{}, discrete_levels<double>::uniform_noise(2));
    const classifier::exact c(eps_hat, classes);
    std::vector<double> z(4), out(12), small(8);
    const std::vector<index_t> truth{1, 2};
    CHECK(test::refusal([&] { classifier::logits(exec::serial{}, c, z, as_batch(small, 2)); }) ==
          "cdl::classifier::logits: out: must have a number for each point and class; got 4 x 2 for 4 x 3");
    CHECK(test::refusal([&] { classifier::log_posteriors(exec::serial{}, c, as_batch(z, 2), as_batch(small, 4)); }) ==
          "cdl::classifier::log_posteriors: out: must have a number for each point and class; got 2 x 4 for 2 x 3");
    CHECK(test::refusal([&] { classifier::logits(exec::serial{}, c, as_batch(z, 2), as_batch(out, 3)); }) ==
          "cdl::classifier::logits: out: must have a number for each point and class; got 4 x 3 for 2 x 3");
    CHECK(test::refusal([&] { classifier::ratio_gradients(exec::serial{}, c, z, truth, z); }) ==
          "cdl::classifier::ratio_gradients: classes: must be one for each point; got 2 for 4");
    CHECK(test::refusal([&] { classifier::ratio_gradients(exec::serial{}, c, z, truth, small); }) ==
          "cdl::classifier::ratio_gradients: out: must have the shape of z; got 8 x 1 for 4 x 1");
    CHECK(test::refusal([&] {
              classifier::logits(exec::serial{}, c, as_batch(z, 2), batch_view<double>(out.data(), 2, 3));
          }) == "cdl::classifier::logits: z: must have the dimension of the denoiser; got 2 for 1");
}

TEST_CASE_TEMPLATE("posteriors sum to one however far away the point is", T, float, double) {
    const gaussian_mixture<T, 1> normal({1}, {0}, {1}); // no level changes it: all classes are equally likely
    const denoiser::optimal f(normal);
    const classifier::noise_classes classes(exec::serial{},
                                            discrete_levels<T>::from_log_snrs(std::vector<double>{4, 2, 0, -2}));
    const classifier::exact exact(f, classes);
    for (const T z : {T(1), T(1e3), T(1e4), T(1e10)}) {
        std::array<T, 5> log_p;
        exact.log_posterior(std::array{z}, log_p);
        double sum = 0;
        for (const T& l : log_p) sum += std::exp(static_cast<double>(l));
        CHECK(sum == doctest::Approx(1).epsilon(4 * static_cast<double>(std::numeric_limits<T>::epsilon())));
    }
}
