// SPDX-License-Identifier: MIT
// Divergences by quadrature: against values computed with many digits, closed forms, and where no rule can see the structure.

#include <cdl/exec/serial.hpp>
#include <cdl/information/contrastive_loss.hpp>
#include <cdl/information/kl_of_gaussians.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>

#include <array>
#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using test::check_within, test::keep_largest;

namespace {

const exec::serial policy;

double relative_error(double got, long double want) {
    return static_cast<double>(std::fabs(static_cast<long double>(got) - want) / std::fabs(want));
}

} // namespace

TEST_CASE("the contrastive loss, its divergence and those of Kullback and Leibler are the golden ones") {
    std::size_t seen = 0;
    for (const auto& row : test::golden("d_cdl.csv")) {
        const auto p = test::golden_mixture(row.text("mixture")).make<double, 1, covariance::full>();
        const auto zeta = row.input<double>("zeta");
        // log densities have errors of about 1e-15, and the divergences are squares of their differences
        const double bound = 1e-12 + 1e-15 / std::sqrt(static_cast<double>(row.number("jsd")));
        test::for_each_policy([&](const std::string& name, const auto& on) {
            const auto check = [&](const std::string& what, const auto& got, const char* column) {
                CHECK(got.converged);
                check_within(row.where() + " " + name + " " + what, relative_error(got.value, row.number(column)),
                             bound);
            };
            check("loss", information::contrastive_loss(on, p, {zeta}), "cdl_loss");
            check("jsd", information::jensen_shannon(on, p, {zeta}), "jsd");
            check("kl", information::kl_to_noised(on, p, {zeta}), "kl_p_pzeta");
            check("kl back", information::kl_divergence(on, p, {zeta}, p, clean<double>()), "kl_pzeta_p");
        });
        ++seen;
    }
    CHECK(seen == 12);
}

TEST_CASE("the divergence of a latent from the marginal is the golden one") {
    std::size_t seen = 0;
    for (const auto& row : test::golden("f_kl_marginal.csv")) {
        const auto p = test::golden_mixture(row.text("mixture")).make<double, 1, covariance::isotropic>();
        const auto got = information::kl_to_marginal(policy, p, std::array{row.input<double>("x")},
                                                     from_vdm_gamma(row.input<double>("gamma")));
        CHECK(got.converged);
        check_within(row.where(), relative_error(got.value, row.number("kl_q_zgx_marginal")), 1e-12);
        ++seen;
    }
    CHECK(seen == 12);
}

TEST_CASE("of single Gaussians in the plane the quadrature is the closed form, near and far") {
    const std::vector<double> mean_p{0.5, -1}, mean_q{0.25, -0.75};
    const Eigen::Matrix2d s{{1.5, 0.5}, {0.5, 0.75}}, near{{1.5 + 1e-6, 0.5 - 1e-6}, {0.5 - 1e-6, 0.75}},
        far{{0.5, -0.125}, {-0.125, 2}};
    const auto numbers = [](const Eigen::Matrix2d& m) { return std::vector<double>(m.data(), m.data() + 4); };
    const gaussian_mixture<double, 2> p({1}, mean_p, numbers(s));
    for (const auto& [r, mean] : {std::pair{near, mean_p}, {far, mean_q}, {s, mean_q}}) {
        const gaussian_mixture<double, 2> q({1}, mean, numbers(r));
        const Eigen::Map<const Eigen::Vector2d> m(mean_p.data()), l(mean.data());
        const double want = information::kl_of_gaussians(m, s, l, r);
        const auto got = information::kl_divergence(policy, p, clean<double>(), q, clean<double>());
        CHECK(got.converged);
        check_within("KL in the plane", relative_error(got.value, static_cast<long double>(want)), 1e-9);
    }
    const auto itself = information::kl_divergence(policy, p, clean<double>(), p, clean<double>());
    CHECK(itself.value == 0);
    CHECK(itself.converged);
}

TEST_CASE("in the plane the loss and the divergence add up to log 2, and at both ends they are known") {
    const gaussian_mixture<double, 2, covariance::diagonal> p({1, 2}, {-1, 0, 2, 1}, {0.5, 1, 1, 0.25});
    for (const double zeta : {-2.0, 1.0}) {
        const auto loss = information::contrastive_loss(policy, p, {zeta}, {.tolerance = 1e-8}),
                   divergence = information::jensen_shannon(policy, p, {zeta}, {.tolerance = 1e-8});
        CHECK(loss.converged);
        CHECK(divergence.converged);
        CHECK(loss.value + divergence.value == doctest::Approx(std::log(2.0)).epsilon(1e-8));
    }
    CHECK(information::contrastive_loss(policy, p, clean<double>()).value == doctest::Approx(std::log(2.0)));
    CHECK(information::jensen_shannon(policy, p, clean<double>()).value == 0);
    CHECK(information::kl_to_noised(policy, p, clean<double>()).value == 0);
    CHECK(information::kl_to_marginal(policy, p, std::array{1.0, 2.0}, pure_noise<double>()).value < 1e-30);
    const auto known = information::kl_to_marginal(policy, p, std::array{1.0, 2.0}, clean<double>());
    CHECK(known.value == std::numeric_limits<double>::infinity());
    const gaussian_mixture<double, 2, covariance::isotropic> normal({1}, {0, 0}, {1});
    CHECK(information::jensen_shannon(policy, normal, {-3}).value ==
          doctest::Approx(0).epsilon(1e-15)); // noise is noise
}

TEST_CASE(
    "a narrow component between the nodes of a wide one is seen, or the result does not claim to have converged") {
    // 1 % of the data is much narrower than the rest and lies in its middle
    for (const double width : {1e-1, 1e-2, 1e-4, 1e-6}) {
        CAPTURE(width);
        const gaussian_mixture<double, 1, covariance::isotropic> p({99, 1}, {0, 0.01}, {1, width * width});
        const auto got = information::kl_to_noised(policy, p, {9.0});
        // by the trapezoid on steps that grow from width / 8 in the middle: x = 0.01 + width sinh u
        double want = 0;
        const double h = 1. / 256;
        for (double u = -40; u <= 40; u += h) {
            const double x = 0.01 + width * std::sinh(u);
            if (std::abs(x) > 12) continue;
            const double log_p = p.log_density(std::array{x}), log_q = p.log_density(std::array{x}, log_snr{9.0});
            want += h * width * std::cosh(u) * std::exp(log_p) * (log_p - log_q);
        }
        if (got.converged) CHECK(got.value == doctest::Approx(want).epsilon(1e-8));
        CHECK(got.converged == (width > 0.05));
    }
    const gaussian_mixture<double, 1, covariance::isotropic> spike({1, 1}, {0, 0}, {1, 1e-12});
    CHECK_FALSE(information::contrastive_loss(policy, spike, {0.0}).converged);
    // far apart, each component has nodes of its own
    const gaussian_mixture<double, 1, covariance::isotropic> apart({1, 9}, {0, 3e4}, {1, 1});
    const auto got = information::jensen_shannon(policy, apart, {-2.0});
    CHECK(got.converged);
    CHECK(got.value < std::log(2.0));
    CHECK(got.value > 0.5);
}

TEST_CASE_TEMPLATE("divergences are computed in every scalar", T, float, long double) {
    const gaussian_mixture<T, 1, covariance::isotropic> p({T(1), T(1)}, {T(-5), T(5)}, {T(1), T(1)});
    const gaussian_mixture<double, 1, covariance::isotropic> in_double({1, 1}, {-5, 5}, {1, 1});
    const double bound = std::is_same_v<T, float> ? 1e-5 : 1e-10;
    test::for_each_policy([&](const std::string&, const auto& on) {
        const auto agrees = [&](const auto& got, const auto& want) {
            CHECK(got.converged);
            CHECK(static_cast<double>(got.value) == doctest::Approx(want.value).epsilon(bound));
        };
        const log_snr<double> zeta{0.0};
        const log_snr<T> same{T(0)};
        agrees(information::contrastive_loss(on, p, same), information::contrastive_loss(on, in_double, zeta));
        agrees(information::jensen_shannon(on, p, same), information::jensen_shannon(on, in_double, zeta));
        agrees(information::kl_to_noised(on, p, same), information::kl_to_noised(on, in_double, zeta));
        const std::array<T, 1> x{T(0.5)};
        agrees(information::kl_to_marginal(on, p, x, same),
               information::kl_to_marginal(on, in_double, std::array{0.5}, zeta));
    });
}

TEST_CASE("fixed nodes never claim to have converged, and what cannot be averaged is refused") {
    const gaussian_mixture<double, 1, covariance::isotropic> p({1}, {0}, {1});
    const gaussian_mixture<double> q({1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1});
    const gaussian_mixture<double> plane({1}, {0, 0}, {1, 0, 0, 1});
    CHECK_FALSE(information::kl_to_noised(policy, p, {0}, {.noise_nodes = 60}).converged);
    CHECK(test::refusal([&] { information::jensen_shannon(policy, p, {std::nan("")}); }) ==
          "cdl::information::jensen_shannon: zeta: must not be NaN; got nan");
    CHECK(test::refusal([&] { information::kl_to_noised(policy, p, {std::nan("")}); }) ==
          "cdl::information::kl_divergence: b: must not be NaN; got nan");
    CHECK(test::refusal([&] { information::kl_divergence(policy, p, {0}, plane, {0}); }) ==
          "cdl::information::kl_divergence: q: must have the dimension of p; got 2 for 1");
    CHECK(test::refusal([&] { information::kl_to_noised(policy, q, {0}); }) ==
          "cdl::distribution::quadrature_points: mixture: must have dimension 1 or 2; got 3");
    CHECK(test::refusal([&] { information::kl_to_noised(policy, p, {0}, {.tolerance = std::nan("")}); }) ==
          "cdl::information::average: tolerance: must be positive; got nan");
}

TEST_CASE("a latent of any narrowness knows of its point what the closed form says") {
    const gaussian_mixture<double, 1> normal({1}, {0}, {1});
    const gaussian_mixture<float, 1> in_float({1}, {0}, {1});
    const gaussian_mixture<double, 2> plane({1}, {0, 0}, {1, 0, 0, 1});
    for (const double x : {0., 0.5, -3.})
        for (const double a : {10., 40., 80., 300., 700., 744., 746., 2000.}) {
            CAPTURE(x);
            CAPTURE(a);
            const double S2 = 1 / (1 + std::exp(-a)), N2 = 1 / (1 + std::exp(a));
            const double exact = (N2 + S2 * x * x - 1 + a + std::log1p(std::exp(-a))) / 2; // log N^2 = -softplus(a)
            const auto found = information::kl_to_marginal(exec::serial{}, normal, std::array{x}, log_snr{a});
            CHECK(found.converged);
            CHECK(found.value == doctest::Approx(exact).epsilon(1e-12));
            const auto twice = information::kl_to_marginal(exec::serial{}, plane, std::array{x, x}, log_snr{a});
            CHECK(twice.converged);
            CHECK(twice.value == doctest::Approx(2 * exact).epsilon(1e-12));
            const auto coarse = information::kl_to_marginal(exec::serial{}, in_float, std::array{static_cast<float>(x)},
                                                            log_snr{static_cast<float>(a)});
            CHECK(coarse.converged);
            CHECK(coarse.value == doctest::Approx(exact).epsilon(2e-6));
        }
}

TEST_CASE("a mixture that is narrow beside its mean is not said to have converged beyond the rounding of its nodes") {
    const gaussian_mixture<double, 1> normal({1}, {0}, {1});
    for (const double deviation : {1e-3, 1e-6, 1e-8, 1e-10, 1e-12, 1e-20}) {
        CAPTURE(deviation);
        const gaussian_mixture<double, 1> narrow({1}, {1}, {deviation * deviation});
        const auto found = information::kl_divergence(exec::serial{}, narrow, clean<double>(), normal, clean<double>());
        const double exact = deviation * deviation / 2 - std::log(deviation);
        CHECK(found.converged == (deviation >= 1e-6));
        if (found.converged) CHECK(found.value == doctest::Approx(exact).epsilon(1e-10));
    }
}
