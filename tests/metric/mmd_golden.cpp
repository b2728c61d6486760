// SPDX-License-Identifier: MIT
// Estimates of MMD^2 against values computed with many digits.

#include <cdl/metric/mmd.hpp>

#include "distribution/testing.hpp"
#include "support/golden.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace cdl;

namespace {

struct sample {
    index_t size, dim;
    std::vector<double> numbers;

    batch_view<const double> view() const { return {numbers.data(), size, dim}; }
};

sample points_of(const std::string& set, const std::string& which, index_t size, index_t dim) {
    sample points{size, dim, std::vector<double>(static_cast<std::size_t>(size * dim), std::nan(""))};
    for (const auto& row : test::golden("g_points.csv").where("set", set).where("which", which))
        points.numbers.at(static_cast<std::size_t>(row.integer("row") * dim + row.integer("col"))) =
            static_cast<double>(row.number("hex"));
    return points;
}

double relative_error(double got, long double want) {
    return static_cast<double>(std::fabs(static_cast<long double>(got) - want) / std::fabs(want));
}

} // namespace

TEST_CASE("Estimates of MMD are the golden ones under every policy") {
    std::size_t seen = 0;
    for (const auto& row : test::golden("g_mmd.csv")) {
        const auto x = points_of(row.text("set"), "x", row.integer("n"), row.integer("d"));
        const auto y = points_of(row.text("set"), "y", row.integer("m"), row.integer("d"));
        const auto k = metric::gaussian<double>::with_standard_deviation(row.input<double>("bandwidth"));
        test::for_each_policy([&](const char* name, const auto& policy) {
            const auto got = metric::mmd(policy, k, x.view(), y.view());
            const std::string where = row.where() + " " + name + " ";
            test::check_within(where + "unbiased", relative_error(got.unbiased, row.number("mmd2_unbiased")), 1e-12);
            test::check_within(where + "biased", relative_error(got.biased, row.number("mmd2_biased")), 1e-12);
            test::check_within(where + "xx", relative_error(got.mean_xx, row.number("mean_k_xx_offdiag")), 1e-12);
            test::check_within(where + "yy", relative_error(got.mean_yy, row.number("mean_k_yy_offdiag")), 1e-12);
            test::check_within(where + "xy", relative_error(got.mean_xy, row.number("mean_k_xy")), 1e-12);
        });
        ++seen;
    }
    CHECK(seen == 8);
}
