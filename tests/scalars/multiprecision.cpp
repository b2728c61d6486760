// SPDX-License-Identifier: MIT
// Fifty digits, with expression templates: the closed forms are identities to thirty digits at least, and the full
// covariances go through Eigen's solver.

#include <Eigen/Core>
#include <boost/multiprecision/cpp_bin_float.hpp>

/// What Eigen wants to know about the number.
template <>
struct Eigen::NumTraits<
    boost::multiprecision::number<boost::multiprecision::cpp_bin_float<50>, boost::multiprecision::et_on>>
    : Eigen::GenericNumTraits<
          boost::multiprecision::number<boost::multiprecision::cpp_bin_float<50>, boost::multiprecision::et_on>> {
    enum {
        IsComplex = 0,
        IsInteger = 0,
        IsSigned = 1,
        RequireInitialization = 1,
        ReadCost = 1,
        AddCost = 4,
        MulCost = 8
    };
};

#include <cdl/channel/composition.hpp>
#include <cdl/channel/posterior.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/prediction.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using number = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<50>, boost::multiprecision::et_on>;
static_assert(std::numeric_limits<number>::digits10 == 50);
static_assert(
    !std::is_same_v<decltype(std::declval<const number&>() + std::declval<const number&>()), number>); // a template
static_assert(cdl::scalar<number>);

namespace {

constexpr double bound = 2e-49; // near the last digit, except where the other side of the identity loses some

void see(double& worst, const number& got, const number& want, const number& size = number(1)) {
    test::keep_largest(worst, static_cast<double>(number(abs(number(got - want)) / size)));
}

number sig(const number& u) {
    return 1 / (1 + exp(-u));
}

const std::vector<number>& levels() {
    static const std::vector<number> all{-20, -7.5, -1, -0.125, 0, 0.3, 1, 1.0000001, 4, 11, 20};
    return all;
}

} // namespace

TEST_CASE("fifty digits: composition is the product of signal powers, and a commutative monoid") {
    double worst = 0;
    for (const number& a : levels())
        for (const number& zeta : levels()) {
            const number s = sig(a) * sig(zeta);
            const number beta = compose(log_snr<number>{a}, log_snr<number>{zeta}).value;
            see(worst, beta, log(s / (1 - s)));
            see(worst, composition_gap(log_snr<number>{a}, log_snr<number>{zeta}), a - beta, 1 + abs(a));
            see(worst, beta, compose(log_snr<number>{zeta}, log_snr<number>{a}).value);
            for (const number& c : levels())
                see(worst, compose(log_snr<number>{beta}, log_snr<number>{c}).value,
                    compose(log_snr<number>{a}, compose(log_snr<number>{zeta}, log_snr<number>{c})).value);
            see(worst, composed_noise_power(log_snr<number>{a}, log_snr<number>{zeta}), 1 - s);
        }
    for (const number& a : levels()) {
        CHECK(compose(log_snr<number>{a}, clean<number>()).value == a);
        CHECK(compose(log_snr<number>{a}, pure_noise<number>()).value == pure_noise<number>().value);
    }
    test::check_within("fifty digits: compose [CDL eq. 5]", worst, 5e-42);
}

TEST_CASE("fifty digits: the share of the noise is a rotation") {
    double worst = 0;
    for (const number& a : levels())
        for (const number& zeta : levels()) {
            const auto share = share_of_noise(log_snr<number>{a}, log_snr<number>{zeta});
            const auto beta = compose(log_snr<number>{a}, log_snr<number>{zeta});
            see(worst, share.b * share.b + share.rotation * share.rotation, 1);
            see(worst, share.b, noise_scale(log_snr<number>{a}) / noise_scale(beta));
            see(worst, share.one_minus_b, 1 - share.b);
            // the first channel's noise, as the second one scales it
            see(worst, share.rotation,
                signal_scale(log_snr<number>{a}) * noise_scale(log_snr<number>{zeta}) / noise_scale(beta));
        }
    test::check_within("fifty digits: b and the rotation [CDL A.2]", worst, bound);
}

TEST_CASE("fifty digits: posterior and transition are Bayes' rule for Gaussians") {
    double worst = 0;
    for (const number& a_s : levels())
        for (const number& a_t : levels()) {
            if (a_s <= a_t) continue;
            const log_snr<number> s{a_s}, t{a_t};
            const number alpha_s = sqrt(sig(a_s)), alpha_t = sqrt(sig(a_t)), sigma2_s = sig(-a_s), sigma2_t = sig(-a_t);
            const number alpha_ts = alpha_t / alpha_s, sigma2_ts = sigma2_t - alpha_ts * alpha_ts * sigma2_s;
            const auto forward = channel::transition(s, t);
            see(worst, forward.from_z, alpha_ts);
            see(worst, forward.variance, sigma2_ts);
            const auto q = channel::posterior(s, t);
            see(worst, q.from_z, alpha_ts * sigma2_s / sigma2_t);
            see(worst, q.from_other, alpha_s * sigma2_ts / sigma2_t);
            see(worst, q.variance, sigma2_ts * sigma2_s / sigma2_t);
            // the same mean through the noise: x = (z - sigma_t eps) / alpha_t
            const auto by_noise = channel::posterior_from_noise(s, t);
            const number size = 1 / alpha_t; // what x from eps is divided by
            see(worst, by_noise.from_z, q.from_z + q.from_other / alpha_t, size);
            see(worst, by_noise.from_other, -q.from_other * sqrt(sigma2_t) / alpha_t, size);
            const number snr_s = sig(a_s) / sig(-a_s), snr_t = sig(a_t) / sig(-a_t);
            see(worst, channel::snr_difference(s, t), snr_s - snr_t, snr_s);
            see(worst, channel::snr_ratio_minus_one(s, t), snr_s / snr_t - 1, snr_s / snr_t);
        }
    test::check_within("fifty digits: q(z_s | z_t, x) [VDM eqs. 20-33]", worst, 1e-48);
}

TEST_CASE("fifty digits: denoiser, score and density belong together") {
    const gaussian_mixture<number, 1> mixture({number(1) / 4, number(3) / 4}, {-2, 1}, {number(1) / 3, 2});
    const denoiser::optimal f(mixture);
    double worst = 0, worst_slope = 0;
    for (const number& level : levels())
        for (const number& z : {number(-3), number(0.1), number(2.5)}) {
            const log_snr<number> a{level};
            std::array<number, 1> at{z}, eps_hat, score, x_hat;
            f(at, a, eps_hat);
            mixture.score(at, a, score);
            f.posterior_mean(at, a, x_hat);
            see(worst, eps_hat[0] + noise_scale(a) * score[0], 0);
            see(worst, x_hat[0], denoiser::x_from_eps(z, eps_hat[0], a), 1 / signal_scale(a));
            see(worst, signal_scale(a) * x_hat[0] + noise_scale(a) * eps_hat[0], z);
            // the slope of the density by a difference of the fourth order: error ~ h^4
            const number h = number("1e-9");
            const auto log_p = [&](int steps) {
                return f.log_density(std::array<number, 1>{number(z + steps * h)}, a);
            };
            const number slope = (8 * (log_p(1) - log_p(-1)) - (log_p(2) - log_p(-2))) / (12 * h);
            see(worst_slope, score[0], slope);
        }
    test::check_within("fifty digits: denoiser, score and x_hat [CDL eq. 9]", worst, bound);
    test::check_within("fifty digits: score against the slope of the density", worst_slope, 2e-36);
}

TEST_CASE("fifty digits: full covariances in two dimensions") {
    // against the inverse and the determinant, written out
    const number c00 = 2, c01 = number(1) / 3, c11 = number(3) / 2;
    const gaussian_mixture<number, 2> mixture({1}, {1, -1}, {c00, c01, c01, c11});
    const denoiser::optimal f(mixture);
    double worst = 0;
    for (const number& level : levels()) {
        const log_snr<number> a{level};
        const number S = signal_scale(a), N = noise_scale(a), n2 = N * N, s2 = S * S;
        const number v00 = s2 * c00 + n2, v01 = s2 * c01, v11 = s2 * c11 + n2, det = v00 * v11 - v01 * v01;
        const std::array<number, 2> z{number(0.7), number(-2)};
        const number d0 = z[0] - S, d1 = z[1] + S;
        const number p0 = (v11 * d0 - v01 * d1) / det, p1 = (v00 * d1 - v01 * d0) / det;
        std::array<number, 2> eps_hat;
        f(z, a, eps_hat);
        see(worst, eps_hat[0], N * p0);
        see(worst, eps_hat[1], N * p1);
        const number pi = 4 * atan(number(1));
        see(worst, f.log_density(z, a), -log(2 * pi) - log(det) / 2 - (d0 * p0 + d1 * p1) / 2);
    }
    test::check_within("fifty digits: full covariance, 2-D", worst, bound);
}

TEST_CASE("fifty digits: log densities agree with all digits of the golden values") {
    const auto parameters = test::golden_mixture("two_1d");
    const gaussian_mixture<number, 1> mixture({number(0.5), number(0.5)}, {-5, 5}, {1, 1});
    double worst = 0;
    for (const auto& row : test::golden("d_density.csv").where("mixture", "two_1d")) {
        const std::array<number, 1> x{number(row.input<double>("x"))};
        const log_snr<number> zeta{number(row.input<double>("zeta"))};
        see(worst, -mixture.log_density(x, zeta), number(row.text("neg_log_p")));
    }
    test::check_within("fifty digits: golden densities", worst, 1e-30);
}

TEST_CASE("fifty digits: a refusal says all of them") {
    const number more = number(1) + number("1e-40");
    try {
        require(false, "here", "x", "must be at most 1", more);
        CHECK(false);
    } catch (const std::invalid_argument& error) {
        CHECK(std::string(error.what())
                  .starts_with("here: x: must be at most 1; got 1.0000000000000000000000000000000000000001"));
    }
}
