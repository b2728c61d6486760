// SPDX-License-Identifier: MIT
#pragma once

// Classifier-free guidance (Ho & Salimans 2022): away from what the unconditional denoiser says, by a weight w,
//
//     eps_hat = (1 + w) eps_c - w eps_u = eps_c + w (eps_c - eps_u).
//
// It follows the score of p_c (p_c / p_u)^w at each level, which for w > 0 is sharper than p_c; it is the denoiser of no
// distribution, so densities computed with it mean nothing. Two kinds: of point denoisers, which is a point denoiser again,
// and of batch denoisers, such as networks.

#include <cdl/denoiser/detail/scratch_point.hpp>

#include <optional>

namespace cdl::denoiser {

/// The guided point denoiser of two point denoisers. w = 0 is the conditional one, bit for bit, and the other is not called;
/// w = -1 is the unconditional one, to rounding. Two denoiser calls. On the host any dimension: a dynamic one above
/// `local_point_capacity` allocates a point at each call, and guided_batch(lift(...), lift(...)) does not. On a device such a
/// batch is refused with std::invalid_argument.
template <class Conditional, class Unconditional>
class guided : public detail::in_space_of<Conditional, Unconditional> {
    static_assert(detail::in_one_space<Conditional, Unconditional>(),
                  "cdl: the parameters of the two denoisers live in different memory");

public:
    static constexpr bool points_in_registers = true; ///< on a device

    /// weight: any finite number.
    guided(Conditional conditional, Unconditional unconditional, double weight)
        : conditional_(conditional), unconditional_(unconditional), weight_(weight) {
        require(weight - weight == 0, "cdl::denoiser::guided", "weight", "must be finite", weight);
    }

    CDL_HD index_t dim() const
        requires detail::of_known_dim<Conditional>
    {
        return conditional_.dim();
    }

    template <point Z, class S, class E>
        requires(point_denoiser<Conditional, S> && point_denoiser<Unconditional, S>)
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        conditional_(z, a, eps_hat);
        if (weight_ == 0) return;
        const auto dim = static_cast<index_t>(z.size());
        detail::scratch_point<S, detail::static_dim_of<Z>()> scratch(dim);
        const auto other = scratch.view();
        unconditional_(z, a, other);
        const S weight = S(static_cast<lane_t<S>>(weight_));
        for (index_t j = 0; j < dim; ++j) eps_hat[j] = multiply_add(weight, S(S(eps_hat[j]) - other[j]), S(eps_hat[j]));
    }

    /// div_z eps_hat, which guidance combines like eps_hat.
    template <point Z, class S>
        requires(divergent_denoiser<Conditional, S> && divergent_denoiser<Unconditional, S>)
    CDL_HD S divergence(const Z& z, const log_snr<S>& a) const {
        const S of_conditional = S(conditional_.divergence(z, a));
        if (weight_ == 0) return of_conditional;
        const S apart = S(of_conditional - S(unconditional_.divergence(z, a)));
        return multiply_add(S(static_cast<lane_t<S>>(weight_)), apart, of_conditional);
    }

private:
    Conditional conditional_;
    Unconditional unconditional_;
    double weight_;
};

namespace detail {

/// eps_hat += weight (eps_hat - other) for a group of points.
template <class E, class U>
struct moved_away {
    E eps_hat;
    U other;
    typename E::value_type weight;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        for (index_t j = 0; j < eps_hat.dim(); ++j) {
            const S own = load(eps_hat, i, j);
            store(eps_hat, i, j, multiply_add(S(weight), S(own - load(other, i, j)), own));
        }
    }
};

} // namespace detail

/// The guided batch denoiser of two batch denoisers, for a policy's memory. Its own buffer is allocated at the first call
/// and again only for a larger batch. Denoisers are held by value; one that is to be shared goes into std::ref. w = 0 is the
/// conditional one, bit for bit, and the other is not called.
template <scalar T, class Conditional, class Unconditional, class Space = host>
class guided_batch {
public:
    using space = Space;

    /// weight: any finite number.
    template <exec::policy P>
        requires std::is_same_v<typename P::space, Space>
    guided_batch(const P&, Conditional conditional, Unconditional unconditional, T weight)
        : conditional_(std::move(conditional)), unconditional_(std::move(unconditional)), weight_(weight) {
        require(T(weight - weight) == T(0), where, "weight", "must be finite", weight);
    }

    /// eps_hat = (1 + w) eps_c - w eps_u for all points. z, eps_hat: n x d, not overlapping. Two denoiser calls, one pass.
    /// Throws std::invalid_argument when shapes differ.
    template <exec::policy P, batch Z, writable_batch E>
        requires std::is_same_v<batch_scalar_t<E>, T>
    void operator()(const P& policy, const Z& z, level_view<T, typename P::space> levels, E&& eps_hat) {
        static_assert(std::is_same_v<typename P::space, Space>,
                      "cdl: the guided denoiser was made for a policy whose memory is another");
        const auto from = exec::view_on(policy, z);
        const auto to = exec::view_on(policy, eps_hat);
        require(from.size() == to.size() && from.dim() == to.dim(), where, "eps_hat", "must have the shape of z",
                to.size(), " x ", to.dim(), " for ", from.size(), " x ", from.dim());
        require(levels.fits(from.size()), where, "levels", "must be one, or one for each point", levels.size(), " for ",
                from.size(), " points");
        require(from.size() == 0 || static_cast<const void*>(from.data()) != to.data(), where, "eps_hat",
                "must not be z", "the same memory");
        require_writable(to, where, "eps_hat");
        conditional_(policy, from, levels, to);
        const index_t count = to.size() * to.dim();
        if (weight_ == T(0) || count == 0) return;
        if (!room_ || room_->size() < count) room_.emplace(policy.template allocate<T>(count));
        using view = std::remove_const_t<decltype(to)>;
        const batch_view<T, view::static_dim, point_major, Space> other(room_->data(), to.size(), to.dim());
        unconditional_(policy, from, levels, other);
        policy.template for_each_lanes<T>(
            to.size(), detail::moved_away<view, std::remove_const_t<decltype(other)>>{to, other, weight_});
    }

private:
    static constexpr auto where = "cdl::denoiser::guided_batch";

    Conditional conditional_;
    Unconditional unconditional_;
    T weight_;
    std::optional<exec::buffer<T, Space>> room_;
};

template <exec::policy P, class C, class U, scalar T>
guided_batch(const P&, C, U, T) -> guided_batch<T, C, U, typename P::space>;

} // namespace cdl::denoiser
