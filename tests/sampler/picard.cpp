// SPDX-License-Identifier: MIT
// Picard sampling against the sequential sampler, which it must reproduce, and against the published algorithm, whose
// sweeps it must count.

#include <cdl/random/recorded_noise.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/picard.hpp>

#include "distribution/golden_mixtures.hpp"
#include "distribution/testing.hpp"
#include "sampler/paradigms.hpp"
#include "sampler/testing.hpp"

#include <algorithm>
#include <array>
#include <utility>

using namespace cdl;
using sampler::linear_part;

namespace {

/// The data of [CDL fig. 1].
distribution::gaussian_mixture<double, 1> two_modes() {
    return {{0.5, 0.5}, {-5, 5}, {1, 1}};
}

distribution::gaussian_mixture<double, 2> plane() {
    return {{1, 2, 1}, {-1, 0.5, 1, 1, 0.25, -1.5}, {0.2, 0.1, 0.1, 0.3, 0.05, 0, 0, 0.05, 0.3, -0.1, -0.1, 0.1}};
}

/// The levels of DDPM's chain, T = 1000, beta from 1e-4 to 0.02, from the noisiest to clean data.
std::vector<double> ddpm_levels() {
    std::vector<double> levels{test::infinite};
    double log_alpha_bar = 0;
    for (int t = 1; t <= 1000; ++t) {
        log_alpha_bar += std::log1p(-(1e-4 + (0.02 - 1e-4) * (t - 1) / 999));
        levels.push_back(log_alpha_bar - std::log(-std::expm1(log_alpha_bar)));
    }
    std::reverse(levels.begin(), levels.end());
    return levels;
}

using points = std::vector<std::array<double, 2>>;

points start_of(index_t n, std::uint64_t seed) {
    points z(static_cast<std::size_t>(n));
    sampler::draw_start(exec::serial{}, {seed, random::purpose::sampler}, z);
    return z;
}

double largest_difference(const points& a, const points& b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        for (std::size_t j = 0; j < 2; ++j) test::keep_largest(largest, std::fabs(a[i][j] - b[i][j]));
    return largest;
}

/// The largest difference of Picard's points from those of `run`, and the report.
template <class M>
std::pair<double, sampler::picard_report> against_run(const M& method, const std::vector<double>& levels,
                                                      const sampler::picard_settings& settings, index_t n = 5) {
    const auto mixture = plane();
    const denoiser::optimal f(mixture);
    const random::noise_stream noise{11, random::purpose::sampler};
    const auto grid = test::grid_of(levels);
    auto in_sequence = start_of(n, 3), in_parallel = in_sequence;
    sampler::run(exec::serial{}, method, f, grid, in_sequence, noise);
    const auto report = sampler::picard(exec::serial{}, method, f, grid, in_parallel, noise, settings);
    return {largest_difference(in_sequence, in_parallel), report};
}

const std::vector<linear_part> linear_parts{linear_part::iterated, linear_part::integrated};

} // namespace

TEST_CASE("Every iterate of Picard is the golden one") {
    const auto mixture = test::golden_mixture("two_1d").make<double, 1, distribution::covariance::full>();
    const denoiser::optimal f(mixture);
    const auto golden = test::golden("h_trajectories.csv");
    struct variant {
        std::string name, quantity;
        linear_part linear;
    };
    std::size_t seen = 0;
    double largest = 0;
    for (const auto& v : {variant{"picard_x", "x", linear_part::iterated},
                          {"picard_y", "y", linear_part::integrated},
                          {"picard_ancestral", "x", linear_part::iterated}})
        for (const std::string run : {"0", "1", "2"}) {
            const bool stochastic = v.name == "picard_ancestral";
            const auto of_run = [&](const std::string& s, const std::string& quantity) {
                return golden.where("sampler", s).where("run", run).where("quantity", quantity);
            };
            std::vector<double> levels, noise;
            for (const auto& row : of_run("ddim", "alpha")) levels.push_back(static_cast<double>(row.number("hex")));
            for (const auto& row : of_run("ancestral", "noise"))
                noise.push_back(static_cast<double>(row.number("hex")));
            double start = 0;
            for (const auto& row : of_run("ddim", "x"))
                if (row.integer("i") == 0) start = static_cast<double>(row.number("hex"));
            std::vector<std::vector<long double>> want(levels.size());
            for (const auto& row : of_run(v.name, v.quantity))
                want.at(static_cast<std::size_t>(row.integer("k"))).push_back(row.number("value"));

            const auto check = [&](index_t sweep, const auto& path) {
                if (sweep == 0) return;
                const auto& states = want.at(static_cast<std::size_t>(sweep));
                REQUIRE(states.size() == levels.size());
                for (std::size_t i = 0; i < states.size(); ++i) {
                    const double scale = v.quantity == "y" ? signal_scale(log_snr{levels[i]}) : 1;
                    const long double got = test::wide(path.level(static_cast<index_t>(i))(0, 0)) / test::wide(scale);
                    test::keep_largest(largest, static_cast<double>(std::fabs(got - states[i]) /
                                                                    std::fmax(1.0L, std::fabs(states[i]))));
                    ++seen;
                }
            };
            std::vector<double> z{start};
            const sampler::picard_settings settings{.tolerance = 0, .linear = v.linear};
            const random::recorded_noise recorded(
                batch_view<const double, 1>(noise.data(), static_cast<index_t>(noise.size())), 1);
            const auto grid = test::grid_of(levels);
            if (stochastic)
                sampler::picard(exec::serial{}, sampler::ancestral{}, f, grid, z, recorded, settings, check);
            else
                sampler::picard(exec::serial{}, sampler::ddim{}, f, grid, z, random::noise_stream{}, settings, check);
        }
    CHECK(seen > 9 * 13 * 8);
    test::check_within("all iterates", largest, 1e-12);
}

TEST_CASE("A window of one step is the sequential sampler") {
    const auto levels = test::uniform_levels(-9, 9, 64);
    for (const auto linear : linear_parts) {
        const sampler::picard_settings settings{.window = 1, .tolerance = 0.1, .linear = linear};
        const auto check = [&](const char* name, const auto& method) {
            const auto [difference, report] = against_run(method, levels, settings);
            test::check_within(name, difference, 1e-13);
            CHECK(report.sweeps == 64);
            CHECK(report.denoiser_calls == 64 * 5);
        };
        check("ddim", sampler::ddim{});
        check("ddim, eta 0.5", sampler::ddim{.eta = 0.5});
        check("ancestral", sampler::ancestral{});
        check("ancestral, forward variance", sampler::ancestral{sampler::step_variance::forward});
    }
}

TEST_CASE("As many sweeps as steps of the full window give the sequential trajectory") {
    const auto levels = test::uniform_levels(-9, 9, 64);
    for (const auto linear : linear_parts)
        for (const bool anderson : {false, true}) {
            const sampler::picard_settings settings{.tolerance = 0, .linear = linear, .anderson = anderson};
            const auto check = [&](const std::string& name, const auto& method) {
                const auto [difference, report] = against_run(method, levels, settings);
                test::check_within(name + (anderson ? ", Anderson" : ""), difference, 1e-13);
                CHECK(report.sweeps <= 64);
                CHECK(report.residuals.size() == 64);
            };
            check("ddim", sampler::ddim{});
            check("ancestral", sampler::ancestral{});
        }
}

TEST_CASE("The first k states of iterate k are those of the sequential sampler") {
    const auto mixture = plane();
    const denoiser::optimal f(mixture);
    const random::noise_stream noise{11, random::purpose::sampler};
    const auto grid = test::grid_of(test::uniform_levels(-6, 8, 12));
    std::vector<points> states;
    auto z = start_of(3, 8), w = z;
    sampler::run(exec::serial{}, sampler::ancestral{}, f, grid, z, noise,
                 [&](index_t, log_snr<double>, const auto& at) {
                     states.emplace_back();
                     for (index_t i = 0; i < 3; ++i) states.back().push_back({at(i, 0), at(i, 1)});
                 });
    index_t sweeps = 0;
    sampler::picard(exec::serial{}, sampler::ancestral{}, f, grid, w, noise, {.tolerance = 0, .anderson = true},
                    [&](index_t sweep, const auto& path) {
                        CHECK(sweep == sweeps++);
                        CHECK(path.steps == 12);
                        for (index_t k = 0; k <= std::min<index_t>(sweep, 12); ++k)
                            for (index_t i = 0; i < 3; ++i)
                                for (index_t j = 0; j < 2; ++j) {
                                    const auto& want = states[static_cast<std::size_t>(k)][static_cast<std::size_t>(i)];
                                    CHECK(std::fabs(path.level(k)(i, j) - want[static_cast<std::size_t>(j)]) <= 1e-13);
                                }
                    });
    CHECK(sweeps > 3);
}

TEST_CASE("Sweeps, calls and points are those of the published algorithm") {
    const auto mixture = two_modes();
    const denoiser::optimal f(mixture);
    const auto eps_hat = [&](double z, double level) {
        std::array<double, 1> out{};
        f(std::array{z}, log_snr{level}, out);
        return out[0];
    };
    const auto all = ddpm_levels();
    std::vector<double> levels; // a chain of 100 steps
    for (std::size_t k = 0; k < all.size(); k += 10) levels.push_back(all[k]);
    const random::noise_stream noise{5, random::purpose::sampler};
    const index_t n = 4;
    std::vector<double> start(4);
    sampler::draw_start(exec::serial{}, noise, start);
    std::vector<std::vector<double>> drawn(4);
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j + 1 < levels.size(); ++j)
            drawn[i].push_back(random::normal(noise, static_cast<index_t>(j), static_cast<index_t>(i)));

    const auto check = [&](const char* name, const auto& method, bool deterministic) {
        std::vector<test::line_step> steps;
        for (std::size_t j = 0; j + 1 < levels.size(); ++j) {
            const log_snr from{levels[j]}, to{levels[j + 1]};
            const auto u = method.coefficients(from, to);
            const double c = -std::expm1(levels[j] - levels[j + 1]);
            steps.push_back(
                {levels[j], u.from_z, u.from_eps_hat, deterministic ? 0 : u.from_noise, noise_power(to) * c});
        }
        for (const int window : {1, 7, 50, 1000})
            for (const double tolerance : {0.1, 1e-3}) {
                CAPTURE(name);
                CAPTURE(window);
                CAPTURE(tolerance);
                const auto want = test::paradigms(steps, start, drawn, eps_hat, window, tolerance);
                auto z = start;
                const auto got = sampler::picard(exec::serial{}, method, f, test::grid_of(levels), z, noise,
                                                 {.window = window, .tolerance = tolerance, .together = true});
                CHECK(got.sweeps == want.sweeps);
                CHECK(got.denoiser_calls == want.calls * n);
                for (std::size_t i = 0; i < 4; ++i) test::check_within(name, std::fabs(z[i] - want.ends[i]), 1e-12);

                // with windows of their own, points cost what they cost alone
                int alone = 0, longest = 0;
                for (std::size_t i = 0; i < 4; ++i) {
                    const auto one = test::paradigms(steps, {start[i]}, {drawn[i]}, eps_hat, window, tolerance);
                    alone += one.calls;
                    longest = std::max(longest, one.sweeps);
                }
                auto w = start;
                const auto each = sampler::picard(exec::serial{}, method, f, test::grid_of(levels), w, noise,
                                                  {.window = window, .tolerance = tolerance});
                CHECK(each.denoiser_calls == alone);
                CHECK(each.sweeps == longest);
            }
    };
    check("ddim", sampler::ddim{}, true);
    check("ancestral", sampler::ancestral{}, false);
}

TEST_CASE("The settings of the paper take 14 to 22 sweeps for ten points of two modes, fewer with Anderson") {
    const auto mixture = two_modes();
    const denoiser::optimal f(mixture);
    const auto grid = test::grid_of(ddpm_levels());
    index_t fewest = 1000, most = 0, published = 0, extrapolated = 0;
    double largest = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const random::noise_stream noise{seed, random::purpose::sampler};
        std::vector<double> start(10);
        sampler::draw_start(exec::serial{}, noise, start);
        auto in_sequence = start;
        sampler::run(exec::serial{}, sampler::ancestral{}, f, grid, in_sequence, noise);
        const auto sweeps = [&](const sampler::picard_settings& settings) {
            auto z = start;
            const auto report = sampler::picard(exec::serial{}, sampler::ancestral{}, f, grid, z, noise, settings);
            for (std::size_t i = 0; i < z.size(); ++i) test::keep_largest(largest, std::fabs(z[i] - in_sequence[i]));
            return report.sweeps;
        };
        const index_t together = sweeps({.together = true});
        fewest = std::min({fewest, together, sweeps({})});
        most = std::max(most, together);
        published += together;
        extrapolated += sweeps({.anderson = true});
    }
    CAPTURE(fewest);
    CAPTURE(most);
    CHECK(fewest >= 14);
    CHECK(most <= 22);
    CAPTURE(published);
    CAPTURE(extrapolated);
    CHECK(6 * extrapolated < 5 * published);
    test::check_within("difference from the sequential sampler", largest, 0.1);
}

TEST_CASE("A point of Picard depends on no other point, and on no thread") {
    const auto mixture = plane();
    const denoiser::optimal f(mixture);
    const auto grid = test::grid_of(test::uniform_levels(-8, 10, 60));
    const random::noise_stream noise{2, random::purpose::sampler};
    for (const bool anderson : {false, true}) {
        const sampler::picard_settings settings{.window = 20, .tolerance = 0.3, .anderson = anderson};
        const auto alone = [&](const auto& policy) {
            const auto start = start_of(9, 4);
            auto whole = start;
            sampler::picard(policy, sampler::ancestral{}, f, grid, whole, noise, settings);
            for (std::size_t i = 0; i < start.size(); ++i) {
                points one{start[i]};
                sampler::picard(policy, sampler::ancestral{}, f, grid, one, noise.starting_at(static_cast<index_t>(i)),
                                settings);
                CHECK(test::same_bits(one[0], whole[i]));
            }
            return whole;
        };
        test::for_each_policy([&](const char*, const auto& policy) { alone(policy); });
        std::vector<points> of_policies;
        test::for_each_packed_policy([&](const char*, const auto& policy) { of_policies.push_back(alone(policy)); });
        for (const auto& of_policy : of_policies) CHECK(of_policy == of_policies.front());
    }
}

TEST_CASE("Picard passes pure noise, clean data and repeated levels as the sequential sampler does") {
    const double inf = test::infinite;
    const std::vector<double> plain{-inf, -6, -3, 0, 3, 6, inf}, finite{-6, -3, 0, 3, 6, inf};
    const std::vector<double> repeated{-inf, -inf, -6, -6, -6, -3, 0, 3, 3, 6, inf, inf, inf};
    for (const auto linear : linear_parts)
        for (const bool anderson : {false, true}) {
            const sampler::picard_settings settings{.tolerance = 0, .linear = linear, .anderson = anderson};
            // x_hat of pure noise has half of the digits, on either way
            for (const auto& [levels, bound] : {std::pair{plain, 1e-9}, {repeated, 1e-9}, {finite, 1e-13}}) {
                test::check_within("ddim", against_run(sampler::ddim{}, levels, settings).first, bound);
                test::check_within("ancestral", against_run(sampler::ancestral{}, levels, settings).first, bound);
            }
            for (const auto& still : {std::vector{1.0}, {1.0, 1.0}, {inf, inf}, {-inf, -inf}}) {
                const auto [difference, report] = against_run(sampler::ancestral{}, still, settings);
                CHECK(difference == 0);
                CHECK(report.sweeps == 0);
                CHECK(report.denoiser_calls == 0);
            }
            CHECK(against_run(sampler::ancestral{}, plain, settings, 0).second.sweeps == 0);
        }
}

TEST_CASE("Bad arguments of Picard are refused before the points are touched") {
    const auto mixture = plane();
    const denoiser::optimal f(mixture);
    const auto start = start_of(3, 1);
    auto z = start;
    const auto refused = [&](const auto& grid, const auto& method, const sampler::picard_settings& settings) {
        return test::refusal([&] {
            sampler::picard(exec::serial{}, method, f, test::grid_of(grid), z, random::noise_stream{}, settings);
        });
    };
    const std::vector<double> good{-3, 0, 3};
    const auto begins = [](const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; };
    CHECK(begins(refused(good, sampler::ddim{}, {.window = -1}),
                 "cdl::sampler::picard: window: must not be negative; got -1"));
    CHECK(begins(refused(good, sampler::ddim{}, {.tolerance = -1}),
                 "cdl::sampler::picard: tolerance: must be finite and not negative"));
    for (const double tolerance : {std::nan(""), HUGE_VAL})
        CHECK(begins(refused(good, sampler::ddim{}, {.tolerance = tolerance}), "cdl::sampler::picard: tolerance: "));
    CHECK(begins(refused(good, sampler::ddim{.eta = 2}, {}), "cdl::sampler::picard: eta: must be in [0, 1]; got 2"));
    CHECK(begins(refused(std::vector<double>{0, -1}, sampler::ddim{}, {}),
                 "cdl::sampler::picard: grid: must not decrease"));
    CHECK(begins(refused(std::vector<double>{}, sampler::ddim{}, {}), "cdl::sampler::picard: grid: must have a level"));
    CHECK(begins(refused(std::vector<double>{0, std::nan("")}, sampler::ddim{}, {}),
                 "cdl::sampler::picard: grid: must have no NaN"));
    CHECK(
        begins(test::refusal([&] { sampler::picard(exec::serial{}, sampler::ancestral{}, f, test::grid_of(good), z); }),
               "cdl::sampler::picard: noise: is needed by a stochastic method"));
    std::vector<double> line{1, 2};
    CHECK(begins(test::refusal([&] { sampler::picard(exec::serial{}, sampler::ddim{}, f, test::grid_of(good), line); }),
                 "cdl::sampler::picard: z: must have the dimension of the denoiser"));
    CHECK(z == start);
}

TEST_CASE("A trajectory of Picard that is NaN has not converged, and its residuals say so") {
    const auto mixture = two_modes();
    const denoiser::optimal f(mixture);
    const auto grid = test::grid_of(test::uniform_levels(-6, 6, 8));
    const double nan = std::nan("");
    const auto broken = [&](const auto& policy, const auto& z, const auto& levels, const auto& eps_hat) {
        denoiser::lift(f)(policy, z, levels, eps_hat);
        for (index_t i = 0; i < z.size(); ++i)
            if (levels[i].value > 2) eps_hat(i, 0) = nan;
    };
    for (const bool anderson : {false, true})
        for (const double tolerance : {0.1, 0.0}) {
            const sampler::picard_settings settings{.tolerance = tolerance, .anderson = anderson};
            std::vector<double> well{0.5, -1}, start_is_nan{0.5, nan}, denoiser_is_nan{0.5, -1};
            const auto good = sampler::picard(exec::serial{}, sampler::ddim{}, f, grid, well, settings);
            CHECK(good.converged);
            for (const double r : good.residuals) CHECK(std::isfinite(r));
            const auto of_start = sampler::picard(exec::serial{}, sampler::ddim{}, f, grid, start_is_nan, settings);
            CHECK(!of_start.converged);
            for (const double r : of_start.residuals) CHECK(std::isnan(r));
            CHECK(start_is_nan[0] == well[0]);
            CHECK(std::isnan(start_is_nan[1]));
            const auto of_denoiser =
                sampler::picard(exec::serial{}, sampler::ddim{}, broken, grid, denoiser_is_nan, settings);
            CHECK(!of_denoiser.converged);
            CHECK(std::isfinite(of_denoiser.residuals.front()));
            CHECK(std::isnan(of_denoiser.residuals.back()));
            CHECK(of_denoiser.sweeps <= 8);
        }
}

TEST_CASE("A denoiser that throws leaves Picard's points as they were") {
    const auto start = start_of(3, 1);
    auto z = start;
    int left = 2;
    const auto failing = [&](const auto& policy, const auto& at, const auto& levels, const auto& eps_hat) {
        if (left-- == 0) throw std::runtime_error("gone");
        const auto mixture = plane();
        denoiser::lift(denoiser::optimal(mixture))(policy, at, levels, eps_hat);
    };
    const auto grid = test::grid_of(test::uniform_levels(-6, 6, 8));
    CHECK_THROWS_AS(sampler::picard(exec::serial{}, sampler::ddim{}, failing, grid, z), std::runtime_error);
    CHECK(z == start);
}
