// SPDX-License-Identifier: MIT
// Mixtures that are trained on the variational bound recover the data, in continuous time and with a few steps.

#include <cdl/objective/variational.hpp>
#include <cdl/schedule/linear_log_snr.hpp>

#include <objective/fitting.hpp>

using namespace cdl;
using objective::variational;

namespace {

const schedule::linear_log_snr<double> levels(log_snr{8.}, log_snr{-6.});

} // namespace

TEST_CASE("the variational bound recovers the parameters of the data") {
    test::three_calls continuous(variational{levels}, 256);
    test::check_recovered("variational, continuous time", continuous, .1, {});
    test::three_calls discrete(variational{levels, density::continuous_data{}, 32}, 256);
    test::check_recovered("variational, 32 steps", discrete, .1, {});
}

TEST_CASE("the exact denoiser is a stationary point of the variational bound") {
    test::three_calls continuous(variational{levels}, 256);
    test::check_stationary("variational, continuous time", continuous, 256, 200);
    test::three_calls discrete(variational{levels, density::continuous_data{}, 32}, 256);
    test::check_stationary("variational, 32 steps", discrete, 256, 200);
}
