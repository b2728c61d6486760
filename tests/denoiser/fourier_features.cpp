// SPDX-License-Identifier: MIT
#include <cdl/denoiser/fourier_features.hpp>

#include <distribution/testing.hpp>

#include <cmath>
#include <numbers>

using namespace cdl;

TEST_CASE("features of a batch are its points and their sines and cosines, in every policy") {
    const denoiser::fourier_features features; // VDM's n = 7, 8
    CHECK(features.width(3) == 15);
    const std::vector<double> z{0.5, -0.25, 1. / 256, 3. / 512, 0.1, 0.9};
    test::for_each_policy([&](const std::string& name, const auto& policy) {
        CAPTURE(name);
        std::vector<double> out(10 * 3, -7);
        features(policy, as_batch(z, 2), as_batch(out, 10));
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t j = 0; j < 2; ++j) {
                CHECK(out[10 * i + j] == z[2 * i + j]);
                for (std::size_t f = 0; f < 2; ++f) {
                    const auto angle =
                        std::remainder(std::ldexp(z[2 * i + j], static_cast<int>(7 + f)), 2) * std::numbers::pi;
                    CHECK(out[10 * i + 2 + 4 * f + j] == doctest::Approx(std::sin(angle)).epsilon(1e-14));
                    CHECK(out[10 * i + 4 + 4 * f + j] == doctest::Approx(std::cos(angle)).epsilon(1e-14));
                }
            }
    });
}

TEST_CASE("the published code's n = 6, 7 with 2^n 2 pi are the paper's 7, 8") {
    for (const int n : {6, 7})
        CHECK(math::fourier_feature(0.3, n + 1).sine ==
              doctest::Approx(std::sin(std::ldexp(1., n) * 2 * std::numbers::pi * 0.3)).epsilon(1e-12));
}

TEST_CASE("features refuse shapes and frequencies that do not fit") {
    const std::vector<double> z(6);
    std::vector<double> out(30);
    CHECK(test::refusal([&] { denoiser::fourier_features{}(exec::serial{}, as_batch(z, 3), as_batch(out, 10)); }) ==
          "cdl::denoiser::fourier_features: features: must have d (1 + 2 count) numbers for each point; got 3 x 10 for "
          "2 x 3 "
          "and 2 frequencies");
    CHECK(test::refusal([&] { denoiser::fourier_features{3, 2}(exec::serial{}, as_batch(z, 2), as_batch(out, 10)); }) ==
          "cdl::denoiser::fourier_features: n_max: must not be below n_min; got 2 against 3");
}
