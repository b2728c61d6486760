// SPDX-License-Identifier: MIT
#pragma once

// The passes of the contrastive loss. Draw q = 0, ..., p R - 1 belongs to point q / R; with common random numbers it serves both
// densities, else each density has a set of draws of its own. Query q asks for the data, query p R + q for the noised data.

#include <cdl/channel/noising.hpp>
#include <cdl/density/detail/integrand.hpp>
#include <cdl/objective/concept.hpp>
#include <cdl/objective/detail/level_draws.hpp>
#include <cdl/objective/gaussian_control.hpp>

namespace cdl::objective::detail {

/// The numbers of a contrastive loss, in memory of a policy.
template <class T, index_t D, class Space>
struct contrast {
    using column = batch_view<T, 1, point_major, Space>;
    using rows = batch_view<T, D, point_major, Space>;

    index_t points, dim, levels, noises;
    bool common; ///< one set of draws for both densities

    rows w;             ///< the points that are classified
    column sign, zeta;  ///< y, and the level of y = -1
    column slope;       ///< d softplus(y LLR) / d LLR
    column control_llr; ///< LLR(w) of the matched Gaussian; empty without control
    const T *mean, *variance;

    rows eps;         ///< of each draw of each set
    column a, weight; ///< its level, and 1 / (R q(a))
    column share;     ///< b of each pair of queries
    column term;      ///< its part of LLR(w)
    column control;   ///< the matched Gaussian's part; empty without control

    CDL_HD index_t draws() const { return levels * noises; }
    CDL_HD index_t half() const { return points * draws(); }
    CDL_HD index_t sets() const { return common ? 1 : 2; }
    CDL_HD bool controlled() const { return control.size() > 0; }

    CDL_HD index_t point_of(index_t q) const { return q / draws(); }
    /// The address of the level and of the noise of draw q of a set at a training step.
    CDL_HD index_t level_address(index_t step, index_t set, index_t q) const {
        return (step * sets() + set) * levels + q % draws() / noises;
    }
    CDL_HD index_t noise_address(index_t step, index_t set, index_t q) const {
        return (step * sets() + set) * draws() + q % draws();
    }
    template <class S>
    CDL_HD S of_point(const column& numbers, lanes<S> q) const {
        return gather(q, [&](index_t k) { return numbers(point_of(k), 0); });
    }
    template <class S>
    CDL_HD gaussian_coordinate<S> gaussian(index_t j) const {
        return {S(mean[j]), S(variance[j])};
    }
};

/// The same group, `by` numbers on.
template <class S>
CDL_HD lanes<S> shifted(lanes<S> group, index_t by) {
    return {group.first + by, group.count};
}

/// The coin, zeta and w of each point.
template <class Zetas, class X, class Contrast>
struct labelled {
    Zetas zetas;
    random::noise_stream stream; ///< of purpose `objective`: coordinate 0 is the coin, 1 is zeta, from 2 on the noise
    index_t step;
    X x;
    Contrast c;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const S y = gather(i, [this](index_t k) { return random::uniform(stream, step, k, 0) < 0.5 ? 1.0 : -1.0; });
        const log_snr<S> zeta =
            draw_level(zetas, i, [this](index_t k) { return tail_and_side(random::uniform(stream, step, k, 1)); }).a;
        const S signal = signal_scale(zeta), noise = noise_scale(zeta);
        S llr = S(0);
        for (index_t j = 0; j < x.dim(); j += 2) {
            const auto pair = channel::noise_pair_at(stream, step, i, j / 2 + 1);
            for (index_t l = j; l < j + 2 && l < x.dim(); ++l) {
                const S clean = load(x, i, l), noisy = S(signal * clean + noise * (l == j ? pair.first : pair.second));
                const S w = select(S(0) < y, clean, noisy);
                store(c.w, i, l, w);
                if (c.controlled()) llr = S(llr + c.template gaussian<S>(l).log_density_ratio(w, zeta));
            }
        }
        store(c.sign, i, 0, y);
        store(c.zeta, i, 0, zeta.value);
        if (c.controlled()) store(c.control_llr, i, 0, llr);
    }
};

/// The queries of each draw of a set.
template <class Law, class Contrast, class Z, class T>
struct contrasted {
    Law law;
    random::noise_stream stream;
    index_t step;
    Contrast c;
    Z z;
    log_snr<T>* levels;
    index_t set;
    bool of_data, of_noised; ///< which of the two densities the set serves

    template <class S>
    CDL_HD void operator()(lanes<S> q) const {
        const auto own = shifted(q, set * c.half()), second = shifted(q, c.half());
        const auto level_stream = stream.for_purpose(random::purpose::level);
        const auto noise_stream = stream.for_purpose(random::purpose::channel);
        const auto drawn = draw_level(law, q, [&](index_t k) {
            return tail_and_side(random::uniform(level_stream, c.level_address(step, set, k), c.point_of(k)));
        });
        const log_snr<S> a = drawn.a, zeta{c.of_point(c.zeta, q)}, beta = compose(a, zeta);
        const S weight = S(drawn.inverse_density / S(static_cast<lane_t<S>>(static_cast<double>(c.draws()))));
        const S signal = signal_scale(a), noise = noise_scale(a);
        S control = S(0);
        for (index_t j = 0; j < z.dim(); j += 2) {
            const auto pair = random::normals(noise_stream, q, j / 2, [&](index_t k) {
                return random::noise_address{c.noise_address(step, set, k), c.point_of(k)};
            });
            for (index_t l = j; l < j + 2 && l < z.dim(); ++l) {
                const S eps = l == j ? pair.first : pair.second;
                const S w = gather(q, [&](index_t k) { return c.w(c.point_of(k), l); });
                const S noisy = S(signal * w + noise * eps);
                store(c.eps, own, l, eps);
                if (of_data) store(z, q, l, noisy);
                if (of_noised) store(z, second, l, noisy);
                if (c.controlled()) control = S(control + control_term(c.template gaussian<S>(l), eps, noisy, a, beta));
            }
        }
        store(c.a, own, 0, a.value);
        store(c.weight, own, 0, weight);
        if (of_data) scatter(q, a.value, [this](index_t k, const T& level) { levels[k] = {level}; });
        if (of_noised) {
            scatter(second, beta.value, [this](index_t k, const T& level) { levels[k] = {level}; });
            store(c.share, q, 0, share_of_noise(a, zeta).b);
        }
        if (c.controlled())
            store(c.control, q, 0, S(weight * control / S(2) + (of_data ? S(0) : load(c.control, q, 0))));
    }

private:
    /// The integrand of one coordinate for the matched Gaussian's denoiser.
    template <class S>
    CDL_HD S control_term(const gaussian_coordinate<S>& g, const S& eps, const S& z_j, const log_snr<S>& a,
                          const log_snr<S>& beta) const {
        if (of_data && of_noised)
            return density::detail::error_difference<T>::term(eps, std::array{g.seen(z_j, a, a), g.seen(z_j, a, beta)},
                                                              a);
        const S excess = density::detail::excess_error<T>::term(eps, std::array{g.seen(z_j, a, of_data ? a : beta)}, a);
        return of_data ? excess : S(-excess);
    }
};

/// What each draw contributes to LLR(w), for the denoiser's answers.
template <class Contrast, class E>
struct ratio_terms {
    Contrast c;
    E eps_hat;

    template <class S>
    CDL_HD void operator()(lanes<S> q) const {
        using T = typename E::value_type;
        const auto second = shifted(q, c.half()), own = shifted(q, (c.sets() - 1) * c.half());
        const S b = load(c.share, q, 0), weight = load(c.weight, q, 0);
        S data = S(0), noised = S(0);
        for (index_t j = 0; j < eps_hat.dim(); ++j) {
            const S eps = load(c.eps, q, j), seen = load(eps_hat, q, j), seen_noised = S(b * load(eps_hat, second, j));
            if (c.common) {
                data = S(data +
                         density::detail::error_difference<T>::term(eps, std::array{seen, seen_noised}, log_snr<S>{b}));
            } else {
                data = S(data +
                         density::detail::excess_error<T>::term(eps, std::array{seen}, log_snr<S>{load(c.a, q, 0)}));
                noised = S(noised + density::detail::excess_error<T>::term(load(c.eps, own, j), std::array{seen_noised},
                                                                           log_snr<S>{load(c.a, own, 0)}));
            }
        }
        S term = S(weight * data / S(2));
        if (!c.common) term = S(term - load(c.weight, own, 0) * noised / S(2));
        if (c.controlled()) term = S(term - load(c.control, q, 0));
        store(c.term, q, 0, term);
    }
};

/// LLR(w) of each point, its cross entropy and the slope of that.
template <class Contrast, class T>
struct cross_entropies {
    Contrast c;
    T* losses;

    CDL_HD T ratio(index_t i) const {
        const T sum = exec::tree_sum(&c.term(i * c.draws(), 0), c.draws());
        return c.controlled() ? T(sum + c.control_llr(i, 0)) : sum;
    }
    CDL_HD void operator()(index_t i) const {
        const T y = c.sign(i, 0), evidence = T(y * ratio(i));
        losses[i] = math::softplus(evidence);
        c.slope(i, 0) = T(y * math::sigmoid(evidence));
    }
};

/// LLR(w) of each point and its standard error, from the spread over its levels.
template <class Contrast, class T>
struct ratio_estimates {
    cross_entropies<Contrast, T> of;
    density::estimate<T>* out;

    CDL_HD void operator()(index_t i) const {
        using std::sqrt;
        const auto& c = of.c;
        const T count = T(static_cast<double>(c.levels)), ratio = of.ratio(i);
        const T mean = T(exec::tree_sum(&c.term(i * c.draws(), 0), c.draws()) / count); // of the levels' parts
        T squares = T(0);
        for (index_t l = 0; l < c.levels; ++l) {
            const T part = T(exec::tree_sum(&c.term(i * c.draws() + l * c.noises, 0), c.noises) - mean);
            squares = T(squares + part * part);
        }
        const T infinity = T(std::numeric_limits<T>::infinity());
        out[i] = {ratio, c.levels > 1 ? T(sqrt(T(squares * T(count / T(count - T(1)))))) : infinity, 2 * c.draws()};
    }
};

/// scale slope dLLR / d eps_hat at both queries of each draw:
///     d LLR / d eps_hat(z, a) = (eps_hat - eps) / (R q),   d LLR / d eps_hat(z, beta) = -b (b eps_hat - eps) / (R q).
template <class Contrast, class E, class Out, class T>
struct ratio_cotangents {
    Contrast c;
    E eps_hat;
    Out cotangent;
    T scale; ///< of the mean, 1 / p included

    template <class S>
    CDL_HD void operator()(lanes<S> q) const {
        const auto second = shifted(q, c.half()), own = shifted(q, (c.sets() - 1) * c.half());
        const S b = load(c.share, q, 0), slope = S(S(scale) * c.of_point(c.slope, q));
        const S of_data = S(slope * load(c.weight, q, 0)), of_noised = S(S(-slope * b) * load(c.weight, own, 0));
        for (index_t j = 0; j < eps_hat.dim(); ++j) {
            const S data = load(eps_hat, q, j), noised = load(eps_hat, second, j);
            store(cotangent, q, j, S(of_data * S(data - load(c.eps, q, j))));
            store(cotangent, second, j, S(of_noised * S(b * noised - load(c.eps, own, j))));
        }
    }
};

} // namespace cdl::objective::detail
