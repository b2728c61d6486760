// SPDX-License-Identifier: MIT
#pragma once

// Toy sets, denoisers made of denoisers, and divergences.

#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/guided.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/perturbed.hpp>
#include <cdl/denoiser/quantised.hpp>
#include <cdl/distribution/toy.hpp>

#include "policies/comparing.hpp"
#include "policies/mixtures.hpp"

namespace cdl::test {

template <class S, class Toy>
void draws_the_toys_of_serial(const Toy& toy) {
    using T = typename S::scalar;
    for (const index_t n : small_ugly_sizes) // the same bits everywhere: also on another machine
        same_bits_as_serial<S>([&](const auto& policy) {
            const auto x = room_for<T, spread_out, 2>(policy, n, 2);
            distribution::draw(policy, toy, {24, random::purpose::user}, 3, x.view());
            return x.numbers(policy);
        });
}

TEST_CASE_TEMPLATE("A toy set on a policy has the points of serial", S, tested<float>, tested<double>) {
    draws_the_toys_of_serial<S>(distribution::moons{});
    draws_the_toys_of_serial<S>(distribution::rings{});
    draws_the_toys_of_serial<S>(distribution::spirals{});
    draws_the_toys_of_serial<S>(distribution::swiss_roll{});
    draws_the_toys_of_serial<S>(distribution::checkerboard{});
    draws_the_toys_of_serial<S>(distribution::pinwheel{});
    draws_the_toys_of_serial<S>(distribution::eight_gaussians{});
}

/// make(mixture on the policy, levels there) under every policy, n points of 2 coordinates.
template <class S, class Make>
void made_of_others_like_serial(const std::string& what, const Make& make) {
    using T = typename S::scalar;
    const auto mixture = some_mixture<T, 2, covariance::diagonal>(5, 2);
    const auto z = normal_numbers<T>(597 * 2, 25, 1.5);
    const std::vector<log_snr<T>> table{{T(-6)}, {T(-1)}, {T(0)}, {T(2)}, {T(5)}};
    for (const auto& levels : all_levels) {
        CAPTURE(levels.name);
        matches_serial<S>(what, rounding{32, 8}, [&](const auto& policy) {
            using P = std::remove_cvref_t<decltype(policy)>;
            const auto on_policy = mixture.on(policy);
            const auto there = policy.put(table.data(), static_cast<index_t>(table.size()));
            const denoiser::sorted_levels<T, space_of<P>> sorted(there.data(), there.size());
            const auto from = placed<packed_points, 2>(policy, z, 597, 2);
            const auto to = room_for<T, packed_coords, 2>(policy, 597, 2);
            const placed_levels<T, P> a(policy, levels, 597);
            denoiser::lift(make(denoiser::optimal(on_policy), sorted))(policy, from.view(), a.view(), to.view());
            return to.numbers(policy);
        });
    }
}

struct make_guided {
    template <class F, class Levels>
    auto operator()(const F& f, const Levels& levels) const {
        return denoiser::guided(f, denoiser::with_quantised_levels(f, levels), 0.5);
    }
};
struct make_wrong {
    template <class F, class Levels>
    auto operator()(const F& f, const Levels&) const {
        return denoiser::with_score_error(f, denoiser::wave_error{0.5, 1.5});
    }
};

TEST_CASE_TEMPLATE("Denoisers made of denoisers match serial", S, tested<float>, tested<double>) {
    made_of_others_like_serial<S>("guided and quantised", make_guided{});
    made_of_others_like_serial<S>("with an error in the score", make_wrong{});
}

} // namespace cdl::test
