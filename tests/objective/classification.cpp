// SPDX-License-Identifier: MIT
// CDM's objective: its values against golden/e_*.csv, its cotangents against finite differences and automatic
// differentiation, and the exact classifier as its stationary point.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/classifier/likelihood.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/objective/classification.hpp>
#include <cdl/objective/prepare.hpp>

#include <classifier/golden_classes.hpp>
#include <distribution/empirical_oracle.hpp>
#include <distribution/testing.hpp>
#include <objective/classification_testing.hpp>

#include <array>
#include <cmath>
#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using schedule::discrete_levels;
using test::check_within, test::keep_largest;

namespace {

constexpr exec::serial policy{};
constexpr double infinity = std::numeric_limits<double>::infinity();

/// The loss of point i by its definition, on any scalar: the noise from its address, the class as it was drawn.
template <class S>
S loss_by_definition(const objective::classification<double>& loss, const random::noise_stream& stream, index_t step,
                     index_t i, index_t k, const std::vector<double>& z, const std::vector<S>& logits,
                     const std::vector<S>& gradient) {
    using std::exp, std::log;
    S sum = S(0);
    for (const S& l : logits) sum = S(sum + exp(l));
    S value = S(S(loss.cross_entropy_weight) * S(log(sum) - logits[static_cast<std::size_t>(k - 1)]));
    if (k > loss.levels.size()) return value;
    const double noise = noise_scale(loss.levels.level(k));
    for (std::size_t j = 0; j < z.size(); ++j) {
        const double eps =
            random::normal(stream.for_purpose(random::purpose::channel), step, i, static_cast<index_t>(j));
        const S error = S(S(eps) - S(S(noise) * S(gradient[j] + S(z[j]))));
        value = S(value + S(loss.squared_error_weight) * error * error);
    }
    return value;
}

} // namespace

TEST_CASE("the cross entropy and the squared errors of the exact classifier have the golden values, by quadrature") {
    for (const std::string name : {"two_1d", "three_1d"}) {
        const auto mixture = test::golden_mixture(name).make<double, 1, covariance::isotropic>();
        const denoiser::optimal f(mixture);
        for (const std::string pmf : {"uniform", "weighted"}) {
            const auto prior = test::golden_prior(pmf);
            const auto levels = discrete_levels<double>::uniform_noise(10);
            const classifier::noise_classes classes(policy, levels, prior);
            const classifier::exact c(f, classes);
            const denoiser::from_classifier eps_hat(c);
            std::vector<double> posterior(11);
            std::array<double, 1> noise{};
            std::vector<double> squared_errors(10);
            double cross_entropy = 0;
            constexpr double h = 1. / 64;
            for (double x = -20; x <= 20; x += h) { // the trapezoid on the line converges like e^(-1 / h)
                const std::array z{x};
                c.log_posterior(z, posterior);
                for (index_t t = 1; t <= 11; ++t) {
                    const auto k = static_cast<std::size_t>(t - 1);
                    const double density = std::exp(classifier::log_likelihood(posterior, c.classes(), t, z));
                    cross_entropy -= h * std::exp(c.classes().log_prior(t)) * density * posterior[k];
                    if (t == 11) continue;
                    eps_hat(z, levels.level(t), noise);
                    squared_errors[k] += h * density * (1 - noise[0] * noise[0]); // E (eps - eps_hat) eps_hat = 0
                }
            }
            for (const auto& row : test::golden("e_cross_entropy.csv").where("mixture", name).where("pmf", pmf))
                check_within(name + ", " + pmf + ", cross entropy",
                             std::abs(cross_entropy - static_cast<double>(row.number("cross_entropy"))), 1e-13);
            double worst = 0;
            for (const auto& row : test::golden("e_mse.csv").where("mixture", name))
                keep_largest(worst, std::abs(squared_errors[static_cast<std::size_t>(row.integer("t") - 1)] -
                                             static_cast<double>(row.number("mse_eps"))));
            check_within(name + ", squared errors", worst, 2e-14);
        }
    }
}

// The losses are skewed to the right, which moves the mean z-score of estimates of 1000 points by -0.06.
TEST_CASE("estimates are unbiased and their standard errors honest: z-scores of 200 seeds against the golden values") {
    for (const std::string name : {"two_1d", "three_1d"}) {
        const auto mixture = test::golden_mixture(name).make<double, 1, covariance::isotropic>();
        const denoiser::optimal f(mixture);
        const std::string pmf = name == "two_1d" ? "uniform" : "weighted";
        const objective::classification<double> loss{discrete_levels<double>::uniform_noise(10),
                                                     test::golden_prior(pmf), 0.5, 2};
        const classifier::noise_classes classes(policy, loss.levels, loss.prior);
        classifier::exact c(f, classes);
        const auto row = test::golden("e_cross_entropy.csv").where("mixture", name).where("pmf", pmf)[0];
        const auto cross_entropy = static_cast<double>(row.number("cross_entropy"));
        double squared_error = 0; // class 11 has none
        for (const auto& at : test::golden("e_mse.csv").where("mixture", name))
            squared_error +=
                loss.prior[static_cast<std::size_t>(at.integer("t") - 1)] * static_cast<double>(at.number("mse_eps"));
        std::vector<double> x(1000);
        test::z_scores of_cross_entropy, of_squared_error, of_value;
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            mixture.draw(policy, random::noise_stream{seed, random::purpose::data}, 0, x);
            const auto value = objective::evaluate(policy, loss, c, x, random::noise_stream{seed}, 0);
            of_cross_entropy.see(value.cross_entropy, cross_entropy);
            of_squared_error.see(value.squared_error, squared_error);
            of_value.see(value, 0.5 * cross_entropy + 2 * squared_error);
            CHECK(value.denoiser_calls == 1000);
        }
        of_cross_entropy.check(name + ", cross entropy");
        of_squared_error.check(name + ", squared error");
        of_value.check(name + ", value");
    }
}

TEST_CASE("the two cotangents are the derivatives of the value: finite differences and automatic differentiation") {
    const objective::classification<double> loss{discrete_levels<double>::uniform_noise(4), {1, 2, 3, 2, 1}, 0.7, 1.3};
    const index_t n = 9, d = 2, count = 5, step = 3;
    const auto x = test::normal_points<double>(n, d, 0, 2);
    const random::noise_stream stream{.seed = 21};
    auto training = objective::prepare(policy, loss, as_batch(x, d));
    CHECK(training.classes() == count);
    const auto q = training.queries(policy, as_batch(x, d), stream, step);
    auto logits = test::normal_points<double>(n, count, 1, 2), gradient = test::normal_points<double>(n, d, 2, 1);
    std::vector<double> of_logits(logits.size()), of_gradient(gradient.size());
    const auto value = training.value_and_cotangents(policy, as_batch(logits, count), as_batch(gradient, d),
                                                     as_batch(of_logits, count), as_batch(of_gradient, d));

    double by_differences = 0, by_autodiff = 0;
    const double h = 1e-6;
    const auto differentiate = [&](std::vector<double>& numbers, const std::vector<double>& cotangent) {
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            const double at = numbers[i];
            numbers[i] = at + h;
            const double above = training.value(policy, as_batch(logits, count), as_batch(gradient, d)).value;
            numbers[i] = at - h;
            const double below = training.value(policy, as_batch(logits, count), as_batch(gradient, d)).value;
            numbers[i] = at;
            keep_largest(by_differences, std::abs((above - below) / (2 * h) - cotangent[i]));
        }
    };
    differentiate(logits, of_logits);
    differentiate(gradient, of_gradient);
    check_within("cotangents by differences", by_differences, 1e-8);

    using dual = Eigen::AutoDiffScalar<Eigen::VectorXd>;
    double mean = 0;
    for (index_t i = 0; i < n; ++i) {
        std::vector<dual> l, g;
        for (index_t k = 0; k < count; ++k)
            l.emplace_back(logits[static_cast<std::size_t>(i * count + k)], count + d, k);
        for (index_t j = 0; j < d; ++j)
            g.emplace_back(gradient[static_cast<std::size_t>(i * d + j)], count + d, count + j);
        const std::vector<double> z{q.z(i, 0), q.z(i, 1)};
        const dual point = loss_by_definition(loss, stream, step, i, q.classes[static_cast<std::size_t>(i)], z, l, g);
        mean += point.value() / n;
        for (index_t k = 0; k < count; ++k)
            keep_largest(by_autodiff,
                         std::abs(point.derivatives()[k] / n - of_logits[static_cast<std::size_t>(i * count + k)]));
        for (index_t j = 0; j < d; ++j)
            keep_largest(by_autodiff, std::abs(point.derivatives()[count + j] / n -
                                               of_gradient[static_cast<std::size_t>(i * d + j)]));
    }
    check_within("cotangents by autodiff", by_autodiff, 1e-15);
    check_within("value by definition", std::abs(mean - value.value), 1e-14);
    CHECK(value.value == doctest::Approx(0.7 * value.cross_entropy.value + 1.3 * value.squared_error.value));

    // they may lie where the answers lie
    training.value_and_cotangents(policy, as_batch(logits, count), as_batch(gradient, d), as_batch(logits, count),
                                  as_batch(gradient, d));
    CHECK(logits == of_logits);
    CHECK(gradient == of_gradient);
}

TEST_CASE("the exact classifier is a stationary point of both parts, and a wrong one is not") {
    // parameters of the data: the two means, a common factor of the standard deviations, the weight of the first mode
    const auto made = [](const std::array<double, 4>& p) {
        return gaussian_mixture<double, 1, covariance::isotropic>({p[3], 1 - p[3]}, {p[0], p[1]},
                                                                  {0.25 * p[2] * p[2], 0.5 * p[2] * p[2]});
    };
    const std::array<double, 4> truth{-1.5, 1, 1, 0.4}, shifted{-1.5, 1.2, 1, 0.4};
    const auto data = made(truth);
    const index_t n = 20000, count = 9;
    std::vector<double> x(static_cast<std::size_t>(n));
    data.draw(policy, random::noise_stream{7, random::purpose::data}, 0, x);
    struct answers {
        std::vector<double> logits, gradient;
    };
    for (const bool of_squares : {false, true}) {
        const objective::classification<double> loss{
            discrete_levels<double>::uniform_noise(8), {}, of_squares ? 0. : 1., of_squares ? 1. : 0.};
        const classifier::noise_classes classes(policy, loss.levels);
        auto training = objective::prepare(policy, loss, x);
        const auto q = training.queries(policy, x, random::noise_stream{7}, 0);
        const auto answer = [&](const std::array<double, 4>& p) {
            const auto mixture = made(p);
            const denoiser::optimal f(mixture);
            const classifier::exact c(f, classes);
            answers a{std::vector<double>(static_cast<std::size_t>(n * count)), std::vector<double>(x.size())};
            classifier::logits(policy, c, q.z, as_batch(a.logits, count));
            classifier::ratio_gradients(policy, c, q.z, q.classes, a.gradient);
            return a;
        };
        /// The derivative with respect to parameter m, in standard errors, through the cotangents; and by differences of
        /// the value.
        const auto derivative = [&](const std::array<double, 4>& p, std::size_t m) {
            auto at = answer(p);
            answers cotangent = at;
            training.value_and_cotangents(policy, as_batch(at.logits, count), at.gradient,
                                          as_batch(cotangent.logits, count), cotangent.gradient);
            const double h = 1e-4;
            auto above = p, below = p;
            above[m] += h;
            below[m] -= h;
            const answers up = answer(above), down = answer(below);
            const double by_differences = (training.value(policy, as_batch(up.logits, count), up.gradient).value -
                                           training.value(policy, as_batch(down.logits, count), down.gradient).value) /
                                          (2 * h);
            std::vector<double> points(x.size());
            for (std::size_t i = 0; i < x.size(); ++i) {
                double sum = cotangent.gradient[i] * (up.gradient[i] - down.gradient[i]);
                for (std::size_t k = i * count; k < (i + 1) * count; ++k)
                    sum += cotangent.logits[k] * (up.logits[k] - down.logits[k]);
                points[i] = static_cast<double>(n) * sum / (2 * h);
            }
            const auto mean = density::mean_of(policy, points.data(), n);
            check_within("derivative of the value by a parameter", std::abs(mean.value - by_differences), 7e-9);
            return mean.value / mean.standard_error;
        };
        const std::string what = of_squares ? "squared error, parameter " : "cross entropy, parameter ";
        for (std::size_t m = 0; m < 4; ++m)
            check_within(what + std::to_string(m) + ", standard errors", std::abs(derivative(truth, m)), 4);
        CHECK(std::abs(derivative(shifted, 1)) > 8);
    }
}

TEST_CASE("pure noise and clean data have no squared error, whatever their gradient is") {
    const objective::classification<double> loss{discrete_levels<double>::from_log_snrs(std::vector{infinity, 0.})};
    const index_t n = 200, count = 3;
    const auto x = test::normal_points<double>(n, 1, 0, 1);
    auto training = objective::prepare(policy, loss, x);
    const auto q = training.queries(policy, x, {}, 0);
    std::vector<double> logits(static_cast<std::size_t>(n * count), 1.), gradient(x), of_logits(logits), of_gradient(x);
    std::vector<index_t> seen(4);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const index_t k = q.classes[i];
        ++seen[static_cast<std::size_t>(k)];
        if (k == 1) CHECK(q.z(static_cast<index_t>(i), 0) == x[i]);
        if (k == 3)
            CHECK(q.z(static_cast<index_t>(i), 0) ==
                  random::normal({0, random::purpose::channel}, 0, static_cast<index_t>(i)));
        if (k != 2) gradient[i] = std::nan("");
    }
    const auto value = training.value_and_cotangents(policy, as_batch(logits, count), gradient,
                                                     as_batch(of_logits, count), of_gradient);
    CHECK(value.squared_error.value > 0);
    CHECK(value.cross_entropy.value == doctest::Approx(std::log(3.)));
    CHECK(value.cross_entropy.standard_error < 1e-15);
    for (std::size_t i = 0; i < x.size(); ++i) CHECK((of_gradient[i] == 0) == (q.classes[i] != 2));
    for (std::size_t k = 1; k <= 3; ++k) CHECK(seen[k] > 40);
}

TEST_CASE("classes are drawn from the prior, by address") {
    const objective::classification<float> loss{discrete_levels<float>::ddpm_linear(3, 1e-4, 0.02), {8, 1, 0.5f, 0.5f}};
    const index_t n = 20000;
    const std::vector<float> x(static_cast<std::size_t>(n), 1.f);
    const random::noise_stream stream{.seed = 5};
    auto all = objective::prepare(policy, loss, x);
    const auto q = all.queries(policy, x, stream, 4);
    std::array<double, 5> counts{};
    for (const index_t k : q.classes) ++counts[static_cast<std::size_t>(k)];
    for (std::size_t k = 1; k <= 4; ++k) {
        const double p = static_cast<double>(loss.prior[k - 1]) / 10, expected = p * static_cast<double>(n);
        CHECK(std::abs(counts[k] - expected) < 4 * std::sqrt(expected * (1 - p)));
    }
    // a part of a batch sees the numbers of its part, another step others
    const std::vector<float> few(5, 1.f);
    auto part = objective::prepare(policy, loss, few);
    const auto p = part.queries(policy, few, stream.starting_at(100), 4);
    for (index_t i = 0; i < 5; ++i) {
        CHECK(p.z(i, 0) == q.z(100 + i, 0));
        CHECK(p.classes[static_cast<std::size_t>(i)] == q.classes[static_cast<std::size_t>(100 + i)]);
    }
    const std::vector<float> before(q.z.data(), q.z.data() + n);
    const auto next = all.queries(policy, x, stream, 5);
    index_t same = 0;
    for (index_t i = 0; i < n; ++i) same += next.z(i, 0) == before[static_cast<std::size_t>(i)] ? 1 : 0;
    CHECK(same < 10);
}

TEST_CASE("the paper's weights are the default") {
    const objective::classification loss{discrete_levels<double>::uniform_noise(10)};
    CHECK(loss.cross_entropy_weight == 0.001);
    CHECK(loss.squared_error_weight == 1);
    CHECK(loss.prior.empty());
}

TEST_CASE("settings, batches and answers that do not fit are refused before anything is written") {
    const auto levels = discrete_levels<double>::uniform_noise(2);
    const std::vector<double> x{1, 2, 3}, none;
    const auto refused = [&](const objective::classification<double>& loss, const std::vector<double>& points) {
        return test::refusal([&] { objective::prepare(policy, loss, points); });
    };
    const std::string where = "cdl::objective::classification";
    CHECK(refused({levels}, none) == where + ": x: must have at least one point; got 0 x 1");
    CHECK(refused({levels, {}, -1}, x) == where + ": cross_entropy_weight: must not be negative, and finite; got -1");
    CHECK(refused({levels, {}, 1, infinity}, x) ==
          where + ": squared_error_weight: must not be negative, and finite; got inf");
    CHECK(refused({levels, {1, 2}}, x) ==
          "cdl::classifier::noise_classes: prior: must have a number for each class, or none; got 2 for 3");

    auto training = objective::prepare(policy, objective::classification<double>{levels}, x);
    std::vector<double> logits(9), gradient(3), of_logits(9, 7.), of_gradient(3, 7.), small(2);
    const auto answered = [&](auto l, auto g, auto cl, auto cg) {
        return test::refusal([&] { training.value_and_cotangents(policy, l, g, cl, cg); });
    };
    const batch_view<double> l(logits.data(), 3, 3), g(gradient.data(), 3, 1), cl(of_logits.data(), 3, 3),
        cg(of_gradient.data(), 3, 1), of_two(small.data(), 2, 1), wide(logits.data(), 3, 2),
        one(small.data(), 3, 1, 0, 1);
    CHECK(answered(l, g, cl, cg) == where + "::value_and_cotangents: queries: must be asked for first; got none");
    CHECK(test::refusal([&] { training.queries(policy, small, {}, 0); }) ==
          where + "::queries: x: must have the shape that was prepared; got 2 x 1 for 3 x 1");
    CHECK(test::refusal([&] { training.queries(policy, x, {}, -1); }) ==
          where + "::queries: step: must be from 0 to 2^32 - 1; got -1");
    training.queries(policy, x, {}, 0);
    CHECK(answered(wide, g, cl, cg) ==
          where + "::value_and_cotangents: logits: must have a row for each point; got 3 x 2 for 3 x 3");
    CHECK(answered(l, of_two, cl, cg) ==
          where + "::value_and_cotangents: gradient: must have a row for each point; got 2 x 1 for 3 x 1");
    CHECK(answered(l, g, wide, cg) ==
          where + "::value_and_cotangents: logits_cotangent: must have a row for each point; got 3 x 2 for 3 x 3");
    CHECK(answered(l, g, cl, of_two) ==
          where + "::value_and_cotangents: gradient_cotangent: must have a row for each point; got 2 x 1 for 3 x 1");
    CHECK(answered(l, g, cl, one) ==
          where + "::value_and_cotangents: gradient_cotangent: points must not share memory; got point stride 0");
    CHECK(of_logits == std::vector<double>(9, 7.));
    CHECK(of_gradient == std::vector<double>(3, 7.));
    CHECK(answered(l, g, cl, cg).empty());
}
