// SPDX-License-Identifier: MIT
// The variational bound in its parts, against golden/f and against what it must be equal to and above.

#include <cdl/density/variational_bound.hpp>

#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/perturbed.hpp>
#include <cdl/schedule/grids.hpp>
#include <cdl/schedule/linear_log_snr.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>

#include <cmath>

using namespace cdl;
using cdl::distribution::covariance;

namespace {

constexpr exec::serial policy{};
const std::vector<std::string> names{"two_1d", "three_1d"};

/// VDM's gamma rises linearly from g0 to g1 in these rows.
schedule::linear_log_snr<double> schedule_of(const test::golden_row& row) {
    return {{-row.input<double>("g0")}, {-row.input<double>("g1")}};
}

auto line_mixture(const std::string& name) {
    return test::golden_mixture(name).make<double, 1, covariance::isotropic>();
}

/// The diffusion loss of a row of golden/f, T steps or "inf".
density::quadrature_result<double> diffusion_loss(const test::golden_row& row, const denoiser::optimal<double, 1, covariance::isotropic>& f,
                                                  const std::vector<double>& x) {
    const auto s = schedule_of(row);
    if (row.text("T") == "inf") return density::continuous_diffusion_loss(policy, f, x, s.at(1), s.at(0))[0];
    return density::diffusion_loss(policy, f, x, schedule::uniform_in_time(s, row.integer("T")))[0];
}

} // namespace

TEST_CASE("the diffusion loss and the prior loss agree with the golden values") {
    double discrete = 0, continuous = 0, prior = 0;
    int rows = 0;
    for (const auto& name : names) {
        const auto mixture = line_mixture(name);
        const denoiser::optimal f(mixture);
        for (const auto& row : test::golden("f_vdm_loss.csv").where("mixture", name)) {
            const std::vector<double> x{row.input<double>("x")};
            const auto loss = diffusion_loss(row, f, x);
            const auto exact = static_cast<double>(row.number("diffusion_loss"));
            test::keep_largest(row.text("T") == "inf" ? continuous : discrete, std::abs(loss.value / exact - 1));
            CHECK(loss.converged);
            const auto exact_prior = static_cast<double>(row.number("prior_kl"));
            test::keep_largest(prior, std::abs(density::prior_loss(policy, x, schedule_of(row).at(1))[0] / exact_prior - 1));
            ++rows;
        }
    }
    CHECK(rows == 36);
    test::check_within("diffusion loss of T steps, relative", discrete, 1e-10);
    test::check_within("diffusion loss in continuous time, relative", continuous, 1e-10);
    test::check_within("prior loss, relative", prior, 1e-14);
}
