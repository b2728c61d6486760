// SPDX-License-Identifier: MIT
// Conversions between predictions: against their definition in long double, back and forth, and at the ends.

#include <cdl/denoiser/prediction.hpp>

#include <distribution/testing.hpp>

#include <array>
#include <cmath>
#include <vector>

using namespace cdl;

namespace {

template <class T>
struct sample {
    log_snr<T> a;
    T z, eps_hat;
};

template <class T>
std::vector<sample<T>> samples() {
    std::vector<sample<T>> all;
    for (int level = -80; level <= 80; ++level)
        for (const double z : {-3.0, -0.25, 0.7, 12.0})
            for (const double eps_hat : {-1.5, 0.125, 2.0})
                all.push_back({{static_cast<T>(level)}, static_cast<T>(z), static_cast<T>(eps_hat)});
    return all;
}

/// |got - want| in units of epsilon, relative to the sizes of the numbers that were added.
template <class T>
double error(T got, long double want, long double size) {
    return static_cast<double>(std::abs(static_cast<long double>(got) - want) / size) / test::epsilon<T>;
}

} // namespace

TEST_CASE_TEMPLATE("conversions agree with their definitions in long double", T, float, double) {
    double worst = 0;
    for (const auto& s : samples<T>()) {
        const log_snr a{test::wide(s.a.value)};
        const long double S = signal_scale(a), N = noise_scale(a), z = test::wide(s.z), e = test::wide(s.eps_hat);
        const auto see = [&](T got, long double want, long double size) {
            test::keep_largest(worst, error(got, want, size));
        };
        see(denoiser::x_from_eps(s.z, s.eps_hat, s.a), (z - N * e) / S, (std::abs(z) + N * std::abs(e)) / S);
        see(denoiser::eps_from_x(s.z, s.eps_hat, s.a), (z - S * e) / N, (std::abs(z) + S * std::abs(e)) / N);
        see(denoiser::v_from_eps(s.z, s.eps_hat, s.a), (e - N * z) / S, (std::abs(e) + N * std::abs(z)) / S);
        see(denoiser::eps_from_v(s.z, s.eps_hat, s.a), N * z + S * e, N * std::abs(z) + S * std::abs(e));
        see(denoiser::x_from_v(s.z, s.eps_hat, s.a), S * z - N * e, S * std::abs(z) + N * std::abs(e));
        see(denoiser::score_from_eps(s.eps_hat, s.a), -e / N, std::abs(e) / N);
        see(denoiser::eps_from_score(s.eps_hat, s.a), -N * e, N * std::abs(e));
        see(denoiser::edm_input(s.z, s.a), z / S, std::abs(z) / S);
        see(denoiser::from_edm_input(s.z, s.a), z * S, std::abs(z) * S);
        see(denoiser::eps_from_edm(s.z, s.eps_hat, s.a), (z - e) * S / N, (std::abs(z) + std::abs(e)) * S / N);
    }
    test::check_within("prediction conversions, " + std::to_string(8 * sizeof(T)) + " bits / epsilon", worst, 4);
}

TEST_CASE_TEMPLATE("conversions there and back return what they were given", T, float, double) {
    double worst = 0;
    for (const auto& s : samples<T>()) {
        const T z = s.z, e = s.eps_hat, x = denoiser::x_from_eps(z, e, s.a), v = denoiser::v_from_eps(z, e, s.a);
        const T S = signal_scale(s.a), N = noise_scale(s.a), y = denoiser::edm_input(z, s.a);
        // what was lost on the way there, in the units of the way back
        const long double size = test::wide(std::abs(e)) + test::wide(std::abs(z));
        const auto see = [&](T got, T want, long double scale) {
            test::keep_largest(worst, error(got, test::wide(want), scale));
        };
        see(denoiser::eps_from_v(z, v, s.a), e, size);
        see(denoiser::eps_from_score(denoiser::score_from_eps(e, s.a), s.a), e, test::wide(std::abs(e)));
        see(denoiser::eps_from_x(z, x, s.a), e, size / test::wide(N));
        see(denoiser::eps_from_edm(y, x, s.a), e, size / test::wide(N));
        see(denoiser::x_from_v(z, v, s.a), x, size / test::wide(S));
        see(denoiser::from_edm_input(y, s.a), z, test::wide(std::abs(z)));
    }
    test::check_within("prediction round trips, " + std::to_string(8 * sizeof(T)) + " bits / epsilon", worst, 4);
}

TEST_CASE("at the ends a conversion is exact, or not determined and not finite") {
    const auto clean_level = clean<double>(), noise_level = pure_noise<double>();
    CHECK(denoiser::x_from_eps(3., 2., clean_level) == 3);
    CHECK(denoiser::eps_from_x(3., 2., noise_level) == 3);
    CHECK(denoiser::eps_from_v(3., 2., clean_level) == 2);
    CHECK(denoiser::eps_from_v(3., 2., noise_level) == 3);
    CHECK(denoiser::x_from_v(3., 2., clean_level) == 3);
    CHECK(denoiser::x_from_v(3., 2., noise_level) == -2);
    CHECK(denoiser::eps_from_score(-2., noise_level) == 2);
    CHECK(denoiser::score_from_eps(2., noise_level) == -2);
    CHECK(denoiser::eps_from_score(-2., clean_level) == 0);
    CHECK(!std::isfinite(denoiser::x_from_eps(3., 2., noise_level)));
    CHECK(std::isnan(denoiser::x_from_eps(3., 3., noise_level)));
    CHECK(!std::isfinite(denoiser::eps_from_x(3., 2., clean_level)));
    CHECK(std::isnan(denoiser::eps_from_x(3., 3., clean_level)));
    CHECK(!std::isfinite(denoiser::score_from_eps(2., clean_level)));
}
