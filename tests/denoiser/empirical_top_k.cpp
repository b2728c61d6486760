// SPDX-License-Identifier: MIT
// The empirical denoiser of the k nearest points: never farther from the exact one than it says.

#include <cdl/denoiser/empirical_top_k.hpp>

#include <distribution/empirical_oracle.hpp>
#include <support/scalars.hpp>

#include <array>

using namespace cdl;
using distribution::kernel_width;
using test::check_within, test::keep_largest;

static_assert(denoiser::point_denoiser<denoiser::empirical_top_k<double, 2, host>, double>);
static_assert(denoiser::batch_denoiser<denoiser::empirical_top_k<float, dynamic, host>, exec::serial, float>);

namespace {

const std::vector<double> levels{-20, -6, -1, 0, 2, 4, 6, 9, 20};

std::vector<log_snr<double>> levels_of(index_t m) {
    std::vector<log_snr<double>> own;
    for (index_t i = 0; i < m; ++i) own.push_back({levels[static_cast<std::size_t>(i) % levels.size()]});
    return own;
}

/// The error against brute force as a part of the bound and of rounding, the largest; and the smallest bound.
struct comparison {
    double share_of_bound = 0, smallest_bound = 1e300;
};

comparison compare(index_t n, index_t d, index_t k, double width) {
    const index_t m = 90;
    const distribution::empirical<double> data(test::normal_points<double>(n, d), d, kernel_width{width});
    const auto f = denoiser::top_k(denoiser::empirical(data), k);
    const auto z = test::noisy_points(data.view(), m, levels);
    const auto own = levels_of(m);
    std::vector<double> eps_hat(z.size()), mass(static_cast<std::size_t>(m));
    comparison result;
    test::for_each_policy([&](const char*, const auto& policy) {
        f(policy, as_batch(z, d), level_view<double>(own), as_batch(eps_hat, d), mass);
        for (index_t i = 0; i < m; ++i) {
            const auto a = own[static_cast<std::size_t>(i)];
            const auto truth = test::truth_of(data.view(), as_batch(z, d)[i], a.value);
            const double bound = f.error_bound(mass[static_cast<std::size_t>(i)], a);
            CHECK((mass[static_cast<std::size_t>(i)] >= 0 && mass[static_cast<std::size_t>(i)] <= 1));
            const double error =
                test::point_error<double>(as_batch(eps_hat, d)[i], truth.eps_hat, 1) * test::epsilon<double>;
            const double rounding = 5 * test::epsilon<double> * static_cast<double>(truth.eps_hat_size);
            keep_largest(result.share_of_bound, error / (bound + rounding));
            result.smallest_bound = std::min(result.smallest_bound, bound);
        }
    });
    return result;
}

} // namespace

TEST_CASE("the true error never exceeds the bound") {
    for (const double width : {0., 0.2})
        for (const index_t d : {1, 2, 5, 65})
            for (const index_t n : {1, 2, 7, 129, 597})
                for (const index_t k : {1, 2, 5, 16, 64}) {
                    CAPTURE(n);
                    CAPTURE(k);
                    const auto seen = compare(n, d, k, width);
                    check_within("top k, error / (bound + rounding)", seen.share_of_bound, 1);
                    if (k >= n) CHECK(seen.smallest_bound == 0);
                    if (width == 0) CHECK(seen.smallest_bound < 1e-8); // of use where the noise is small
                }
}

TEST_CASE("all points kept are the exact denoiser") {
    for (const index_t d : {2, 6}) {
        const index_t n = 50, m = 90;
        const distribution::empirical<double> data(test::normal_points<double>(n, d), d, kernel_width{0.1});
        const denoiser::empirical exact(data);
        const auto f = denoiser::top_k(exact, 64);
        CHECK(f.k() == n);
        const auto z = test::noisy_points(data.view(), m, levels);
        const auto own = levels_of(m);
        std::vector<double> got(z.size()), want(z.size());
        f(exec::serial{}, as_batch(z, d), level_view<double>(own), as_batch(got, d));
        exact(exec::serial{}, as_batch(z, d), level_view<double>(own), as_batch(want, d));
        double worst = 0;
        for (index_t i = 0; i < m; ++i) {
            const auto truth = test::truth_of(data.view(), as_batch(z, d)[i], own[static_cast<std::size_t>(i)].value);
            for (std::size_t j = 0; j < static_cast<std::size_t>(d); ++j) {
                const std::size_t at = static_cast<std::size_t>(i * d) + j;
                keep_largest(worst, std::abs(got[at] - want[at]) / static_cast<double>(truth.eps_hat_size));
            }
        }
        check_within("top k of k points / epsilon", worst / test::epsilon<double>, 4);
    }
}

TEST_CASE_TEMPLATE("one point at a time is a batch", S, CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    const index_t n = 300, m = 48, k = 9;
    for (const index_t d : {2, 6}) {
        const distribution::empirical<T> data(test::normal_points<T>(n, d), d);
        const auto f = denoiser::top_k(denoiser::empirical(data), k);
        const auto numbers = test::noisy_points(data.view(), m, {1.});
        const auto z = as_batch(numbers, d);
        std::vector<T> eps_hat(numbers.size()), mass(static_cast<std::size_t>(m));
        f(exec::serial{}, z, log_snr{T(1)}, as_batch(eps_hat, d), mass);
        double worst = 0;
        for (index_t i = 0; i < m; i += lanes<S>::width) {
            const lanes<S> group{i, lanes<S>::width};
            std::vector<S> at, hat(static_cast<std::size_t>(d), S(T(0)));
            for (index_t j = 0; j < d; ++j) at.push_back(load(z, group, j));
            const S neglected = f(at, log_snr<S>{S(T(1))}, hat);
            const auto see = [&](double error, long double size) {
                keep_largest(worst, error / static_cast<double>(size));
            };
            scatter(group, neglected, [&](index_t q, T got) {
                const T want = mass[static_cast<std::size_t>(q)];
                see(static_cast<double>(std::abs(got - want)), test::truth_of(data.view(), z[q], 1.).log_p_size);
            });
            for (index_t j = 0; j < d; ++j)
                scatter(group, hat[static_cast<std::size_t>(j)], [&](index_t q, T got) {
                    const T want = eps_hat[static_cast<std::size_t>(q * d + j)];
                    see(static_cast<double>(std::abs(got - want)), test::truth_of(data.view(), z[q], 1.).eps_hat_size);
                });
        }
        check_within("top k, points against a batch, " + test::scalar_name<S>() + " / epsilon",
                     worst / test::epsilon<T>, 5);
    }
}

TEST_CASE("the nearest of equals is the first, whatever the order of the others") {
    const distribution::empirical<double, 1> data(std::vector<double>{5, 1, -1, 1, 7}, 1);
    const denoiser::empirical exact(data);
    std::array<double, 1> eps_hat{};
    denoiser::top_k(exact, 1)(std::array{0.}, log_snr{0.}, eps_hat);
    const double s = signal_scale(log_snr{0.}), noise = noise_scale(log_snr{0.});
    CHECK(eps_hat[0] == doctest::Approx(-s / noise)); // the point 1, not -1
    CHECK(denoiser::top_k(exact, 3)(std::array{0.}, log_snr{0.}, eps_hat) > 0);
    CHECK(denoiser::top_k(exact, 5)(std::array{0.}, log_snr{0.}, eps_hat) == 0);
}

TEST_CASE("policies agree to the bit, and a query's place does not matter") {
    for (const index_t d : {2, 65}) {
        const index_t m = 101;
        const distribution::empirical<float> data(test::normal_points<float>(300, d), d);
        const auto f = denoiser::top_k(denoiser::empirical(data), 7);
        const auto z = test::noisy_points(data.view(), m, {-2., 0., 3.});
        std::vector<float> first, mass(static_cast<std::size_t>(m)), part(z.size());
        test::for_each_packed_policy([&](const char*, const auto& policy) {
            std::vector<float> eps_hat(z.size());
            f(policy, as_batch(z, d), log_snr{1.f}, as_batch(eps_hat, d), mass);
            if (first.empty()) first = eps_hat;
            CHECK(eps_hat == first);
            f(policy, as_batch(z, d).slice(5, 33), log_snr{1.f}, as_batch(part, d).slice(0, 33));
            CHECK(std::equal(part.begin(), part.begin() + 33 * d, eps_hat.begin() + 5 * d));
        });
    }
}

TEST_CASE("wrong arguments are refused with a sentence") {
    const distribution::empirical<double> data(test::normal_points<double>(5, 2), 2);
    const denoiser::empirical exact(data);
    const std::string where = "cdl::denoiser::empirical_top_k: ";
    CHECK(test::refusal([&] { denoiser::top_k(exact, 0); }) ==
          "cdl::denoiser::top_k: k: must be between 1 and 64; got 0");
    CHECK(test::refusal([&] { denoiser::top_k(exact, 65); }) ==
          "cdl::denoiser::top_k: k: must be between 1 and 64; got 65");
    const auto f = denoiser::top_k(exact, 2);
    std::vector<double> z(6, 1.), eps_hat(6, -77.), mass(2, -77.);
    CHECK(test::refusal([&] { f(exec::serial{}, as_batch(z, 2), log_snr{0.}, as_batch(eps_hat, 2), mass); }) ==
          where + "neglected: must be one number for each point; got 2 x 1 for 3");
    CHECK(test::refusal([&] { f(exec::serial{}, as_batch(z, 3), log_snr{0.}, as_batch(eps_hat, 3)); }) ==
          where + "z: must have the dimension of the denoiser; got 3 for 2");
    CHECK(test::refusal([&] { f(exec::serial{}, as_batch(z, 2), log_snr{0.}, as_batch(z, 2)); }) ==
          where + "eps_hat: must not be z; got the same memory");
    CHECK(eps_hat == std::vector<double>(6, -77.));
    CHECK(mass == std::vector<double>(2, -77.));
}

TEST_CASE_TEMPLATE("far from all points the bound says that distances no longer tell which is near", T, float, double) {
    for (const double far : {1e3, 1e5, 1e9, 1e12}) {
        CAPTURE(far);
        const T z0 = static_cast<T>(far), x0 = T(T(10) / z0);
        const distribution::empirical<T, 2> data({-x0, T(1), x0, T(-1)}, 2, distribution::kernel_width<T>{T(0)});
        const denoiser::empirical exact(data);
        const auto nearest = denoiser::top_k(exact, 1);
        const log_snr<T> a{T(0)};
        const std::array<T, 2> z{z0, T(0)};
        std::array<T, 2> want{}, got{};
        exact(z, a, want);
        const T mass = nearest(z, a, got);
        CHECK(std::abs(got[1] - want[1]) <= nearest.error_bound(mass, a) * T(1.001));
        const std::vector<T> query(z.begin(), z.end());
        std::vector<T> in_batch(2), masses(1);
        nearest(exec::serial{}, as_batch(query, 2), level_view<T>(a), as_batch(in_batch, 2), masses);
        CHECK(std::abs(in_batch[1] - want[1]) <= nearest.error_bound(masses[0], a) * T(1.001));
    }
}
