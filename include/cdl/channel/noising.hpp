// SPDX-License-Identifier: MIT
#pragma once

// The channel itself: z = signal_scale(a) x + noise_scale(a) eps [CDL eq. 4], with noise that has addresses.

#include <cdl/exec/policy.hpp>
#include <cdl/random/normal.hpp>
#include <cdl/schedule/level_view.hpp>
#include <cdl/view/as_batch.hpp>

namespace cdl::channel {

/// One coordinate of the noisy point.
template <scalar T>
CDL_HD T noisy(const T& x, const T& eps, const log_snr<T>& a) {
    return T(signal_scale(a) * x + noise_scale(a) * eps);
}

/// The standard normal number of coordinate j at (step, point), for a group of points.
template <class S>
CDL_HD S noise_at(const random::noise_stream& stream, index_t step, lanes<S> points, index_t j) {
    return gather(points, [&](index_t i) { return random::normal(stream, step, i, j); });
}

namespace detail {

/// One row of `draw_noise`.
template <class E>
struct drawn_noise {
    random::noise_stream stream;
    index_t step;
    E eps;

    CDL_HD void operator()(index_t i) const {
        using T = typename E::value_type;
        for (index_t j = 0; j < eps.dim(); j += 2) {
            const auto pair = random::normals(stream, step, i, j / 2);
            eps(i, j) = static_cast<T>(pair.first);
            if (j + 1 < eps.dim()) eps(i, j + 1) = static_cast<T>(pair.second);
        }
    }
};

/// z = signal_scale(a) x + noise_scale(a) eps for a group of points.
template <class X, class Levels, class E, class Z>
struct noised {
    X x;
    Levels levels;
    E eps;
    Z z;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const log_snr<S> a = load(levels, i);
        const S signal = signal_scale(a), noise = noise_scale(a);
        for (index_t j = 0; j < z.dim(); ++j) store(z, i, j, S(signal * load(x, i, j) + noise * load(eps, i, j)));
    }
};

} // namespace detail

/// Writes eps[i, j], the standard normal number of (step, point i, coordinate j). n x d.
/// The numbers do not depend on the policy, the batch size or the scalar (a float is the double, rounded).
template <exec::policy P, writable_batch E>
void draw_noise(const P& policy, const random::noise_stream& stream, index_t step, E&& eps) {
    const auto out = exec::view_on(policy, eps);
    require_writable(out, "cdl::channel::draw_noise", "eps");
    policy.for_each_index(out.size(), detail::drawn_noise{stream, step, out});
}

/// Writes z = signal_scale(a) x + noise_scale(a) eps for given noise. x, eps, z: n x d; a level for each point or one
/// for all. z may be x or eps. Throws std::invalid_argument when shapes differ.
template <exec::policy P, batch X, batch E, writable_batch Z>
void add_noise(const P& policy, const X& x, level_view<batch_scalar_t<Z>, typename P::space> levels, const E& eps,
               Z&& z) {
    using T = batch_scalar_t<Z>;
    const auto from = exec::view_on(policy, x);
    const auto noise = exec::view_on(policy, eps);
    const auto to = exec::view_on(policy, z);
    constexpr auto where = "cdl::channel::add_noise";
    require(from.size() == to.size() && from.dim() == to.dim(), where, "z", "must have the shape of x", to.size(),
            " x ", to.dim(), " for ", from.size(), " x ", from.dim());
    require(noise.size() == to.size() && noise.dim() == to.dim(), where, "eps", "must have the shape of x",
            noise.size(), " x ", noise.dim(), " for ", from.size(), " x ", from.dim());
    require(levels.fits(to.size()), where, "levels", "must be one, or one for each point", "another number");
    require_writable(to, where, "z");
    policy.template for_each_lanes<T>(to.size(), detail::noised{from, levels, noise, to});
}

} // namespace cdl::channel
