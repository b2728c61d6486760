// SPDX-License-Identifier: MIT
#pragma once

// The channel itself: z = signal_scale(a) x + noise_scale(a) eps [CDL eq. 4], with noise that has addresses.

#include <cdl/exec/policy.hpp>
#include <cdl/random/noise_source.hpp>
#include <cdl/schedule/level_view.hpp>
#include <cdl/view/as_batch.hpp>

namespace cdl::channel {

/// One coordinate of the noisy point.
template <scalar T>
CDL_HD T noisy(const T& x, const T& eps, const log_snr<T>& a) {
    return T(signal_scale(a) * x + noise_scale(a) * eps);
}

/// The noise of coordinates 2 block and 2 block + 1 at (step, point), for a group of points.
template <class S, random::noise_source N>
CDL_HD scalar_pair<S> noise_pair_at(const N& source, index_t step, lanes<S> points, index_t block) {
    if constexpr (requires { normals(source, step, points, block); })
        return normals(source, step, points, block);
    else
        return gather_pairs(points, [&](index_t i) { return normals(source, step, i, block); });
}

/// The noise of coordinate j at (step, point), for a group of points.
template <class S, random::noise_source N>
CDL_HD S noise_at(const N& source, index_t step, lanes<S> points, index_t j) {
    const auto pair = noise_pair_at(source, step, points, j / 2);
    return j % 2 == 0 ? pair.first : pair.second;
}

/// z = signal_scale(a) x + noise_scale(a) eps for a group of points, one level each, with the noise of (step, point), which is
/// written, too.
template <class S, random::noise_source N, class X, class E, class Z>
CDL_HD void add_drawn_noise(const N& source, index_t step, lanes<S> points, const log_snr<S>& a, const X& x,
                            const E& eps, const Z& z) {
    const S signal = signal_scale(a), noise = noise_scale(a);
    for (index_t j = 0; j < x.dim(); j += 2) {
        const auto pair = noise_pair_at(source, step, points, j / 2);
        for (index_t c = j; c < j + 2 && c < x.dim(); ++c) {
            const S e = c == j ? pair.first : pair.second;
            store(eps, points, c, e);
            store(z, points, c, S(signal * load(x, points, c) + noise * e));
        }
    }
}

namespace detail {

/// The rows of `draw_noise` for a group of points.
template <class N, class E>
struct drawn_noise {
    N source;
    index_t step;
    E eps;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        for (index_t j = 0; j < eps.dim(); j += 2) {
            const auto pair = noise_pair_at(source, step, i, j / 2);
            store(eps, i, j, pair.first);
            if (j + 1 < eps.dim()) store(eps, i, j + 1, pair.second);
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

/// Writes eps[i, j], the number of (step, point i, coordinate j) of a noise source. n x d.
/// The numbers of a noise_stream do not depend on the policy, the batch size or the scalar (a float is the double,
/// rounded). Throws std::invalid_argument where recorded noise lacks some of them, and beyond 2^25 coordinates, for which a
/// noise_stream has no addresses.
template <exec::policy P, random::noise_source N = random::noise_stream, writable_batch E>
void draw_noise(const P& policy, const N& source, index_t step, E&& eps) {
    static_assert(random::noise_source_in<N, typename P::space>,
                  "cdl: the recorded noise and the policy live in different memory");
    const auto out = exec::view_on(policy, eps);
    require_writable(out, "cdl::channel::draw_noise", "eps");
    random::require_noise(source, step, 1, out.size(), out.dim(), "cdl::channel::draw_noise");
    policy.template for_each_lanes<batch_scalar_t<E>>(out.size(), detail::drawn_noise{source, step, out});
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
    require(levels.fits(to.size()), where, "levels", "must be one, or one for each point", levels.size(), " for ",
            to.size(), " points");
    require_writable(to, where, "z");
    policy.template for_each_lanes<T>(to.size(), detail::noised{from, levels, noise, to});
}

} // namespace cdl::channel
