// SPDX-License-Identifier: MIT
#pragma once

// Inpainting by replacement [Song et al. 2021b, app. I.2; RePaint without its resampling, Lugmayr et al. 2022, eq. 8]:
// after every step the coordinates that are known are what the channel makes of them at the level reached,
//
//     z_j <- S known_j + N noise_j,
//
// and the denoiser fills in the others. It is an approximation: what is known reaches the free coordinates through eps_hat
// only, and the law of the result is not exactly the conditional one.

#include <cdl/channel/noising.hpp>
#include <cdl/sampler/stepper.hpp>

namespace cdl::sampler {

namespace detail {

/// z = S known + N noise where `known` is a number, for a group of points. Clean data has no noise.
template <class K, class Z, class N>
struct replaced {
    using T = typename Z::value_type;
    K known;
    Z z;
    T signal, spread;
    N noise;
    index_t step;

    template <class S>
    CDL_HD void replace(lanes<S> i, index_t j, const S& added) const {
        const S value = load(known, i, j);
        store(z, i, j, select(value == value, S(S(signal) * value + added), load(z, i, j)));
    }

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        for (index_t j = 0; j < z.dim(); j += 2) {
            scalar_pair<S> added{S(T(-0.0)), S(T(-0.0))}; // adding -0 changes nothing, not even the sign of a 0
            if (spread != T(0)) {
                const auto pair = channel::noise_pair_at<S>(noise, step, i, j / 2);
                added = {S(S(spread) * pair.first), S(S(spread) * pair.second)};
            }
            replace(i, j, added.first);
            if (j + 1 < z.dim()) replace(i, j + 1, added.second);
        }
    }
};

} // namespace detail

template <class Inner, class K, class N, class T, class Space>
class known_coordinates_stepper;

/// A method that knows some coordinates of the data: after each of its steps those are replaced, at clean data by exactly
/// what is known. The start is left as it is.
///
/// known: n x d, a view of memory of the policy, of the scalar of z; NaN where a coordinate is free. noise: any source; step
/// k of the grid takes its numbers of step k. They must be others than those of the run and of `draw_start`: a stream with
/// a seed or a purpose of its own. With corrections write known_coordinates{corrected{...}, ...}, which replaces last.
/// `picard` does not take it. Throws std::invalid_argument, before z is touched, where `known` has not the shape of z, or
/// where `noise` was recorded for fewer steps or points.
template <class M, batch K, random::noise_source N>
struct known_coordinates {
    static_assert(!batch_adapter<std::remove_cv_t<K>>::owns,
                  "cdl: known_coordinates keeps a view of what is known: give it as_batch(known)");

    M method;
    K known;
    N noise;

    bool stochastic() const { return method.stochastic(); } ///< whether it needs noise of the run
    template <class S>
    void check_noise(const S& source, index_t steps, index_t size, index_t dim, const char* where) const {
        detail::check_noise(method, source, steps, size, dim, where);
    }
    void check(const char* where) const {
        if constexpr (requires { method.check(where); }) method.check(where);
    }
    void check_batch(index_t steps, index_t size, index_t dim) const {
        constexpr auto where = "cdl::sampler::known_coordinates";
        if constexpr (requires { method.check_batch(steps, size, dim); }) method.check_batch(steps, size, dim);
        const auto view = as_batch(known);
        require(view.size() == size && view.dim() == dim, where, "known", "must have the shape of z", view.size(),
                " x ", view.dim(), " for ", size, " x ", dim);
        random::require_noise(noise, 0, steps, size, dim, where);
    }

    template <class T, index_t D, exec::policy P>
    auto stepper(const P& policy, index_t size, index_t dim) const {
        static_assert(std::is_same_v<batch_scalar_t<const K>, T>, "cdl: what is known must have the scalar of z");
        static_assert(random::noise_source_in<N, typename P::space>,
                      "cdl: the recorded noise and the policy live in different memory");
        const auto view = exec::view_on(policy, known);
        auto inner = stepper_for<T, D>(policy, method, size, dim);
        using result =
            known_coordinates_stepper<decltype(inner), std::remove_const_t<decltype(view)>, N, T, typename P::space>;
        return result(std::move(inner), view, noise);
    }
};

template <class M, class K, class N>
known_coordinates(M, K, N) -> known_coordinates<M, K, N>;

/// The memory of `known_coordinates`: that of its method.
template <class Inner, class K, class N, class T, class Space>
class known_coordinates_stepper {
public:
    known_coordinates_stepper(Inner inner, const K& known, const N& noise)
        : inner_(std::move(inner)), known_(known), noise_(noise) {}

    /// Moves z, n x d, in place. Returns the number of calls of the denoiser.
    template <exec::policy P, class F, class Z, class M>
    index_t step(const P& policy, F& denoiser, const Z& z, const level_step<T>& s, const M& noise) {
        const index_t calls = inner_.step(policy, denoiser, z, s, noise);
        using W = detail::wide<T>;
        const log_snr<W> to{W(s.to.value)};
        policy.template for_each_lanes<T>(
            z.size(), detail::replaced<K, Z, N>{known_, z, T(signal_scale(to)), T(noise_scale(to)), noise_, s.index});
        return calls;
    }

private:
    Inner inner_;
    K known_;
    N noise_;
};

} // namespace cdl::sampler
