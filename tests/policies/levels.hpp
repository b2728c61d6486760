// SPDX-License-Identifier: MIT
#pragma once

// All functions of one and two levels, run by a policy: packs and devices have another exp, log and sqrt.

#include <cdl/channel/composition.hpp>
#include <cdl/channel/posterior.hpp>
#include <cdl/denoiser/prediction.hpp>
#include <cdl/schedule/level_sampling.hpp>
#include <cdl/schedule/linear_log_snr.hpp>

#include "policies/comparing.hpp"

namespace cdl::test {

/// Columns of numbers, one for each function.
template <class T>
struct columns {
    T* numbers;
    index_t n;

    template <class S>
    CDL_HD void set(index_t column, lanes<S> group, const S& value) const {
        scatter(group, value, [&](index_t i, const T& number) { numbers[column * n + i] = number; });
    }
};

/// Functions of a level and of a pair of levels whose values have a relative precision.
template <class T>
struct functions_of_levels {
    static constexpr index_t count = 21;

    const T *as, *zetas;
    columns<T> out;

    template <class S>
    CDL_HD void operator()(lanes<S> group) const {
        const log_snr<S> a{gather(group, [this](index_t i) { return as[i]; })};
        const log_snr<S> zeta{gather(group, [this](index_t i) { return zetas[i]; })};
        const auto share = share_of_noise(a, zeta);
        const log_snr<S> cleaner{max_of(a.value, zeta.value)}, noisier{min_of(a.value, zeta.value)};
        const auto to = channel::transition(cleaner, noisier);
        const auto back = channel::posterior(cleaner, noisier);
        const auto from_noise = channel::posterior_from_noise(cleaner, noisier);
        const S values[count] = {signal_scale(a),
                                 noise_scale(a),
                                 signal_power(a),
                                 noise_power(a),
                                 to_edm_sigma(a),
                                 math::softplus(a.value),
                                 math::log_sigmoid(a.value),
                                 share.b,
                                 share.rotation,
                                 share.one_minus_b,
                                 composition_gap(a, zeta),
                                 composed_noise_power(a, zeta),
                                 to.from_z,
                                 to.variance,
                                 back.from_z,
                                 back.from_other,
                                 back.variance,
                                 from_noise.from_z,
                                 from_noise.from_other,
                                 channel::snr_ratio_minus_one(cleaner, noisier),
                                 channel::new_noise_share(cleaner, noisier)};
        for (index_t c = 0; c < count; ++c) out.set(c, group, values[c]);
    }
};

/// Functions whose values are good to a rounding of 1, or of their largest argument.
template <class T>
struct levels_of_functions {
    static constexpr index_t count = 6;

    const T *as, *zetas;
    columns<T> out;
    schedule::linear_log_snr<T> schedule;

    template <class S>
    CDL_HD void operator()(lanes<S> group) const {
        const log_snr<S> a{gather(group, [this](index_t i) { return as[i]; })};
        const log_snr<S> zeta{gather(group, [this](index_t i) { return zetas[i]; })};
        const S values[count - 2] = {compose(a, zeta).value, from_alpha_bar(signal_power(zeta)).value,
                                     from_one_minus_alpha_bar(noise_power(a)).value,
                                     from_edm_sigma(to_edm_sigma(a)).value};
        for (index_t c = 0; c < count - 2; ++c) out.set(c, group, values[c]);
        for (index_t l = 0; l < group.count; ++l) { // schedules work on numbers
            const T t = schedule.time_of(log_snr<T>{as[group[l]]});
            out.set(count - 2, lanes<T>{group[l], 1}, t);
            out.set(count - 1, lanes<T>{group[l], 1}, schedule.at(t).value);
        }
    }
};

/// The levels that Monte-Carlo integrals visit, and one over their density.
template <class T>
struct sampled_levels {
    static constexpr index_t count = 2;

    schedule::logistic_levels law;
    random::noise_stream stream;
    columns<T> out;

    template <class S>
    CDL_HD void operator()(lanes<S> group) const {
        const S u = gather(group, [this](index_t i) { return random::uniform(stream, 0, i); });
        const auto upper = S(0.5) < u;
        const S tail = select(upper, S(S(1) - u), u), side = select(upper, S(-1), S(1));
        out.set(0, group, law.at(tail, side).value);
        out.set(1, group, law.inverse_density(tail, side));
    }
};

/// n levels between -`largest` and `largest`.
template <class T>
std::vector<T> some_levels(index_t n, double largest, std::uint64_t seed) {
    std::vector<T> levels;
    for (index_t i = 0; i < n; ++i)
        levels.push_back(static_cast<T>(largest * (2 * random::uniform({seed, random::purpose::user}, 0, i) - 1)));
    return levels;
}

TEST_CASE_TEMPLATE("Functions of levels match serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const index_t n : ugly_sizes)
        for (const double largest : {3.0, 30.0}) {
            CAPTURE(n);
            CAPTURE(largest);
            const auto as = some_levels<T>(n, largest, 6), zetas = some_levels<T>(n, largest, 7);
            // promised are 5 ULP to serial and twice that to packs (composition_gap: 8), an ULP is up to one epsilon
            matches_serial<S>("functions of levels", rounding{24}, [&](const auto& policy) {
                const auto a = policy.put(as.data(), n), zeta = policy.put(zetas.data(), n);
                const auto out = policy.template allocate<T>(n * functions_of_levels<T>::count);
                policy.template for_each_lanes<T>(n, functions_of_levels<T>{a.data(), zeta.data(), {out.data(), n}});
                return brought_back(policy, out);
            });
        }
}

TEST_CASE_TEMPLATE("Levels of functions match serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const index_t n : ugly_sizes) {
        CAPTURE(n);
        const auto as = some_levels<T>(n, 3, 8), zetas = some_levels<T>(n, 3, 9);
        // the level of a power p that is wrong by some ULP is wrong by them over 1 - p, 1 / 21 at level 3
        matches_serial<S>("levels of functions", rounding{60, 3}, [&](const auto& policy) {
            const auto a = policy.put(as.data(), n), zeta = policy.put(zetas.data(), n);
            const auto out = policy.template allocate<T>(n * levels_of_functions<T>::count);
            policy.template for_each_lanes<T>(
                n, levels_of_functions<T>{a.data(), zeta.data(), {out.data(), n}, {{T(10)}, {T(-10)}}});
            return brought_back(policy, out);
        });
    }
}

TEST_CASE_TEMPLATE("Sampled levels and their densities match serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const index_t n : ugly_sizes) {
        CAPTURE(n);
        // the level is location + scale logit(u): the logarithm is good to 2 ULP, 3 when packed, of at most 13
        matches_serial<S>("sampled levels", rounding{8, 2}, [&](const auto& policy) {
            const auto out = policy.template allocate<T>(n * sampled_levels<T>::count);
            policy.template for_each_lanes<T>(
                n, sampled_levels<T>{{0.5, 1.7}, {10, random::purpose::level}, {out.data(), n}});
            return brought_back(policy, out);
        });
    }
}

} // namespace cdl::test
