// SPDX-License-Identifier: MIT
#pragma once

// Networks as denoisers, and the cotangents that go back through them.

#include <cdl/denoiser/network_pull_back.hpp>

#include "policies/comparing.hpp"

namespace cdl::test {

/// output_i = input_i / (1 + |told_i|), under any policy.
struct fading_network {
    template <class In, class T, class Out>
    struct pass {
        In input;
        const T* told;
        Out output;

        CDL_HD void operator()(index_t i) const {
            using std::abs;
            for (index_t j = 0; j < input.dim(); ++j) output(i, j) = T(input(i, j) / T(T(1) + abs(told[i])));
        }
    };

    template <class P, class In, class T, class Out>
    void operator()(const P& policy, const In& input, std::span<const T> told, const Out& output) const {
        policy.for_each_index(input.size(), pass<In, T, Out>{input, told.data(), output});
    }
};

/// eps_hat of the network, a cotangent of its output, and the cotangents of points and levels, n x d and n numbers.
template <class T, class A, class P>
std::vector<T> asked_of_network(const P& policy, denoiser::predicts output, denoiser::told level, denoiser::shown input,
                                const levels_of_batch& levels, index_t n, index_t d) {
    const std::vector<log_snr<T>> table{{T(6)}, {T(2)}, {T(0.25)}, {T(-3)}};
    const auto steps = policy.put(table.data(), static_cast<index_t>(table.size()));
    const denoiser::parametrisation<T, space_of<P>> convention{
        .output = output,
        .level = level,
        .input = input,
        .sigma_data = 0.5,
        .steps = denoiser::sorted_levels<T, space_of<P>>(steps.data(), static_cast<index_t>(table.size()))};
    denoiser::from_network f(policy, convention, fading_network{});
    const auto z = placed<A>(policy, normal_numbers<T>(n * d, 61, 1.5), n, d);
    const auto said = placed<A>(policy, normal_numbers<T>(n * d, 62), n, d);
    const auto of_eps = placed<packed_points>(policy, normal_numbers<T>(n * d, 63), n, d);
    const auto of_input = placed<spread_out>(policy, normal_numbers<T>(n * d, 64), n, d);
    const auto told_numbers = normal_numbers<T>(n, 65);
    const auto of_told = policy.put(told_numbers.data(), n), of_level = policy.put(told_numbers.data(), n);
    const auto eps_hat = room_for<T, A>(policy, n, d), z_bar = room_for<T, A>(policy, n, d);
    const placed_levels<T, P> a(policy, levels, n);
    f(policy, z.view(), a.view(), eps_hat.view());
    denoiser::network_pull_back(policy, convention, z.view(), a.view(), said.view(), of_eps.view(), of_input.view(),
                                of_told.data(), z_bar.view(), of_level.data());
    denoiser::output_cotangent(policy, convention, a.view(), of_eps.view());
    std::vector<T> all;
    for (const auto& numbers :
         {eps_hat.numbers(policy), z_bar.numbers(policy), brought_back(policy, of_level), of_eps.numbers(policy)})
        all.insert(all.end(), numbers.begin(), numbers.end());
    return all;
}

// Factors are good to 8 epsilon; they are up to e^4 at level 8, their slopes half of that.
TEST_CASE_TEMPLATE("Networks and their cotangents match serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    using denoiser::predicts, denoiser::told, denoiser::shown;
    for (const index_t n : ugly_sizes)
        for (const auto& levels : two_levels) {
            CAPTURE(n);
            const auto matches = [&](predicts output, told level, shown input) {
                matches_serial_by_index<S>("network", rounding{40, 64}, [&](const auto& policy) {
                    return asked_of_network<T, packed_points>(policy, output, level, input, levels, n, 2);
                });
            };
            matches(predicts::eps, told::step, shown::z);
            matches(predicts::v, told::edm_sigma, shown::z);
            matches(predicts::edm, told::edm_c_noise, shown::scaled_y);
        }
    for (const auto& levels : {all_levels[0], all_levels[1], all_levels[4]}) // x and y at levels that determine them
        for (const auto output : {predicts::score, predicts::v})
            matches_serial_by_index<S>("network, spread out", rounding{40, 64}, [&](const auto& policy) {
                return asked_of_network<T, spread_out>(policy, output, told::log_snr, shown::z, levels, 597, 3);
            });
    matches_serial_by_index<S>("network, x from y", rounding{40, 64}, [&](const auto& policy) {
        return asked_of_network<T, backwards>(policy, predicts::x, told::edm_sigma, shown::y, all_levels[0], 597, 70);
    });
}

} // namespace cdl::test
