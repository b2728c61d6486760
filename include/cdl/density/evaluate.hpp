// SPDX-License-Identifier: MIT
#pragma once

// Where the identities ask the denoiser, and what they make of the answers. A plan says which clean point, which
// noise and which level belong to query q; for each query the channel, the denoiser and the integrand run in one
// pass when the denoiser works on points, and through three batches when it is a network.

#include <cdl/channel/noising.hpp>
#include <cdl/denoiser/lift.hpp>
#include <cdl/density/integrand.hpp>

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

/// terms[q] = sum_j integrand.term(eps_j, seen_j, a) for queries q = 0, ..., n - 1, one pass.
template <class P, class F, class Plan, class Integrand, class T>
void evaluate_points(const P& policy, const F& denoisers, const Plan& plan, const Integrand& integrand, index_t n,
                     T* terms) {
    constexpr std::size_t calls = std::tuple_size_v<decltype(integrand.zetas)>;
    using point_function = typename F::value_type;
    denoiser::detail::for_each_group<point_function, T, Plan::static_dim>(
        policy, n, plan.dim(), [=]<class S>(lanes<S> q) {
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
            scatter(q, total, [=](index_t i, const T& value) { terms[i] = value; });
        });
}

/// The same through batches: z, then the denoiser's answers, then the terms.
template <class P, class F, class Plan, class Integrand, class T>
void evaluate_batches(const P& policy, F& denoiser, const Plan& plan, const Integrand& integrand, index_t n, T* terms) {
    constexpr std::size_t calls = std::tuple_size_v<decltype(integrand.zetas)>;
    using view = batch_view<T, Plan::static_dim>;
    const index_t d = plan.dim();
    const auto z_numbers = policy.template allocate<T>(n * d), eps_numbers = policy.template allocate<T>(n * d);
    const auto hat_numbers = policy.template allocate<T>(n * d * static_cast<index_t>(calls));
    const auto levels = policy.template allocate<log_snr<T>>(n * static_cast<index_t>(calls));
    const view z(z_numbers.data(), n, d), eps(eps_numbers.data(), n, d);
    const auto answers = [&](std::size_t c) {
        return view(hat_numbers.data() + static_cast<index_t>(c) * n * d, n, d);
    };
    policy.for_each_index(n, [=, betas = levels.data()](index_t i) {
        const lanes<T> q{i, 1};
        auto noise_point = eps[i];
        plan.noise(q, noise_point);
        const log_snr<T> a = plan.level(q);
        for (index_t j = 0; j < d; ++j) z(i, j) = channel::noisy(plan.x(q, j), eps(i, j), a);
        for (std::size_t c = 0; c < calls; ++c) betas[static_cast<index_t>(c) * n + i] = compose(a, integrand.zetas[c]);
    });
    for (std::size_t c = 0; c < calls; ++c)
        denoiser(policy, batch_view<const T, Plan::static_dim>(z),
                 level_view<T>(levels.data() + static_cast<index_t>(c) * n, n), answers(c));
    policy.for_each_index(n, [=, hats = hat_numbers.data()](index_t i) {
        const log_snr<T> a = plan.level(lanes<T>{i, 1});
        T total = T(0);
        for (index_t j = 0; j < d; ++j) {
            std::array<T, calls> seen;
            for (std::size_t c = 0; c < calls; ++c)
                seen[c] = T(share_of_noise(a, integrand.zetas[c]).b * hats[(static_cast<index_t>(c) * n + i) * d + j]);
            total = T(total + Integrand::term(eps(i, j), seen, a));
        }
        terms[i] = total;
    });
}

/// terms[q] for queries q = 0, ..., n - 1 of the plan.
template <class P, class F, class Plan, class Integrand, class T>
void evaluate(const P& policy, F& denoiser, const Plan& plan, const Integrand& integrand, index_t n, T* terms) {
    constexpr std::size_t calls = std::tuple_size_v<decltype(integrand.zetas)>;
    if constexpr (denoiser::point_denoiser<F, T>) {
        if (Plan::static_dim != dynamic || plan.dim() <= local_point_capacity) {
            if constexpr (denoiser::tabulating_denoiser<F, T> && Plan::common_level) {
                const log_snr<T> a = plan.level(lanes<T>{0, 1});
                const auto tables =
                    array_of<calls>([&](std::size_t c) { return denoiser.at_level(compose(a, integrand.zetas[c])); });
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
