// SPDX-License-Identifier: MIT
// Confusion matrices: by loops over all points, and those of the exact classifier by quadrature.

#include <cdl/classifier/calibration.hpp>
#include <cdl/classifier/confusion.hpp>
#include <cdl/classifier/likelihood.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/objective/classification.hpp>

#include <classifier/golden_classes.hpp>
#include <distribution/empirical_oracle.hpp>
#include <distribution/testing.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using schedule::discrete_levels;
using test::check_within, test::keep_largest;

TEST_CASE_TEMPLATE("both matrices and the scores are the means over the points, under every policy", T, float, double) {
    const index_t n = 300, count = 4;
    auto logits = test::normal_points<T>(n, count, 0, 2);
    std::vector<index_t> truth;
    for (index_t i = 0; i < n; ++i) truth.push_back(i == 5 ? 3 : 1 + i % 2); // one point of class 3, none of class 4
    logits[0] = logits[1] = T(9), logits[2] = T(0);                          // a draw: the first
    double worst = 0;
    const auto see = [&](T got, double want) {
        keep_largest(worst, std::abs(static_cast<double>(got) - want) / test::epsilon<T>);
    };
    test::for_each_policy([&](const std::string&, const auto& policy) {
        const auto m = classifier::confusion(policy, as_batch(logits, count), truth);
        CHECK(m.classes == count);
        CHECK(m.counts == std::vector<index_t>{150, 149, 1, 0});
        double hits = 0, cross_entropy = 0;
        std::vector<double> entropies;
        for (index_t r = 1; r <= count; ++r)
            for (index_t c = 1; c <= count; ++c) {
                std::vector<double> probabilities, decisions;
                for (index_t i = 0; i < n; ++i) {
                    if (truth[static_cast<std::size_t>(i)] != r) continue;
                    double total = 0;
                    const T* l = &logits[static_cast<std::size_t>(i * count)];
                    for (index_t k = 0; k < count; ++k) total += std::exp(static_cast<double>(l[k]));
                    probabilities.push_back(std::exp(static_cast<double>(l[c - 1])) / total);
                    decisions.push_back(std::max_element(l, l + count) - l == c - 1 ? 1 : 0);
                    if (r != c) continue;
                    hits += decisions.back() / n;
                    entropies.push_back(-std::log(probabilities.back()));
                    cross_entropy += entropies.back() / n;
                }
                const auto check = [&](const classifier::cell<T>& cell, const std::vector<double>& values) {
                    const auto size = static_cast<double>(values.size());
                    double mean = 0, variance = 0;
                    for (const double v : values) mean += v / size;
                    for (const double v : values) variance += (v - mean) * (v - mean) / (size - 1);
                    if (values.empty()) CHECK(cell.value != cell.value);
                    if (values.empty()) return;
                    see(cell.value, mean);
                    if (values.size() == 1) CHECK(std::isinf(cell.standard_error));
                    if (values.size() > 1) see(cell.standard_error, std::sqrt(variance / size));
                };
                check(m.probability(r, c), probabilities);
                check(m.decision(r, c), decisions);
            }
        see(m.accuracy.value, hits);
        see(m.accuracy.standard_error, std::sqrt(hits * (1 - hits) / (n - 1)));
        double variance = 0;
        for (const double e : entropies) variance += (e - cross_entropy) * (e - cross_entropy) / (n - 1);
        see(m.cross_entropy.value, cross_entropy);
        see(m.cross_entropy.standard_error, std::sqrt(variance / n));
    });
    check_within(std::string("confusion / epsilon, ") + (sizeof(T) == 4 ? "float" : "double"), worst, 30);
}

TEST_CASE("the matrix of the exact classifier is the integral, its cross entropy the golden one") {
    const auto mixture = test::golden_mixture("two_1d").make<double, 1, covariance::isotropic>();
    const denoiser::optimal f(mixture);
    const auto levels = discrete_levels<double>::uniform_noise(10);
    const classifier::noise_classes classes(exec::serial{}, levels);
    const classifier::exact c(f, classes);
    const index_t count = 11, n = 40000;
    std::vector<double> x(static_cast<std::size_t>(n)), logits(static_cast<std::size_t>(n * count));
    mixture.draw(exec::serial{}, random::noise_stream{2, random::purpose::data}, 0, x);
    auto training = objective::prepare(exec::serial{}, objective::classification<double>{levels}, x);
    const auto q = training.queries(exec::serial{}, x, random::noise_stream{2}, 0);
    classifier::logits(exec::serial{}, c, q.z, as_batch(logits, count));
    const auto m = classifier::confusion(exec::serial{}, as_batch(logits, count), q.classes);

    std::vector<double> integral(static_cast<std::size_t>(count * count)), decided(integral), posterior(11);
    constexpr double h = 1. / 64;
    for (double z = -16; z <= 16; z += h) {
        c.log_posterior(std::array{z}, posterior);
        const auto best = std::max_element(posterior.begin(), posterior.end()) - posterior.begin();
        for (index_t r = 0; r < count; ++r) {
            const double density =
                h * std::exp(classifier::log_likelihood(posterior, c.classes(), r + 1, std::array{z}));
            for (index_t k = 0; k < count; ++k)
                integral[static_cast<std::size_t>(r * count + k)] +=
                    density * std::exp(posterior[static_cast<std::size_t>(k)]);
            decided[static_cast<std::size_t>(r * count + best)] += density;
        }
    }
    double worst = 0, of_decisions = 0, asymmetry = 0;
    for (index_t r = 1; r <= count; ++r) {
        double row = 0;
        for (index_t k = 1; k <= count; ++k) {
            const auto at = static_cast<std::size_t>((r - 1) * count + k - 1);
            const auto& cell = m.probability(r, k);
            row += cell.value;
            keep_largest(worst, std::abs(cell.value - integral[at]) / cell.standard_error);
            // with equal priors the matrix is symmetric
            keep_largest(asymmetry,
                         std::abs(integral[at] - integral[static_cast<std::size_t>((k - 1) * count + r - 1)]));
            const auto& decision = m.decision(r, k);
            // of counts that are small the error is that of the count, and of the grid
            const double error =
                std::sqrt(decided[at] / static_cast<double>(m.counts[static_cast<std::size_t>(r - 1)]));
            keep_largest(of_decisions, std::abs(decision.value - decided[at]) / (error + h / 4));
        }
        CHECK(row == doctest::Approx(1).epsilon(1e-12));
    }
    check_within("121 mean probabilities, standard errors", worst, 4.5);
    check_within("121 shares of decisions, standard errors", of_decisions, 4.5);
    check_within("asymmetry", asymmetry, 3e-16);
    const auto golden = test::golden("e_cross_entropy.csv").where("mixture", "two_1d").where("pmf", "uniform")[0];
    check_within("cross entropy, standard errors",
                 std::abs(m.cross_entropy.value - static_cast<double>(golden.number("cross_entropy"))) /
                     m.cross_entropy.standard_error,
                 4);
}

TEST_CASE("confusion of no points or no such class is refused") {
    std::vector<double> logits(6);
    const auto refused = [&](index_t dim, const std::vector<index_t>& truth) {
        return test::refusal([&] { classifier::confusion(exec::serial{}, as_batch(logits, dim), truth); });
    };
    const std::string where = "cdl::classifier::confusion: ";
    CHECK(refused(1, {}) == where + "logits: must be of at least one point and two classes; got 6 x 1");
    CHECK(refused(3, {1}) == where + "truth: must be a class for each point; got 1 for 2");
    CHECK(refused(3, {1, 4}) == where + "truth: must be from 1 to the number of classes; got 4 of 3");
    CHECK(refused(3, {0, 1}) == where + "truth: must be from 1 to the number of classes; got 0 of 3");
    CHECK(refused(3, {1, 3}).empty());
    logits.clear();
    CHECK(refused(3, {}) == where + "logits: must be of at least one point and two classes; got 0 x 3");
}

TEST_CASE("logits that are no numbers are no answer, and so a wrong one") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t at = 0; at < 3; ++at) {
        std::vector<double> logits{0, 0, 0, 1, 0, 0};
        logits[at] = nan;
        for (index_t truth = 1; truth <= 3; ++truth) {
            const auto m = classifier::confusion(exec::serial{}, as_batch(logits, 3), std::vector<index_t>{truth, 1});
            CHECK(m.accuracy.value == 0.5);
            CHECK(std::isnan(m.cross_entropy.value));
        }
    }
}

TEST_CASE("logits of plus infinity, or of minus infinity alone, are no probabilities and no answer") {
    const double infinity = std::numeric_limits<double>::infinity();
    test::for_each_policy([&](const std::string&, const auto& policy) {
        for (const auto& bad : {std::array{infinity, 0., 0.}, std::array{0., infinity, infinity},
                                std::array{-infinity, -infinity, -infinity}}) {
            const std::vector<double> logits{bad[0], bad[1], bad[2], 1, 0, 0};
            for (index_t truth = 1; truth <= 3; ++truth) {
                const auto m = classifier::confusion(policy, as_batch(logits, 3), std::vector<index_t>{truth, 1});
                CHECK(m.accuracy.value == 0.5);
                CHECK(std::isnan(m.cross_entropy.value));
                CHECK(std::isnan(m.probability(truth, 2).value));
            }
        }
        // a class that is impossible is one that others are preferred to
        const std::vector<double> logits{-infinity, 0, 0, 0, -infinity, -infinity};
        const auto m = classifier::confusion(policy, as_batch(logits, 3), std::vector<index_t>{2, 1});
        CHECK(m.accuracy.value == 1);
        CHECK(m.cross_entropy.value == std::log(2.0) / 2);
        CHECK(m.probability(2, 1).value == 0);
        const auto wrong = classifier::confusion(policy, as_batch(logits, 3), std::vector<index_t>{1, 1});
        CHECK(wrong.cross_entropy.value == infinity);
    });
}

TEST_CASE_TEMPLATE("what all logits have in common changes nothing", T, float, double) {
    const double sum = 1 + std::exp(1.) + std::exp(2.) + std::exp(3.),
                 epsilon = static_cast<double>(std::numeric_limits<T>::epsilon());
    for (const T common : {T(0), T(-1e4), T(1e5), T(4e6)}) {
        const std::vector<T> logits{common, common + T(1), common + T(2), common + T(3)};
        const auto table = classifier::confusion(exec::serial{}, as_batch(logits, 4), std::vector<index_t>{2});
        CHECK(table.cross_entropy.value == doctest::Approx(std::log(sum) - 1).epsilon(4 * epsilon));
        double row = 0;
        for (index_t k = 1; k <= 4; ++k) row += static_cast<double>(table.probability(2, k).value);
        CHECK(row == doctest::Approx(1).epsilon(4 * epsilon));
        const std::vector<index_t> last{4};
        const auto calibrated =
            classifier::calibration(exec::serial{}, as_batch(logits, 4), std::span<const index_t>(last), 10);
        CHECK(calibrated.confidence.value == doctest::Approx(std::exp(3.) / sum).epsilon(4 * epsilon));

        const objective::classification loss{discrete_levels<T>::from_log_snrs(std::vector<double>{4, 0, -4})};
        const std::vector<T> x{T(0.3)}, gradient{T(0)};
        auto training = objective::prepare(exec::serial{}, loss, x);
        training.queries(exec::serial{}, x, {.seed = 1}, 0);
        std::vector<T> of_logits(4), of_gradient(1);
        training.value_and_cotangents(exec::serial{}, as_batch(logits, 4), gradient, as_batch(of_logits, 4),
                                      of_gradient);
        double total = 0;
        for (const T& c : of_logits) total += static_cast<double>(c);
        CHECK(std::abs(total) < 4 * epsilon);
    }
}
