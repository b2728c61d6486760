// SPDX-License-Identifier: MIT
// Logits as running sums of increments [CDM app. B.1], and the way back for cotangents.

#include <cdl/classifier/cumulative_logits.hpp>
#include <cdl/classifier/exact.hpp>
#include <cdl/denoiser/optimal.hpp>

#include <distribution/empirical_oracle.hpp>
#include <distribution/testing.hpp>

#include <vector>

using namespace cdl;
using test::check_within, test::keep_largest;

TEST_CASE_TEMPLATE("sums run over the classes of each point, and their pull-back is the adjoint, under every policy", T,
                   float, double) {
    for (const index_t n : {0, 1, 7, 130}) {
        const index_t count = 11;
        const auto increments = test::normal_points<T>(n, count, 0, 1),
                   cotangent = test::normal_points<T>(n, count, 1, 1);
        std::vector<T> logits(increments.size()), pulled(increments.size());
        double sums = 0, adjoint = 0;
        test::for_each_policy([&](const std::string&, const auto& policy) {
            const batch_view<T, dynamic, coord_major> by_class(pulled.data(), n, count);
            classifier::cumulative_logits(policy, as_batch(increments, count), as_batch(logits, count));
            classifier::cumulative_logits_pull_back(policy, as_batch(cotangent, count), by_class);
            for (index_t i = 0; i < n; ++i) {
                double sum = 0, forward = 0, backward = 0;
                for (index_t k = 0; k < count; ++k) {
                    const auto at = static_cast<std::size_t>(i * count + k);
                    sum += static_cast<double>(increments[at]);
                    keep_largest(sums, std::abs(static_cast<double>(logits[at]) - sum) / test::epsilon<T>);
                    forward += static_cast<double>(cotangent[at]) * static_cast<double>(logits[at]);
                    backward += static_cast<double>(by_class(i, k)) * static_cast<double>(increments[at]);
                }
                keep_largest(adjoint, std::abs(forward - backward) / test::epsilon<T>);
            }
        });
        check_within("sums / epsilon", sums, 12);
        check_within("<c, sums of i> - <pull-back of c, i> / epsilon", adjoint, 300);
    }
}

TEST_CASE("of the exact classifier the increments are log ratios of neighbouring densities") {
    const distribution::gaussian_mixture<double, 1, distribution::covariance::isotropic> mixture({1, 1}, {-2, 2},
                                                                                                 {1, 1});
    const denoiser::optimal f(mixture);
    const auto levels = schedule::discrete_levels<double>::uniform_noise(4);
    const classifier::noise_classes classes(exec::serial{}, levels);
    const classifier::exact c(f, classes);
    const std::vector<double> z{0.3, -4};
    std::vector<double> want(10), increments(10);
    classifier::log_posteriors(exec::serial{}, c, z, as_batch(want, 5));
    for (std::size_t i = 0; i < 2; ++i)
        for (index_t k = 1; k <= 5; ++k)
            increments[i * 5 + static_cast<std::size_t>(k - 1)] =
                k == 1 ? c.logit(std::array{z[i]}, 1) : c.logit(std::array{z[i]}, k) - c.logit(std::array{z[i]}, k - 1);
    classifier::cumulative_logits(exec::serial{}, as_batch(increments, 5), as_batch(increments, 5)); // in place
    double worst = 0;
    for (std::size_t at = 0; at < 10; ++at) { // up to a number for each point
        const std::size_t first = at / 5 * 5;
        keep_largest(worst, std::abs(increments[at] - increments[first] - (want[at] - want[first])));
    }
    check_within("logits from increments", worst, 2e-15);
}

TEST_CASE("sums of another shape are refused") {
    std::vector<double> six(6), four(4);
    CHECK(test::refusal([&] { classifier::cumulative_logits(exec::serial{}, as_batch(six, 3), as_batch(four, 2)); }) ==
          "cdl::classifier::cumulative_logits: logits: must have the shape of its argument; got 2 x 2 for 2 x 3");
    CHECK(test::refusal(
              [&] { classifier::cumulative_logits_pull_back(exec::serial{}, as_batch(six, 2), as_batch(six, 3)); }) ==
          "cdl::classifier::cumulative_logits_pull_back: increments_cotangent: must have the shape of its argument; "
          "got 2 x 3 for 3 x 2");
}
