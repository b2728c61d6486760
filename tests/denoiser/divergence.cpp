// SPDX-License-Identifier: MIT
// The divergence of exact denoisers: against the golden Laplacians of log p_a, against automatic differentiation of
// eps_hat, against the formula in long double, and its limits.

#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>

#include <denoiser/divergence_truth.hpp>
#include <distribution/empirical_oracle.hpp>
#include <distribution/golden_mixtures.hpp>
#include <laws/denoiser_laws.hpp>

#include <array>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using test::check_within, test::keep_largest, test::wide, test::truth_of, test::divergence_error,
    test::divergence_by_autodiff;

static_assert(denoiser::divergent_denoiser<denoiser::optimal<double, 2, covariance::full>, double>);
static_assert(denoiser::divergent_denoiser<denoiser::optimal<float, dynamic, covariance::isotropic>, float>);
static_assert(denoiser::divergent_denoiser<denoiser::empirical<double>, double>);
#if defined(CDL_HAS_SIMD)
static_assert(denoiser::divergent_denoiser<denoiser::optimal<float, 2, covariance::diagonal>, exec::simd_pack<float>>);
static_assert(denoiser::divergent_denoiser<denoiser::empirical<float, 2>, exec::simd_pack<float>>);
#endif

namespace {

/// The least that is a divergent denoiser: that of standard normal data, as an estimate and its divergence.
struct estimate_alone {
    void operator()(const point_view<const double>& z, const log_snr<double>& a,
                    const point_view<double>& eps_hat) const {
        for (index_t j = 0; j < z.size(); ++j) eps_hat[j] = noise_scale(a) * z[j];
    }
};
struct with_divergence : estimate_alone {
    double divergence(const point_view<const double>& z, const log_snr<double>& a) const {
        return noise_scale(a) * static_cast<double>(z.size());
    }
};
static_assert(denoiser::divergent_denoiser<with_divergence, double>);
static_assert(!denoiser::divergent_denoiser<estimate_alone, double>);

template <class T, index_t D, covariance C>
void check_golden(const std::string& name, double bound) {
    const auto mixture = test::golden_mixture(name).make<T, D, C>();
    const denoiser::optimal f(mixture);
    double worst = 0, worst_table = 0, worst_near = 0;
    for (const auto& c : test::golden_cases(name)) {
        std::vector<T> z;
        for (const double v : c.x) z.push_back(static_cast<T>(v));
        const log_snr<T> a{static_cast<T>(c.level)};
        const point_view<const T> at(z.data(), mixture.dim());
        const long double noise = noise_scale(log_snr<long double>{wide(c.level)});
        if (noise == 0) {
            CHECK(f.divergence(at, a) == T(0));
            // the Laplacian of the data's own log density is there all the same
            const auto view = mixture.view();
            const distribution::detail::components_at<T, T, D, C> components(view, a);
            const auto truth = truth_of(mixture, at, 80);
            keep_largest(worst, divergence_error(distribution::detail::divergence(components, at, T(-1)), c.trace_hess,
                                                 truth.size / noise_scale(log_snr<long double>{80})));
            continue;
        }
        const auto truth = truth_of(mixture, at, c.level);
        keep_largest(worst, divergence_error(f.divergence(at, a), -noise * c.trace_hess, truth.size));
        if (std::abs(c.log_p) < 1000)
            keep_largest(worst_near, divergence_error(f.divergence(at, a), -noise * c.trace_hess, truth.largest_term));
        const auto table = f.at_level(exec::serial{}, a);
        keep_largest(worst_table, divergence_error(table.point().divergence(at, a), -noise * c.trace_hess, truth.size));
    }
    const std::string what = "divergence, " + name + ", " + std::to_string(8 * sizeof(T)) + " bits / epsilon";
    check_within(what, worst, bound);
    check_within(what + ", tabulated", worst_table, bound);
    // exponents are rounded, but few components count
    check_within(what + ", relative to the largest term, near the data", worst_near, 80);
}

template <index_t D, covariance C>
void check_autodiff(const std::string& name, const gaussian_mixture<double, D, C>& mixture, double bound) {
    const denoiser::optimal f(mixture);
    double worst = 0;
    for (const double a : laws::levels())
        for (const auto& z : laws::probes(mixture, a))
            keep_largest(worst, divergence_error(f.divergence(z, log_snr{a}), wide(divergence_by_autodiff(f, z, a)),
                                                 truth_of(mixture, z, a).size));
    check_within("divergence by autodiff, " + name + " / epsilon", worst, bound);
}

} // namespace

TEST_CASE_TEMPLATE("the divergence agrees with the golden Laplacians", T, float, double) {
    check_golden<T, 1, covariance::isotropic>("two_1d", 4);
    check_golden<T, 1, covariance::isotropic>("three_1d", 4);
    check_golden<T, 2, covariance::full>("five_2d", 4);
    check_golden<T, dynamic, covariance::full>("five_2d", 4);
    check_golden<T, 3, covariance::diagonal>("four_3d", 4);
    check_golden<T, 16, covariance::isotropic>("three_16d", 4);
}

TEST_CASE("the divergence agrees with the golden Laplacians in long double") {
    check_golden<long double, dynamic, covariance::full>("five_2d", 4);
}

TEST_CASE("the divergence is the trace of the derivative of eps_hat") {
    check_autodiff("diagonal, 2-D",
                   gaussian_mixture<double, 2, covariance::diagonal>({1, 3}, {-2, 0, 1, 1}, {1, .2, .5, 3}), 4);
    check_autodiff("two modes", gaussian_mixture<double>({.5, .5}, {-5, 5}, {1, 1}), 4);
    check_autodiff("nearly singular, 2-D", gaussian_mixture<double>({1}, {0, 0}, {1, .999, .999, 1}), 4);
    for (const index_t d : {2, 3, 5})
        check_autodiff("random, " + std::to_string(d) + "-D", laws::random_parameters(d, 4, 5).mixture(), 4);
}

TEST_CASE("at pure noise the divergence is the dimension, at clean data it is 0") {
    const auto two = test::two_tilted<double>();
    const auto random = laws::random_parameters(5, 4, 5).mixture();
    const distribution::empirical<double> cloud(test::normal_points<double>(101, 3), 3);
    const denoiser::optimal f(two);
    const denoiser::optimal g(random);
    const denoiser::empirical h(cloud);
    for (const double far : {0., 1., 1e3, 1e6}) {
        const std::vector<double> z{far, -far / 2, far / 3, 1, 2};
        CHECK(f.divergence(std::array{z[0], z[1]}, pure_noise<double>()) == 2);
        CHECK(g.divergence(z, pure_noise<double>()) == 5);
        CHECK(h.divergence(std::array{z[0], z[1], z[2]}, pure_noise<double>()) == doctest::Approx(3).epsilon(1e-15));
        CHECK(f.divergence(std::array{z[0], z[1]}, clean<double>()) == 0);
        CHECK(g.divergence(z, clean<double>()) == 0);
        CHECK(h.divergence(std::array{z[0], z[1], z[2]}, clean<double>()) == 0);
    }
    // half way between two points both are as near at every level: the flow tears apart, and at clean data it is 0 still
    const distribution::empirical<double, 1> pair(std::vector<double>{-1, 1}, 1);
    const denoiser::empirical tear(pair);
    CHECK(tear.divergence(std::array{0.}, clean<double>()) == 0);
    const log_snr a{6.};
    const double noise = noise_scale(a);
    CHECK(tear.divergence(std::array{0.}, a) ==
          doctest::Approx((1 - signal_power(a) / noise_power(a)) / noise).epsilon(1e-14));
}

TEST_CASE("far from the data the divergence is that of the widest component") {
    // N tr C^-1 = N d / (S^2 3 + N^2), up to what the other components still say
    const gaussian_mixture<double, 2, covariance::isotropic> mixture({1, 1}, {-1, 0, 2, 1}, {.5, 3});
    const denoiser::optimal f(mixture);
    for (const double a : {-2., 0., 3.})
        for (const double far : {1e3, 1e6}) {
            const double want = 2 * noise_scale(log_snr{a}) / (3 * signal_power(log_snr{a}) + noise_power(log_snr{a}));
            CHECK(f.divergence(std::array{far, -far}, log_snr{a}) == doctest::Approx(want).epsilon(1e-14));
        }
}
