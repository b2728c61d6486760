// SPDX-License-Identifier: MIT
// The learned schedule: a schedule whatever its parameters, with ends that stay where they are and derivatives that are right.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/random/normal.hpp>
#include <cdl/schedule/monotone_network.hpp>

#include "distribution/testing.hpp"
#include "laws/schedule.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::monotone_network;

namespace {

static_assert(schedule::noise_schedule<monotone_network<float>> && schedule::noise_schedule<monotone_network<double>>);

static_assert(schedule::noise_schedule<schedule::monotone_curve<double>>);
static_assert(std::is_trivially_copyable_v<schedule::monotone_curve<double>>);

/// A network moved away from its start by `scale` times normal numbers, its ends left where they are.
template <class T>
monotone_network<T> moved(index_t hidden, double scale, std::uint64_t seed, double cleanest = 13.25,
                          double noisiest = -5) {
    monotone_network<T> network({T(cleanest)}, {T(noisiest)}, hidden);
    auto parameters = network.parameters();
    for (std::size_t p = 2; p < parameters.size(); ++p)
        parameters[p] += T(scale * random::normal({seed, random::purpose::user}, 0, static_cast<index_t>(p)));
    network.set_parameters(parameters);
    return network;
}

} // namespace

TEST_CASE_TEMPLATE("A monotone network is a schedule", T, float, double) {
    laws::schedule_laws(monotone_network<T>({T(13.25)}, {T(-5)}, 1));
    laws::schedule_laws(monotone_network<T>({T(13.25)}, {T(-5)}, 64));
    for (const std::uint64_t seed : {1, 2, 3, 4}) {
        CAPTURE(seed);
        laws::schedule_laws(moved<T>(16, 0.15, seed)); // farther away the differences of the law are too coarse
        laws::schedule_laws(moved<T>(5, 0.15, seed, -1, -4));
    }
}

TEST_CASE_TEMPLATE("A monotone network with steep steps falls all the way and has an inverse", T, float, double) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        CAPTURE(seed);
        const auto network = moved<T>(6, 1.5, seed);
        T before = network.at(0).value;
        for (int i = 1; i <= 256; ++i) {
            CAPTURE(i);
            const T t = T(i) / 256;
            const auto a = network.at(t);
            CHECK(a.value < before);
            const T tolerance = laws::level_tolerance(t, a, network.slope(t), 4);
            CHECK(std::abs(network.at(network.time_of(a)).value - a.value) <= tolerance);
            before = a.value;
        }
    }
}

TEST_CASE_TEMPLATE("Where Newton's method would run in a cycle inside its bracket, the inverse is found", T, float,
                   double, long double) {
    monotone_network<T> network({T(10)}, {T(-5)}, 1);
    network.set_parameters(std::vector<T>{10, -5, T(0.5), T(-0.3), T(3.6), -6, T(-0.7)});
    CHECK(std::abs(network.time_of(network.at(T(0.30))) - T(0.30)) <= 8 * std::numeric_limits<T>::epsilon());
    CHECK(std::abs(network.at(T(0.30)).value - T(3.922009376)) <= T(1e-6));
    laws::schedule_inverse_laws(network, 8);
    laws::schedule_end_laws(network);
}

TEST_CASE_TEMPLATE("The inverse is found however steep and flat a monotone network is", T, float, double, long double) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        CAPTURE(seed);
        const auto network = moved<T>(1 + static_cast<index_t>(seed % 5), 0.5 + 0.1 * static_cast<double>(seed), seed);
        laws::schedule_inverse_laws(network, 8);
        laws::schedule_end_laws(network);
    }
}

TEST_CASE_TEMPLATE("Levels beyond the ends of a monotone network are at its ends", T, float, double) {
    laws::schedule_end_laws(moved<T>(8, 0.7, 5));
}

TEST_CASE_TEMPLATE("A monotone network holds its ends to the last bit", T, float, double) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        CAPTURE(seed);
        const auto network = moved<T>(12, 2, seed, 13.3, -5.1); // weights over four orders of magnitude
        CHECK(network.at(0).value == T(13.3));
        CHECK(network.at(1).value == T(-5.1));
    }
}

TEST_CASE("A network of 1024 units starts as an almost linear schedule") {
    const monotone_network<double> network({10}, {-10});
    CHECK(network.parameter_count() == 4 + 3 * 1024);
    double worst = 0;
    for (int i = 0; i <= 64; ++i) test::keep_largest(worst, std::abs(network.at(i / 64.).value - (10 - 20 * i / 64.)));
    test::check_within("monotone_network at its start, distance from the linear schedule", worst, 0.5);
}

TEST_CASE("A monotone network agrees with its definition in long double") {
    double worst = 0;
    for (const std::uint64_t seed : {7, 8, 9}) {
        const auto network = moved<double>(20, 0.6, seed);
        const auto& p = network.parameters();
        const auto parameter = [&](int kind, int k) {
            return static_cast<long double>(p[static_cast<std::size_t>(4 + 20 * kind + k)]);
        };
        const auto gamma = [&](long double t) { // as app. H has it
            const long double l1 = std::exp(static_cast<long double>(p[2])) * t + static_cast<long double>(p[3]);
            long double sum = l1;
            for (int k = 0; k < 20; ++k)
                sum += std::exp(parameter(2, k)) / (1 + std::exp(-(std::exp(parameter(0, k)) * l1 + parameter(1, k))));
            return sum;
        };
        for (int i = 0; i <= 32; ++i) {
            const long double t = static_cast<long double>(i) / 32;
            const long double a = 13.25L + (-5 - 13.25L) * (gamma(t) - gamma(0)) / (gamma(1) - gamma(0)); // eq. 59
            test::keep_largest(worst, static_cast<double>(std::fabs(test::wide(network.at(i / 32.).value) - a)));
        }
    }
    test::check_within("monotone_network against its definition", worst, 2e-14);
}

TEST_CASE("The derivatives of a monotone network by its parameters are those of automatic differentiation and of "
          "differences") {
    constexpr index_t hidden = 3, count = 4 + 3 * hidden;
    using dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, count, 1>>;
    double by_autodiff = 0, by_differences = 0;
    for (const std::uint64_t seed : {21, 22, 23}) {
        const auto network = moved<double>(hidden, 0.8, seed);
        monotone_network<dual> active({dual(13.25)}, {dual(-5)}, hidden);
        std::vector<dual> parameters;
        for (index_t p = 0; p < count; ++p)
            parameters.emplace_back(network.parameters()[static_cast<std::size_t>(p)], count, p);
        active.set_parameters(parameters);
        for (const double t : {0., 0.03, 0.5, 0.81, 1.}) {
            CAPTURE(t);
            const double of_level = 1.7, of_slope = -0.6;
            std::vector<double> gradient(static_cast<std::size_t>(count), 0.25); // it is added to
            network.pull_back(t, of_level, of_slope, gradient);
            const dual value = dual(of_level) * active.at(dual(t)).value + dual(of_slope) * active.slope(dual(t));
            for (index_t p = 0; p < count; ++p) {
                const auto place = static_cast<std::size_t>(p);
                const double derivative = gradient[place] - 0.25, size = std::max(1., std::abs(derivative));
                test::keep_largest(by_autodiff, std::abs(derivative - value.derivatives()[p]) / size);
                const auto shifted = [&](double h) {
                    auto other = network;
                    auto moved_parameters = network.parameters();
                    moved_parameters[place] += h;
                    other.set_parameters(moved_parameters);
                    return of_level * other.at(t).value + of_slope * other.slope(t);
                };
                const double h = 2e-4;
                const double difference =
                    (8 * (shifted(h) - shifted(-h)) - (shifted(2 * h) - shifted(-2 * h))) / (12 * h);
                test::keep_largest(by_differences, std::abs(derivative - difference) / size);
            }
        }
    }
    test::check_within("monotone_network pull_back against autodiff", by_autodiff, 3e-14);
    test::check_within("monotone_network pull_back against differences", by_differences, 3e-9);
}

TEST_CASE("The slope of a monotone network is the derivative by automatic differentiation, and so is its inverse") {
    using dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1, 1>>;
    const auto network = moved<double>(9, 0.7, 31);
    monotone_network<dual> active({dual(13.25)}, {dual(-5)}, 9);
    active.set_parameters(std::vector<dual>(network.parameters().begin(), network.parameters().end()));
    for (int i = 1; i < 64; ++i) {
        const double t = i / 64., slope = network.slope(t);
        const dual a = active.at(dual(t, 1, 0)).value;
        CHECK(std::abs(a.derivatives()[0] / slope - 1) <= 1e-13);
        const dual back = active.time_of({dual(a.value(), 1, 0)});
        CHECK(std::abs(back.value() - t) <= 1e-14);
        CHECK(std::abs(back.derivatives()[0] * slope - 1) <= 1e-12);
    }
}

TEST_CASE("A monotone network refuses what is no network and stays as it was") {
    using network_type = monotone_network<double>;
    CHECK(test::refusal([] { network_type({1}, {0}, 0); }) ==
          "cdl::schedule::monotone_network: hidden: must be at least 1; got 0");
    CHECK(test::refusal([] { network_type({1}, {1}); }) ==
          "cdl::schedule::monotone_network: noisiest: must be below cleanest; got 1 against 1");
    CHECK(test::refusal([] { network_type(clean<double>(), {1}); }) ==
          "cdl::schedule::monotone_network: cleanest: must be finite; got inf");
    CHECK(test::refusal([] { network_type({1}, pure_noise<double>()); }) ==
          "cdl::schedule::monotone_network: noisiest: must be finite; got -inf");
    auto network = moved<double>(2, 0.5, 1);
    const auto before = network.parameters();
    CHECK(test::refusal([&] { network.set_parameters(std::vector<double>(9)); }) ==
          "cdl::schedule::monotone_network: parameters: must be 4 + 3 hidden; got 9 for 2 hidden units");
    auto parameters = before;
    parameters[5] = std::nan("");
    CHECK(test::refusal([&] { network.set_parameters(parameters); }) ==
          "cdl::schedule::monotone_network: parameters: must be finite; got nan");
    const double level = network.at(0.3).value, slope = network.slope(0.3);
    // log w, b, log v, log v, c, c, log u, log u: no curve at all, one too steep, one that does not rise
    for (const auto& [p, value] : {std::pair<std::size_t, double>{2, 710}, {4, 710}, {8, 710}, {8, 709}, {2, -800}}) {
        CAPTURE(p);
        CAPTURE(value);
        auto wild = before;
        wild[p] = value;
        CHECK(test::refusal([&] {
                  network.set_parameters(wild);
              }).find("cdl::schedule::monotone_network: parameters: must make a ") == 0);
    }
    CHECK(network.parameters() == before);
    CHECK(network.at(0.3).value == level);
    CHECK(network.slope(0.3) == slope);
    std::vector<double> gradient(3);
    CHECK(test::refusal([&] { network.pull_back(0.5, 1, 1, gradient); }) ==
          "cdl::schedule::monotone_network::pull_back: gradient: must have a number for each parameter; got 3 for 10");
}
