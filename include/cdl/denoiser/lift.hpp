// SPDX-License-Identifier: MIT
#pragma once

// From one point to a batch. The lifted denoiser runs a point denoiser for every point under any policy, on packs of
// neighbouring points where the policy has them.

#include <cdl/denoiser/concept.hpp>
#include <cdl/view/as_batch.hpp>

namespace cdl::denoiser {

namespace detail {

/// Evaluates f at a group of points: in place for a single number, through registers for a pack.
template <class F, class S, class Z, class E>
CDL_HD void evaluate(const F& f, lanes<S> i, const Z& z, const log_snr<S>& a, const E& eps_hat) {
    if constexpr (lanes<S>::width == 1) {
        f(z[i.first], a, eps_hat[i.first]);
    } else {
        local_point<S, Z::static_dim> from(z.dim()), to(z.dim());
        for (index_t j = 0; j < z.dim(); ++j) from[j] = load(z, i, j);
        f(from, a, to);
        for (index_t j = 0; j < z.dim(); ++j) store(eps_hat, i, j, to[j]);
    }
}

/// A body that takes groups of whatever scalar the policy has, made of one that takes those that the denoiser F takes.
template <class F, class T, class Body>
struct on_scalars_of {
    Body body;

    CDL_HD void operator()(index_t i) const { body(lanes<T>{i, 1}); }

    template <class S>
    CDL_HD void operator()(lanes<S> group) const {
        if constexpr (point_denoiser<F, S>) {
            body(group);
        } else {
            for (index_t l = 0; l < group.count; ++l) body(lanes<T>{group.first + l, 1});
        }
    }
};

/// Runs body under the policy on whatever scalars the denoiser F takes: on packs if it does, else, and where points are
/// too wide for registers, on one number at a time. A policy without packs is handed one body, not two that do the same.
template <class F, class T, index_t D, class P, class Body>
void for_each_group(const P& policy, index_t n, index_t dim, const Body& body) {
    const on_scalars_of<F, T, Body> group_body{body};
    if constexpr (std::is_same_v<typename P::template pack<T>, T>)
        policy.template for_each_lanes<T>(n, group_body);
    else if (D == dynamic && dim > local_point_capacity)
        policy.for_each_index(n, group_body);
    else
        policy.template for_each_lanes<T>(n, group_body);
}

/// eps_hat[i] = f(z[i], levels[i]) for a group of points.
template <class F, class Z, class Levels, class E>
struct denoised {
    F f;
    Z z;
    Levels levels;
    E eps_hat;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        evaluate(f, i, z, load(levels, i), eps_hat);
    }
};

} // namespace detail

/// A batch denoiser made of a point denoiser.
template <class F>
struct lifted {
    F point;

    /// The dimension, where the point denoiser knows it.
    CDL_HD index_t dim() const
        requires requires(const F& f) { f.dim(); }
    {
        return point.dim();
    }

    /// eps_hat[i] = point(z[i], levels[i]) for all points. z, eps_hat: n x d, not overlapping. When the levels are
    /// one for all and the denoiser can tabulate, the work of a level is done once.
    /// Throws std::invalid_argument when shapes differ.
    template <exec::policy P, batch Z, writable_batch E>
    void operator()(const P& policy, const Z& z, level_view<batch_scalar_t<E>, typename P::space> levels,
                    E&& eps_hat) const {
        using T = batch_scalar_t<E>;
        const auto from = exec::view_on(policy, z);
        const auto to = exec::view_on(policy, eps_hat);
        require_same_space(point, policy);
        constexpr auto where = "cdl::denoiser::lifted";
        require(from.size() == to.size() && from.dim() == to.dim(), where, "eps_hat", "must have the shape of z",
                to.size(), " x ", to.dim(), " for ", from.size(), " x ", from.dim());
        require_dimension(point, from, where, "z");
        require(levels.fits(from.size()), where, "levels", "must be one, or one for each point", levels.size(), " for ",
                from.size(), " points");
        require(from.size() == 0 || static_cast<const void*>(from.data()) != to.data(), where, "eps_hat",
                "must not be z", "the same memory");
        require_writable(to, where, "eps_hat");
        if constexpr (tabulating_denoiser<F, P, T>) {
            if (levels.is_common()) {
                const auto table = point.at_level(policy, levels.common());
                run(policy, table.point(), from, levels, to);
                return;
            }
        }
        run(policy, point, from, levels, to);
    }

private:
    template <class P, class G, class Z, class Levels, class E>
    static void run(const P& policy, const G& g, const Z& z, const Levels& levels, const E& eps_hat) {
        detail::for_each_group<G, typename E::value_type, Z::static_dim>(policy, z.size(), z.dim(),
                                                                         detail::denoised{g, z, levels, eps_hat});
    }
};

/// The batch denoiser of a point denoiser.
template <class F>
constexpr lifted<F> lift(F point) {
    return {point};
}

/// eps_hat = f(z, levels) for n points by a batch denoiser, or by a point denoiser, which is lifted.
template <exec::policy P, class F, batch Z, class T, writable_batch E>
void denoise(const P& policy, F& f, const Z& z, const level_view<T, typename P::space>& levels, const E& eps_hat) {
    require_denoiser<F, P, Z>();
    if constexpr (requires { f(policy, z, levels, eps_hat); })
        f(policy, z, levels, eps_hat);
    else if constexpr (point_denoiser<F, T>)
        lift(f)(policy, z, levels, eps_hat);
}

} // namespace cdl::denoiser
