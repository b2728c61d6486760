// SPDX-License-Identifier: MIT
#pragma once

// A noise classifier is a denoiser [CDM thm 3.1]. Let a classifier know T steps of noise and, as class T + 1, pure noise
// N(0, I). What its posterior says of one class against another is, up to a constant, the log ratio of two densities of
// noised data, and the gradient of that of pure noise is known:
//
//     F(z, t) = log p(T + 1 | z) - log p(t | z),     eps_hat(z, a_t) = N(a_t) (grad_z F(z, t) + z)     [CDM eq. 6],
//
// whatever the prior probabilities of the classes. Samplers take the result as they take any denoiser: ancestral sampling
// along the classifier's own steps is [CDM alg. 2].

#include <cdl/denoiser/quantised.hpp>

#include <functional>

namespace cdl::denoiser {

/// The step of each number of a scalar: one step, an integer, for a number, and one for each lane of a pack.
template <class S>
class lane_steps {
public:
    /// One step for all lanes.
    CDL_HD lane_steps(index_t common) {
        for (index_t l = 0; l < lanes<S>::width; ++l) steps_[l] = common;
    }
    /// Step `step_of(points[l])` in lane l.
    template <class StepOf>
    CDL_HD lane_steps(lanes<S> points, const StepOf& step_of) {
        for (index_t l = 0; l < lanes<S>::width; ++l) steps_[l] = step_of(points[l]);
    }

    CDL_HD index_t operator[](index_t l) const { return steps_[l]; }
    CDL_HD operator index_t() const
        requires(lanes<S>::width == 1)
    {
        return steps_[0];
    }

private:
    index_t steps_[static_cast<std::size_t>(lanes<S>::width)];
};

/// Satisfied by constant, trivially copyable noise classifiers of one point. `c.levels()` is a sorted_levels, those of steps
/// 1, ..., T in this order, which is from clean to noisy. `c.ratio_gradient(z, step, out)` writes the d coordinates of
/// grad_z F(z, step); `step` is the lane_steps of S, which for numbers is an index_t.
template <class C, class S>
concept noise_classifier = std::is_trivially_copyable_v<C> &&
                           requires(const C c, point_view<const S> z, lane_steps<S> step, point_view<S> out) {
                               { c.levels()[c.levels().size() - 1] } -> std::same_as<log_snr<lane_t<S>>>;
                               c.levels().index_of(log_snr<lane_t<S>>{}, level_rule::nearest);
                               c.ratio_gradient(z, step, out);
                           };

namespace detail {

/// The step in 1, ..., T whose level is nearest, for each lane; of two the noisier.
template <class S, class Levels>
CDL_HD lane_steps<S> nearest_steps(const Levels& levels, const log_snr<S>& a) {
    if constexpr (lane_traits<S>::size == 1) {
        return lane_steps<S>(levels.index_of(a, level_rule::nearest) + 1);
    } else {
        alignas(64) lane_t<S> values[static_cast<std::size_t>(lane_traits<S>::size)];
        lane_traits<S>::store(a.value, values);
        return lane_steps<S>(lanes<S>{}, [&](index_t l) {
            return levels.index_of(log_snr<lane_t<S>>{values[l]}, level_rule::nearest) + 1;
        });
    }
}

/// N (gradient + z), which is 0 for clean data whatever the gradient.
template <class S>
CDL_HD S eps_from_ratio_gradient(const S& gradient, const S& z, const S& noise) {
    return select(noise == S(0), S(0), S(noise * S(gradient + z)));
}

} // namespace detail

/// The point denoiser of a noise classifier. At a level that is none of the classifier's it is asked at the nearest step, so
/// it is the classifier's denoiser exactly where a sampler visits these levels (schedule::all_steps and the like); beyond
/// their ends it stands at the end. NaN stays NaN; where the noise scale is 0, eps_hat is 0. With the exact classifier it is
/// the exact denoiser. One gradient of the classifier for each point, and a search in O(log T). [CDM thm 3.1, eq. 6]
template <class C>
class from_classifier : public detail::in_space_of<C> {
public:
    CDL_HD explicit from_classifier(C classifier) : classifier_(classifier) {}

    CDL_HD index_t dim() const
        requires detail::of_known_dim<C>
    {
        return classifier_.dim();
    }

    template <point Z, class S, class E>
        requires noise_classifier<C, S>
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        const auto levels = classifier_.levels();
        const lane_steps<S> steps = detail::nearest_steps(levels, a);
        const S level = gather(lanes<S>{}, [&](index_t l) { return levels[steps[l] - 1].value; });
        const S noise = noise_scale(log_snr<S>{select(a.value == a.value, level, a.value)});
        auto&& from = as_point(z);
        auto&& to = as_point(eps_hat);
        classifier_.ratio_gradient(from, steps, to);
        for (index_t j = 0; j < static_cast<index_t>(from.size()); ++j)
            to[j] = detail::eps_from_ratio_gradient(S(to[j]), S(from[j]), noise);
    }

private:
    C classifier_;
};

namespace detail {

/// steps[i] = the step of the level of point i.
template <class Levels, class T, class Space>
struct steps_of_levels {
    Levels table;
    level_view<T, Space> levels;
    index_t* steps;

    CDL_HD void operator()(index_t i) const { steps[i] = table.index_of(levels[i], level_rule::nearest) + 1; }
};

/// eps_hat = N (eps_hat + z) for a group of points, eps_hat holding the gradients.
template <class Levels, class LevelView, class Z, class E>
struct eps_of_gradients {
    Levels table;
    LevelView levels;
    const index_t* steps;
    Z z;
    E eps_hat;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const S noise = noise_scale(log_snr<S>{gather(i, [this](index_t p) { // a NaN stays one
            const auto a = levels[p].value;
            return a == a ? table[steps[p] - 1].value : a;
        })});
        for (index_t j = 0; j < z.dim(); ++j)
            store(eps_hat, i, j, eps_from_ratio_gradient(S(load(eps_hat, i, j)), S(load(z, i, j)), noise));
    }
};

} // namespace detail

/// The batch denoiser of a noise classifier that is evaluated in batches, as a network is: `gradient(policy, z, steps, out)`
/// writes into `out` (n x d) the input gradients of F at step `steps[i]` in 1, ..., T of point i; `steps` is a
/// std::span<const index_t> in the policy's memory. Its own memory, n steps, is allocated at the first call and again only
/// for a larger batch. The function is held by value; one that is to be shared goes into std::ref.
template <scalar T, class Gradient, class Space = host>
class from_batch_classifier {
public:
    using space = Space;

    /// levels: those of steps 1, ..., T where Space is, from clean to noisy; they must outlive it.
    template <exec::policy P>
        requires std::is_same_v<typename P::space, Space>
    from_batch_classifier(const P& policy, sorted_levels<T, Space> levels, Gradient gradient)
        : levels_(levels), gradient_(std::move(gradient)), steps_(policy.template allocate<index_t>(0)) {
        detail::require_function(gradient_, "cdl::denoiser::from_batch_classifier", "gradient");
    }

    /// eps_hat = N (grad F + z) for all points, at the step that is nearest to the level of each. z, eps_hat: n x d, not
    /// overlapping. Throws std::invalid_argument when shapes differ. One call of the gradient and two passes.
    template <exec::policy P, batch Z, writable_batch E>
        requires std::is_same_v<batch_scalar_t<E>, T>
    void operator()(const P& policy, const Z& z, level_view<T, typename P::space> levels, E&& eps_hat) {
        static_assert(std::is_same_v<typename P::space, Space>,
                      "cdl: the denoiser was made for a policy whose memory is another");
        constexpr auto where = "cdl::denoiser::from_batch_classifier";
        const auto from = exec::view_on(policy, z);
        const auto to = exec::view_on(policy, eps_hat);
        const index_t n = from.size();
        require(to.size() == n && from.dim() == to.dim(), where, "eps_hat", "must have the shape of z", to.size(),
                " x ", to.dim(), " for ", n, " x ", from.dim());
        require(levels.fits(n), where, "levels", "must be one, or one for each point", levels.size(), " for ", n,
                " points");
        require(n == 0 || static_cast<const void*>(from.data()) != to.data(), where, "eps_hat", "must not be z",
                "the same memory");
        require_writable(to, where, "eps_hat");
        if (steps_.size() < n) steps_ = policy.template allocate<index_t>(n);
        policy.for_each_index(
            n, detail::steps_of_levels<sorted_levels<T, Space>, T, Space>{levels_, levels, steps_.data()});
        std::invoke(gradient_, policy, from, std::span<const index_t>(steps_.data(), static_cast<std::size_t>(n)), to);
        policy.template for_each_lanes<T>(n, detail::eps_of_gradients{levels_, levels, steps_.data(), from, to});
    }

private:
    sorted_levels<T, Space> levels_;
    Gradient gradient_;
    exec::buffer<index_t, Space> steps_;
};

template <exec::policy P, scalar T, class Space, class Gradient>
from_batch_classifier(const P&, sorted_levels<T, Space>, Gradient) -> from_batch_classifier<T, Gradient, Space>;
template <exec::policy P, scalar T, class Gradient>
from_batch_classifier(const P&, const std::vector<log_snr<T>>&, Gradient) -> from_batch_classifier<T, Gradient, host>;

} // namespace cdl::denoiser
