// SPDX-License-Identifier: MIT
// The unary functions in float on all 2^32 inputs, against their values in double. Takes minutes, so it is no test of
// ctest: build the target all_floats and run it, with a stride to look at every n-th float only.
//
//   cmake --build --preset release --target all_floats && build/release/tests/all_floats [stride]

#include <cdl/schedule/log_snr.hpp>

#include "support/ulp.hpp"

#include <bit>
#include <cstdio>
#include <cstdlib>

namespace {

struct largest_error {
    double ulps = 0;
    float at = 0;
};

/// The largest error of `in_float` over every stride-th float, NaN left out.
template <class Float, class Double>
largest_error worst_of(const Float& in_float, const Double& in_double, std::int64_t stride) {
    largest_error worst;
#pragma omp parallel
    {
        largest_error mine;
#pragma omp for nowait
        for (std::int64_t i = 0; i < std::int64_t{1} << 32; i += stride) {
            const auto u = std::bit_cast<float>(static_cast<std::uint32_t>(i));
            if (std::isnan(u)) continue;
            const double ulps = cdl::test::ulp_distance(in_float(u), static_cast<long double>(in_double(double{u})));
            if (!(ulps <= mine.ulps)) mine = {ulps, u};
        }
#pragma omp critical
        if (!(mine.ulps <= worst.ulps)) worst = mine;
    }
    return worst;
}

} // namespace

int main(int count, char** arguments) {
    using namespace cdl;
    const std::int64_t stride = count > 1 ? std::atoll(arguments[1]) : 1;
    if (stride < 1) {
        std::fputs("all_floats: stride: must be a positive number\n", stderr);
        return 2;
    }
    int failures = 0;
    const auto check = [&](const char* name, const auto& function) {
        const auto worst =
            worst_of([&](float u) { return function(u); }, [&](double u) { return function(u); }, stride);
        const bool holds = worst.ulps <= 3;
        failures += holds ? 0 : 1;
        std::printf("%-14s %6.3f ULP at %-16.9g %s\n", name, worst.ulps, double{worst.at},
                    holds ? "<= 3" : "> 3: FAILS");
        std::fflush(stdout);
    };
    check("sigmoid", [](auto u) { return math::sigmoid(u); });
    check("softplus", [](auto u) { return math::softplus(u); });
    check("log_sigmoid", [](auto u) { return math::log_sigmoid(u); });
    check("signal_scale", [](auto u) { return signal_scale(log_snr{u}); });
    check("noise_scale", [](auto u) { return noise_scale(log_snr{u}); });
    check("to_edm_sigma", [](auto u) { return to_edm_sigma(log_snr{u}); });
    return failures == 0 ? 0 : 1;
}
