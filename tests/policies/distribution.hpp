// SPDX-License-Identifier: MIT
#pragma once

// Samples of a mixture whose parameters lie where the policy runs.

#include "policies/comparing.hpp"
#include "policies/mixtures.hpp"

namespace cdl::test {

template <class S, index_t D, covariance C, class A>
void draws_the_points_of_serial(index_t n, index_t d) {
    using T = typename S::scalar;
    CAPTURE(n);
    CAPTURE(d);
    const auto mixture = some_mixture<T, D, C>(5, d);
    const random::noise_stream stream{14, random::purpose::user};
    const auto draw = [&](const auto& policy) {
        const auto x = room_for<T, A, D>(policy, n, d);
        mixture.on(policy).draw(policy, stream, 2, x.view());
        return x.numbers(policy);
    };
    // mean + sum of axes times numbers below 5 times deviations below 2: a rounding for each of d + 1 terms below 10
    matches_serial_by_index<S>("mixture.draw", rounding{static_cast<double>(d + 1), 10}, draw);
    // and they are the points of the mixture on the host
    const auto on_host = room_for<T, A, D>(exec::serial{}, n, d);
    mixture.draw(exec::serial{}, stream, 2, on_host.view());
    check_same_bits(draw(exec::serial{}), on_host.numbers(exec::serial{}));
}

TEST_CASE_TEMPLATE("A mixture on a policy draws the points of serial", S, tested<float>, tested<double>) {
    for (const index_t n : ugly_sizes) {
        draws_the_points_of_serial<S, 2, covariance::full, packed_points>(n, 2);
        draws_the_points_of_serial<S, dynamic, covariance::full, spread_out>(n, 3);
        draws_the_points_of_serial<S, dynamic, covariance::diagonal, packed_coords>(n, 3);
        draws_the_points_of_serial<S, dynamic, covariance::isotropic, packed_points>(n, 3);
    }
    draws_the_points_of_serial<S, dynamic, covariance::full, spread_out>(597, 1);
    draws_the_points_of_serial<S, dynamic, covariance::full, backwards>(7, 100);
    draws_the_points_of_serial<S, dynamic, covariance::diagonal, packed_coords>(597, 100);
    draws_the_points_of_serial<S, dynamic, covariance::isotropic, packed_points>(597, 100);
}

} // namespace cdl::test
