// SPDX-License-Identifier: MIT
// The inverse of DDIM: what it finds must be carried back to where it came from.

#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/invert.hpp>

#include "distribution/testing.hpp"
#include "sampler/testing.hpp"

#include <array>

using namespace cdl;
using sampler::ddim;
using test::infinite;

namespace {

distribution::gaussian_mixture<double, 1> two_modes() {
    return {{1, 2}, {-2, 4}, {0.3, 0.5}};
}

distribution::gaussian_mixture<double, 2> plane() {
    return {{1, 2, 1}, {-1, 0.5, 1, 1, 0.25, -1.5}, {0.2, 0.1, 0.1, 0.3, 0.05, 0, 0, 0.05, 0.3, -0.1, -0.1, 0.1}};
}

} // namespace

TEST_CASE("What DDIM is inverted to is carried back to the same points, on a line and in the plane") {
    const auto line = two_modes();
    const auto in_plane = plane();
    for (const index_t steps : {1, 2, 10, 50, 200}) {
        const auto grid = test::grid_of(test::uniform_levels(-8, 6, steps));
        CAPTURE(steps);
        const auto check = [&](const auto& f, auto points) {
            const auto want = points;
            const auto report = sampler::invert(exec::serial{}, ddim{}, f, grid, points);
            CHECK(report.converged);
            CHECK(report.failed == 0);
            CHECK(report.residual <= 1e-12);
            CHECK(report.denoiser_calls <= 12 * steps + 20);
            CHECK(points != want);
            sampler::run(exec::serial{}, ddim{}, f, grid, points);
            double worst = 0;
            for (std::size_t i = 0; i < want.size(); ++i)
                if constexpr (requires { points[i][1]; })
                    for (std::size_t j = 0; j < 2; ++j) test::keep_largest(worst, std::fabs(points[i][j] - want[i][j]));
                else
                    test::keep_largest(worst, std::fabs(points[i] - want[i]));
            test::check_within("there and back", worst, 1e-9);
        };
        check(denoiser::optimal(line), std::vector<double>{-2.5, -2, -1.5, 3, 4, 5.5});
        if (steps > 5) // longer steps fold the plane
            check(denoiser::optimal(in_plane),
                  std::vector<std::array<double, 2>>{{-1, 0.5}, {1, 1.25}, {0.3, -1.25}, {-0.75, 0}, {2, 0.75}});
    }
}

TEST_CASE("DDIM is inverted under every policy, in float, and a point does not depend on the batch") {
    const auto data = plane();
    const auto grid = test::grid_of(test::uniform_levels(-8, 6, 20));
    std::vector<std::array<double, 2>> start;
    for (int i = 0; i < 19; ++i) start.push_back({0.1 * i - 1, 0.05 * i});
    auto want = start;
    sampler::invert(exec::serial{}, ddim{}, denoiser::optimal(data), grid, want);
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        auto all = start;
        CHECK(sampler::invert(policy, ddim{}, denoiser::optimal(data), grid, all).converged);
        double worst = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            std::vector<std::array<double, 2>> one{start[i]};
            sampler::invert(policy, ddim{}, denoiser::optimal(data), grid, one);
            CHECK(one[0] == all[i]);
            for (std::size_t j = 0; j < 2; ++j) test::keep_largest(worst, std::fabs(all[i][j] - want[i][j]));
        }
        test::check_within(name, worst, 1e-8);
    });
    const distribution::gaussian_mixture<float, 1> single{{1, 2}, {-2, 4}, {0.3f, 0.5f}};
    const auto levels = test::grid_of<float>(test::uniform_levels(-8, 6, 30));
    std::vector<float> z{-2, -1.5f, 3, 4.5f};
    const auto before = z;
    CHECK(sampler::invert(exec::serial{}, ddim{}, denoiser::optimal(single), levels, z).converged);
    sampler::run(exec::serial{}, ddim{}, denoiser::optimal(single), levels, z);
    for (std::size_t i = 0; i < z.size(); ++i) CHECK(std::fabs(z[i] - before[i]) <= 1e-4f);
}

TEST_CASE("From clean data and to pure noise, where the data has a width") {
    const auto data = two_modes();
    auto levels = test::uniform_levels(-8, 6, 40);
    levels.insert(levels.begin(), -infinite);
    levels.push_back(infinite);
    const auto grid = test::grid_of(levels);
    std::vector<double> z{-2.25, 3.5, 4.5}, want = z;
    CHECK(sampler::invert(exec::serial{}, ddim{}, denoiser::optimal(data), grid, z).converged);
    sampler::run(exec::serial{}, ddim{}, denoiser::optimal(data), grid, z);
    for (std::size_t i = 0; i < z.size(); ++i)
        CHECK(std::fabs(z[i] - want[i]) <= 1e-6); // half of the digits at pure noise
}

TEST_CASE("What has no inverse is NaN and is counted, and nothing that is NaN converges") {
    // data of one point: x_hat of every z, so that the step to clean data cannot be turned back
    const auto point = [](const auto& z, const auto& a, const auto& eps_hat) {
        eps_hat[0] = (z[0] - signal_scale(a) * 1.5) / noise_scale(a);
    };
    std::vector<double> z{1, 2};
    const auto report = sampler::invert(exec::serial{}, ddim{}, point, test::grid_of({-1, infinite}), z);
    CHECK(!report.converged);
    CHECK(report.failed == 2);
    for (const double v : z) CHECK(std::isnan(v));

    const auto data = two_modes();
    std::vector<double> one_bad{std::nan(""), 4};
    const auto of_nan =
        sampler::invert(exec::serial{}, ddim{}, denoiser::optimal(data), test::grid_of({-3, 0, 3}), one_bad);
    CHECK(!of_nan.converged);
    CHECK(of_nan.failed == 1);
    CHECK(std::isnan(one_bad[0]));
    CHECK(std::isfinite(one_bad[1]));
    const auto gives_nan = [](const auto&, const auto&, const auto& eps_hat) { eps_hat[0] = std::nan(""); };
    std::vector<double> w{1};
    CHECK(!sampler::invert(exec::serial{}, ddim{}, gives_nan, test::grid_of({-3, 0, 3}), w).converged);
}

TEST_CASE("An inversion without points or steps does nothing, and a wrong one is refused before a point is touched") {
    const auto data = two_modes();
    const denoiser::optimal f(data);
    std::vector<double> none, z{1, 2};
    const auto before = z;
    CHECK(sampler::invert(exec::serial{}, ddim{}, f, test::grid_of({-3, 3}), none).denoiser_calls == 0);
    CHECK(sampler::invert(exec::serial{}, ddim{}, f, test::grid_of({3, 3}), z).converged);
    CHECK(z == before);
    const auto refusal = [&](const std::vector<double>& levels, double eta, const sampler::invert_settings& settings) {
        return test::refusal(
            [&] { sampler::invert(exec::serial{}, ddim{eta}, f, test::grid_of(levels), z, settings); });
    };
    const std::string where = "cdl::sampler::invert: ";
    CHECK(refusal({3, -3}, 0, {}).starts_with(where + "grid: must not decrease"));
    CHECK(refusal({-3, 3}, 0.5, {}) == where + "method: must be deterministic; got one with noise");
    CHECK(refusal({-3, 3}, 0, {.tolerance = 0}) == where + "tolerance: must be finite and positive; got 0");
    CHECK(refusal({-3, 3}, 0, {.tolerance = std::nan("")}).starts_with(where + "tolerance: "));
    CHECK(refusal({-3, 3}, 0, {.max_sweeps = 0}) == where + "max_sweeps: must be at least 1; got 0");
    CHECK(z == before);
}
