// SPDX-License-Identifier: MIT
#include <cdl/denoiser/optimal.hpp>
#include <cdl/distribution/gaussian_mixture.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/run.hpp>
#include <cdl/schedule/discrete_grids.hpp>
#include <cdl/schedule/discrete_levels.hpp>

#include "support/golden.hpp"
#include "support/ulp.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::discrete_levels;

namespace {
constexpr double inf = std::numeric_limits<double>::infinity(), not_a_number = std::numeric_limits<double>::quiet_NaN();

/// The level that the model of the row has at the step of the row.
template <class T>
log_snr<T> level_of(const test::golden_row& row) {
    const index_t steps = row.integer("T");
    const std::string name = row.text("schedule");
    if (name == "ddpm_linear") return discrete_levels<T>::ddpm_linear(steps).level(row.integer("t"));
    if (name == "cosine_clipped") return discrete_levels<T>::cosine_clipped(steps).level(row.integer("t"));
    return discrete_levels<T>::uniform_noise(steps).level(row.integer("t"));
}

/// Steps 1 to 5 at the levels 4, 2, 2, -1, -7.
template <class T>
discrete_levels<T> five() {
    return discrete_levels<T>::from_log_snrs(std::vector<T>{4, 2, 2, -1, -7});
}
} // namespace

TEST_CASE("The levels of discrete models agree with the golden values to 8e-15 in double") {
    for (const char* name : {"ddpm_linear", "cosine_clipped", "cdm_uniform"}) {
        test::worst_error worst(std::string("golden ") + name + " absolute error of the level");
        for (const auto& row : test::golden("b_discrete.csv").where("schedule", name))
            worst.see(static_cast<double>(
                          std::fabs(static_cast<long double>(level_of<double>(row).value) - row.number("log_snr"))),
                      row.where());
        CAPTURE(worst.text());
        CHECK(worst.count() >= 7);
        CHECK(worst.value() <= 8e-15);
    }
}

TEST_CASE("In float the levels of discrete models are rounded once") {
    for (const auto& row : test::golden("b_discrete.csv")) {
        CAPTURE(row.where());
        CHECK(test::ulp_distance(level_of<float>(row).value, row.number("log_snr")) <= 0.500001);
    }
}

TEST_CASE_TEMPLATE("Levels are the same from the betas, from either power, and from the log-SNRs", T, float, double) {
    const auto betas = schedule::linear_betas(50, 1e-3, 0.3);
    const auto levels = discrete_levels<T>::from_betas(betas);
    std::vector<double> alpha_bars, powers, log_snrs;
    double alpha_bar = 1;
    for (std::size_t i = 0; i < betas.size(); ++i) {
        alpha_bar *= 1 - betas[i];
        alpha_bars.push_back(alpha_bar);
        powers.push_back(1 - alpha_bar);
        log_snrs.push_back(std::log(alpha_bar / (1 - alpha_bar)));
    }
    const auto close = [&](const discrete_levels<T>& other) {
        REQUIRE(other.size() == levels.size());
        for (index_t step = 1; step <= levels.size(); ++step) // the products above are good to 1e-15, over 1e-3
            CHECK(std::abs(other.level(step).value - levels.level(step).value) <=
                  std::max(T(1e-12), 16 * std::numeric_limits<T>::epsilon()));
    };
    close(discrete_levels<T>::from_alpha_bars(alpha_bars));
    close(discrete_levels<T>::from_one_minus_alpha_bars(powers));
    close(discrete_levels<T>::from_log_snrs(log_snrs));
    close(discrete_levels<T>::from_betas(std::vector<long double>(betas.begin(), betas.end())));
}

TEST_CASE("A million tiny betas add up without loss") {
    const std::vector<double> betas(1000000, 1e-6);
    const long double log_power = 1e6L * std::log1p(-static_cast<long double>(1e-6));
    const long double a = log_power - std::log(-std::expm1(log_power));
    const auto levels = discrete_levels<double>::from_betas(betas);
    const double got = levels.levels().back().value;
    CHECK(std::abs(static_cast<double>(static_cast<long double>(got) - a)) <= 1e-15);
}

TEST_CASE_TEMPLATE("A level has its whole step, and a step its level", T, float, double, long double) {
    for (const auto& levels : {discrete_levels<T>::ddpm_linear(), discrete_levels<T>::cosine_clipped(1000),
                               discrete_levels<T>::uniform_noise(10), discrete_levels<T>::uniform_noise(1)}) {
        for (index_t step = 1; step <= levels.size(); ++step) {
            const log_snr<T> a = levels.level(step);
            CHECK(levels.step_of(a) == T(step));
            CHECK(levels.level_at(T(step)) == a);
            CHECK(levels.nearest_step(a) == step);
            CHECK(a == levels.levels()[static_cast<std::size_t>(step - 1)]);
        }
        CHECK(levels.step_of(clean<T>()) == 1);
        CHECK(levels.step_of(pure_noise<T>()) == T(levels.size()));
        CHECK(levels.nearest_step(clean<T>()) == 1);
        CHECK(levels.nearest_step(pure_noise<T>()) == levels.size());
    }
}

TEST_CASE_TEMPLATE("Between whole steps a step is linear in the log-SNR and not rounded", T, float, double) {
    const auto levels = discrete_levels<T>::ddpm_linear();
    T before = 0;
    for (int i = 0; i <= 20000; ++i) {
        const log_snr<T> a{levels.level(1).value - T(i) * T(0.00096)};
        const T step = levels.step_of(a);
        CHECK(step >= before);
        CHECK(step - before < 2);
        before = step;
        const T low = levels.level(static_cast<index_t>(step)).value;
        // rounding a step of up to 1000 moves the level by up to 1000 eps times the distance of neighbours
        if (a > levels.level(1000))
            CHECK(std::abs(levels.level_at(step).value - a.value) <= 600 * std::numeric_limits<T>::epsilon());
        CHECK(low >= a.value);
    }
    const T middle = (levels.level(500).value + levels.level(501).value) / 2;
    CHECK(levels.step_of({middle}) == doctest::Approx(500.5).epsilon(1e-5));
    CHECK(std::abs(levels.level_at(T(500.5)).value - middle) <= T(1e-5));
}

TEST_CASE_TEMPLATE("Equal levels belong to the cleanest of their steps", T, float, double) {
    const auto levels = five<T>();
    CHECK(levels.step_of({T(2)}) == 2);
    CHECK(levels.step_of({T(3)}) == T(1.5));
    CHECK(levels.step_of({T(0.5)}) == T(3.5));
    CHECK(levels.level_at(T(2.5)).value == 2);
    CHECK(levels.level_at(T(4.5)).value == -4);
    CHECK(levels.nearest_step({T(3)}) == 1); // as far from 2: the cleaner
    CHECK(levels.nearest_step({T(2.9)}) == 2);
    CHECK(levels.nearest_step({T(-3.9)}) == 4);
    CHECK(levels.nearest_step({T(-4.1)}) == 5);
    const auto flat = discrete_levels<T>::from_betas(std::vector<T>{T(0.5), 0, 0});
    CHECK(flat.level(1) == flat.level(3));
    CHECK(flat.step_of({T(1)}) == 1);
    CHECK(flat.step_of({T(-1)}) == 3);
}

TEST_CASE_TEMPLATE("Levels may begin with clean data and end with pure noise", T, float, double) {
    const auto levels = discrete_levels<T>::from_alpha_bars(std::vector<double>{1, 1, 0.5, 0.25, 0, 0});
    CHECK(levels.level(1) == clean<T>());
    CHECK(levels.level(6) == pure_noise<T>());
    CHECK(levels.step_of(clean<T>()) == 1);
    CHECK(levels.step_of({T(1e6)}) == 3); // with a finite neighbour
    CHECK(levels.step_of({T(0)}) == 3);
    CHECK(levels.step_of({T(-1e6)}) == 4);
    CHECK(levels.step_of(pure_noise<T>()) == 5);
    CHECK(levels.level_at(T(1.5)) == clean<T>());
    CHECK(levels.level_at(T(2.5)).value == 0);
    CHECK(levels.level_at(T(4.5)) == levels.level(4));
    CHECK(levels.level_at(T(5.5)) == pure_noise<T>());
    CHECK(levels.nearest_step({T(50)}) == 3);
    CHECK(discrete_levels<T>::from_betas(std::vector<T>{0, T(0.5)}).level(1) == clean<T>());
}

TEST_CASE_TEMPLATE("Levels as large as numbers are have steps, too", T, float, double) {
    const T most = (std::numeric_limits<T>::max)();
    const auto levels = discrete_levels<T>::from_log_snrs(std::vector<T>{most, -most});
    CHECK(levels.step_of({T(0)}) == T(1.5));
    CHECK(levels.level_at(T(1.5)).value == 0);
}

TEST_CASE_TEMPLATE("Rescaled levels end in pure noise and begin where they began", T, float, double) {
    const auto levels = discrete_levels<T>::ddpm_linear();
    const auto rescaled = levels.zero_terminal();
    REQUIRE(rescaled.size() == 1000);
    CHECK(rescaled.level(1) == levels.level(1));
    CHECK(rescaled.level(1000) == pure_noise<T>());
    const double first = signal_scale(log_snr{double(levels.level(1).value)}),
                 last = signal_scale(log_snr{double(levels.level(1000).value)});
    for (index_t step = 2; step < 1000; ++step) {
        CHECK(rescaled.level(step) < rescaled.level(step - 1));
        CHECK(rescaled.level(step) < levels.level(step));
        const double want = (signal_scale(log_snr{double(levels.level(step).value)}) - last) * first / (first - last);
        CHECK(signal_scale(log_snr{double(rescaled.level(step).value)}) == doctest::Approx(want).epsilon(1e-4));
    }
    CHECK(rescaled.step_of(pure_noise<T>()) == 1000);
    CHECK(rescaled.step_of({T(-200)}) == 999);
}

TEST_CASE_TEMPLATE("Betas of 0 and 1 are values: nothing is added, and nothing is left", T, float, double,
                   long double) {
    const auto levels = discrete_levels<T>::from_betas(std::vector<T>{0, T(0.5), 1, T(0.5), 0, 1});
    CHECK(levels.level(1) == clean<T>());
    CHECK(levels.level(2).value == 0);
    for (index_t step = 3; step <= 6; ++step) CHECK(levels.level(step) == pure_noise<T>());
    CHECK(levels.betas() == std::vector<T>{0, T(0.5), 1, 0, 0, 0});
    CHECK(discrete_levels<T>::from_betas(std::vector<T>{0, 0}).level(2) == clean<T>());
    CHECK(discrete_levels<T>::from_betas(std::vector<T>{1}).level(1) == pure_noise<T>());
    using wide = std::conditional_t<std::is_same_v<T, float>, double, T>; // in which betas are computed
    CHECK(discrete_levels<T>::cosine_clipped(50, wide(0.008), 1).level(50) == pure_noise<T>());
    CHECK(discrete_levels<T>::ddpm_linear(10, wide(0.1), 1).level(10) == pure_noise<T>());
    for (const std::vector<double>& powers : std::vector<std::vector<double>>{{1, 0.5, 0}, {1, 1}, {0, 0}, {1, 0}}) {
        std::vector<double> rest;
        for (const double p : powers) rest.push_back(1 - p);
        const auto one = discrete_levels<T>::from_alpha_bars(powers),
                   other = discrete_levels<T>::from_one_minus_alpha_bars(rest);
        for (std::size_t i = 0; i < powers.size(); ++i) {
            CHECK(one.levels()[i] == other.levels()[i]);
            CHECK(to_alpha_bar(one.levels()[i]) == T(powers[i]));
        }
    }
}

TEST_CASE(
    "Betas that were rescaled to end in pure noise, as others export them, have the levels of the rescaled steps") {
    const auto right = discrete_levels<double>::ddpm_linear(1000).zero_terminal();
    std::vector<double> scale, betas;
    double product = 1;
    for (const double beta : schedule::linear_betas(1000, 1e-4, 0.02)) scale.push_back(std::sqrt(product *= 1 - beta));
    double before = 1;
    for (const double s : scale) {
        const double moved = (s - scale.back()) * scale.front() / (scale.front() - scale.back()), now = moved * moved;
        betas.push_back(1 - now / before);
        before = now;
    }
    REQUIRE(betas.back() == 1);
    const auto levels = discrete_levels<double>::from_betas(betas);
    for (index_t step = 1; step < 1000; ++step)
        CHECK(std::abs(levels.level(step).value - right.level(step).value) <= 1e-8);
    CHECK(levels.level(999).value == doctest::Approx(-19.2850).epsilon(1e-5));
    CHECK(levels.level(1000) == pure_noise<double>());
    // and the betas of the levels are those betas
    const auto back = right.betas();
    for (std::size_t i = 0; i < 1000; ++i) CHECK(back[i] == doctest::Approx(betas[i]).epsilon(1e-8));
    CHECK(back.back() == 1);
}

TEST_CASE("The betas of levels are those that the levels were made of") {
    for (const auto& betas :
         {schedule::linear_betas(1000, 1e-4, 0.02), schedule::linear_betas(50, 1e-3, 0.3),
          schedule::root_linear_betas(1000, 0.00085, 0.012), schedule::cosine_betas(100, 0.008, 0.999)}) {
        const auto levels = discrete_levels<double>::from_betas(betas);
        const auto found = levels.betas();
        REQUIRE(found.size() == betas.size());
        double before = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < betas.size(); ++i) { // the rounding of two levels, over their difference
            const double a = levels.levels()[i].value;
            const double of_levels = i == 0 ? 1 + std::abs(a) : (1 + std::abs(before)) / std::expm1(before - a);
            const double rounding = 2 + std::abs(a) + of_levels;
            CHECK(std::abs(found[i] / betas[i] - 1) <= 4 * std::numeric_limits<double>::epsilon() * rounding);
            before = a;
        }
    }
}

TEST_CASE_TEMPLATE("Betas scaled to the number of steps end as near to pure noise as DDPM's 1000 steps do", T, float,
                   double) {
    using levels = discrete_levels<T>;
    const auto ddpm = levels::ddpm_linear();
    const auto equal = [](const levels& u, const levels& v) { return std::ranges::equal(u.levels(), v.levels()); };
    CHECK(equal(levels::ddpm_linear_scaled(1000), levels::ddpm_linear()));
    CHECK(equal(levels::ddpm_linear(1000, 1e-4, 0.02), levels::ddpm_linear()));
    CHECK(equal(levels::root_linear_scaled(1000), levels::root_linear()));
    CHECK(levels::ddpm_linear_scaled(20).level(20) == pure_noise<T>()); // the last beta is 1
    CHECK(levels::root_linear_scaled(12).level(12) == pure_noise<T>());
    for (const index_t steps : {21, 50, 100, 250, 500, 999}) {
        CAPTURE(steps);
        CHECK(levels::ddpm_linear_scaled(steps).level(steps) < ddpm.level(1000));
    }
    CHECK(levels::ddpm_linear_scaled(4000).level(4000).value == doctest::Approx(-10.0668).epsilon(1e-5));
    CHECK(levels::ddpm_linear(4000).level(4000).value == doctest::Approx(-40.4708).epsilon(1e-5));
    CHECK(to_alpha_bar(levels::ddpm_linear(100, 1e-4, 0.02).level(100)) == doctest::Approx(0.3636).epsilon(1e-3));
    // Stable Diffusion's alpha_bar of its last step
    CHECK(to_alpha_bar(levels::root_linear().level(1000)) == doctest::Approx(0.0046600985).epsilon(1e-6));
}

// 20 000 points from pure noise by ancestral steps; the right mode has 2/3 of the weight, its estimate a standard error of 0.0033.
TEST_CASE("A sampler that starts from pure noise finds the weights of the data with betas scaled to 100 steps") {
    const distribution::gaussian_mixture<double, 1> data({1, 2}, {-2, 4}, {0.3, 0.5});
    const denoiser::optimal eps_hat(data);
    const auto right = [&](const discrete_levels<double>& levels) {
        std::vector<double> z(20000);
        const random::noise_stream noise{7, random::purpose::sampler};
        sampler::draw_start(exec::serial{}, noise, z);
        sampler::run(exec::serial{}, sampler::ancestral{}, eps_hat, schedule::all_steps(levels), z, noise);
        return static_cast<double>(std::ranges::count_if(z, [](double x) { return x > 1; })) / 20000;
    };
    using levels = discrete_levels<double>;
    CHECK(std::abs(right(levels::ddpm_linear_scaled(100)) - 2. / 3) <= 4 * 0.0034);
    CHECK(right(levels::ddpm_linear(100, 1e-4, 0.02)) < 0.5); // as they are: the start is not that of these levels
}

TEST_CASE("Discrete levels refuse what is no list of levels") {
    CHECK_THROWS_WITH_AS(discrete_levels<double>::uniform_noise(-7),
                         "cdl::schedule::discrete_levels::uniform_noise: steps: must be at least 1; got -7",
                         std::invalid_argument);
    using levels = discrete_levels<double>;
    using list = std::vector<double>;
    CHECK_THROWS_WITH_AS((levels::from_betas(list{0.1, 1.5})),
                         "cdl::schedule::discrete_levels::from_betas: betas: must be from 0 to 1; got 1.5",
                         std::invalid_argument);
    CHECK_THROWS_AS((levels::from_betas(list{-0.1})), std::invalid_argument);
    CHECK_THROWS_AS((levels::from_betas(list{inf})), std::invalid_argument);
    CHECK_THROWS_WITH_AS((levels::from_betas(list{0.5, not_a_number})),
                         "cdl::schedule::discrete_levels::from_betas: betas: must not be NaN; got nan at step 2",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((levels::from_betas(list{})),
                         "cdl::schedule::discrete_levels::from_betas: betas: must be at least one; got 0",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        (levels::from_alpha_bars(list{0.5, 0.6})),
        "cdl::schedule::discrete_levels::from_alpha_bars: alpha_bars: must not rise with the step; got 0.6 at step 2 "
        "after 0.5",
        std::invalid_argument);
    CHECK_THROWS_WITH_AS((levels::from_alpha_bars(list{1.5})),
                         "cdl::schedule::discrete_levels::from_alpha_bars: alpha_bars: must be from 0 to 1; got 1.5",
                         std::invalid_argument);
    CHECK_THROWS_AS((levels::from_alpha_bars(list{0.5, -0.1})), std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        (levels::from_one_minus_alpha_bars(list{0.5, 0.4})),
        "cdl::schedule::discrete_levels::from_one_minus_alpha_bars: one_minus_alpha_bars: must not fall "
        "with the step; got 0.4 at step 2 after 0.5",
        std::invalid_argument);
    CHECK_THROWS_AS((levels::from_one_minus_alpha_bars(list{0.5, 1.1})), std::invalid_argument);
    CHECK_THROWS_AS((levels::from_log_snrs(list{1, 2})), std::invalid_argument);
    CHECK_THROWS_AS((levels::from_log_snrs(list{not_a_number})), std::invalid_argument);
    CHECK_THROWS_AS((levels::from_log_snrs(list{})), std::invalid_argument);
    CHECK_THROWS_AS(levels::ddpm_linear(1), std::invalid_argument);
    CHECK_THROWS_AS(levels::ddpm_linear(10, 0.1, 1.01), std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        levels::ddpm_linear(100),
        "cdl::schedule::discrete_levels::ddpm_linear: steps: must be at least 1000 with DDPM's betas, for "
        "with fewer they end short of pure noise: ddpm_linear_scaled(steps) reaches it, "
        "ddpm_linear(steps, 1e-4, 0.02) takes them as they are; got 100",
        std::invalid_argument);
    CHECK_THROWS_WITH_AS(
        levels::root_linear(50),
        "cdl::schedule::discrete_levels::root_linear: steps: must be at least 1000 with Stable Diffusion's "
        "betas: root_linear_scaled(steps) fits them to fewer, root_linear(steps, 0.00085, 0.012) takes "
        "them as they are; got 50",
        std::invalid_argument);
    CHECK_THROWS_WITH_AS(levels::ddpm_linear_scaled(19),
                         "cdl::schedule::discrete_levels::ddpm_linear_scaled: steps: must be at least 20; got 19",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(levels::root_linear_scaled(11),
                         "cdl::schedule::discrete_levels::root_linear_scaled: steps: must be at least 12; got 11",
                         std::invalid_argument);
    CHECK_THROWS_AS(levels::cosine_clipped(0), std::invalid_argument);
    CHECK_THROWS_AS(levels::cosine_clipped(10, -1), std::invalid_argument);
    CHECK_THROWS_AS(levels::cosine_clipped(10, 0.008, 1.01), std::invalid_argument);
    CHECK_THROWS_AS(levels::uniform_noise(0), std::invalid_argument);
}

TEST_CASE("Discrete levels refuse steps that they do not have") {
    const auto levels = five<double>();
    CHECK_THROWS_WITH_AS(
        levels.level(0),
        "cdl::schedule::discrete_levels::level: step: must be from 1 to the number of steps; got 0 of 5",
        std::invalid_argument);
    CHECK_THROWS_AS(levels.level(6), std::invalid_argument);
    CHECK_THROWS_AS(levels.level_at(0.99), std::invalid_argument);
    CHECK_THROWS_AS(levels.level_at(5.01), std::invalid_argument);
    CHECK_THROWS_AS(levels.level_at(not_a_number), std::invalid_argument);
    CHECK_THROWS_WITH_AS(levels.step_of({not_a_number}),
                         "cdl::schedule::discrete_levels::step_of: a: must not be NaN; got nan", std::invalid_argument);
    CHECK_THROWS_AS(levels.nearest_step({not_a_number}), std::invalid_argument);
    CHECK_THROWS_WITH_AS((discrete_levels<double>::from_log_snrs(std::vector{1.0, 1.0}).zero_terminal()),
                         "cdl::schedule::discrete_levels::zero_terminal: levels: must fall from the first step to the "
                         "last; got 1 and 1",
                         std::invalid_argument);
}
