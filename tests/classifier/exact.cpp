// SPDX-License-Identifier: MIT
// The exact noise classifier against golden/e_*.csv, and what holds for it by definition.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/classifier/exact.hpp>
#include <cdl/classifier/likelihood.hpp>
#include <cdl/denoiser/optimal.hpp>

#include <classifier/golden_classes.hpp>
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
