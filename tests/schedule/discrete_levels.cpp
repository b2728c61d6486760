// SPDX-License-Identifier: MIT
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
    const double got = discrete_levels<double>::from_betas(betas).levels().back().value;
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

TEST_CASE("Discrete levels refuse what is no list of levels") {
    CHECK_THROWS_WITH_AS(discrete_levels<double>::uniform_noise(-7),
                         "cdl::schedule::discrete_levels::uniform_noise: steps: must be at least 1; got -7",
                         std::invalid_argument);
    using levels = discrete_levels<double>;
    using list = std::vector<double>;
    CHECK_THROWS_WITH_AS((levels::from_betas(list{0.1, 1})),
                         "cdl::schedule::discrete_levels::from_betas: betas: must be at least 0 and below 1; got 1",
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
    CHECK_THROWS_AS(levels::ddpm_linear(10, 0.1, 1), std::invalid_argument);
    CHECK_THROWS_AS(levels::cosine_clipped(0), std::invalid_argument);
    CHECK_THROWS_AS(levels::cosine_clipped(10, -1), std::invalid_argument);
    CHECK_THROWS_AS(levels::cosine_clipped(10, 0.008, 1), std::invalid_argument);
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
