// SPDX-License-Identifier: MIT
#pragma once

// The contrastive diffusion loss [CDL eq. 7, Algorithm 1]: a fair coin y, a point w of the data for y = 1 or of the data noised
// to a level zeta for y = -1, and the cross entropy of the guess of y that the denoiser implies,
//
//     softplus(y LLR(w)),   LLR(w) = log p_zeta(w) - log p(w)
//                                  = 1/2 int E[ |eps - eps_hat(z, a)|^2 - |eps - b eps_hat(z, beta)|^2 ] da   [CDL eq. 8],
//
// z = signal_scale(a) w + noise_scale(a) eps, beta = compose(a, zeta), b = noise_scale(a) / noise_scale(beta). For y = -1 the
// denoiser is asked on points that are noisier than its level says, where denoising alone never asks. The optimal denoiser
// attains log 2 - JSD(p, p_zeta). (The paper prints eq. 8 without the factor 1/2, and Algorithm 1 with softmax.)

#include <cdl/objective/detail/contrastive_passes.hpp>
#include <cdl/objective/detail/factor_of_draw.hpp>
#include <cdl/objective/prepare.hpp>

namespace cdl::objective {

namespace detail {

/// What evaluates `contrastive` for p points: 2 p R queries, R = levels x noises.
template <class T, index_t D, class Space, class Zetas, class Law>
class contrastive_evaluator {
    using contrast_type = contrast<T, D, Space>;
    using column = typename contrast_type::column;
    using rows = typename contrast_type::rows;

public:
    template <class Loss, exec::policy P>
    contrastive_evaluator(const P& policy, const Loss& loss, index_t points, index_t d)
        : zetas_(loss.zetas), law_(loss.law), c_{}, control_(policy.template allocate<T>(0)),
          numbers_(policy.template allocate<T>(0)) {
        c_.points = points, c_.dim = d, c_.levels = loss.levels, c_.noises = loss.noises;
        c_.common = loss.common_random_numbers;
        const index_t half = c_.half(), draws = c_.sets() * half, controlled = loss.control.empty() ? 0 : 1;
        std::vector<T> of_control;
        for (const double m : loss.control.mean) of_control.push_back(T(m));
        for (const double v : loss.control.variance) of_control.push_back(T(v));
        control_ = policy.put(of_control.data(), static_cast<index_t>(of_control.size()));
        c_.mean = control_.data(), c_.variance = control_.data() + controlled * d;
        numbers_ =
            policy.template allocate<T>(points * (d + 3 + controlled) + draws * (d + 2) + half * (2 + controlled));
        T* next = numbers_.data();
        const auto take = [&next](index_t n, index_t dim) { return next += n * dim, next - n * dim; };
        c_.w = rows(take(points, d), points, d);
        c_.eps = rows(take(draws, d), draws, d);
        for (column* numbers : {&c_.sign, &c_.zeta, &c_.slope}) *numbers = column(take(points, 1), points);
        for (column* numbers : {&c_.a, &c_.weight}) *numbers = column(take(draws, 1), draws);
        for (column* numbers : {&c_.share, &c_.term}) *numbers = column(take(half, 1), half);
        c_.control_llr = column(take(controlled * points, 1), controlled * points);
        c_.control = column(take(controlled * half, 1), controlled * half);
    }

    index_t points() const { return c_.points; }
    index_t query_count() const { return 2 * c_.half(); }
    void check_step(index_t step, const char* where) const { require_addresses(step, c_.sets() * c_.draws(), where); }

    template <exec::policy P>
    void ask(const P& policy, const any_batch<const T, D, Space>& x, const random::noise_stream& stream, index_t step,
             const rows& z, log_snr<T>* levels) {
        asked_ = true;
        answered_ = false;
        policy.template for_each_lanes<T>(c_.points,
                                          labelled<Zetas, any_batch<const T, D, Space>, contrast_type>{
                                              zetas_, stream.for_purpose(random::purpose::objective), step, x, c_});
        for (index_t set = 0; set < c_.sets(); ++set)
            policy.template for_each_lanes<T>(
                c_.half(), contrasted<Law, contrast_type, rows, T>{law_, stream, step, c_, z, levels, set,
                                                                   c_.common || set == 0, c_.common || set == 1});
    }

    template <exec::policy P>
    void answer(const P& policy, const any_batch<const T, D, Space>& eps_hat, const any_batch<T, D, Space>& cotangent,
                T scale, T* losses) {
        answered_ = true;
        policy.template for_each_lanes<T>(c_.half(), ratio_terms{c_, eps_hat});
        policy.for_each_index(c_.points, cross_entropies<contrast_type, T>{c_, losses});
        if (cotangent.data() == nullptr) return;
        const T of_mean = T(scale / T(static_cast<double>(c_.points)));
        policy.template for_each_lanes<T>(c_.half(), ratio_cotangents{c_, eps_hat, cotangent, of_mean});
    }

    /// LLR(w) of each point as it was estimated last, with its standard error over its levels, on the host. The softplus of it
    /// is biased by about softplus'' / 2 = q(+1) q(-1) / 2 times the square of that. Throws std::invalid_argument before there
    /// is a value.
    template <exec::policy P>
    std::vector<density::estimate<T>> log_density_ratios(const P& policy) const {
        require(answered_, "cdl::objective::log_density_ratios", "value", "must be asked for first", "none");
        const auto estimates = policy.template allocate<density::estimate<T>>(c_.points);
        policy.for_each_index(c_.points, ratio_estimates<contrast_type, T>{{c_, nullptr}, estimates.data()});
        return on_host(policy, estimates.data(), c_.points);
    }

    /// The points w that were classified last, their coins y = +-1 and their levels zeta, on the host: p x d, p and p numbers.
    /// Throws std::invalid_argument before there are queries.
    template <exec::policy P>
    std::vector<T> classified_points(const P& policy) const {
        return asked(policy, c_.w.data(), c_.points * c_.dim);
    }
    template <exec::policy P>
    std::vector<T> labels(const P& policy) const {
        return asked(policy, c_.sign.data(), c_.points);
    }
    template <exec::policy P>
    std::vector<T> zetas(const P& policy) const {
        return asked(policy, c_.zeta.data(), c_.points);
    }

private:
    template <class P>
    std::vector<T> asked(const P& policy, const T* numbers, index_t n) const {
        require(asked_, "cdl::objective::contrastive", "queries", "must be asked for first", "none");
        return on_host(policy, numbers, n);
    }
    template <class P, class Number>
    static std::vector<Number> on_host(const P& policy, const Number* numbers, index_t n) {
        std::vector<Number> result(static_cast<std::size_t>(n));
        policy.get(numbers, n, result.data());
        return result;
    }

    Zetas zetas_;
    Law law_;
    contrast_type c_;
    exec::buffer<T, Space> control_, numbers_;
    bool asked_ = false, answered_ = false;
};

} // namespace detail

/// The contrastive diffusion loss, in nats, for the first `points` of a batch of n. 2 levels noises queries for each point: the
/// denoiser calls of a step are 2 points levels noises.
///
/// zetas: the law of the level that the data is told from, one draw for each point: CDL's Uniform[6, 15], or its logistic[6, 15],
/// which is truncated_logistic_levels{10.5, 1.5, 3}. law: that of the levels a of the integral; it must reach the level of the
/// narrowest detail of the data, a = -2 log(its size), which is +10 and beyond for curves; a truncated law leaves its tails out.
///
/// With common_random_numbers both densities are estimated from the same levels and noises. Without, from draws of their own, as
/// in the published code, where each estimate has a standard deviation of about a nat at every zeta. Either way LLR is unbiased;
/// its softplus is biased upwards, by about half its variance times q(+1) q(-1): next to nothing with common random numbers,
/// tenths of a nat without.
///
/// control: a matched Gaussian whose own integrand, with the same draws, is subtracted, and its exact ratio added.
template <class Zetas = schedule::uniform_levels, class Law = schedule::logistic_levels>
struct contrastive {
    Zetas zetas{};
    Law law{};
    index_t levels = 16; ///< draws of the level for each point; the published code has 128
    index_t noises = 1;  ///< draws of the noise for each level
    bool common_random_numbers = true;
    index_t points = 0; ///< the first so many points of a batch are contrasted; 0: all. The published code has 2 of 128
    gaussian_control control{};

    /// Refuses to compile where the laws are none for numbers T.
    template <class T>
    static constexpr void require_settings() {
        constexpr bool of_zetas = schedule::level_law<Zetas, T>, of_levels = schedule::continuous_level_law<Law, T>;
        static_assert(of_zetas, "cdl: `zetas` must be a law of levels (schedule/level_sampling.hpp)");
        static_assert(of_levels,
                      "cdl: `law` must be a law of levels with a density: the integral runs over all of them");
    }

    /// Throws std::invalid_argument on settings that are not possible, or more points than the batch has.
    template <class T, index_t D, exec::policy P>
        requires(schedule::level_law<Zetas, T> && schedule::continuous_level_law<Law, T>)
    detail::contrastive_evaluator<T, D, typename P::space, Zetas, Law> evaluator(const P& policy, index_t n,
                                                                                 index_t d) const {
        constexpr auto where = "cdl::objective::contrastive";
        require(levels >= 1, where, "levels", "must be at least 1", levels);
        require(noises >= 1, where, "noises", "must be at least 1", noises);
        require(levels < (index_t{1} << 31) / noises, where, "levels", "must give fewer than 2^31 draws", levels, " x ",
                noises);
        require(points >= 0 && points <= n, where, "points", "must be from 0 to the points of the batch", points,
                " of ", n);
        zetas.check(where);
        law.check(where);
        control.template check<T>(d, where);
        detail::require_finite_ends<T>(policy, law, vlb(), where);
        return {policy, *this, points == 0 ? n : points, d};
    }
};

} // namespace cdl::objective
