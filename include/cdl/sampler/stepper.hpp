// SPDX-License-Identifier: MIT
#pragma once

// A stepper takes a batch of points from one level to a cleaner one. A *method* (`ddim{}`, `heun{}`) says how and is a
// few numbers; its stepper holds the memory for batches of one shape, allocated once.

#include <cdl/denoiser/lift.hpp>
#include <cdl/sampler/affine_update.hpp>
#include <cdl/sampler/detail/combine.hpp>

namespace cdl::sampler {

/// One step of a grid, from one of its levels to the next other one: steps between equal levels are none.
template <class T>
struct level_step {
    index_t index;       ///< 0, ..., count - 1: also the address of the step's noise
    index_t count;       ///< the steps of the grid
    log_snr<T> from, to; ///< finite from < to <= +inf
};

namespace detail {

/// The steps of a grid.
template <class T>
std::vector<level_step<T>> moving_steps(const std::vector<log_snr<T>>& levels) {
    std::vector<level_step<T>> steps;
    for (std::size_t k = 0; k + 1 < levels.size(); ++k)
        if (levels[k] < levels[k + 1])
            steps.push_back({static_cast<index_t>(steps.size()), 0, levels[k], levels[k + 1]});
    for (auto& step : steps) step.count = static_cast<index_t>(steps.size());
    return steps;
}

/// n x d numbers in memory of the policy, one point after the other.
template <class T, index_t D, class Space>
class scratch {
public:
    template <exec::policy P>
    scratch(const P& policy, index_t size, index_t dim)
        : numbers_(policy.template allocate<T>(size * dim)), size_(size), dim_(dim) {}

    strided_batch<T, D, Space> view() const {
        return batch_view<T, D, point_major, Space>(numbers_.data(), size_, dim_);
    }
    batch_view<T, D, point_major, Space> packed() const { return {numbers_.data(), size_, dim_}; }

private:
    exec::buffer<T, Space> numbers_;
    index_t size_, dim_;
};

} // namespace detail

/// The stepper of a method that asks the denoiser once: z' = A z + B eps_hat + C noise.
template <one_call_method M, class T, index_t D, class Space>
class one_call_stepper {
public:
    template <exec::policy P>
    one_call_stepper(const P& policy, const M& method, index_t size, index_t dim)
        : method_(method), eps_hat_(policy, size, dim) {}

    /// Moves z, n x d, in place. Returns the number of calls of the denoiser.
    template <exec::policy P, class F, class Z, class N>
    index_t step(const P& policy, F& denoiser, const Z& z, const level_step<T>& s, const N& noise) {
        const auto eps_hat = eps_hat_.packed();
        denoiser::denoise(policy, denoiser, z, level_view<T, Space>(s.from), eps_hat);
        const auto u = detail::rounded_coefficients(method_, s.from, s.to);
        detail::combine<P, T, D, Space>(policy, {{u.from_z, z}, {u.from_eps_hat, eps_hat}}, z, u.from_noise, noise,
                                        s.index);
        return 1;
    }

private:
    M method_;
    detail::scratch<T, D, Space> eps_hat_;
};

/// The stepper of a method for batches of n points of d coordinates: the one it makes itself, by
/// `method.stepper<T, D>(policy, n, d)`, or `one_call_stepper`. D is d where it is known at compile time.
template <class T, index_t D, exec::policy P, class M>
auto stepper_for(const P& policy, const M& method, index_t size, index_t dim) {
    if constexpr (one_call_method<M>)
        return one_call_stepper<M, T, D, typename P::space>(policy, method, size, dim);
    else
        return method.template stepper<T, D>(policy, size, dim);
}

namespace detail {

/// The noise of a run of so many steps: `method.check_noise(...)` where it takes other numbers than one step's for each.
template <class M, class N>
void check_noise(const M& method, const N& noise, index_t steps, index_t size, index_t dim, const char* where) {
    if constexpr (requires { method.check_noise(noise, steps, size, dim, where); })
        method.check_noise(noise, steps, size, dim, where);
    else if (method.stochastic())
        random::require_noise(noise, 0, steps, size, dim, where);
}

/// What can be wrong with a method for n points of d coordinates, before one is touched: its settings, `method.check(where)`, what
/// it brings along for the batch, `method.check_batch(steps, n, d)`, and the noise.
template <class M, class N>
void check_method(const M& method, const N& noise, index_t steps, index_t size, index_t dim, const char* where) {
    if constexpr (requires { method.check(where); }) method.check(where);
    if constexpr (requires { method.check_batch(steps, size, dim); }) method.check_batch(steps, size, dim);
    check_noise(method, noise, steps, size, dim, where);
}

} // namespace detail

/// Satisfied by what takes points of D coordinates T under a policy from level to level: a method.
template <class M, class P, class T, index_t D>
concept usable_method = requires(const M m) {
    { m.stochastic() } -> std::same_as<bool>;
} && (one_call_method<M> || requires(const M m, const P policy) {
                            m.template stepper<T, D>(policy, index_t{}, index_t{});
                        });

/// Refuses to compile, in one sentence, what is given where a method belongs and is none.
template <class M, class P, class Z>
constexpr void require_method() {
    constexpr bool good = usable_method<M, P, batch_scalar_t<Z>, batch_view_of<Z>::static_dim>;
    static_assert(good,
                  "cdl: a method is ddim{}, ancestral{}, heun{}, dpm_solver_2{}, dpm_solver_pp_2m{} or one of your own "
                  "(docs/concepts.md)");
}

/// Satisfied by methods for double and a policy: they have a stepper, say whether they are stochastic.
template <class M, class P>
concept method = exec::policy<P> && requires(const M m, const P policy) {
    { m.stochastic() } -> std::same_as<bool>;
    stepper_for<double, dynamic>(policy, m, index_t{}, index_t{});
};

} // namespace cdl::sampler
