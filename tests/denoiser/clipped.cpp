// SPDX-License-Identifier: MIT
// Denoisers with a clipped estimate of the data, of one point and of batches; and the estimate of one point as a value.

#include <cdl/denoiser/any_batch_denoiser.hpp>
#include <cdl/denoiser/clipped.hpp>
#include <cdl/denoiser/eps_hat_at.hpp>
#include <cdl/denoiser/from_classifier.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/prediction.hpp>

#include <distribution/testing.hpp>

#include <array>
#include <vector>

using namespace cdl;
using distribution::gaussian_mixture;
using enum distribution::covariance;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// A denoiser that always says the same.
struct constant_denoiser {
    double answer;

    template <point Z, class S, class E>
    void operator()(const Z& z, const log_snr<S>&, E&& eps_hat) const {
        for (index_t j = 0; j < static_cast<index_t>(z.size()); ++j) eps_hat[j] = S(answer);
    }
};

} // namespace

TEST_CASE("x_hat of a clipped denoiser lies in the box, and is that of the denoiser where it did before") {
    const gaussian_mixture<double, 2, isotropic> mixture({1, 2}, {-2, 0.25, 3, -0.5}, {0.5, 0.2});
    const denoiser::optimal f(mixture);
    const denoiser::clipped g(f, -1, 1);
    index_t inside = 0, outside = 0;
    for (const double a : {-8., -1., 0., 2., 6.})
        for (const double x : {-3., -0.5, 0.3, 1.5, 4.}) {
            const std::vector<double> z{signal_scale(log_snr{a}) * x, 0.1};
            const auto own = denoiser::eps_hat_at(f, z, log_snr{a}), kept = denoiser::eps_hat_at(g, z, log_snr{a});
            for (std::size_t j = 0; j < 2; ++j) {
                const double x_hat = denoiser::x_from_eps(z[j], own[j], log_snr{a});
                const double in_box = denoiser::x_from_eps(z[j], kept[j], log_snr{a});
                const bool was_inside = -1 <= x_hat && x_hat <= 1;
                ++(was_inside ? inside : outside);
                if (was_inside) CHECK(test::same_bits(kept[j], own[j]));
                CHECK(in_box ==
                      doctest::Approx(std::min(1., std::max(-1., x_hat))).epsilon(1e-12 / signal_scale(log_snr{a})));
            }
        }
    CHECK(inside > 10);
    CHECK(outside > 10);
}

TEST_CASE("a batch of a clipped denoiser gives what its points do, under every policy") {
    const gaussian_mixture<float, 2, isotropic> mixture({1, 2}, {-2, 0.25F, 3, -0.5F}, {0.5F, 0.2F});
    const denoiser::optimal f(mixture);
    denoiser::clipped point_by_point(f, -0.5, 0.75);
    denoiser::clipped batched(denoiser::lift(f), -0.5, 0.75);
    std::vector<float> z, eps_hat(74), of_batch(74);
    for (index_t i = 0; i < 74; ++i) z.push_back(float(3 * random::normal({1, random::purpose::user}, 0, i, 0)));
    const batch_view<const float, 2> from(z.data(), 37, 2);
    const log_snr a{0.5F};
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        denoiser::denoise(policy, point_by_point, from, level_view<float>(a),
                          batch_view<float, 2>(eps_hat.data(), 37, 2));
        denoiser::denoise(policy, batched, from, level_view<float>(a), batch_view<float, 2>(of_batch.data(), 37, 2));
        for (index_t i = 0; i < 37; ++i) {
            std::array<float, 2> alone;
            point_by_point(from[i], a, alone);
            for (std::size_t j = 0; j < 2; ++j) {
                CHECK(eps_hat[static_cast<std::size_t>(2 * i) + j] ==
                      doctest::Approx(static_cast<double>(alone[j])).epsilon(1e-5));
                CHECK(of_batch[static_cast<std::size_t>(2 * i) + j] ==
                      doctest::Approx(static_cast<double>(alone[j])).epsilon(1e-5));
            }
        }
    });
}

TEST_CASE("clipping at the ends of the levels, and of NaN") {
    const denoiser::clipped g(constant_denoiser{0.5}, -1, 1);
    CHECK(denoiser::eps_hat_at(g, std::array{2.}, pure_noise<double>())[0] ==
          2); // x_hat = +inf is clipped, and S x_hat is 0
    CHECK(denoiser::eps_hat_at(g, std::array{2.}, clean<double>())[0] == 0.5); // eps_hat says nothing of x_hat
    const log_snr low{-70.};                                                   // x_hat would be 1.5e15
    CHECK(denoiser::eps_hat_at(g, std::array{2.}, low)[0] == doctest::Approx(2 - signal_scale(low)).epsilon(1e-15));
    const double lost =
        denoiser::eps_hat_at(denoiser::clipped(constant_denoiser{not_a_number}, -1, 1), std::array{2.}, low)[0];
    CHECK(lost != lost);
}

TEST_CASE("boxes that are none, and functions that are none, are refused") {
    const std::string sentence = "cdl::denoiser::clipped: low, high: must be finite, and low below high; got ";
    CHECK(test::refusal([] { denoiser::clipped(constant_denoiser{0}, 1, -1); }) == sentence + "1, -1");
    CHECK(test::refusal([] { denoiser::clipped(constant_denoiser{0}, 1, 1); }) == sentence + "1, 1");
    CHECK(test::refusal([] { denoiser::clipped(constant_denoiser{0}, not_a_number, 1); }) == sentence + "nan, 1");
    CHECK(test::refusal([] { denoiser::clipped(constant_denoiser{0}, 0, infinity); }) == sentence + "0, inf");
    using any = denoiser::any_batch_denoiser<double>;
    const std::function<void(any::points, any::levels_of_points, any::answers)> nothing;
    CHECK(test::refusal([&] { any{nothing}; }) ==
          "cdl::denoiser::any_batch_denoiser: denoiser: must hold a function; got an empty one");
    void (*const nowhere)(any::points, any::levels_of_points, any::answers) = nullptr;
    CHECK(test::refusal([&] { any{nowhere}; }) ==
          "cdl::denoiser::any_batch_denoiser: denoiser: must hold a function; got an empty one");
    const gaussian_mixture<double, 2, isotropic> mixture({1}, {0, 0}, {1});
    const denoiser::optimal f(mixture);
    CHECK(test::refusal([&] { denoiser::eps_hat_at(f, std::vector<double>(3), log_snr{0.}); }) ==
          "cdl::denoiser::eps_hat_at: z: must have the dimension of the denoiser; got 3 for 2");
}
