// SPDX-License-Identifier: MIT
// The loop: what it refuses, what it costs, what it makes of pure noise.

#include <cdl/channel/noising.hpp>
#include <cdl/random/recorded_noise.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/corrected.hpp>
#include <cdl/sampler/dpm_solver.hpp>
#include <cdl/sampler/heun.hpp>
#include <cdl/sampler/known_coordinates.hpp>
#include <cdl/sampler/record.hpp>

#include "distribution/testing.hpp"
#include "sampler/testing.hpp"

#include <array>

using namespace cdl;
using sampler::ancestral;
using sampler::ddim;
using sampler::dpm_solver_2;
using sampler::dpm_solver_pp_2m;
using sampler::heun;
using test::grid_of;
using test::infinite;

namespace {
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
const random::noise_stream stream{5, random::purpose::sampler};

/// A denoiser on anything: eps_hat = N z.
struct of_standard_normal {
    template <class Z, class S, class E>
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        for (index_t j = 0; j < z.size(); ++j) eps_hat[j] = S(noise_scale(a) * S(z[j]));
    }
};

/// The sentence with which a run is refused; its points must be as before.
template <class Method, class N = random::noise_stream>
std::string refusal_of(const Method& method, const std::vector<double>& levels, const N& noise = stream) {
    std::vector<double> z{1, 2, 3};
    const auto before = z;
    const auto sentence =
        test::refusal([&] { sampler::run(exec::serial{}, method, of_standard_normal{}, grid_of(levels), z, noise); });
    CHECK(z == before);
    return sentence;
}

/// Whether a method needs its noise and says so.
template <class Method>
std::string refusal_without_noise(const Method& method) {
    std::vector<double> z{1, 2, 3};
    const auto before = z;
    const auto sentence =
        test::refusal([&] { sampler::run(exec::serial{}, method, of_standard_normal{}, grid_of({-1, 1}), z); });
    CHECK((z == before) == !sentence.empty());
    return sentence;
}

/// exec::serial, counting what is allocated.
struct counting : exec::serial {
    index_t *allocations, *numbers;
    counting(index_t* a, index_t* n) : allocations(a), numbers(n) {}

    template <class T>
    exec::buffer<T, host> allocate(index_t n) const {
        ++*allocations;
        *numbers += n;
        return exec::serial::allocate<T>(n);
    }
};
static_assert(exec::policy<counting>);

/// Whether run takes a batch of this kind.
template <class Z>
concept can_run = requires(const std::vector<log_snr<double>>& grid, Z z) {
    sampler::run(exec::serial{}, ddim{}, of_standard_normal{}, grid, z, random::noise_stream{});
};
static_assert(can_run<batch_view<double>> && can_run<std::vector<double>&>);
static_assert(!can_run<batch_view<const double>> && !can_run<const std::vector<double>&>);
} // namespace

TEST_CASE("A grid that is empty, decreases or has a NaN is refused before a point is touched") {
    CHECK(refusal_of(ddim{}, {}) == "cdl::sampler::run: grid: must have a level; got none");
    CHECK(refusal_of(ddim{}, {-1, 0, -0.5}) == "cdl::sampler::run: grid: must not decrease: levels go from noisy to "
                                               "clean; got grid[2] = -0.5 after 0");
    CHECK(refusal_of(ddim{}, {infinite, 0}).find("must not decrease") != std::string::npos);
    CHECK(refusal_of(ddim{}, {0, -infinite}).find("must not decrease") != std::string::npos);
    CHECK(refusal_of(ddim{}, {-50, -60}).find("must not decrease") != std::string::npos); // both as good as pure noise
    for (const auto& levels :
         std::vector<std::vector<double>>{{no_number}, {no_number, 0}, {-1, no_number, 1}, {-1, 1, no_number}})
        CHECK(refusal_of(heun{}, levels).find("must have no NaN") != std::string::npos);
    CHECK(refusal_of(ddim{}, {0}).empty());
}

TEST_CASE("Settings of a method out of range are refused before a point is touched") {
    const std::vector<double> levels{-1, 1};
    for (const double eta : {-0.125, 1.0625, no_number, infinite})
        CHECK(refusal_of(ddim{eta}, levels).find("cdl::sampler::run: eta: must be in [0, 1]; got ") == 0);
    for (const double s_churn : {-1.0, no_number, infinite})
        CHECK(refusal_of(heun{.s_churn = s_churn}, levels).find("s_churn: must be finite and not negative") !=
              std::string::npos);
    for (const double s_noise : {-1.0, no_number, infinite})
        CHECK(refusal_of(heun{.s_noise = s_noise}, levels).find("s_noise: must be finite and not negative") !=
              std::string::npos);
    CHECK(refusal_of(heun{.s_min = -1}, levels).find("s_min: must not be negative") != std::string::npos);
    CHECK(refusal_of(heun{.s_min = no_number}, levels).find("s_min: ") != std::string::npos);
    CHECK(refusal_of(heun{.s_min = 2, .s_max = 1}, levels).find("s_max: must not be below s_min") != std::string::npos);
    CHECK(refusal_of(heun{.s_max = no_number}, levels).find("s_max: ") != std::string::npos);
}

TEST_CASE("A stochastic method asks for noise, and for all of it") {
    const auto needed = "cdl::sampler::run: noise: is needed by a stochastic method; got none";
    CHECK(refusal_without_noise(ancestral{}) == needed);
    CHECK(refusal_without_noise(ddim{0.5}) == needed);
    CHECK(refusal_without_noise(heun{.s_churn = 1}) == needed);
    CHECK(refusal_without_noise(ddim{}).empty());
    CHECK(refusal_without_noise(heun{}).empty());
    CHECK(refusal_without_noise(dpm_solver_2{}).empty());
    CHECK(refusal_without_noise(dpm_solver_pp_2m{}).empty());

    const std::vector<double> numbers(6, 0.5); // two steps of three points
    const random::recorded_noise recorded(as_batch(numbers), 3);
    CHECK(refusal_of(ancestral{}, {-1, 0, 1, 2}, recorded).find("must have been recorded for every step") !=
          std::string::npos);
    CHECK(refusal_of(ancestral{}, {-1, 0, 1}, recorded.starting_at(1)).find("for every point") != std::string::npos);
    std::vector<double> z{1, 2, 3};
    CHECK(sampler::run(exec::serial{}, ancestral{}, of_standard_normal{}, grid_of({-1, 0, 1}), z, recorded) == 2);
}

TEST_CASE("Points that share memory, or have another dimension than the denoiser, are refused and not touched") {
    const distribution::gaussian_mixture<double, dynamic, distribution::covariance::isotropic> data{
        {1}, {0.5, 1, 1.5}, {0.25}};
    const denoiser::optimal f(data);
    const auto check = [&](const auto& view, const auto& denoiser, const char* sentence) {
        for (const auto& method : {heun{}, heun{.s_churn = 1}}) {
            const auto text =
                test::refusal([&] { sampler::run(exec::serial{}, method, denoiser, grid_of({-1, 1}), view, stream); });
            CAPTURE(text);
            CHECK(text.find(sentence) != std::string::npos);
        }
    };
    std::vector<double> memory(12, 0.25);
    const auto before = memory;
    check(batch_view<double, dynamic, strided>(memory.data(), 4, 3, 0, 1), of_standard_normal{}, "point stride 0");
    check(batch_view<double, dynamic, strided>(memory.data(), 4, 3, 3, 0), of_standard_normal{}, "coordinate stride 0");
    check(batch_view<double, dynamic, strided>(memory.data(), 4, 3, 1, 1), of_standard_normal{}, "must not share");
    check(batch_view<double>(memory.data(), 6, 2), f,
          "cdl::sampler::run: z: must have the dimension of the denoiser; got 2 for 3");
    check(batch_view<double>(memory.data(), 6, 2), denoiser::lift(f),
          "cdl::sampler::run: z: must have the dimension of the denoiser; got 2 for 3");
    CHECK(memory == before);
}

TEST_CASE("A batch without points is taken through all levels") {
    std::vector<double> none;
    CHECK(sampler::run(exec::serial{}, heun{.s_churn = 1}, of_standard_normal{}, grid_of({-infinite, -1, 1, infinite}),
                       none, stream) == 1 + 2 + 1);
    const distribution::gaussian_mixture<double, dynamic, distribution::covariance::isotropic> data{
        {1}, {0.5, 1, 1.5}, {0.25}};
    sampler::run(exec::serial{}, ddim{}, denoiser::optimal(data), grid_of({-1, 1}), none);
}

TEST_CASE("A run allocates its batches once, however many steps it has") {
    const auto check = [](const auto& method, index_t batches) {
        for (const index_t steps : {1, 2, 50}) {
            std::vector<std::array<double, 3>> z(7);
            index_t allocations = 0, numbers = 0;
            sampler::run(counting{&allocations, &numbers}, method, of_standard_normal{},
                         grid_of(test::uniform_levels(-3, 3, steps)), z, stream,
                         [&](index_t, log_snr<double>, const auto&) { CHECK(allocations == batches); });
            CHECK(allocations == batches);
            CHECK(numbers == batches * 7 * 3);
        }
    };
    check(ddim{}, 1);
    check(ddim{0.5}, 1);
    check(ancestral{}, 1);
    check(heun{}, 3);
    check(heun{.s_churn = 1}, 4);
    check(dpm_solver_2{}, 2);
    check(dpm_solver_pp_2m{}, 2);
}

TEST_CASE("The first step of 2M knows nothing of an earlier run") {
    // one method value, two runs
    const dpm_solver_pp_2m method;
    std::vector<double> first{1, -2, 0.5}, second = first;
    const auto grid = grid_of({-3, -1, 0, 2});
    sampler::run(exec::serial{}, method, of_standard_normal{}, grid, first);
    sampler::run(exec::serial{}, method, of_standard_normal{}, grid, second);
    CHECK(first == second);
}

TEST_CASE_TEMPLATE("From pure noise the first step is the exact limit, to the square root of rounding", T, float,
                   double) {
    // there x_hat is the mean of the data and eps_hat is z; what is left of the start is its share of the signal, S / S'
    const T mean = T(1.5), infinity = std::numeric_limits<T>::infinity();
    const distribution::gaussian_mixture<T, 1> data{{T(1)}, {mean}, {T(0.5625)}};
    const std::vector<T> starts{T(-1), T(0.25), T(3)};
    const auto check = [&](const auto& method, auto from_z, auto from_noise) {
        for (const T to : {T(-5), T(0), T(6), infinity}) {
            auto z = starts;
            sampler::run(exec::serial{}, method, denoiser::optimal(data), std::vector<log_snr<T>>{{-infinity}, {to}}, z,
                         stream);
            const log_snr<T> a{to};
            for (std::size_t i = 0; i < z.size(); ++i) {
                const T noise = T(random::normal(stream, 0, static_cast<index_t>(i)));
                const T want = signal_scale(a) * mean + from_z(a) * starts[i] + from_noise(a) * noise;
                CHECK(std::abs(z[i] - want) <= 5 * std::sqrt(std::numeric_limits<T>::epsilon()) / signal_scale(a));
            }
        }
    };
    const auto none = [](log_snr<T>) { return T(0); };
    const auto all = [](log_snr<T> a) { return noise_scale(a); };
    check(ddim{}, all, none);
    check(ddim{1}, none, all);
    check(
        ddim{0.6}, [](log_snr<T> a) { return T(0.8) * noise_scale(a); },
        [](log_snr<T> a) { return T(0.6) * noise_scale(a); });
    check(ancestral{}, none, all);
    check(ancestral{sampler::step_variance::forward}, none,
          [&](log_snr<T> a) { return a.value == infinity ? T(0) : T(1); });
    check(heun{}, all, none);
    check(dpm_solver_2{}, all, none);
    check(dpm_solver_pp_2m{}, all, none);
}

TEST_CASE_TEMPLATE("Levels noisier than rounding are taken as the one where S is its square root", T, float, double) {
    const auto usable = sampler::noisiest_usable<T>();
    CHECK(std::abs(signal_power(usable) / std::numeric_limits<T>::epsilon() - 1) < 1e-4);
    const T infinity = std::numeric_limits<T>::infinity();
    const std::vector<log_snr<T>> grid{{-infinity}, {T(-100)}, {T(-1)}, {T(2)}, {infinity}};
    const auto levels = sampler::usable_levels<T>(grid, "here");
    CHECK(levels == std::vector<log_snr<T>>{usable, usable, {T(-1)}, {T(2)}, {infinity}});
}

TEST_CASE("Starts are standard normal at addresses that no step uses, and a part of a batch has its own") {
    std::vector<std::array<double, 3>> z(40), noise(40), part(11);
    sampler::draw_start(exec::serial{}, stream, z);
    double sum = 0, squares = 0;
    for (const auto& p : z)
        for (const double v : p) sum += v, squares += v * v;
    CHECK(std::abs(sum / std::sqrt(120.0)) < 4.5);
    CHECK(std::abs((squares - 120) / std::sqrt(240.0)) < 4.5);
    for (index_t step = 0; step < 50; ++step) {
        channel::draw_noise(exec::serial{}, stream, step, noise);
        for (std::size_t i = 0; i < z.size(); ++i)
            for (std::size_t j = 0; j < 3; ++j) CHECK(z[i][j] != noise[i][j]);
    }
    sampler::draw_start(exec::serial{}, stream.starting_at(5), part);
    for (std::size_t i = 0; i < part.size(); ++i) CHECK(part[i] == z[i + 5]);
}

TEST_CASE("The noise of step k is the source's at step k, point and coordinate") {
    const auto nothing = [](const auto& z, const auto&, const auto& eps_hat) {
        for (index_t j = 0; j < z.size(); ++j) eps_hat[j] = 0;
    };
    const std::vector<double> levels{-1, 0.5, 2};
    std::vector<std::array<double, 3>> z(5, std::array<double, 3>{});
    sampler::run(exec::serial{}, ancestral{}, nothing, grid_of(levels), z, stream);
    const auto first = ancestral{}.coefficients(log_snr{-1.0}, log_snr{0.5});
    const auto second = ancestral{}.coefficients(log_snr{0.5}, log_snr{2.0});
    for (index_t i = 0; i < 5; ++i)
        for (index_t j = 0; j < 3; ++j) {
            const double want = second.from_z * first.from_noise * random::normal(stream, 0, i, j) +
                                second.from_noise * random::normal(stream, 1, i, j);
            CHECK(std::abs(z[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] - want) <= 1e-15);
        }
}

TEST_CASE("A network that takes batches, and keeps what it learns of them, is asked in place") {
    struct network {
        index_t calls = 0, points = 0;
        void operator()(const exec::serial& policy, const batch_view<const double, 1, strided>& z,
                        level_view<double> levels, const batch_view<double, 1>& eps_hat) {
            ++calls;
            points += z.size();
            denoiser::lift(of_standard_normal{})(policy, z, levels, eps_hat);
        }
    } f;
    std::vector<double> z{1, 2, 3}, want = z;
    const auto grid = grid_of(test::uniform_levels(-3, 3, 6));
    CHECK(sampler::run(exec::serial{}, heun{}, f, grid, z) == 12);
    CHECK(f.calls == 12);
    CHECK(f.points == 36);
    sampler::run(exec::serial{}, heun{}, of_standard_normal{}, grid, want);
    CHECK(z == want);
}

namespace {

/// A network that throws at a call.
struct failing {
    index_t left;
    void operator()(const auto& policy, const auto& z, const auto& level, const auto& eps_hat) {
        if (left-- == 0) throw std::runtime_error("the network is gone");
        denoiser::lift(of_standard_normal{})(policy, z, level, eps_hat);
    }
};

/// Runs a method with a denoiser that throws at its k-th call, for all k, and checks that the points are then those that the
/// observer saw last, from which the rest of the grid leads to the same end.
template <class Method>
void check_thrown_midway(const Method& method, bool corrections = false) {
    const auto levels = test::uniform_levels(-3, 3, 4);
    const auto grid = grid_of(levels);
    const std::vector<double> start{1, -2, 0.5};
    auto whole = start;
    const index_t calls = sampler::run(exec::serial{}, method, of_standard_normal{}, grid, whole, stream);
    for (index_t k = 0; k < calls; ++k) {
        CAPTURE(k);
        auto z = start;
        std::vector<double> seen;
        failing f{k};
        const auto run = [&] {
            sampler::run(exec::serial{}, method, f, grid, z, stream,
                         [&](index_t, log_snr<double>, const auto& at) { seen.assign(at.data(), at.data() + 3); });
        };
        CHECK_THROWS_WITH_AS(run(), "the network is gone", std::runtime_error);
        if (!corrections) CHECK(z == seen);
        for (const double v : z) CHECK(std::isfinite(v));
    }
}

} // namespace

TEST_CASE("A denoiser that throws leaves the points where the last completed step left them") {
    check_thrown_midway(ddim{});
    check_thrown_midway(ddim{0.5});
    check_thrown_midway(ancestral{});
    check_thrown_midway(heun{});
    check_thrown_midway(heun{.s_churn = 2});
    check_thrown_midway(dpm_solver_2{});
    check_thrown_midway(dpm_solver_pp_2m{});
    const std::vector<double> known{0.25, no_number, no_number};
    const random::noise_stream other{6, random::purpose::user};
    check_thrown_midway(sampler::known_coordinates{heun{.s_churn = 2}, as_batch(known), other});
    check_thrown_midway(sampler::corrected{ancestral{}, 0.16, 2}, true); // it may have made a correction
}

TEST_CASE("Noise that lacks a step is refused before the observer has written") {
    const std::vector<double> numbers(6, 0.5); // two steps of three points
    const random::recorded_noise recorded(as_batch(numbers), 3);
    const auto grid = grid_of({-1, 0, 1});
    const auto check = [&](const auto& method, const auto& noise, const char* sentence) {
        std::vector<double> z{1, 2, 3}, trajectory(9, -7.0);
        const auto before = z;
        const auto text = test::refusal([&] {
            sampler::run(exec::serial{}, method, of_standard_normal{}, grid, z, noise,
                         sampler::record(exec::serial{}, trajectory));
        });
        CHECK(text.find(sentence) != std::string::npos);
        CHECK(z == before);
        CHECK(trajectory == std::vector<double>(9, -7.0));
    };
    check(sampler::corrected{ancestral{}}, recorded, "cdl::sampler::corrected: noise: must have been recorded");
    const std::vector<double> known{0.25, no_number, no_number};
    const std::vector<double> one_step(3, 0.5);
    const random::recorded_noise too_few(as_batch(one_step), 3);
    check(sampler::known_coordinates{ddim{}, as_batch(known), too_few}, stream,
          "cdl::sampler::known_coordinates: noise: must have been recorded");
    check(sampler::known_coordinates{sampler::corrected{ddim{}}, as_batch(known), stream}, recorded,
          "cdl::sampler::corrected: noise: must have been recorded");
    const std::vector<double> of_two{0.25, no_number};
    check(sampler::known_coordinates{ddim{}, as_batch(of_two), stream}, stream,
          "cdl::sampler::known_coordinates: known: must have the shape of z; got 2 x 1 for 3 x 1");
}

TEST_CASE_TEMPLATE("Pure noise is no start for a grid that begins with data in it", T, float, double) {
    std::vector<T> z(5, T(7)), want(5);
    const auto untouched = z;
    const auto refusal = [&](double first) {
        return test::refusal(
            [&] { sampler::draw_start(exec::serial{}, stream, log_snr<T>{static_cast<T>(first)}, z); });
    };
    // the last level of DDPM's betas cut after 100 of 1000 steps has sigmoid(a) = 0.36
    for (const double first : {-0.58, -4.5, 0.0, infinite, no_number}) {
        CAPTURE(first);
        CHECK(refusal(first).starts_with("cdl::sampler::draw_start: first: must be (nearly) pure noise"));
        CHECK(z == untouched);
    }
    sampler::draw_start(exec::serial{}, stream, want);
    for (const double first : {-infinite, -80.0, -10.0, -5.4, -4.6}) {
        CHECK(refusal(first).empty());
        CHECK(z == want);
        z = untouched;
    }
    std::vector<T> none;
    sampler::draw_start(exec::serial{}, stream, log_snr<T>{T(-9)}, none);
}
