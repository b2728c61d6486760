// SPDX-License-Identifier: MIT
#pragma once

// The exact noise classifier, the denoiser made of it, CDM's objective, and what is read off logits.

#include <cdl/classifier/calibration.hpp>
#include <cdl/classifier/cumulative_logits.hpp>
#include <cdl/classifier/likelihood.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/objective/classification.hpp>
#include <cdl/objective/prepare.hpp>

#include "policies/comparing.hpp"
#include "policies/mixtures.hpp"

namespace cdl::test {

inline constexpr index_t steps_of_classes = 6;

template <class T, class P>
auto some_classes(const P& policy) {
    return classifier::noise_classes<T, space_of<P>>(
        policy, schedule::discrete_levels<T>::ddpm_linear(steps_of_classes, 0.01, 0.9),
        std::vector<T>{1, 2, 3, 4, 3, 2, 1});
}

/// Appends the numbers of a batch in a policy's memory.
template <class T, class P>
void append(const P& policy, std::vector<T>& numbers, const exec::buffer<T, space_of<P>>& memory) {
    const auto more = brought_back(policy, memory);
    numbers.insert(numbers.end(), more.begin(), more.end());
}

// Logits are up to z^2 / 2 large.
inline constexpr rounding of_logits{24, 4};

TEST_CASE_TEMPLATE("Logits, posteriors, gradients and likelihoods of the exact classifier match serial", S,
                   tested<float>, tested<double>) {
    using T = typename S::scalar;
    const auto mixture = some_mixture<T, 2, covariance::full>(3, 2);
    constexpr index_t count = steps_of_classes + 1;
    for (const index_t n : small_ugly_sizes) {
        CAPTURE(n);
        const auto x = normal_numbers<T>(n * 2, 31, 1.5);
        matches_serial<S>("exact classifier", of_logits, [&](const auto& policy) {
            using space = space_of<decltype(policy)>;
            const auto on_policy = mixture.on(policy);
            const auto classes = some_classes<T>(policy);
            const classifier::exact c{denoiser::optimal(on_policy), classes};
            const auto points = placed<packed_points, 2>(policy, x, n, 2);
            const auto logits = policy.template allocate<T>(n * count), sums = policy.template allocate<T>(n * count);
            const auto gradients = policy.template allocate<T>(n * 2), likelihoods = policy.template allocate<T>(n);
            std::vector<index_t> own;
            for (index_t i = 0; i < n; ++i) own.push_back(1 + i % count);
            const auto ks = policy.put(own.data(), n);
            const batch_view<T, dynamic, coord_major, space> of_classes(logits.data(), n, count);
            const batch_view<T, dynamic, point_major, space> summed(sums.data(), n, count);
            const batch_view<T, 2, point_major, space> of_gradients(gradients.data(), n, 2);
            const batch_view<T, 1, point_major, space> of_likelihoods(likelihoods.data(), n, 1);
            std::vector<T> numbers;
            classifier::logits(policy, c, points.view(), of_classes);
            append(policy, numbers, logits);
            classifier::log_posteriors(policy, c, points.view(), of_classes);
            append(policy, numbers, logits);
            classifier::log_likelihoods(policy, of_classes, classes, 2, points.view(), of_likelihoods);
            append(policy, numbers, likelihoods);
            classifier::ratio_gradients(policy, c, points.view(), {ks.data(), own.size()}, of_gradients);
            append(policy, numbers, gradients);
            classifier::cumulative_logits(policy, of_classes, summed);
            append(policy, numbers, sums);
            classifier::cumulative_logits_pull_back(policy, of_classes, summed);
            append(policy, numbers, sums);
            return numbers;
        });
    }
}

/// Input gradients of the exact classifier in batches.
template <class C>
struct gradients_in_batches {
    C classifier;

    template <class P, class Z, class Out>
    void operator()(const P& policy, const Z& z, std::span<const index_t> steps, const Out& out) const {
        classifier::ratio_gradients(policy, classifier, z, steps, out);
    }
};

TEST_CASE_TEMPLATE("Denoisers made of classifiers match serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    const auto mixture = some_mixture<T, dynamic, covariance::isotropic>(3, 3);
    for (const index_t n : small_ugly_sizes)
        for (const auto& kind : two_levels) {
            CAPTURE(n);
            const auto x = normal_numbers<T>(n * 3, 32, 1.5);
            matches_serial<S>("denoiser of a classifier", {10, 2}, [&](const auto& policy) {
                const auto on_policy = mixture.on(policy);
                const auto classes = some_classes<T>(policy);
                const classifier::exact c{denoiser::optimal(on_policy), classes};
                const auto points = placed<packed_points>(policy, x, n, 3);
                const placed_levels<T, decltype(policy)> levels(policy, kind, n);
                const auto out = room_for<T, packed_points>(policy, n, 3);
                denoiser::lift(denoiser::from_classifier(c))(policy, points.view(), levels.view(), out.view());
                auto numbers = out.numbers(policy);
                using gradients = gradients_in_batches<std::remove_const_t<decltype(c)>>;
                denoiser::from_batch_classifier batches(policy, c.levels(), gradients{c});
                batches(policy, points.view(), levels.view(), out.view());
                const auto more = out.numbers(policy);
                numbers.insert(numbers.end(), more.begin(), more.end());
                return numbers;
            });
        }
}

template <class T>
void append(std::vector<T>& numbers, const density::estimate<T>& result) {
    numbers.push_back(result.value);
    numbers.push_back(result.standard_error);
}

template <class T>
void append(std::vector<T>& numbers, const classifier::cell<T>& cell) {
    numbers.push_back(cell.value);
    numbers.push_back(cell.standard_error);
}

TEST_CASE_TEMPLATE("The classification objective matches serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    const auto mixture = some_mixture<T, 2, covariance::diagonal>(3, 2);
    const objective::classification<T> loss{schedule::discrete_levels<T>::uniform_noise(steps_of_classes), {}, 0.5, 2};
    constexpr index_t count = steps_of_classes + 1;
    for (const index_t n : {1, 7, 597}) {
        CAPTURE(n);
        const auto x = normal_numbers<T>(n * 2, 33, 1.5);
        matches_serial<S>("classification", {4, 4}, [&](const auto& policy) {
            using space = space_of<decltype(policy)>;
            const auto on_policy = mixture.on(policy);
            const classifier::noise_classes classes(policy, loss.levels);
            const classifier::exact c{denoiser::optimal(on_policy), classes};
            const auto points = placed<spread_out, 2>(policy, x, n, 2);
            auto training = objective::prepare(policy, loss, points.view());
            const auto q = training.queries(policy, points.view(), {.seed = 9}, 2);
            const auto logits = policy.template allocate<T>(n * count), gradients = policy.template allocate<T>(n * 2);
            const batch_view<T, dynamic, point_major, space> of_classes(logits.data(), n, count);
            const batch_view<T, 2, point_major, space> of_gradients(gradients.data(), n, 2);
            classifier::logits(policy, c, q.z, of_classes);
            classifier::ratio_gradients(policy, c, q.z, q.classes, of_gradients);
            std::vector<T> numbers;
            const auto value =
                training.value_and_cotangents(policy, of_classes, of_gradients, of_classes, of_gradients);
            append(numbers, static_cast<const density::estimate<T>&>(value));
            append(numbers, value.cross_entropy);
            append(numbers, value.squared_error);
            append(numbers, static_cast<const density::estimate<T>&>(
                                objective::evaluate(policy, loss, c, points.view(), {.seed = 9}, 2)));
            append(policy, numbers, logits);
            append(policy, numbers, gradients);
            return numbers;
        });
    }
}

TEST_CASE_TEMPLATE("Confusion matrices and calibration match serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const index_t n : {1, 7, 597}) {
        CAPTURE(n);
        const auto x = normal_numbers<T>(n * 4, 34, 2);
        std::vector<index_t> truth;
        for (index_t i = 0; i < n; ++i) truth.push_back(1 + i % 3);
        matches_serial<S>("confusion", {6, 1}, [&](const auto& policy) {
            const auto logits = placed<backwards>(policy, x, n, 4);
            const auto m = classifier::confusion(policy, logits.view(), truth);
            std::vector<T> numbers;
            for (const auto& cell : m.probabilities) append(numbers, cell);
            for (const auto& cell : m.decisions) append(numbers, cell);
            append(numbers, m.accuracy);
            append(numbers, m.cross_entropy);
            const auto curve = classifier::calibration(policy, logits.view(), truth, 1);
            numbers.push_back(curve.bins[0].mean_prediction);
            append(numbers, curve.bins[0].observed);
            const auto itself = classifier::calibration(policy, logits.view(), logits.view(), 1);
            numbers.push_back(itself.bins[0].mean_prediction);
            append(numbers, itself.bins[0].observed);
            return numbers;
        });
    }
}

} // namespace cdl::test
