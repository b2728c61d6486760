// SPDX-License-Identifier: MIT
#pragma once

// The objective that every diffusion model is trained with: the squared error of the denoiser, weighted,
//
//     E f(a) |eps - eps_hat(z, a)|^2,   z = signal_scale(a) x + noise_scale(a) eps        [CDL eq. 1, VDM eqs. 66, 67].
//
// It sees the denoiser at a level on data noised to this level, and nowhere else.

#include <cdl/channel/noising.hpp>
#include <cdl/objective/detail/factor_of_draw.hpp>
#include <cdl/objective/prepare.hpp>

namespace cdl::objective {

namespace detail {

/// The query of each point, its noise and its factor.
template <class Law, class Weighting, class X, class Z>
struct noised_once {
    using T = typename Z::value_type;

    Law law;
    Weighting weighting;
    level_draws draws;
    random::noise_stream stream;
    X x;
    Z z, eps;
    log_snr<T>* levels;
    T* factors;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const auto drawn = draw_level(law, i, draws);
        scatter(i, drawn.a.value, [this](index_t k, const T& level) { levels[k] = {level}; });
        scatter(i, factor_of_draw(weighting, drawn), [this](index_t k, const T& factor) { factors[k] = factor; });
        channel::add_drawn_noise(stream, draws.step, i, drawn.a, x, eps, z);
    }
};

/// losses[i] = f |eps - eps_hat|^2, cotangent = 2 f scale (eps_hat - eps).
template <class T, index_t D, class Space>
struct weighted_residual {
    batch_view<const T, D, point_major, Space> eps;
    any_batch<const T, D, Space> eps_hat;
    any_batch<T, D, Space> cotangent;
    const T* factors;
    T scale; ///< of the mean, 1 / n included
    T* losses;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const S factor = gather(i, [this](index_t k) { return factors[k]; });
        const S slope = S(S(2) * S(scale) * factor);
        S sum = S(0);
        for (index_t j = 0; j < eps.dim(); ++j) {
            const S residual = S(load(eps_hat, i, j) - load(eps, i, j));
            sum = multiply_add(residual, residual, sum);
            if (cotangent.data() != nullptr) store(cotangent, i, j, S(slope * residual));
        }
        scatter(i, S(factor * sum), [this](index_t k, const T& loss) { losses[k] = loss; });
    }
};

/// What evaluates `denoising` for n points: one query for each.
template <class T, index_t D, class Space, class Law, class Weighting>
class denoising_evaluator {
public:
    template <exec::policy P>
    denoising_evaluator(const P& policy, const Law& law, const Weighting& weighting, bool low_discrepancy, index_t n,
                        index_t d)
        : law_(law), weighting_(weighting), low_discrepancy_(low_discrepancy), n_(n), d_(d),
          eps_(policy.template allocate<T>(n * d)), factors_(policy.template allocate<T>(n)) {}

    index_t points() const { return n_; }
    index_t query_count() const { return n_; }
    void check_step(index_t step, const char* where) const { require_addresses(step, 1, where); }

    template <exec::policy P>
    void ask(const P& policy, const any_batch<const T, D, Space>& x, const random::noise_stream& stream, index_t step,
             const batch_view<T, D, point_major, Space>& z, log_snr<T>* levels) {
        const level_draws draws{stream.for_purpose(random::purpose::level), step, low_discrepancy_ ? n_ : 0};
        policy.template for_each_lanes<T>(
            n_, noised_once<Law, Weighting, any_batch<const T, D, Space>, batch_view<T, D, point_major, Space>>{
                    law_, weighting_, draws, stream.for_purpose(random::purpose::channel), x, z, eps(), levels,
                    factors_.data()});
        require_finite_factors(policy, factors_.data(), levels, n_, "cdl::objective::denoising");
    }

    template <exec::policy P>
    void answer(const P& policy, const any_batch<const T, D, Space>& eps_hat, const any_batch<T, D, Space>& cotangent,
                T scale, T* losses) {
        policy.template for_each_lanes<T>(n_, weighted_residual<T, D, Space>{eps(), eps_hat, cotangent, factors_.data(),
                                                                             T(scale / T(static_cast<double>(n_))),
                                                                             losses});
    }

private:
    batch_view<T, D, point_major, Space> eps() const { return {eps_.data(), n_, d_}; }

    Law law_;
    Weighting weighting_;
    bool low_discrepancy_;
    index_t n_, d_;
    exec::buffer<T, Space> eps_, factors_;
};

} // namespace detail

/// The weighted squared error. One query for each point of the batch.
///
/// law: a law of levels, `schedule::uniform_in_schedule` or another. weighting: `simple()`, `vlb()`, `edm()`, `min_snr()`,
/// `sigmoid()`, or `per_draw{f}`, `per_log_snr{w}` of a function of a log_snr of any scalar. With low_discrepancy the levels of a
/// batch are spread evenly [VDM app. I.1]: each has the law, but they depend on each other and on n; the value stays
/// unbiased, its variance falls, and the standard error, which takes points as independent, is too large.
template <class Law = schedule::logistic_levels, class Weighting = per_draw<one>>
struct denoising {
    Law law{};
    Weighting weighting{};
    bool low_discrepancy = false;

    /// Refuses to compile where the law is none for numbers T.
    template <class T>
    static constexpr void require_settings() {
        constexpr bool good = schedule::level_law<Law, T>;
        static_assert(good, "cdl: `law` must be a law of levels (schedule/level_sampling.hpp)");
    }

    /// Throws std::invalid_argument where the parameters of the law or the weighting make no sense, and where the factor is not
    /// finite at a level of the law: a loss of x_hat or v_hat at pure noise, which eps_hat does not tell.
    template <class T, index_t D, exec::policy P>
        requires schedule::level_law<Law, T>
    detail::denoising_evaluator<T, D, typename P::space, Law, Weighting> evaluator(const P& policy, index_t n,
                                                                                   index_t d) const {
        static_assert(!Weighting::needs_density || schedule::continuous_level_law<Law, T>,
                      "cdl: discrete steps have no density in the log-SNR: weight draws, by `per_draw`, not levels");
        law.check("cdl::objective::denoising");
        weighting.check("cdl::objective::denoising");
        detail::require_finite_ends<T>(policy, law, weighting, "cdl::objective::denoising");
        return {policy, law, weighting, low_discrepancy, n, d};
    }
};

template <class Law, class Weighting>
denoising(Law, Weighting, bool) -> denoising<Law, Weighting>;
template <class Law, class Weighting>
denoising(Law, Weighting) -> denoising<Law, Weighting>;
template <class Law>
denoising(Law) -> denoising<Law>;

} // namespace cdl::objective
