// SPDX-License-Identifier: MIT
#pragma once

// Every sampler, with the exact denoiser of a mixture and one of one's own: at ugly sizes, in every arrangement.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/dpm_solver.hpp>
#include <cdl/sampler/heun.hpp>
#include <cdl/sampler/run.hpp>

#include "policies/comparing.hpp"
#include "policies/mixtures.hpp"

namespace cdl::test {

/// The optimal denoiser of N(0, 1/4) data, on any scalar.
struct denoiser_of_narrow_data {
    template <class Z, class S, class E>
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        const S factor = S(noise_scale(a) / S(S(0.25) * signal_power(a) + noise_power(a)));
        for (index_t j = 0; j < z.size(); ++j) eps_hat[j] = S(factor * S(z[j]));
    }
};

/// From pure noise, with a repeated level, to clean data.
template <class T>
std::vector<log_snr<T>> grid_with_ends() {
    return {pure_noise<T>(), {T(-6)}, {T(-3)}, {T(-1)}, {T(-1)}, {T(0.5)}, {T(3)}, {T(7)}, clean<T>()};
}

/// From a level that is noise but for a thousandth, so that rounding is not magnified.
template <class T>
std::vector<log_snr<T>> grid_inside() {
    return {{T(-7)}, {T(-5)}, {T(-3)}, {T(-1)}, {T(0.5)}, {T(3)}, {T(7)}};
}

inline constexpr random::noise_stream steps_noise{31, random::purpose::sampler};

/// The n points that a method makes of noise.
template <class T, index_t D, class A, class Method, class P, class F>
std::vector<T> sampled_points(const P& policy, const Method& method, const F& denoiser,
                              const std::vector<log_snr<T>>& grid, index_t n, index_t d) {
    const auto z = placed<A, D>(policy, normal_numbers<T>(n * d, 30), n, d);
    sampler::run(policy, method, denoiser, grid, z.view(), steps_noise);
    return z.numbers(policy);
}

/// Rounding, of coefficients and of denoisers, grows by what a step magnifies: S'/S for the estimate of x, and the distance
/// of modes. Numbers here are below 8, and grids begin where S is 0.03.
template <class S, index_t D, class A, class Method>
void samples_like_serial(const std::string& name, const Method& method, index_t n, index_t d, const rounding& bound) {
    using T = typename S::scalar;
    CAPTURE(n);
    CAPTURE(d);
    const auto mixture = some_mixture<T, D, covariance::diagonal>(3, d);
    matches_serial<S>(name + ", mixture", bound, [&](const auto& policy) {
        const auto on_policy = mixture.on(policy);
        return sampled_points<T, D, A>(policy, method, denoiser::optimal(on_policy), grid_inside<T>(), n, d);
    });
}

template <class S, class Method>
void samples_like_serial(const std::string& name, const Method& method, const rounding& bound) {
    using T = typename S::scalar;
    for (const index_t n : small_ugly_sizes) {
        samples_like_serial<S, 2, packed_points>(name, method, n, 2, bound);
        samples_like_serial<S, dynamic, spread_out>(name, method, n, 3, bound);
        samples_like_serial<S, dynamic, backwards>(name, method, n, 1, bound);
    }
    // both ends; what begins at pure noise has half of its digits
    matches_serial<S>(name + ", ends", rounding{0.25 / std::sqrt(epsilon<T>), 8}, [&](const auto& policy) {
        return sampled_points<T, 2, packed_coords>(policy, method, denoiser_of_narrow_data{}, grid_with_ends<T>(), 597,
                                                   2);
    });
}

TEST_CASE_TEMPLATE("DDIM matches serial", S, tested<float>, tested<double>) {
    samples_like_serial<S>("ddim", sampler::ddim{}, {40, 8});
    samples_like_serial<S>("ddim, eta 1/2", sampler::ddim{0.5}, {40, 8});
}

TEST_CASE_TEMPLATE("DDIM of many points matches serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    matches_serial<S>("ddim, many", {40, 8}, [&](const auto& policy) {
        return sampled_points<T, 2, packed_points>(policy, sampler::ddim{0.5}, denoiser_of_narrow_data{},
                                                   grid_inside<T>(), 65537, 2);
    });
}

TEST_CASE_TEMPLATE("Ancestral sampling matches serial", S, tested<float>, tested<double>) {
    samples_like_serial<S>("ancestral", sampler::ancestral{}, {40, 8});
    samples_like_serial<S>("ancestral, forward", sampler::ancestral{sampler::step_variance::forward}, {40, 8});
}

TEST_CASE_TEMPLATE("Heun matches serial", S, tested<float>, tested<double>) {
    samples_like_serial<S>("heun", sampler::heun{}, {40, 8});
    sampler::heun churning;
    churning.s_churn = 2;
    samples_like_serial<S>("heun, churn", churning, {40, 8});
}

TEST_CASE_TEMPLATE("DPM-Solver matches serial", S, tested<float>, tested<double>) {
    samples_like_serial<S>("dpm_solver_2", sampler::dpm_solver_2{}, {40, 8});
    samples_like_serial<S>("dpm_solver_pp_2m", sampler::dpm_solver_pp_2m{}, {40, 8});
}

TEST_CASE_TEMPLATE("Samplers of 100 dimensions match serial", S, tested<float>, tested<double>) {
    // too wide for registers; the rounding of squared distances is that of the denoiser's own test
    for (const index_t n : {1, 7, 65}) {
        samples_like_serial<S, dynamic, packed_points>("ddim, wide", sampler::ddim{0.5}, n, 100, {1000, 8});
        samples_like_serial<S, dynamic, spread_out>("heun, wide", sampler::heun{}, n, 100, {1000, 8});
        samples_like_serial<S, dynamic, packed_points>("dpm_solver_pp_2m, wide", sampler::dpm_solver_pp_2m{}, n, 100,
                                                       {1000, 8});
    }
}

TEST_CASE_TEMPLATE("Starts have the bits of serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const index_t n : ugly_sizes)
        same_bits_as_serial<S>([&](const auto& policy) {
            const auto z = room_for<T, packed_points, 2>(policy, n, 2);
            sampler::draw_start(policy, random::noise_stream{3}, z.view());
            return z.numbers(policy);
        });
}

} // namespace cdl::test
