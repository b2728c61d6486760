// SPDX-License-Identifier: MIT
// The scales of data: the narrowest part and a bound on how far the parts reach, of mixtures of all shapes and of clouds.

#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>

#include <distribution/testing.hpp>

using namespace cdl;
using distribution::gaussian_mixture, distribution::kernel_width;
using enum distribution::covariance;

TEST_CASE("the scales of a mixture are its narrowest axis and twice the farthest mean, plus the widest") {
    const gaussian_mixture<double, 2, diagonal> three({1, 2, 3}, {0, 0, 3, 4, -1, 0}, {1, 4, 9, 1, 0.25, 1});
    CHECK(three.scales().narrowest == 0.5);
    CHECK(three.scales().widest == 13);
    const gaussian_mixture<float, 1, isotropic> line({1, 1}, {-2, 5}, {4, 0.0625F});
    CHECK(denoiser::optimal(line).scales().narrowest == 0.25F);
    CHECK(denoiser::optimal(line).scales().widest == 16);
    const gaussian_mixture<double, 2> turned({1}, {7, 7}, {5, 3, 3, 5}); // eigenvalues 2 and 8
    test::check_within("narrowest axis of a full covariance", std::abs(turned.scales().narrowest - std::sqrt(2.)),
                       1e-15);
    test::check_within("widest axis of a full covariance", std::abs(turned.scales().widest - std::sqrt(8.)), 1e-15);
}

TEST_CASE("the scales of a cloud are the width of its kernels and its diameter at most") {
    const distribution::empirical<double, 2> points({0, 0, 6, 0, 0, 8}, 2);
    CHECK(points.scales().narrowest == 0);
    CHECK(points.scales().widest >= 10);
    CHECK(points.scales().widest <= 20);
    const distribution::empirical<double, 2> wide({0, 0, 6, 0, 0, 8}, 2, kernel_width{0.5});
    CHECK(denoiser::empirical(wide).scales().narrowest == 0.5);
    CHECK(denoiser::empirical(wide).scales().widest == points.scales().widest + 0.5);
}

TEST_CASE("scales are finite where squared distances are none, and 0 for one point") {
    const gaussian_mixture<float, 2, isotropic> far({1, 1}, {0, 0, 3e30F, 4e30F}, {1, 1});
    CHECK(far.scales().widest == doctest::Approx(1e31));
    const distribution::empirical<float, 1> cloud({-1e30F, 1e30F}, 1);
    CHECK(cloud.scales().widest == doctest::Approx(2e30));
    CHECK(distribution::empirical<float, 1>({3}, 1).scales().widest == 0);
    const distribution::empirical<double, 1> farthest({-1.5e308, 1.5e308}, 1);
    CHECK(farthest.view().radius == doctest::Approx(1.5e308));
}
