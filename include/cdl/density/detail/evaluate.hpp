// SPDX-License-Identifier: MIT
#pragma once

// Where the identities ask the denoiser, and what they make of the answers. A plan says which clean point, which
// noise and which level belong to query q; for each query the channel, the denoiser and the integrand run in one
// pass when the denoiser works on points, and through three batches when it is a network.

#include <cdl/channel/noising.hpp>
#include <cdl/denoiser/lift.hpp>
#include <cdl/density/detail/integrand.hpp>

#include <array>
#include <utility>

namespace cdl::density::detail {

/// { make(0), ..., make(N - 1) }.
template <std::size_t N, class Make>
auto array_of(const Make& make) {
    return [&]<std::size_t... C>(std::index_sequence<C...>) {
        return std::array{make(C)...};
    }(std::make_index_sequence<N>{});
}

/// terms[q] = sum_j integrand.term(eps_j, seen_j, a) for a group of queries, in one pass.
template <class Denoisers, class Plan, class Integrand, class T>
struct terms_of_points {
    static constexpr std::size_t calls = std::tuple_size_v<decltype(Integrand::zetas)>;

    Denoisers denoisers; ///< one for each zeta
    Plan plan;
    Integrand integrand;
    T* terms;

    template <class S>
    CDL_HD void operator()(lanes<S> q) const {
        const index_t d = plan.dim();
        local_point<S, Plan::static_dim> z(d), eps(d), eps_hat(d);
        local_point<std::array<S, calls>, Plan::static_dim> seen(d);
        const log_snr<S> a = plan.level(q);
        plan.noise(q, eps);
        const S signal = signal_scale(a), noise = noise_scale(a);
        for (index_t j = 0; j < d; ++j) z[j] = S(signal * plan.x(q, j) + noise * eps[j]);
        for (std::size_t c = 0; c < calls; ++c) {
            const log_snr<S> zeta{S(integrand.zetas[c].value)};
            denoisers[c](z, compose(a, zeta), eps_hat);
            const S b = share_of_noise(a, zeta).b;
            for (index_t j = 0; j < d; ++j) seen[j][c] = S(b * eps_hat[j]);
        }
        S total = S(0);
        for (index_t j = 0; j < d; ++j) total = S(total + Integrand::term(eps[j], seen[j], a));
        scatter(q, total, [this](index_t i, const T& value) { terms[i] = value; });
    }
};

/// What the denoiser is asked, query by query: z, the noise in it, and the levels.
template <class Plan, class Integrand, class View, class T>
struct asked {
    Plan plan;
    Integrand integrand;
    View z, eps;
    log_snr<T>* levels; ///< n for each zeta

    CDL_HD void operator()(index_t i) const {
        auto noise_point = eps[i];
        plan.noise(lanes<T>{i, 1}, noise_point);
        const log_snr<T> a = plan.level(lanes<T>{i, 1});
        for (index_t j = 0; j < plan.dim(); ++j) z(i, j) = channel::noisy(plan.x(lanes<T>{i, 1}, j), eps(i, j), a);
        for (std::size_t c = 0; c < integrand.zetas.size(); ++c)
            levels[static_cast<index_t>(c) * z.size() + i] = compose(a, integrand.zetas[c]);
    }
};

/// The terms made of the denoiser's answers, query by query.
template <class Plan, class Integrand, class View, class T>
struct terms_of_answers {
    static constexpr std::size_t calls = std::tuple_size_v<decltype(Integrand::zetas)>;

    Plan plan;
    Integrand integrand;
    View eps;
    const T* eps_hats; ///< n x d for each zeta
    T* terms;

    CDL_HD void operator()(index_t i) const {
        const log_snr<T> a = plan.level(lanes<T>{i, 1});
        const index_t n = eps.size(), d = plan.dim();
        T total = T(0);
        for (index_t j = 0; j < d; ++j) {
            std::array<T, calls> seen;
            for (std::size_t c = 0; c < calls; ++c)
                seen[c] =
                    T(share_of_noise(a, integrand.zetas[c]).b * eps_hats[(static_cast<index_t>(c) * n + i) * d + j]);
            total = T(total + Integrand::term(eps(i, j), seen, a));
        }
        terms[i] = total;
    }
};

/// terms[q] for queries q = 0, ..., n - 1, one pass.
template <class P, class Denoisers, class Plan, class Integrand, class T>
void evaluate_points(const P& policy, const Denoisers& denoisers, const Plan& plan, const Integrand& integrand,
                     index_t n, T* terms) {
    denoiser::detail::for_each_group<typename Denoisers::value_type, T, Plan::static_dim>(
        policy, n, plan.dim(), terms_of_points<Denoisers, Plan, Integrand, T>{denoisers, plan, integrand, terms});
}

/// The same through batches: z, then the denoiser's answers, then the terms.
template <class P, class F, class Plan, class Integrand, class T>
void evaluate_batches(const P& policy, F& denoiser, const Plan& plan, const Integrand& integrand, index_t n, T* terms) {
    using space = typename P::space;
    using view = batch_view<T, Plan::static_dim, point_major, space>;
    const auto calls = static_cast<index_t>(integrand.zetas.size());
    const index_t d = plan.dim();
    const auto z_numbers = policy.template allocate<T>(n * d), eps_numbers = policy.template allocate<T>(n * d);
    const auto answers = policy.template allocate<T>(n * d * calls);
    const auto levels = policy.template allocate<log_snr<T>>(n * calls);
    const view z(z_numbers.data(), n, d), eps(eps_numbers.data(), n, d);
    policy.for_each_index(n, asked<Plan, Integrand, view, T>{plan, integrand, z, eps, levels.data()});
    for (index_t c = 0; c < calls; ++c)
        denoiser(policy, batch_view<const T, Plan::static_dim, point_major, space>(z),
                 level_view<T, space>(levels.data() + c * n, n), view(answers.data() + c * n * d, n, d));
    policy.for_each_index(n, terms_of_answers<Plan, Integrand, view, T>{plan, integrand, eps, answers.data(), terms});
}

/// terms[q] for queries q = 0, ..., n - 1 of the plan.
template <class P, class F, class Plan, class Integrand, class T>
void evaluate(const P& policy, F& denoiser, const Plan& plan, const Integrand& integrand, index_t n, T* terms) {
    constexpr std::size_t calls = std::tuple_size_v<decltype(integrand.zetas)>;
    denoiser::require_same_space(denoiser, policy);
    if constexpr (denoiser::point_denoiser<F, T>) {
        if (Plan::static_dim != dynamic || plan.dim() <= local_point_capacity) {
            if constexpr (denoiser::tabulating_denoiser<F, P, T> && Plan::common_level) {
                const log_snr<T> a = plan.level(lanes<T>{0, 1});
                const auto tables = array_of<calls>(
                    [&](std::size_t c) { return denoiser.at_level(policy, compose(a, integrand.zetas[c])); });
                const auto points = array_of<calls>([&](std::size_t c) { return tables[c].point(); });
                evaluate_points(policy, points, plan, integrand, n, terms);
            } else {
                const auto points = array_of<calls>([&](std::size_t) { return denoiser; });
                evaluate_points(policy, points, plan, integrand, n, terms);
            }
            return;
        }
        auto batches = denoiser::lift(denoiser);
        evaluate_batches(policy, batches, plan, integrand, n, terms);
    } else {
        evaluate_batches(policy, denoiser, plan, integrand, n, terms);
    }
}

} // namespace cdl::density::detail
