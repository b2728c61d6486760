// SPDX-License-Identifier: MIT
#pragma once

// A denoiser whose type is forgotten: any batch denoiser, point denoiser or plain function in a value of one type. A container can
// hold denoisers of several kinds, and a function that is no template can take them. What it costs is one indirect call for a
// batch, and that dimensions known to the compiler are forgotten with the type.

#include <cdl/denoiser/lift.hpp>
#include <cdl/exec/serial.hpp>

#include <functional>

namespace cdl::denoiser {

namespace detail {

/// to[i] = from[i].
template <class From, class To>
struct copied_point {
    From from;
    To to;

    CDL_HD void operator()(index_t i) const {
        for (index_t j = 0; j < from.dim(); ++j) to(i, j) = from(i, j);
    }
};

} // namespace detail

/// Holds one of, the first that fits:
///   - a batch denoiser, f(policy, z, levels, eps_hat);
///   - a plain function of batches that needs no policy, f(z, levels, eps_hat);
///   - a point denoiser, f(z, a, eps_hat), which is lifted. It must name the type of its level, log_snr: with three `auto` it is a
///     function of batches.
/// Functions of batches are handed point-major views of dynamic dimension and a `level_view<T, space>`. What is held is held by value
/// and copied with this object; std::ref shares it, as it must where it cannot be copied. Throws std::invalid_argument where that is
/// an empty std::function, or a null pointer.
template <scalar T, exec::policy P = exec::serial>
class any_batch_denoiser {
public:
    using space = typename P::space; ///< where points and levels lie
    using points = batch_view<const T, dynamic, point_major, space>;
    using levels_of_points = level_view<T, space>;
    using answers = batch_view<T, dynamic, point_major, space>;

    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, any_batch_denoiser>)
    any_batch_denoiser(F&& denoiser) : call_(wrapped(std::forward<F>(denoiser))) {}

    /// eps_hat at n points. z, eps_hat: n x d, not overlapping. Throws std::invalid_argument when shapes differ, and as what it
    /// holds does. What it holds is called once, and not for n = 0. Batches whose coordinates are not neighbours go through
    /// copies, n x d numbers each, for the time of the call.
    template <batch Z, writable_batch E>
        requires std::is_same_v<batch_scalar_t<E>, T>
    void operator()(const P& policy, const Z& z, levels_of_points levels, E&& eps_hat) {
        const auto from = exec::view_on(policy, z);
        const auto to = exec::view_on(policy, eps_hat);
        detail::require_estimable(*this, from, levels, to, "cdl::denoiser::any_batch_denoiser");
        const index_t n = from.size(), d = from.dim();
        if (n == 0) return;
        const bool copies_z = !is_point_major(from), copies_eps_hat = !is_point_major(to);
        const auto memory = policy.template allocate<T>(n * d * ((copies_z ? 1 : 0) + (copies_eps_hat ? 1 : 0)));
        const answers packed_z(memory.data(), n, d), packed(memory.data() + (copies_z ? n * d : 0), n, d);
        if (copies_z) policy.for_each_index(n, detail::copied_point{from, packed_z});
        call_(policy, copies_z ? points(packed_z) : as_point_major<points>(from), levels,
              copies_eps_hat ? packed : as_point_major<answers>(to));
        if (copies_eps_hat) policy.for_each_index(n, detail::copied_point{packed, to});
    }

private:
    template <class B>
    static bool is_point_major(const B& batch) {
        return batch.coord_stride() == 1 || batch.dim() <= 1;
    }
    template <class View, class B>
    static View as_point_major(const B& batch) {
        return {batch.data(), batch.size(), batch.dim(), batch.point_stride(), 1};
    }

    /// A function of a policy and three views, made of any of the forms. The later ones are not even tried where an earlier fits.
    template <class F>
    static auto wrapped(F&& denoiser) {
        using held = std::decay_t<F>;
        static_assert(std::is_copy_constructible_v<held>, "cdl: a denoiser that cannot be copied goes into std::ref");
        detail::require_function(denoiser, "cdl::denoiser::any_batch_denoiser", "denoiser");
        return [f = held(std::forward<F>(denoiser))](const P& policy, const points& z, const levels_of_points& levels,
                                                     const answers& eps_hat) mutable {
            if constexpr (batch_denoiser<held, P, T>) {
                f(policy, z, levels, eps_hat);
            } else if constexpr (requires { f(z, levels, eps_hat); }) {
                f(z, levels, eps_hat);
            } else {
                static_assert(point_denoiser<held, T>,
                              "cdl: must be a batch denoiser for this policy and scalar, a point denoiser for this "
                              "scalar, or callable with (z, levels, eps_hat)");
                lift(f)(policy, z, levels, eps_hat);
            }
        };
    }

    std::function<void(const P&, const points&, const levels_of_points&, const answers&)> call_;
};

} // namespace cdl::denoiser
