// SPDX-License-Identifier: MIT
// Calibration: what the exact classifier says is true, and what a classifier that is too sure says is not.

#include <cdl/classifier/calibration.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/objective/classification.hpp>

#include <distribution/empirical_oracle.hpp>
#include <distribution/testing.hpp>

#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using schedule::discrete_levels;
using test::check_within, test::keep_largest;

namespace {

/// Points of the classes of a schedule, and the exact log posteriors.
struct labelled {
    std::vector<double> log_posteriors;
    std::vector<index_t> truth;

    labelled(index_t n, std::uint64_t seed) : log_posteriors(static_cast<std::size_t>(6 * n)) {
        const distribution::gaussian_mixture<double, 1, covariance::isotropic> mixture({1, 2}, {-3, 3}, {0.25, 0.5});
        const denoiser::optimal f(mixture);
        const auto levels = discrete_levels<double>::uniform_noise(5);
        const classifier::noise_classes classes(exec::serial{}, levels);
        const classifier::exact c(f, classes);
        std::vector<double> x(static_cast<std::size_t>(n));
        mixture.draw(exec::serial{}, random::noise_stream{seed, random::purpose::data}, 0, x);
        auto training = objective::prepare(exec::serial{}, objective::classification<double>{levels}, x);
        const auto q = training.queries(exec::serial{}, x, random::noise_stream{seed}, 0);
        classifier::log_posteriors(exec::serial{}, c, q.z, as_batch(log_posteriors, 6));
        truth.assign(q.classes.begin(), q.classes.end());
    }
};

} // namespace

TEST_CASE("bins are closed above and hold their points, and the error is the mean over points") {
    // the decided class has probability 1/2, 3/4 and 1, and is true, false and true
    const std::vector<double> logits{0, 0, std::log(3.), 0, -1e3, 1};
    const std::vector<index_t> truth{1, 2, 2};
    const auto curve = classifier::calibration(exec::serial{}, as_batch(logits, 2), truth, 4);
    REQUIRE(curve.bins.size() == 4);
    CHECK(curve.bins[0].count == 0);
    CHECK(curve.bins[0].mean_prediction != curve.bins[0].mean_prediction);
    CHECK(curve.bins[0].observed.value != curve.bins[0].observed.value);
    CHECK(curve.bins[1].count == 1);
    CHECK(curve.bins[1].mean_prediction == 0.5);
    CHECK(curve.bins[1].observed.value == 1);
    CHECK(std::isinf(curve.bins[1].observed.standard_error));
    CHECK(curve.bins[3].count + curve.bins[2].count == 2); // 3/4 is on an edge, to rounding
    CHECK(curve.bins[3].count >= 1);
    CHECK(curve.accuracy.value == doctest::Approx(2. / 3));
    CHECK(curve.confidence.value == doctest::Approx(0.75));
    if (curve.bins[2].count == 1)
        CHECK(curve.expected_calibration_error == doctest::Approx((0.5 + 0.75 + 0) / 3));
    else
        CHECK(curve.expected_calibration_error == doctest::Approx((0.5 + 2 * 0.375) / 3));
    const auto one = classifier::calibration(exec::serial{}, as_batch(logits, 2), truth, 1);
    CHECK(one.expected_calibration_error == doctest::Approx(std::abs(2. / 3 - 0.75)));
}

TEST_CASE("the exact classifier is calibrated, one that is too sure is not, and the exact posterior sees it better") {
    const labelled points(40000, 3);
    auto sure = points.log_posteriors;
    for (double& l : sure) l *= 1.5;
    const auto exact = classifier::calibration(exec::serial{}, as_batch(points.log_posteriors, 6), points.truth);
    const auto wrong = classifier::calibration(exec::serial{}, as_batch(sure, 6), points.truth);
    const auto wrong_by_posterior =
        classifier::calibration(exec::serial{}, as_batch(sure, 6), as_batch(points.log_posteriors, 6));
    double worst = 0;
    for (const auto& bin : exact.bins)
        if (bin.count > 30)
            keep_largest(worst, std::abs(bin.observed.value - bin.mean_prediction) / bin.miscalibration_error);
    check_within("calibration of the exact classifier, standard errors", worst, 4);
    check_within("its expected calibration error", exact.expected_calibration_error, 0.02);
    CHECK(wrong.expected_calibration_error > 0.05);
    CHECK(wrong.confidence.value - wrong.accuracy.value > 0.05);
    // the decisions are the same, so the accuracy is
    CHECK(wrong.accuracy.value == exact.accuracy.value);
    check_within("accuracy by classes and by posteriors, standard errors",
                 std::abs(wrong.accuracy.value - wrong_by_posterior.accuracy.value) / wrong.accuracy.standard_error, 4);
    CHECK(wrong_by_posterior.accuracy.standard_error < 0.7 * wrong.accuracy.standard_error);
    worst = 0;
    for (std::size_t b = 0; b < wrong.bins.size(); ++b)
        if (wrong.bins[b].count > 30)
            keep_largest(worst, std::abs(wrong.bins[b].observed.value - wrong_by_posterior.bins[b].observed.value) /
                                    wrong.bins[b].observed.standard_error);
    check_within("observed by classes and by posteriors, standard errors", worst, 4);
    const auto itself =
        classifier::calibration(exec::serial{}, as_batch(points.log_posteriors, 6), as_batch(points.log_posteriors, 6));
    check_within("the exact classifier against itself", itself.expected_calibration_error, 1e-15);
}

TEST_CASE("calibration is the same under every policy") {
    const labelled points(700, 4);
    const auto want = classifier::calibration(exec::serial{}, as_batch(points.log_posteriors, 6), points.truth);
    test::for_each_policy([&](const std::string&, const auto& policy) {
        const auto got = classifier::calibration(policy, as_batch(points.log_posteriors, 6), points.truth);
        CHECK(got.expected_calibration_error == doctest::Approx(want.expected_calibration_error).epsilon(1e-12));
        for (std::size_t b = 0; b < got.bins.size(); ++b) CHECK(got.bins[b].count == want.bins[b].count);
    });
}

TEST_CASE("calibration of another shape or without bins is refused") {
    const std::vector<double> logits(6);
    const std::vector<index_t> truth{1, 2}, beyond{1, 4};
    const std::string where = "cdl::classifier::calibration: ";
    const auto refused = [&](const auto& l, const auto& t, index_t bins) {
        return test::refusal([&] { classifier::calibration(exec::serial{}, l, t, bins); });
    };
    CHECK(refused(as_batch(logits, 3), truth, 0) == where + "bins: must be at least one; got 0");
    CHECK(refused(as_batch(logits, 3), beyond, 3) ==
          where + "truth: must be from 1 to the number of classes; got 4 of 3");
    CHECK(refused(as_batch(logits, 2), truth, 3) == where + "truth: must be a class for each point; got 2 for 3");
    CHECK(refused(as_batch(logits, 3), as_batch(logits, 2), 3) ==
          where + "exact_log_posteriors: must have the shape of logits; got 3 x 2 for 2 x 3");
    CHECK(refused(as_batch(logits, 1), as_batch(logits, 1), 3) ==
          where + "logits: must be of at least one point and two classes; got 6 x 1");
}

TEST_CASE("logits that are no numbers are decided wrongly, and no probability is made of them") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    for (const auto& bad : {std::array{nan, 0., 0.}, std::array{0., 0., nan}, std::array{infinity, 0., 0.},
                            std::array{-infinity, -infinity, -infinity}}) {
        const std::vector<double> logits{bad[0], bad[1], bad[2], 1, 0, 0}, exact{0, -1, -2, 0, -1, -2};
        const auto of_classes =
            classifier::calibration(exec::serial{}, as_batch(logits, 3), std::vector<index_t>{1, 1}, 10);
        const auto of_posteriors = classifier::calibration(exec::serial{}, as_batch(logits, 3), as_batch(exact, 3), 10);
        for (const auto& curve : {of_classes, of_posteriors}) {
            CHECK(curve.accuracy.value == 0.5);
            CHECK(std::isnan(curve.confidence.value));
            CHECK(std::isnan(curve.expected_calibration_error));
            CHECK(curve.bins[0].count == 1);
            CHECK(std::isnan(curve.bins[0].mean_prediction));
        }
    }
}
