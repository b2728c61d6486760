// SPDX-License-Identifier: MIT
// What samples estimate, against values computed with many digits: the Frechet distance of Gaussians; and estimates from
// samples against these and against the MMD^2 of mixtures.

#include <cdl/adapter/eigen.hpp>
#include <cdl/distribution/gaussian_mixture.hpp>
#include <cdl/metric/frechet.hpp>
#include <cdl/metric/mmd.hpp>

#include "distribution/testing.hpp"
#include "support/golden.hpp"
#include "support/golden_populations.hpp"

#include <doctest/doctest.h>

using namespace cdl;

namespace {

struct pair_of_populations {
    test::population p, q;

    explicit pair_of_populations(const test::golden_row& row)
        : p(test::golden_population(row.text("pair"), "p", row.integer("d"))),
          q(test::golden_population(row.text("pair"), "q", row.integer("d"))) {}
};

double relative_error(double got, long double want) {
    return static_cast<double>(std::fabs(static_cast<long double>(got) - want) / std::fabs(want));
}

} // namespace

TEST_CASE("The Frechet distance of Gaussians has the golden values") {
    std::size_t seen = 0;
    for (const auto& row : test::golden("g_population.csv").where("quantity", "frechet")) {
        const pair_of_populations of(row);
        const double got = metric::frechet({of.p[0].mean, of.p[0].covariance}, {of.q[0].mean, of.q[0].covariance});
        test::check_within(row.where() + " frechet", relative_error(got, row.number("value")), 1e-14);
        ++seen;
    }
    CHECK(seen == 4);
}

TEST_CASE("Estimates of MMD from samples of mixtures are within 4 standard errors of the golden values") {
    const index_t n = 1500, m = 1000;
    double sum_of_squares = 0;
    int seen = 0;
    for (const auto& row : test::golden("g_population.csv").where("quantity", "mmd2")) {
        const pair_of_populations of(row);
        Eigen::MatrixXd x(row.integer("d"), n), y(row.integer("d"), m);
        test::as_mixture(of.p).draw(exec::serial{}, {.seed = 11}, 0, x);
        test::as_mixture(of.q).draw(exec::serial{}, {.seed = 12}, 0, y);
        const auto k = metric::gaussian<double>::with_standard_deviation(row.input<double>("bandwidth"));
        const auto got = metric::mmd(exec::serial{}, k, x, y);
        const double surprise = (got.unbiased - static_cast<double>(row.number("value"))) / got.standard_error;
        CAPTURE(row.where());
        CHECK(std::abs(surprise) < 4);
        CHECK(got.standard_error < 0.03);
        sum_of_squares += surprise * surprise;
        ++seen;
    }
    CHECK(sum_of_squares / seen >
          0.3); // nor are the standard errors too large; bandwidths of one pair share their samples
    CHECK(sum_of_squares / seen < 2.5);
}

TEST_CASE("The Frechet distance of samples approaches that of their populations") {
    for (const auto& row : test::golden("g_population.csv").where("quantity", "frechet")) {
        const pair_of_populations of(row);
        Eigen::MatrixXd x(row.integer("d"), 40000), y(row.integer("d"), 40000);
        test::as_mixture(of.p).draw(exec::serial{}, {.seed = 13}, 0, x);
        test::as_mixture(of.q).draw(exec::serial{}, {.seed = 14}, 0, y);
        CAPTURE(row.where());
        CHECK(metric::frechet(exec::serial{}, x, y) ==
              doctest::Approx(static_cast<double>(row.number("value"))).epsilon(0.03));
    }
}
