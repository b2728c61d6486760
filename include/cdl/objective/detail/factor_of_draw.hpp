// SPDX-License-Identifier: MIT
#pragma once

// How much a draw of a level counts, and where that is not finite. At pure noise eps_hat = z, so the error of the noise is 0
// while a loss of x_hat or of v_hat is not, and its factor is infinite: 0 times infinity, of which nothing can be made.

#include <cdl/exec/policy.hpp>
#include <cdl/objective/detail/level_draws.hpp>
#include <cdl/objective/weighting.hpp>

#include <vector>

namespace cdl::objective::detail {

/// f(a) of `per_draw`, w(a) / (2 q(a)) of `per_log_snr`.
template <class Weighting, class S>
CDL_HD S factor_of_draw(const Weighting& weighting, const drawn_level<S>& drawn) {
    if constexpr (Weighting::needs_density)
        return S(weighting.weight(drawn.a) * drawn.inverse_density / S(2));
    else
        return S(weighting.factor(drawn.a));
}

/// The factor and the level of a law's noisiest and cleanest draws, but for a probability of 2^-24 beyond each.
template <class Law, class Weighting, class T>
struct factors_at_ends {
    Law law;
    Weighting weighting;
    T* factors;
    log_snr<T>* levels;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const auto drawn =
            draw_level(law, i, [](index_t k) { return scalar_pair<double>{0x1p-24, k == 0 ? 1. : -1.}; });
        scatter(i, drawn.a.value, [this](index_t k, const T& level) { levels[k] = {level}; });
        scatter(i, factor_of_draw(weighting, drawn), [this](index_t k, const T& factor) { factors[k] = factor; });
    }
};

/// 0 for a finite number, else 1.
template <class T>
struct counts_infinite {
    const T* numbers;

    template <class S>
    CDL_HD S operator()(lanes<S> i) const {
        const S number = gather(i, [this](index_t k) { return numbers[k]; });
        return select(S(number - number) == S(0), S(0), S(1));
    }
};

/// Throws std::invalid_argument where one of n factors is not finite: infinity times an error of 0 would be NaN.
template <class P, class T>
void require_finite_factors(const P& policy, const T* factors, const log_snr<T>* levels, index_t n, const char* where) {
    if (policy.template sum_over<T>(n, counts_infinite<T>{factors}) == T(0)) return;
    std::vector<T> factor(static_cast<std::size_t>(n));
    std::vector<log_snr<T>> level(factor.size(), log_snr<T>{T(0)});
    policy.get(factors, n, factor.data());
    policy.get(levels, n, level.data());
    for (std::size_t i = 0; i < factor.size(); ++i)
        require(T(factor[i] - factor[i]) == T(0), where, "weighting",
                "must be finite at every level of the law: leave that level out of it, or weigh it less", factor[i],
                " at log-SNR ", level[i].value);
}

/// The same for the ends of a law, before anything is drawn.
template <class T, class P, class Law, class Weighting>
void require_finite_ends(const P& policy, const Law& law, const Weighting& weighting, const char* where) {
    const auto factors = policy.template allocate<T>(2);
    const auto levels = policy.template allocate<log_snr<T>>(2);
    policy.template for_each_lanes<T>(
        2, factors_at_ends<Law, Weighting, T>{law, weighting, factors.data(), levels.data()});
    require_finite_factors(policy, factors.data(), levels.data(), 2, where);
}

} // namespace cdl::objective::detail
