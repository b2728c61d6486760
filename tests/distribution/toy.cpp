// SPDX-License-Identifier: MIT
// Toy sets: the right shapes and moments, numbers that depend on their address alone, and the same bits everywhere.

#include <cdl/distribution/toy.hpp>
#include <cdl/distribution/toy_mixture.hpp>

#include <distribution/testing.hpp>
#include <support/statistics.hpp>

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

using namespace cdl;
using namespace cdl::distribution;
using std::numbers::pi;

namespace {

template <class T = double>
using plane = std::vector<std::array<T, 2>>;

struct nowhere {
    toy_point operator()(const random::noise_stream&, index_t, index_t) const { return {0, 0}; }
    void check() const {}
};
struct unchecked {
    toy_point operator()(const random::noise_stream&, index_t, index_t) const { return {0, 0}; }
};
static_assert(toy_set<nowhere> && !toy_set<unchecked>);
static_assert(toy_set<moons> && toy_set<rings> && toy_set<spirals> && toy_set<checkerboard> && toy_set<pinwheel> &&
              toy_set<swiss_roll> && toy_set<eight_gaussians>);

template <class P, class Toy>
plane<> draws(const P& policy, const Toy& toy, std::size_t n, random::noise_stream stream = {7}, index_t step = 0) {
    plane<> x(n);
    distribution::draw(policy, toy, stream, step, x);
    return x;
}

/// Calls visit(name, toy) for all sets as they are by default.
template <class Visit>
void for_each_toy(const Visit& visit) {
    visit("moons", moons{});
    visit("rings", rings{});
    visit("spirals", spirals{});
    visit("swiss_roll", swiss_roll{});
    visit("checkerboard", checkerboard{});
    visit("pinwheel", pinwheel{});
    visit("eight_gaussians", eight_gaussians{});
}

/// Means of x, y, x^2, x y, y^2.
using moments = std::array<double, 5>;

moments terms(const std::array<double, 2>& p) {
    return {p[0], p[1], p[0] * p[0], p[0] * p[1], p[1] * p[1]};
}

/// The largest distance of the sample's moments from those wanted, in their own standard errors.
double worst_z(const plane<>& x, const moments& want) {
    double worst = 0;
    for (std::size_t m = 0; m < want.size(); ++m) {
        double sum = 0, squares = 0;
        for (const auto& p : x) {
            const double off = terms(p)[m] - want[m];
            sum += off;
            squares += off * off;
        }
        test::keep_largest(worst, std::abs(sum) / std::sqrt(squares));
    }
    return worst;
}

/// Chi-square of counts against equal expectations.
double chi_square(const std::vector<double>& counts) {
    double total = 0, sum = 0;
    for (const double c : counts) total += c;
    const double expected = total / static_cast<double>(counts.size());
    for (const double c : counts) sum += (c - expected) * (c - expected) / expected;
    return sum;
}

double uniform_law(double u) {
    return std::min(1.0, std::max(0.0, u));
}
double normal_law(double u) {
    return std::erfc(-u / std::sqrt(2.0)) / 2;
}

/// The angle of a point in turns, 0 to 1.
double turns_of(double x, double y) {
    const double t = std::atan2(y, x) / (2 * pi);
    return t < 0 ? t + 1 : t;
}
/// The distance of an angle in turns from the nearest whole number.
double from_whole(double turns) {
    return std::abs(turns - std::round(turns));
}

} // namespace

// seeds are fixed. A moment is within 4 of its own standard errors; sqrt(n) times the Kolmogorov distance is below 1.95 with
// probability 0.999; a chi-square with k degrees of freedom is below its 0.999 quantile

TEST_CASE("means and second moments of toy sets are what their formulas say") {
    const std::size_t n = 100000;
    const auto check = [&](const std::string& name, const auto& toy, double xx, double xy, double yy) {
        test::check_within("moments of " + name + ", z", worst_z(draws(exec::serial{}, toy, n), {0, 0, xx, xy, yy}), 4);
    };
    const auto square = [](double u) { return u * u; };
    const double j = 0.1, jj = j * j;
    check("moons", moons{.radius = 1.5, .jitter = j}, 2.25 * .75 + jj, 2.25 * (.125 - 1 / pi),
          2.25 * (.5 + .0625 - 1 / pi) + jj);
    check("rings", rings{.count = 4, .radius = 2, .jitter = j}, 2 * .46875 + jj, 0, 2 * .46875 + jj);
    check("three arms of a spiral", spirals{.arms = 3, .turns = 1.3, .radius = 2, .jitter = j}, 1 + jj, 0, 1 + jj);
    {                                               // of t (cos t, sin t) in radians, 1.5 pi < t < 4.5 pi
        const double unit = square(2 / (4.5 * pi)); // the mean is (2, 2 / 3 pi)
        const double tt = 9.75 * pi * pi;
        check("swiss_roll", swiss_roll{.radius = 2, .jitter = j}, unit * ((tt - .5) / 2 - 4) + jj,
              unit * (1.5 * pi - 4 / (3 * pi)), unit * ((tt + .5) / 2 - square(2 / (3 * pi))) + jj);
    }
    check("checkerboard", checkerboard{.cells = 4, .side = 4}, 4. / 3, .25, 4. / 3);
    check("checkerboard, odd", checkerboard{.cells = 1, .side = 3}, .75, 0, .75);
    const double patch = (1 + .09 + .01) / 2 * 1.69;
    check("pinwheel", pinwheel{.arms = 5, .radius = 1.3}, patch, 0, patch);
    check("eight_gaussians", eight_gaussians{.radius = 2, .jitter = j}, 2 + jj, 0, 2 + jj);
}

TEST_CASE("the defaults are centered and about as wide as a standard normal") {
    for_each_toy([](const std::string& name, const auto& toy) {
        CAPTURE(name);
        const auto x = draws(exec::serial{}, toy, 20000);
        for (std::size_t j = 0; j < 2; ++j) {
            double sum = 0, squares = 0;
            for (const auto& p : x) {
                sum += p[j] / 20000;
                squares += p[j] * p[j] / 20000;
            }
            CHECK(std::abs(sum) < 0.05);
            CHECK(std::sqrt(squares) > 0.45);
            CHECK(std::sqrt(squares) < 1.2);
        }
    });
}

TEST_CASE("moons without jitter are half circles, uniform along each") {
    std::vector<double> along;
    double upper = 0, worst = 0;
    const auto x = draws(exec::serial{}, moons{.radius = 2, .jitter = 0}, 20000);
    for (const auto& p : x) {
        const double u = p[0] / 2 + .5, v = p[1] / 2 + .25;                   // on the upper one
        const double u_mirrored = .5 - p[0] / 2, v_mirrored = .25 - p[1] / 2; // on the lower one
        const double off = std::abs(std::hypot(u, v) - 1),
                     off_mirrored = std::abs(std::hypot(u_mirrored, v_mirrored) - 1);
        const bool is_upper = off < off_mirrored;
        upper += is_upper ? 1 : 0;
        test::keep_largest(worst, std::min(off, off_mirrored));
        along.push_back(2 * (is_upper ? turns_of(u, v) : turns_of(u_mirrored, v_mirrored)));
    }
    test::check_within("moons, distance from the circles / epsilon", worst / test::epsilon<double>, 8);
    CHECK(test::kolmogorov_smirnov(along, uniform_law) < 1.95);
    CHECK(std::abs(upper - 10000) < 4 * std::sqrt(5000));
}

TEST_CASE("rings without jitter are circles, equally likely, uniform along each") {
    std::vector<double> along, counts(3);
    double worst = 0;
    for (const auto& p : draws(exec::serial{}, rings{.count = 3, .radius = 3, .jitter = 0}, 20000)) {
        const double r = std::hypot(p[0], p[1]);
        test::keep_largest(worst, std::abs(r - std::round(r)));
        counts.at(static_cast<std::size_t>(std::lround(r)) - 1) += 1;
        along.push_back(turns_of(p[0], p[1]));
    }
    test::check_within("rings, distance from the circles / epsilon", worst / test::epsilon<double>, 8);
    CHECK(test::kolmogorov_smirnov(along, uniform_law) < 1.95);
    CHECK(chi_square(counts) < 13.8);
}

TEST_CASE("spirals without jitter are spirals, and the radius goes like the root of a uniform number") {
    std::vector<double> squares, counts(3);
    double worst = 0;
    for (const auto& p : draws(exec::serial{}, spirals{.arms = 3, .turns = 1.25, .radius = 2, .jitter = 0}, 20000)) {
        const double share = std::hypot(p[0], p[1]) / 2, at_rest = turns_of(p[0], p[1]) - 1.25 * share;
        test::keep_largest(worst, from_whole(3 * at_rest));
        counts.at(static_cast<std::size_t>(std::lround(3 * (at_rest + 3))) % 3) += 1;
        squares.push_back(share * share);
    }
    test::check_within("spirals, angle from the arms / epsilon", worst / test::epsilon<double>, 20);
    CHECK(test::kolmogorov_smirnov(squares, uniform_law) < 1.95);
    CHECK(chi_square(counts) < 13.8);
}

TEST_CASE("a swiss roll without jitter is one arm, uniform in the angle") {
    std::vector<double> along;
    double worst = 0;
    const double unit = 3 / 2.25;
    for (const auto& p : draws(exec::serial{}, swiss_roll{.radius = 3, .jitter = 0}, 20000)) {
        const double u = p[0] / unit + 1 / pi, v = p[1] / unit + 1 / (3 * pi * pi);
        const double turns = std::hypot(u, v);
        test::keep_largest(worst, from_whole(turns_of(u, v) - turns));
        along.push_back((turns - .75) / 1.5);
    }
    test::check_within("swiss_roll, angle from the arm / epsilon", worst / test::epsilon<double>, 20);
    CHECK(test::kolmogorov_smirnov(along, uniform_law) < 1.95);
}

TEST_CASE("a checkerboard is uniform on its dark squares and nowhere else") {
    for (const index_t cells : {1, 2, 3, 4, 5}) {
        CAPTURE(cells);
        const auto width = static_cast<double>(cells);
        std::vector<double> counts(static_cast<std::size_t>(cells * cells)), within;
        for (const auto& p : draws(exec::serial{}, checkerboard{.cells = cells, .side = width}, 20000)) {
            const double u = p[0] + width / 2, v = p[1] + width / 2;
            CHECK((0 <= u && u <= width && 0 <= v && v <= width));
            const auto column = static_cast<index_t>(u), row = static_cast<index_t>(v);
            counts.at(static_cast<std::size_t>(row * cells + column)) += 1;
            within.push_back(u - std::floor(u));
            within.push_back(v - std::floor(v));
        }
        std::vector<double> dark;
        for (index_t row = 0; row < cells; ++row)
            for (index_t column = 0; column < cells; ++column) {
                const double count = counts[static_cast<std::size_t>(row * cells + column)];
                if ((row + column) % 2 == 0)
                    dark.push_back(count);
                else
                    CHECK(count == 0);
            }
        CHECK(chi_square(dark) < 32.9); // the quantile of 12 degrees of freedom, the most here
        CHECK(test::kolmogorov_smirnov(within, uniform_law) < 1.95);
    }
}

TEST_CASE("an untwisted pinwheel is normal patches") {
    const pinwheel wheel{.arms = 7, .radius = 2, .length = .2, .thickness = .05, .twist = .4};
    std::vector<double> r_normal, s_normal, counts(7);
    for (const auto& p : draws(exec::serial{}, wheel, 20000)) {
        // the twist is of the r that was drawn, not of the distance from the center: solved by iteration
        double r = std::hypot(p[0], p[1]) / 2, s = 0, blade = 0;
        for (int i = 0; i < 60; ++i) {
            const double at_rest = turns_of(p[0], p[1]) - .4 * std::exp(r) / (2 * pi);
            blade = std::round(7 * at_rest);
            const double angle = 2 * pi * (at_rest - blade / 7), size = std::hypot(p[0], p[1]) / 2;
            r = size * std::cos(angle);
            s = size * std::sin(angle);
        }
        counts.at(static_cast<std::size_t>(std::lround(blade) + 70) % 7) += 1;
        r_normal.push_back((r - 1) / .2);
        s_normal.push_back(s / .05);
    }
    CHECK(test::kolmogorov_smirnov(r_normal, normal_law) < 1.95);
    CHECK(test::kolmogorov_smirnov(s_normal, normal_law) < 1.95);
    CHECK(chi_square(counts) < 22.5);
}

TEST_CASE("the exponential that twists the pinwheel is an exponential") {
    double worst = 0;
    for (double r = -2; r < 10; r += .01)
        test::keep_largest(worst, std::abs(distribution::detail::exp_of_few(r) / std::exp(r) - 1));
    test::check_within("exp_of_few / epsilon", worst / test::epsilon<double>, 20);
}

TEST_CASE_TEMPLATE("eight Gaussians are a mixture that draws the same points", T, float, double) {
    const eight_gaussians toy{.radius = 2, .jitter = .25};
    const auto mixture = as_mixture<T>(toy);
    plane<T> x(597), y(597);
    distribution::draw(exec::serial{}, toy, {7}, 3, x);
    mixture.draw(exec::serial{}, {7}, 3, y);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j < 2; ++j) test::keep_largest(worst, std::abs(static_cast<double>(x[i][j] - y[i][j])));
    test::check_within("eight Gaussians and their mixture, " + std::to_string(8 * sizeof(T)) + " bits / epsilon",
                       worst / test::epsilon<T>, 4);
    CHECK(mixture.size() == 8);
    for (index_t k = 0; k < 8; ++k) {
        CHECK(mixture.weight(k) == T(.125));
        CHECK(mixture.variance(k, 0) == T(.0625));
    }
}

TEST_CASE("every policy draws the same bits of a toy set, in any layout, and as many as follow do not matter") {
    for_each_toy([](const std::string& name, const auto& toy) {
        CAPTURE(name);
        const auto oracle = draws(exec::serial{}, toy, 597);
        test::for_each_policy([&](const std::string& policy_name, const auto& policy) {
            CAPTURE(policy_name);
            CHECK(draws(policy, toy, 597) == oracle);
        });
        const auto few = draws(exec::serial{}, toy, 7);
        CHECK(std::equal(few.begin(), few.end(), oracle.begin()));
        for (std::size_t i = 0; i < 7; ++i) { // one by one, by hand
            const toy_point p = toy({7}, 0, static_cast<index_t>(i));
            CHECK((p.x == oracle[i][0] && p.y == oracle[i][1]));
        }
        std::vector<double> numbers(5 * 2 * 3, -77.);
        distribution::draw(exec::serial{}, toy, {7}, batch_view<double, dynamic, strided>(numbers.data(), 5, 2, 6, 3));
        for (std::size_t i = 0; i < numbers.size(); ++i)
            CHECK(numbers[i] == (i % 3 == 0 ? oracle[i / 6][i % 6 / 3] : -77.));
        plane<float> rounded(597);
        distribution::draw(exec::serial{}, toy, {7}, rounded);
        for (std::size_t i = 0; i < 597; ++i) CHECK(rounded[i][0] == static_cast<float>(oracle[i][0]));
    });
}

TEST_CASE("seed and step give other toys, the purpose of the stream does not") {
    for_each_toy([](const std::string& name, const auto& toy) {
        CAPTURE(name);
        const auto x = draws(exec::serial{}, toy, 7);
        CHECK(draws(exec::serial{}, toy, 7, {8})[0][0] != x[0][0]);
        CHECK(draws(exec::serial{}, toy, 7, {7}, 1)[0][0] != x[0][0]);
        CHECK(draws(exec::serial{}, toy, 7, {7, random::purpose::sampler}) == x);
    });
}

TEST_CASE("no toys are no toys") {
    plane<> none;
    test::for_each_policy([&](const char*, const auto& policy) { distribution::draw(policy, moons{}, {7}, none); });
    CHECK(none.empty());
}

TEST_CASE("the bits of toy sets are these, on every machine") {
    const auto bits_of = [](const auto& toy) {
        const toy_point p = toy({2026}, 1, 22);
        return std::pair{p.x, p.y};
    };
    CHECK(bits_of(moons{}) == std::pair{-0x1.7865d5c267e4fp+0, 0x1.14c862bf84d42p-4});
    CHECK(bits_of(rings{}) == std::pair{0x1.91e7d492993c5p-1, -0x1.33fbe46da89d9p-1});
    CHECK(bits_of(spirals{}) == std::pair{-0x1.af23a2c6e370cp+0, 0x1.ceedfe97b072cp-1});
    CHECK(bits_of(swiss_roll{}) == std::pair{0x1.3af27917ef7a1p+0, 0x1.06976870650abp+0});
    CHECK(bits_of(checkerboard{}) == std::pair{-0x1.a4e8b265f1888p-4, -0x1.04293ee4c599fp-1});
    CHECK(bits_of(pinwheel{}) == std::pair{-0x1.771c10d23aadap-2, 0x1.22a284c796689p+0});
    CHECK(bits_of(eight_gaussians{}) == std::pair{-0x1.8995e6f76d371p-5, 0x1.66942cf58fa7ep+0});
}

TEST_CASE("what makes no toy set is refused, and nothing is written") {
    std::vector<double> numbers(6);
    const auto refused = [&](const auto& toy) {
        return test::refusal([&] { distribution::draw(exec::serial{}, toy, {7}, as_batch(numbers, 2)); });
    };
    CHECK(test::refusal([&] { distribution::draw(exec::serial{}, moons{}, {7}, as_batch(numbers, 3)); }) ==
          "cdl::distribution::draw: x: must have the two coordinates of a toy set; got 3");
    CHECK(test::refusal([&] { distribution::draw(exec::serial{}, moons{}, {7}, numbers); }) ==
          "cdl::distribution::draw: x: must have the two coordinates of a toy set; got 1");
    CHECK(test::refusal([&] {
              distribution::draw(exec::serial{}, moons{}, {7},
                                 batch_view<double, 2, strided>(numbers.data(), 3, 2, 0, 1));
          }) == "cdl::distribution::draw: x: points must not share memory; got point stride 0");
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(refused(moons{.radius = 0}) == "cdl::distribution::moons: radius: must be finite and positive; got 0");
    CHECK(refused(moons{.jitter = -1}) == "cdl::distribution::moons: jitter: must be finite and not negative; got -1");
    CHECK(refused(rings{.count = 0}) == "cdl::distribution::rings: count: must be at least 1; got 0");
    CHECK(refused(spirals{.turns = infinity}) ==
          "cdl::distribution::spirals: turns: must be finite and positive; got inf");
    CHECK(refused(swiss_roll{.jitter = std::nan("")}).find("must be finite and not negative") != std::string::npos);
    CHECK(refused(checkerboard{.cells = 0}) == "cdl::distribution::checkerboard: cells: must be at least 1; got 0");
    CHECK(refused(pinwheel{.length = 1.5}) == "cdl::distribution::pinwheel: length: must be below 1; got 1.5");
    CHECK(refused(eight_gaussians{.jitter = 0}) ==
          "cdl::distribution::eight_gaussians: jitter: must be finite and positive; got 0");
    CHECK(test::refusal([] { as_mixture<double>({.radius = -1}); }) ==
          "cdl::distribution::eight_gaussians: radius: must be finite and positive; got -1");
    CHECK(numbers == std::vector<double>(6));
}
