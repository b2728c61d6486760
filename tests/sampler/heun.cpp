// SPDX-License-Identifier: MIT
#include <cdl/sampler/heun.hpp>

#include "sampler/testing.hpp"

using namespace cdl;
using sampler::heun;

namespace {
/// EDM's grid [EDM eq. 5] in long double, without the clean end.
std::vector<long double> karras(long double s_min, long double s_max, int count) {
    std::vector<long double> sigmas;
    const long double low = std::pow(s_min, 1 / 7.0L), high = std::pow(s_max, 1 / 7.0L);
    for (int i = 0; i < count; ++i) sigmas.push_back(std::pow(high + i * (low - high) / (count - 1), 7.0L));
    return sigmas;
}
} // namespace

TEST_CASE_TEMPLATE("Churn raises sigma by its factor", T, float, double) {
    for (const double s_churn : {0.5, 2.0, 40.0, 1000.0})
        for (const long double sigma : karras(0.002L, 80, 18)) {
            const log_snr<T> a{static_cast<T>(-2 * std::log(sigma))};
            const auto start = heun{.s_churn = s_churn}.churned(a, 18);
            const double gamma = std::min(s_churn / 18, std::sqrt(2.0) - 1);
            CHECK(std::abs(static_cast<double>(to_edm_sigma(start) / to_edm_sigma(a)) - 1 - gamma) <=
                  20 * static_cast<double>(std::numeric_limits<T>::epsilon()));
        }
    for (const double a : {-30.0, 0.0, 12.0}) CHECK(heun{}.churned(log_snr<T>{T(a)}, 18) == log_snr<T>{T(a)});
}

TEST_CASE_TEMPLATE("Churn acts from s_min to s_max, both included, although levels are rounded", T, float, double) {
    for (int count = 2; count < 40; ++count) {
        const auto sigmas = karras(0.002L, 80, count);
        for (std::size_t i = 0; i < sigmas.size(); ++i) {
            const log_snr<T> a{static_cast<T>(-2 * std::log(sigmas[i]))};
            CAPTURE(a.value);
            const auto s = static_cast<double>(sigmas[i]);
            CHECK(heun{.s_churn = 1, .s_min = s, .s_max = s}.churned(a, 1) < a);
            CHECK(heun{.s_churn = 1, .s_min = 1.0001 * s}.churned(a, 1) == a);
            CHECK(heun{.s_churn = 1, .s_max = s / 1.0001}.churned(a, 1) == a);
        }
    }
}
