// SPDX-License-Identifier: MIT
#pragma once

// What an exact denoiser knows at a point: its log density and its posterior mean, as a body of one's own calls them.

#include "policies/comparing.hpp"

namespace cdl::test {

/// out[i] = log p_a(z_i) and E[x | z_i], at the level of each point.
template <class F, class T, class Space>
struct exact_knowledge {
    static constexpr index_t dim = 2, numbers = 1 + dim;

    F f;
    batch_view<const T, dim, point_major, Space> z;
    level_view<T, Space> levels;
    batch_view<T, numbers, point_major, Space> out;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        local_point<S, dim> from(dim), x_hat(dim);
        for (index_t j = 0; j < dim; ++j) from[j] = load(z, i, j);
        const log_snr<S> a = load(levels, i);
        f.posterior_mean(from, a, x_hat);
        store(out, i, 0, S(f.log_density(from, a)));
        for (index_t j = 0; j < dim; ++j) store(out, i, 1 + j, x_hat[j]);
    }
};

/// The knowledge of `make_denoiser(distribution on the policy)` about n points of 2 coordinates.
template <class S, class Distribution, class MakeDenoiser>
void knows_what_serial_knows(const std::string& what, const Distribution& distribution,
                             const MakeDenoiser& make_denoiser, index_t n, const rounding& bound) {
    using T = typename S::scalar;
    CAPTURE(n);
    const auto z = normal_numbers<T>(2 * n, 20, 1.5);
    for (const auto& levels : two_levels) {
        CAPTURE(levels.name);
        matches_serial<S>(what, bound, [&](const auto& policy) {
            using P = std::remove_cvref_t<decltype(policy)>;
            const auto on_policy = distribution.on(policy);
            const auto f = make_denoiser(on_policy);
            using body = exact_knowledge<std::remove_const_t<decltype(f)>, T, space_of<P>>;
            const auto from = placed<packed_points, 2>(policy, z, n, 2);
            const auto to = room_for<T, packed_points, body::numbers>(policy, n, body::numbers);
            const placed_levels<T, P> a(policy, levels, n);
            policy.template for_each_lanes<T>(n, body{f, from.view(), a.view(), to.view()});
            return to.numbers(policy);
        });
    }
}

} // namespace cdl::test
