// SPDX-License-Identifier: MIT
// Draws from mixtures: the right law, and numbers that depend on their address alone.

#include <cdl/distribution/gaussian_mixture.hpp>

#include <distribution/testing.hpp>

#include <array>
#include <cmath>
#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;

namespace {

template <class T = double>
gaussian_mixture<T, 2> tilted() {
    return {{T(.25), T(.75)}, {-40, 0, 40, 10}, {2, T(1.5), T(1.5), 3, 1, T(-.5), T(-.5), T(.5)}};
}

template <class T = double>
using plane = std::vector<std::array<T, 2>>;

template <class P>
plane<> draws(const P& policy, std::size_t n, random::noise_stream stream = {7}, index_t step = 0) {
    plane<> x(n);
    tilted().draw(policy, stream, step, x);
    return x;
}

} // namespace

TEST_CASE("component frequencies, means and covariances of draws are those of the mixture") {
    // seed fixed; each statistic must lie within 4 standard deviations of its own sampling error
    const std::size_t n = 200000;
    const auto x = draws(exec::serial{}, n);
    std::array<double, 2> count{};
    std::array<std::array<double, 5>, 2> sums{}; // x, y, xx, xy, yy about the component's mean
    const std::array<std::array<double, 2>, 2> means{{{-40, 0}, {40, 10}}};
    for (const auto& p : x) {
        const std::size_t k = p[0] < 0 ? 0 : 1; // the components are 80 apart
        const double u = p[0] - means[k][0], v = p[1] - means[k][1];
        count[k] += 1;
        for (const auto& [sum, term] : {std::pair{0u, u}, {1u, v}, {2u, u * u}, {3u, u * v}, {4u, v * v}})
            sums[k][sum] += term;
    }
    const double total = static_cast<double>(n);
    CHECK(std::abs(count[0] - .25 * total) < 4 * std::sqrt(total * .25 * .75));
    const std::array<std::array<double, 3>, 2> covariances{{{2, 1.5, 3}, {1, -.5, .5}}}; // xx, xy, yy
    for (std::size_t k = 0; k < 2; ++k) {
        const auto [xx, xy, yy] = covariances[k];
        const double m = count[k];
        CAPTURE(k);
        CHECK(std::abs(sums[k][0] / m) < 4 * std::sqrt(xx / m));
        CHECK(std::abs(sums[k][1] / m) < 4 * std::sqrt(yy / m));
        CHECK(std::abs(sums[k][2] / m - xx) < 4 * std::sqrt(2 * xx * xx / m));
        CHECK(std::abs(sums[k][3] / m - xy) < 4 * std::sqrt((xx * yy + xy * xy) / m));
        CHECK(std::abs(sums[k][4] / m - yy) < 4 * std::sqrt(2 * yy * yy / m));
    }
}

TEST_CASE("many components are drawn as often as they weigh") {
    // chi-square with 9 degrees of freedom: below 27.9 with probability 0.999
    std::vector<double> weights, means, variances(10, 1e-4);
    for (int k = 0; k < 10; ++k) {
        weights.push_back(1 + k);
        means.push_back(k);
    }
    const gaussian_mixture<double, 1, covariance::isotropic> comb(weights, means, variances);
    std::vector<double> x(100000);
    comb.draw(exec::serial{}, {11}, 0, x);
    std::vector<double> count(10);
    for (const double v : x) count.at(static_cast<std::size_t>(std::lround(v))) += 1;
    double chi_square = 0;
    for (std::size_t k = 0; k < 10; ++k) {
        const double expected = 100000 * comb.weight(static_cast<index_t>(k));
        chi_square += (count[k] - expected) * (count[k] - expected) / expected;
    }
    CHECK(chi_square < 27.9);
    CHECK(chi_square > 1.15); // 0.001 from below: not too good to be true
}

TEST_CASE("every policy draws the same bits") {
    const auto oracle = draws(exec::serial{}, 597);
    test::for_each_policy([&](const std::string& name, const auto& policy) {
        CAPTURE(name);
        const auto x = draws(policy, 597);
        CHECK((x.empty() || std::memcmp(x.data(), oracle.data(), sizeof(x[0]) * x.size()) == 0));
    });
}

TEST_CASE("a draw does not depend on how many follow it") {
    const auto many = draws(exec::serial{}, 597), few = draws(exec::serial{}, 7);
    CHECK(std::memcmp(many.data(), few.data(), sizeof(few[0]) * few.size()) == 0);
}

TEST_CASE("seed and step give other draws, the purpose of the stream does not") {
    const auto x = draws(exec::serial{}, 7);
    CHECK(draws(exec::serial{}, 7, {8})[0][0] != x[0][0]);
    CHECK(draws(exec::serial{}, 7, {7}, 1)[0][0] != x[0][0]);
    CHECK(draws(exec::serial{}, 7, {7, random::purpose::sampler}) == x);
}

TEST_CASE("no draws are no draws") {
    plane<> none;
    tilted().draw(exec::serial{}, {7}, 0, none);
    CHECK(none.empty());
    test::for_each_policy([&](const char*, const auto& policy) { tilted().draw(policy, {7}, 0, none); });
}

TEST_CASE("draws fill any layout with the same numbers, and nothing between them") {
    const auto expected = draws(exec::serial{}, 5);
    std::vector<double> numbers(5 * 2 * 3, -1.);
    tilted().draw(exec::serial{}, {7}, 0, batch_view<double, 2, strided>(numbers.data(), 5, 2, 6, 3));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const double want = i % 3 == 0 ? expected[i / 6][i % 6 / 3] : -1.;
        CHECK(numbers[i] == want);
    }
    std::vector<double> columns(10);
    tilted().draw(exec::serial{}, {7}, 0, batch_view<double, 2, coord_major>(columns.data(), 5));
    for (std::size_t i = 0; i < 10; ++i) CHECK(columns[i] == expected[i % 5][i / 5]);
}

TEST_CASE("a float draw is the double draw to rounding") {
    // one coordinate is a mean and two products: three roundings at the size of 40
    plane<float> x(597);
    tilted<float>().draw(exec::serial{}, {7}, 0, x);
    const auto oracle = draws(exec::serial{}, 597);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j < 2; ++j)
            test::keep_largest(worst, std::abs(static_cast<double>(x[i][j]) - oracle[i][j]));
    test::check_within("float draws, difference to double", worst, 1.5e-5);
}

TEST_CASE("a shape that is not the mixture's is refused") {
    std::vector<double> numbers(6);
    CHECK(test::refusal([&] { tilted().draw(exec::serial{}, {7}, 0, as_batch(numbers, 3)); }) ==
          "cdl::distribution::gaussian_mixture::draw: x: must have the dimension of the mixture; got 3 for 2");
    CHECK(test::refusal([&] {
              tilted().draw(exec::serial{}, {7}, 0, batch_view<double, 2, strided>(numbers.data(), 3, 2, 0, 1));
          }) == "cdl::distribution::gaussian_mixture::draw: x: points must not share memory; got point stride 0");
    CHECK(numbers == std::vector<double>(6)); // nothing was written
}
