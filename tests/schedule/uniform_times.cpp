// SPDX-License-Identifier: MIT
// The laws of levels at uniform times and over steps.

#include <cdl/schedule/cosine.hpp>
#include <cdl/schedule/linear_beta.hpp>
#include <cdl/schedule/linear_log_snr.hpp>
#include <cdl/schedule/uniform_times.hpp>

#include <doctest/doctest.h>

#include <map>

using namespace cdl;
using schedule::uniform_in_schedule;
using schedule::uniform_over_steps;

TEST_CASE("the level of a schedule at a uniform time, noisy ones late, with one over its slope for a density") {
    const auto linear = schedule::linear_beta<double>::vp_sde();
    const uniform_in_schedule law{linear};
    for (const double u : {0.001, 0.2, 0.5}) {
        CHECK(law.at(u, 1.0).value == linear.at(1 - u).value); // u: the probability of the levels below
        CHECK(law.at(u, -1.0).value == linear.at(u).value);
        CHECK(law.inverse_density(u, 1.0) == -linear.slope(1 - u));
        CHECK(law.inverse_density(u, -1.0) == -linear.slope(u));
    }
    CHECK(law.at(0.2f, 1.0f).value ==
          static_cast<float>(linear.at(1 - double(0.2f)).value)); // a float asks a double schedule
}

TEST_CASE("a time that would round to 1 stays below it, where a schedule may end in pure noise") {
    const uniform_in_schedule law{schedule::cosine<float>()};
    CHECK(std::isfinite(law.at(1e-30f, 1.0f).value));
    CHECK(std::isfinite(law.inverse_density(1e-30f, 1.0f)));
}

TEST_CASE("every step of a model is as likely") {
    const auto model = schedule::discrete_levels<double>::ddpm_linear(10, 1e-4, 0.02);
    const uniform_over_steps<double> law(model);
    std::map<double, int> count;
    for (int i = 0; i < 10000; ++i) {
        const double u = (i + 0.5) / 10000;
        ++count[law.at(u < 0.5 ? u : 1 - u, u < 0.5 ? 1.0 : -1.0).value];
    }
    REQUIRE(count.size() == 10);
    for (const auto& [level, times] : count) CHECK(times == 1000);
    CHECK(law.at(1e-9, 1.0) == model.level(10)); // the lowest levels are the last step's
    CHECK(law.at(1e-9, -1.0) == model.level(1));
    static_assert(schedule::level_law<uniform_over_steps<double>, double>);
    static_assert(!schedule::continuous_level_law<uniform_over_steps<double>, double>);
    const uniform_over_steps<double> none(nullptr, 0);
    CHECK_THROWS_WITH_AS(none.check("here"), "here: steps: must be at least 1; got 0", std::invalid_argument);
}
