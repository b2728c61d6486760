// SPDX-License-Identifier: MIT
#include <cdl/schedule/betas.hpp>

#include "support/golden.hpp"
#include "support/ulp.hpp"

#include <doctest/doctest.h>

using namespace cdl;
using schedule::cosine_betas;
using schedule::linear_betas;
using schedule::root_linear_betas;

TEST_CASE_TEMPLATE("Betas agree with the golden values", T, double, long double) {
    const auto linear = linear_betas(1000, T(1e-4), T(0.02)), cosine = cosine_betas(1000, T(0.008), T(0.999));
    test::worst_error worst("golden betas");
    for (const auto& row : test::golden("b_discrete.csv")) {
        const bool is_linear = row.text("schedule") == "ddpm_linear";
        if (!is_linear && row.text("schedule") != "cosine_clipped") continue;
        const T beta = (is_linear ? linear : cosine)[static_cast<std::size_t>(row.integer("t") - 1)];
        worst.see(test::ulp_distance(static_cast<double>(beta), row.number("beta_t")), row.where());
    }
    CAPTURE(worst.text());
    CHECK(worst.count() == 14);
    CHECK(worst.value() <= 6);
}

TEST_CASE_TEMPLATE("Linear betas are exact at both ends and rise evenly", T, float, double, long double) {
    const auto betas = linear_betas(5, T(0.125), T(0.625));
    CHECK(betas == std::vector<T>{T(0.125), T(0.25), T(0.375), T(0.5), T(0.625)});
    CHECK(linear_betas(2, T(0.1), T(0.2)) == std::vector<T>{T(0.1), T(0.2)});
    CHECK(linear_betas(3, T(0), T(0)) == std::vector<T>{0, 0, 0});
    CHECK(linear_betas(3, T(0), T(1)) == std::vector<T>{0, T(0.5), 1});
}

TEST_CASE_TEMPLATE("Root-linear betas have square roots that rise evenly, and are exact at both ends", T, float, double,
                   long double) {
    const auto betas = root_linear_betas(1000, T(0.00085L), T(0.012L));
    CHECK(betas.front() == T(0.00085L));
    CHECK(betas.back() == T(0.012L));
    for (int t = 1; t <= 1000; ++t) {
        CAPTURE(t);
        const long double root =
            (std::sqrt(0.00085L) * (1000 - t) + std::sqrt(0.012L) * (t - 1)) / 999; // in another library: linspace
        const auto beta = static_cast<long double>(betas[static_cast<std::size_t>(t - 1)]);
        CHECK(std::abs(beta / (root * root) - 1) <= 6 * static_cast<long double>(std::numeric_limits<T>::epsilon()));
    }
    CHECK(root_linear_betas(3, T(0), T(1)) == std::vector<T>{0, T(0.25), 1});
}

TEST_CASE_TEMPLATE("Cosine betas are what the quotients of the signal power leave, and are clipped", T, float, double) {
    for (const double offset : {0.0, 0.008, 0.5, 5.0}) {
        const auto betas = cosine_betas(40, T(offset), T(0.95));
        const auto f = [&](int t) {
            const long double angle = 2 * std::atan(1.0L) * (t / 40.0L + static_cast<long double>(T(offset))) /
                                      (1 + static_cast<long double>(T(offset)));
            return std::cos(angle) * std::cos(angle);
        };
        for (int t = 1; t < 40; ++t) {
            CAPTURE(t);
            const auto want = static_cast<T>(std::min(1 - f(t) / f(t - 1), static_cast<long double>(T(0.95))));
            CHECK(std::abs(betas[static_cast<std::size_t>(t - 1)] / want - 1) <= 8 * std::numeric_limits<T>::epsilon());
        }
        CHECK(betas.back() == T(0.95));
    }
    CHECK(cosine_betas(1, T(0.008), T(0.999)) == std::vector<T>{T(0.999)});
    for (const index_t steps : {1, 2, 7, 50, 1000}) { // without a clip the last is 1, to the last digit
        const auto whole = cosine_betas(steps, T(0.008), T(1));
        CHECK(whole.back() == 1);
        for (index_t t = 1; t < steps; ++t) CHECK(whole[static_cast<std::size_t>(t - 1)] < 1);
    }
}

TEST_CASE("Betas are refused where they would not be shares of variance") {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH_AS(linear_betas(1, 0.1, 0.2), "cdl::schedule::linear_betas: steps: must be at least 2; got 1",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(linear_betas(10, -0.1, 0.2),
                         "cdl::schedule::linear_betas: first: must be from 0 to 1; got -0.1", std::invalid_argument);
    CHECK_THROWS_WITH_AS(linear_betas(10, 0.1, 1.5), "cdl::schedule::linear_betas: last: must be from 0 to 1; got 1.5",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(cosine_betas(0, 0.1, 0.9), "cdl::schedule::cosine_betas: steps: must be at least 1; got 0",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(cosine_betas(10, -1.0, 0.9),
                         "cdl::schedule::cosine_betas: offset: must be finite and not negative; got -1",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(root_linear_betas(10, 0.1, 1.5),
                         "cdl::schedule::root_linear_betas: last: must be from 0 to 1; got 1.5", std::invalid_argument);
    CHECK_THROWS_WITH_AS(root_linear_betas(1, 0.1, 0.5),
                         "cdl::schedule::root_linear_betas: steps: must be at least 2; got 1", std::invalid_argument);
    CHECK_THROWS_WITH_AS(cosine_betas(10, 0.0, 1.5),
                         "cdl::schedule::cosine_betas: max_beta: must be from 0 to 1; got 1.5", std::invalid_argument);
    for (const double bad : {inf, -inf, nan}) {
        CHECK_THROWS_AS(linear_betas(10, bad, 0.1), std::invalid_argument);
        CHECK_THROWS_AS(linear_betas(10, 0.1, bad), std::invalid_argument);
        CHECK_THROWS_AS(root_linear_betas(10, bad, 0.1), std::invalid_argument);
        CHECK_THROWS_AS(root_linear_betas(10, 0.1, bad), std::invalid_argument);
        CHECK_THROWS_AS(cosine_betas(10, bad, 0.9), std::invalid_argument);
        CHECK_THROWS_AS(cosine_betas(10, 0.1, bad), std::invalid_argument);
    }
}
