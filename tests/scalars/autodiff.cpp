// SPDX-License-Identifier: MIT
// Eigen's autodiff scalar: the score by differentiating the density is the score by the denoiser, and the density
// moves with the level as the Fokker-Planck equation says.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/channel/composition.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/prediction.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;

namespace {

template <class Dual>
std::vector<Dual> variables(const std::vector<double>& x) {
    std::vector<Dual> z;
    for (std::size_t j = 0; j < x.size(); ++j) z.emplace_back(x[j], static_cast<int>(x.size()), static_cast<int>(j));
    return z;
}

/// The largest difference of the two scores over the golden cases, relative where they exceed 1; those at clean data,
/// or all the others.
template <class Dual, class Mixture>
double score_error(const Mixture& mixture, const std::string& name, bool at_clean_data = false) {
    const denoiser::optimal f(mixture);
    double worst = 0;
    for (const auto& c : test::golden_cases(name)) {
        if (std::isinf(c.level) != at_clean_data) continue;
        const log_snr a{c.level};
        const auto z = variables<Dual>(c.x);
        const Dual log_p = f.log_density(point_view<const Dual>(z.data(), mixture.dim()), log_snr<Dual>{Dual(c.level)});
        std::vector<double> eps_hat(c.x.size());
        f(c.x, a, eps_hat);
        for (std::size_t j = 0; j < c.x.size(); ++j) {
            const double slope = log_p.derivatives()[static_cast<Eigen::Index>(j)];
            double by_denoiser = denoiser::score_from_eps(eps_hat[j], a);
            if (at_clean_data) by_denoiser = static_cast<double>(c.score[j]); // there is no noise to predict
            test::keep_largest(worst, std::abs(slope - by_denoiser) / std::max(1., std::abs(by_denoiser)));
        }
    }
    return worst;
}

} // namespace

TEST_CASE("the score by autodiff is the score by the denoiser") {
    using dual1 = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1, 1>>;
    using dual2 = Eigen::AutoDiffScalar<Eigen::Vector2d>;
    using dual_dynamic = Eigen::AutoDiffScalar<Eigen::VectorXd>;
    static_assert(scalar<dual1> && scalar<dual2> && scalar<dual_dynamic>);
    const auto two = test::golden_mixture("two_1d").make<double, 1, covariance::isotropic>();
    const auto three = test::golden_mixture("three_1d").make<double, 1, covariance::isotropic>();
    const auto five = test::golden_mixture("five_2d").make<double, 2, covariance::full>();
    const auto four = test::golden_mixture("four_3d").make<double, 3, covariance::diagonal>();
    test::check_within("autodiff score, two_1d", score_error<dual1>(two, "two_1d"), 2e-15);
    test::check_within("autodiff score, three_1d", score_error<dual1>(three, "three_1d"), 2e-15);
    test::check_within("autodiff score, five_2d", score_error<dual2>(five, "five_2d"), 3e-14);
    test::check_within("autodiff score, five_2d, dynamic", score_error<dual_dynamic>(five, "five_2d"), 3e-14);
    test::check_within("autodiff score, four_3d, dynamic", score_error<dual_dynamic>(four, "four_3d"), 3e-15);
}

TEST_CASE("at clean data the score by autodiff is the golden one") {
    using dual = Eigen::AutoDiffScalar<Eigen::VectorXd>;
    const auto five = test::golden_mixture("five_2d").make<double, 2, covariance::full>();
    test::check_within("autodiff score of data, five_2d, dynamic", score_error<dual>(five, "five_2d", true), 7e-15);
}

// Fixed-size duals carry a derivative of 0 with the infinite level, and infinity times 0 is no number: it must not occur.
TEST_CASE("at clean data duals of fixed size have the golden score too") {
    using dual = Eigen::AutoDiffScalar<Eigen::Vector2d>;
    const auto five = test::golden_mixture("five_2d").make<double, 2, covariance::full>();
    test::check_within("autodiff score of data, five_2d", score_error<dual>(five, "five_2d", true), 7e-15);
}

TEST_CASE("the density moves with the level as the Fokker-Planck equation says") {
    // d log p_a / d a = -N^2 / 2 (d + z . score + laplacian of log p + |score|^2), the laplacian a golden value
    using dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1, 1>>;
    const auto mixture = test::golden_mixture("five_2d").make<double, 2, covariance::full>();
    double worst = 0;
    for (const auto& c : test::golden_cases("five_2d")) {
        if (std::isinf(c.level)) continue;
        const std::vector<dual> z{dual(c.x[0]), dual(c.x[1])};
        dual a(c.level);
        a.derivatives()[0] = 1;
        const dual log_p = mixture.log_density(point_view<const dual>(z.data(), 2), log_snr<dual>{a});
        const long double n2 = noise_power(log_snr{test::wide(c.level)});
        long double terms = 2 + c.trace_hess, size = 2 + std::abs(c.trace_hess);
        for (std::size_t j = 0; j < 2; ++j) {
            terms += c.score[j] * (test::wide(c.x[j]) + c.score[j]);
            size += std::abs(c.score[j] * test::wide(c.x[j])) + c.score[j] * c.score[j];
        }
        const double exact = static_cast<double>(-n2 / 2 * terms);
        test::keep_largest(worst, std::abs(log_p.derivatives()[0] - exact) / static_cast<double>(1 + n2 * size));
    }
    test::check_within("autodiff in the level, Fokker-Planck", worst, 1e-15);
}

TEST_CASE("the slopes of the logistic functions and of the composition are what they are on paper") {
    using dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1, 1>>;
    double worst = 0;
    for (double u = -30; u <= 30; u += 0.7) {
        dual at(u);
        at.derivatives()[0] = 1;
        const double p = math::sigmoid(u), q = math::sigmoid(-u);
        const auto see = [&](const dual& got, double slope) {
            test::keep_largest(worst, std::abs(got.derivatives()[0] / slope - 1));
        };
        see(math::sigmoid(at), p * q);
        see(math::softplus(at), p);
        see(math::log_sigmoid(at), q);
        see(math::sqrt_sigmoid(at), std::sqrt(p) * q / 2);
        // d beta / d a = sigmoid(-a) / sigmoid(-beta)
        const log_snr zeta{1.5};
        see(compose(log_snr<dual>{at}, log_snr<dual>{dual(1.5)}).value, q / composed_noise_power(log_snr{u}, zeta));
    }
    test::check_within("autodiff slopes, relative", worst, 4e-15);
}

TEST_CASE("a refusal says the value of a dual number with its digits") {
    const Eigen::AutoDiffScalar<Eigen::Vector2d> dual(1.0000000002, 2, 0);
    CHECK_THROWS_WITH_AS(require(false, "here", "x", "must be at most 1", dual),
                         "here: x: must be at most 1; got 1.0000000002", std::invalid_argument);
}
