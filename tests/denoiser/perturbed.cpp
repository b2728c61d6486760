// SPDX-License-Identifier: MIT
// Denoisers with an error in the score: exactly that error, whatever the scalar, the policy and the dimension.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/perturbed.hpp>
#include <cdl/denoiser/prediction.hpp>

#include <compile_fail/device_policy.hpp>
#include <distribution/empirical_oracle.hpp>
#include <distribution/testing.hpp>
#include <support/statistics.hpp>

#include <array>
#include <numbers>
#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using denoiser::lift, denoiser::optimal, denoiser::wave_error, denoiser::with_score_error;
using test::check_within, test::keep_largest;

namespace {

/// The denoiser of standard normal data, on any scalar.
struct of_standard_normal {
    template <class Z, class S, class E>
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        for (index_t j = 0; j < static_cast<index_t>(z.size()); ++j) eps_hat[j] = S(noise_scale(a) * S(z[j]));
    }
};

/// The same error everywhere, or none.
template <class T>
struct constant_error {
    T value;
    void operator()(const point_view<const T>& z, const log_snr<T>&, const point_view<T>& out) const {
        for (index_t j = 0; j < z.size(); ++j) out[j] = value;
    }
};

using wrong = with_score_error<of_standard_normal, wave_error>;
static_assert(std::is_trivially_copyable_v<wrong>);
static_assert(denoiser::point_denoiser<wrong, float> && denoiser::point_denoiser<wrong, double>);
static_assert(denoiser::point_denoiser<with_score_error<of_standard_normal, constant_error<double>>, double>);
static_assert(!denoiser::point_denoiser<with_score_error<of_standard_normal, constant_error<double>>, float>);
#if defined(CDL_HAS_SIMD)
static_assert(denoiser::point_denoiser<wrong, exec::simd_pack<float>>);
static_assert(
    !denoiser::point_denoiser<with_score_error<of_standard_normal, constant_error<double>>, exec::simd_pack<double>>);
#endif

/// The largest difference under any policy from eps_hat - N e, in long double, in epsilon times the largest number.
template <class T, index_t D>
double perturbation_error(index_t n, index_t d) {
    const wave_error waves{.amplitude = .5, .wavelength = 1.5, .phase = .7};
    const auto z = test::normal_points<T>(n, d, 0, 2);
    std::vector<log_snr<T>> levels;
    for (index_t i = 0; i < n; ++i) levels.push_back({static_cast<T>(static_cast<double>(i % 65) / 4 - 8)});
    std::vector<T> got(z.size());
    double worst = 0;
    test::for_each_policy([&](const std::string&, const auto& policy) {
        lift(with_score_error(of_standard_normal{}, waves))(policy, batch_view<const T, D>(z.data(), n, d), levels,
                                                            batch_view<T, D>(got.data(), n, d));
        for (index_t i = 0; i < n; ++i) {
            const log_snr<long double> a{test::wide(levels[static_cast<std::size_t>(i)].value)};
            for (index_t j = 0; j < d; ++j) {
                const auto at = [&](index_t c) { return test::wide(z[static_cast<std::size_t>(i * d + c)]); };
                const long double e =
                    .5L * std::sin(2 * std::numbers::pi_v<long double> / 1.5L * at((j + 1) % d) + .7L);
                const long double want = noise_scale(a) * (at(j) - e);
                keep_largest(worst,
                             static_cast<double>(std::abs(test::wide(got[static_cast<std::size_t>(i * d + j)]) - want) /
                                                 (1 + std::abs(at(j)) + std::abs(at((j + 1) % d)))) /
                                 test::epsilon<T>);
            }
        }
    });
    return worst;
}

} // namespace

TEST_CASE_TEMPLATE("eps_hat moves by -N e under every policy", T, float, double) {
    double worst = 0;
    for (const index_t n : {0, 1, 7, 597}) {
        keep_largest(worst, perturbation_error<T, 2>(n, 2));
        keep_largest(worst, perturbation_error<T, dynamic>(n, 1));
        keep_largest(worst, perturbation_error<T, dynamic>(n, 3));
        keep_largest(worst, perturbation_error<T, dynamic>(n, local_point_capacity + 1));
        keep_largest(worst, perturbation_error<T, 100>(n, 100));
    }
    check_within("with_score_error, " + std::to_string(8 * sizeof(T)) + " bits / epsilon", worst, 8);
}

TEST_CASE("the score of an exact denoiser moves by the error") {
    const gaussian_mixture<double, 2, covariance::isotropic> mixture({1, 2}, {-1, 0, 2, 1}, {.5, 1});
    const optimal f(mixture);
    const wave_error waves{.amplitude = .3, .wavelength = 2};
    const with_score_error g(f, waves);
    CHECK(g.dim() == 2);
    for (const double a : {-6., 0., 6.}) {
        const std::array z{.4, -1.7};
        std::array<double, 2> exact{}, moved{}, error{};
        f(z, log_snr{a}, exact);
        g(z, log_snr{a}, moved);
        waves(z, log_snr{a}, error);
        for (std::size_t j = 0; j < 2; ++j)
            CHECK(denoiser::score_from_eps(moved[j], log_snr{a}) - denoiser::score_from_eps(exact[j], log_snr{a}) ==
                  doctest::Approx(error[j]).epsilon(1e-12));
    }
}

TEST_CASE("no error, or no noise, is the denoiser itself, bit for bit") {
    const std::array z{.4, -1.7};
    std::array<double, 2> exact{}, same{};
    for (const log_snr a : {log_snr{0.}, log_snr{9.}, clean<double>(), pure_noise<double>()}) {
        of_standard_normal{}(z, a, exact);
        with_score_error(of_standard_normal{}, constant_error<double>{0})(point_view<const double>(z.data(), 2), a,
                                                                          point_view<double>(same.data(), 2));
        CHECK(same == exact);
        if (a == clean<double>()) {
            with_score_error(of_standard_normal{}, wave_error{5, 1})(z, a, same);
            CHECK(same == exact);
        }
    }
}

TEST_CASE("the waves are as high as they say, and nobody's score") {
    const wave_error waves{.amplitude = .6, .wavelength = .05, .phase = 1};
    std::vector<double> squares;
    using dual = Eigen::AutoDiffScalar<Eigen::Vector2d>;
    for (std::uint64_t i = 0; i < 20000; ++i) {
        const auto z = test::normal_points<double>(1, 2, 0, 1, i);
        std::array<double, 2> e{};
        waves(z, log_snr{0.}, e);
        CHECK((std::abs(e[0]) <= .6 && std::abs(e[1]) <= .6));
        squares.push_back(e[0] * e[0]);
    }
    // sin^2 has the mean 1/2 and the variance 1/8; many wavelengths fit, so the phase is as good as uniform
    CHECK(std::abs(test::z_score(squares, [](double v) { return v; }, .18, .1296 / 8)) < 4);
    const std::array<dual, 2> z{dual(.31, 2, 0), dual(.4, 2, 1)};
    std::array<dual, 2> e;
    waves(z, log_snr{dual(0., Eigen::Vector2d::Zero())}, e);
    CHECK(e[0].derivatives()[0] == 0); // divergence
    CHECK(e[1].derivatives()[1] == 0);
    CHECK(std::abs(e[0].derivatives()[1] - e[1].derivatives()[0]) > 1); // curl
}

TEST_CASE("on a device points with an error that do not fit into registers are refused") {
    using view = batch_view<float, dynamic, point_major, device>;
    std::vector<float> z(65), eps_hat(65); // addresses, which nobody reads
    CHECK(test::refusal([&] {
              lift(with_score_error(of_standard_normal{}, wave_error{1, 1}))(device_policy{}, view(z.data(), 1, 65),
                                                                             log_snr{0.f}, view(eps_hat.data(), 1, 65));
          }) == "cdl::denoiser::lifted: z: must be points that fit into registers, on a device, for a denoiser that is "
                "made of others; got 65 coordinates where 64 fit");
}
