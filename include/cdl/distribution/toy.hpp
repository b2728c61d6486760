// SPDX-License-Identifier: MIT
#pragma once

// Toy data in the plane, to look at: what diffusion models are shown before they are trusted with anything. A toy set is a
// few parameters and a function from addresses to points, so a draw needs no memory, no order and no state. The defaults
// are centered and have a standard deviation of about 1 along each coordinate (0.5 to 1.2), as the channel likes them.
//
//     distribution::draw(policy, distribution::moons{.jitter = 0.1}, {seed}, step, x);   // x: n x 2
//
// For the exact denoiser of what was drawn see denoiser::empirical; for a toy set whose density is known,
// eight_gaussians and toy_mixture.hpp.

#include <cdl/distribution/toy_curves.hpp>
#include <cdl/distribution/toy_patches.hpp>
#include <cdl/exec/policy.hpp>
#include <cdl/random/noise_source.hpp>

namespace cdl::distribution {

/// Satisfied by trivially copyable functions toy(stream, step, i) that return point i as a toy_point, on host and device,
/// and whose check() throws std::invalid_argument on parameters that make no sense.
template <class Toy>
concept toy_set = std::is_trivially_copyable_v<Toy> &&
                  requires(const Toy toy, const random::noise_stream& stream, index_t step, index_t i) {
                      { toy(stream, step, i) } -> std::same_as<toy_point>;
                      toy.check();
                  };

namespace detail {

/// Point i of a toy set, rounded to the scalar of the batch.
template <class Toy, class X>
struct drawn_from_toy {
    Toy toy;
    random::noise_stream stream;
    index_t step;
    X x;

    CDL_HD void operator()(index_t i) const {
        using T = typename X::value_type;
        const toy_point p = toy(stream, step, i);
        x(i, 0) = static_cast<T>(p.x);
        x(i, 1) = static_cast<T>(p.y);
    }
};

} // namespace detail

/// Draws points x, n x 2: point i is a pure function of the stream's seed, `step` and i, the same bits under every policy,
/// on every device, for any batch size (a float is the double, rounded). The purpose is set to `label` and `data`. Throws
/// std::invalid_argument when x has not two coordinates or a parameter of the set makes no sense.
template <exec::policy P, toy_set Toy, writable_batch X>
void draw(const P& policy, const Toy& toy, const random::noise_stream& stream, index_t step, X&& x) {
    constexpr auto where = "cdl::distribution::draw";
    const auto to = exec::view_on(policy, x);
    toy.check();
    require(to.size() == 0 || to.dim() == 2, where, "x", "must have the two coordinates of a toy set", to.dim());
    require_writable(to, where, "x");
    random::require_noise(stream, step, 1, to.size(), to.dim(), where);
    policy.for_each_index(to.size(),
                          detail::drawn_from_toy<Toy, std::remove_const_t<decltype(to)>>{toy, stream, step, to});
}

/// The same at step 0.
template <exec::policy P, toy_set Toy, writable_batch X>
void draw(const P& policy, const Toy& toy, const random::noise_stream& stream, X&& x) {
    draw(policy, toy, stream, 0, x);
}

} // namespace cdl::distribution
