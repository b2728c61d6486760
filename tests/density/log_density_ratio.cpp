// SPDX-License-Identifier: MIT
// log p_zeta - log p from a denoiser by quadrature, relative to its own size, against golden/.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/log_density_ratio.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>

#include <cmath>
#include <map>

using namespace cdl;
using cdl::distribution::covariance;

TEST_CASE("the ratio keeps its digits however small it is") {
    std::map<double, double> worst; // relative error by zeta; the ratio itself falls like e^-zeta
    for (const std::string name : {"two_1d", "three_1d"}) {
        const auto mixture = test::golden_mixture(name).make<double, 1, covariance::isotropic>();
        const denoiser::optimal f(mixture);
        for (const auto& row : test::golden("d_density.csv").where("mixture", name)) {
            if (!row.has("llr")) continue;
            const std::vector<double> x{row.input<double>("x")};
            const double zeta = row.input<double>("zeta"), exact = static_cast<double>(row.number("llr"));
            const auto r = density::log_density_ratio(exec::serial{}, f, x, log_snr{zeta}, density::quadrature{})[0];
            test::keep_largest(worst[zeta], std::abs(r.value / exact - 1));
        }
    }
    const std::map<double, double> bounds{{-2, 5e-14}, {0, 1e-13}, {2, 3e-14}, {6, 4e-13}, {10, 3e-11}, {15, 1e-8}};
    REQUIRE(worst.size() == bounds.size());
    for (const auto& [zeta, error] : worst)
        test::check_within("log density ratio at zeta = " + std::to_string(zeta) + ", relative", error,
                           bounds.at(zeta));
}

TEST_CASE("the ratio to another level is the difference of two ratios") {
    const auto mixture = test::golden_mixture("three_1d").make<double, 1, covariance::isotropic>();
    const denoiser::optimal f(mixture);
    const std::vector<double> x{-3.25, 0, 7.5};
    const auto ratio =
        density::log_density_ratio(exec::serial{}, f, x, log_snr{1.}, log_snr{4.}, density::quadrature{});
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::array<double, 1> at{x[i]};
        const double exact = mixture.log_density(at, log_snr{1.}) - mixture.log_density(at, log_snr{4.});
        test::keep_largest(worst, std::abs(ratio[i].value - exact) / std::max(1., std::abs(exact)));
    }
    test::check_within("log density ratio between two levels", worst, 1e-14);
}

TEST_CASE("the ratio of a density to itself is exactly 0") {
    const auto mixture = test::golden_mixture("two_1d").make<double, 1, covariance::isotropic>();
    const denoiser::optimal f(mixture);
    const std::vector<double> x{-1, 4};
    for (const double level : {-2., 6., std::numeric_limits<double>::infinity()}) {
        const log_snr a{level};
        for (const auto& r : density::log_density_ratio(exec::serial{}, f, x, a, a, density::quadrature{}))
            CHECK(r.value == 0);
        for (const auto& r :
             density::log_density_ratio(exec::serial{}, f, x, a, a, density::monte_carlo{.levels = 16})) {
            CHECK(r.value == 0);
            CHECK(r.standard_error == 0);
        }
    }
}
