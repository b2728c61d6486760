// SPDX-License-Identifier: MIT
#pragma once

// What every objective promises: its cotangent is the derivative of its value, by differences and by automatic
// differentiation; a point's loss depends on its address and on nothing else of the batch; value and value_and_cotangent agree;
// the cotangent may lie where the answers lie; wrong shapes are refused; it costs the calls that it says, and no memory once
// it is prepared. One line instantiates
// the suite for a loss.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/objective/prepare.hpp>

#include <doctest/doctest.h>

#include <distribution/testing.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace cdl::laws {

/// n x d normal numbers, others for each seed.
template <class T = double>
std::vector<T> normal_batch(index_t n, index_t d, std::uint64_t seed) {
    std::vector<T> numbers;
    for (index_t i = 0; i < n * d; ++i) numbers.push_back(T(random::normal({seed, random::purpose::user}, 0, i)));
    return numbers;
}

inline constexpr random::noise_stream training_noise{17};

/// A denoiser that is good but not perfect, so that no derivative vanishes: that of standard normal data, and a bit.
struct imperfect {
    template <class Z, class S, class E>
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        const S noise = noise_scale(a), bit = S(0.125);
        for (index_t j = 0; j < z.size(); ++j) eps_hat[j] = S(S(noise * S(z[j])) + S(bit * signal_scale(a)));
    }
};

/// The derivative of the value along a direction of eps_hat is the product of the direction with the cotangent: by automatic
/// differentiation and by central differences, relative to the largest terms, in double. Differences err by the third
/// derivative of the value, which quadratic ones do not have.
template <class Loss>
void check_cotangent(const std::string& name, const Loss& loss, index_t n, index_t d, double of_differences = 1e-6) {
    CAPTURE(name);
    constexpr exec::serial policy{};
    const auto numbers = normal_batch(n, d, 1);
    const auto x = as_batch(numbers, d);
    auto training = objective::prepare(policy, loss, x);
    const auto q = training.queries(policy, x, training_noise, 3);
    const index_t m = q.size();
    std::vector<double> eps_hat(static_cast<std::size_t>(m * d)), cotangent(eps_hat.size());
    denoiser::lift(imperfect{})(policy, q.z, q.levels, as_batch(eps_hat, d));
    training.value_and_cotangent(policy, as_batch(eps_hat, d), as_batch(cotangent, d));
    double largest = 0;
    for (const double c : cotangent) largest = std::max(largest, std::abs(c));
    REQUIRE(largest > 0);

    double worst_difference = 0;
    for (std::size_t k = 0; k < eps_hat.size(); ++k) {
        const double h = 1e-4;
        auto above = eps_hat, below = eps_hat;
        above[k] += h, below[k] -= h;
        const double slope =
            (training.value(policy, as_batch(above, d)).value - training.value(policy, as_batch(below, d)).value) /
            (2 * h);
        worst_difference = std::max(worst_difference, std::abs(slope - cotangent[k]) / largest);
    }
    test::check_within(name + ", cotangent against differences", worst_difference, of_differences);

    using dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1, 1>>;
    std::vector<dual> x_dual(numbers.begin(), numbers.end()), answers(eps_hat.begin(), eps_hat.end());
    auto dual_training = objective::prepare(policy, loss, as_batch(x_dual, d));
    dual_training.queries(policy, as_batch(x_dual, d), training_noise, 3);
    double worst_dual = 0;
    for (int seed = 2; seed < 5; ++seed) {
        const auto direction = normal_batch(m, d, static_cast<std::uint64_t>(seed));
        double product = 0, size = 0;
        for (std::size_t k = 0; k < eps_hat.size(); ++k) {
            answers[k].derivatives()(0) = direction[k];
            product += direction[k] * cotangent[k];
            size += std::abs(direction[k] * cotangent[k]);
        }
        const double slope = dual_training.value(policy, as_batch(answers, d)).value.derivatives()(0);
        worst_dual = std::max(worst_dual, std::abs(slope - product) / size);
    }
    test::check_within(name + ", cotangent against automatic differentiation", worst_dual, 2e-15);
}

/// The losses and queries of a batch are those of its parts at their addresses; nothing of the order of the calls matters.
template <class Loss>
void check_addresses(const std::string& name, const Loss& loss, index_t n, index_t d) {
    CAPTURE(name);
    constexpr exec::serial policy{};
    const auto numbers = normal_batch(n, d, 1);
    const auto x = as_batch(numbers, d);
    const auto losses_of = [&](const auto& part, const random::noise_stream& stream) {
        auto training = objective::prepare(policy, loss, part);
        std::vector<double> eps_hat(static_cast<std::size_t>(training.query_count() * d));
        training.queries(policy, part, stream, 8); // another step in between changes nothing
        const auto q = training.queries(policy, part, stream, 2);
        denoiser::lift(imperfect{})(policy, q.z, q.levels, as_batch(eps_hat, d));
        training.value(policy, as_batch(eps_hat, d));
        return training.losses(policy);
    };
    const auto all = losses_of(x, training_noise);
    auto parts = losses_of(x.slice(0, 2), training_noise);
    const auto rest = losses_of(x.slice(2, n - 2), training_noise.starting_at(2));
    parts.insert(parts.end(), rest.begin(), rest.end());
    CHECK(parts == all);
    CHECK(losses_of(x, random::noise_stream{18}) != all);
}

/// The value is the mean of the losses with the error of the mean; the same with a cotangent, and with one in place.
template <class Loss>
void check_value(const std::string& name, const Loss& loss, index_t n, index_t d) {
    CAPTURE(name);
    constexpr exec::serial policy{};
    const auto numbers = normal_batch(n, d, 1);
    const auto x = as_batch(numbers, d);
    auto training = objective::prepare(policy, loss, x);
    const auto q = training.queries(policy, x, training_noise, 0);
    std::vector<double> eps_hat(static_cast<std::size_t>(q.size() * d)), cotangent(eps_hat.size());
    denoiser::lift(imperfect{})(policy, q.z, q.levels, as_batch(eps_hat, d));
    const auto value = training.value(policy, as_batch(eps_hat, d));
    const auto losses = training.losses(policy);
    double mean = 0, squares = 0;
    for (const double l : losses) mean += l / static_cast<double>(n);
    for (const double l : losses) squares += (l - mean) * (l - mean);
    CHECK(value.value == doctest::Approx(mean).epsilon(1e-14));
    CHECK(value.standard_error ==
          doctest::Approx(std::sqrt(squares / static_cast<double>(n * (n - 1)))).epsilon(1e-12));
    CHECK(value.denoiser_calls == training.query_count());
    const auto again = training.value_and_cotangent(policy, as_batch(eps_hat, d), as_batch(cotangent, d));
    CHECK(again.value == value.value);
    CHECK(again.standard_error == value.standard_error);
    auto in_place = eps_hat;
    CHECK(training.value_and_cotangent(policy, as_batch(in_place, d), as_batch(in_place, d)).value == value.value);
    CHECK(in_place == cotangent);
    CHECK(objective::evaluate(policy, loss, imperfect{}, x, training_noise, 0).value == value.value);
    // coordinates side by side, and a static dimension, change no bit
    if (d == 2) {
        const auto rows = batch_view<const double, 2>(numbers.data(), n);
        CHECK(objective::evaluate(policy, loss, imperfect{}, rows, training_noise, 0).value == value.value);
        std::vector<double> columns(numbers.size());
        for (index_t i = 0; i < n; ++i)
            for (index_t j = 0; j < d; ++j)
                columns[static_cast<std::size_t>(j * n + i)] = numbers[static_cast<std::size_t>(i * d + j)];
        const batch_view<const double, 2, coord_major> turned(columns.data(), n);
        CHECK(objective::evaluate(policy, loss, imperfect{}, turned, training_noise, 0).value == value.value);
    }
}

/// Counts the points that it is asked for.
struct counting_denoiser {
    index_t* points;

    template <exec::policy P, class Z, class T, class E>
    void operator()(const P& policy, const Z& z, const level_view<T, typename P::space>& levels,
                    const E& eps_hat) const {
        *points += z.size();
        denoiser::lift(imperfect{})(policy, z, levels, eps_hat);
    }
};

/// Runs as serial does and counts how often it is asked for memory.
struct counting_policy : exec::serial {
    index_t* allocations;
    explicit counting_policy(index_t* counter) : allocations(counter) {}

    template <class T>
    exec::buffer<T, host> allocate(index_t n) const {
        ++*allocations;
        return exec::buffer<T, host>(n);
    }
};

/// The denoiser is asked as often as the estimate says, and memory is allocated when the loss is prepared and never again.
template <class Loss>
void check_cost(const std::string& name, const Loss& loss, index_t n, index_t d) {
    CAPTURE(name);
    const auto numbers = normal_batch(n, d, 1);
    const auto x = as_batch(numbers, d);
    index_t points = 0, allocations = 0;
    const auto value = objective::evaluate(exec::serial{}, loss, counting_denoiser{&points}, x, training_noise);
    CHECK(points == value.denoiser_calls);
    const counting_policy policy(&allocations);
    auto training = objective::prepare(policy, loss, x);
    CHECK(allocations > 0);
    std::vector<double> eps_hat(static_cast<std::size_t>(points * d)), cotangent(eps_hat.size());
    allocations = 0;
    for (index_t step = 0; step < 2; ++step) {
        training.queries(policy, x, training_noise, step);
        training.value_and_cotangent(policy, as_batch(eps_hat, d), as_batch(cotangent, d));
    }
    CHECK(allocations == 0);
}

/// What does not fit is refused, before anything is written.
template <class Loss>
void check_refusals(const std::string& name, const Loss& loss, index_t n, index_t d) {
    CAPTURE(name);
    constexpr exec::serial policy{};
    const auto numbers = normal_batch(n, d, 1);
    const auto x = as_batch(numbers, d);
    auto training = objective::prepare(policy, loss, x);
    const index_t m = training.query_count();
    std::vector<double> eps_hat(static_cast<std::size_t>(m * d), 0.5), cotangent(eps_hat.size(), 7.0);
    const auto text = [](const auto& call) -> std::string {
        try {
            call();
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "accepted";
    };
    const auto shape = [](index_t count, index_t dim) { return std::to_string(count) + " x " + std::to_string(dim); };
    CHECK(text([&] { training.value(policy, as_batch(eps_hat, d)); }) ==
          "cdl::objective::value: queries: must be asked for first; got none");
    CHECK(text([&] { training.queries(policy, x.slice(0, n - 1), training_noise, 0); }) ==
          "cdl::objective::queries: x: must have the shape that was prepared for; got " + shape(n - 1, d) + " for " +
              shape(n, d));
    CHECK(text([&] { training.queries(policy, x, training_noise, -1); }) ==
          "cdl::objective::queries: step: must be from 0 to 2^32 - 1; got -1");
    CHECK(text([&] { training.queries(policy, x, training_noise, index_t{1} << 32); })
              .starts_with(
                  "cdl::objective::queries: step: must be below 2^32 / draws for each point; got 4294967296 with "));
    training.queries(policy, x, training_noise, 0);
    CHECK(text([&] { training.value(policy, as_batch(eps_hat, d).slice(0, m - 1)); }) ==
          "cdl::objective::value: eps_hat: must have the shape of the queries; got " + shape(m - 1, d) + " for " +
              shape(m, d));
    CHECK(text([&] {
              training.value_and_cotangent(policy, as_batch(eps_hat, d).slice(0, m - 1), as_batch(cotangent, d));
          }).starts_with("cdl::objective::value: eps_hat: "));
    CHECK(text([&] {
              training.value_and_cotangent(policy, as_batch(eps_hat, d), as_batch(cotangent, d).slice(0, m - 1));
          }) == "cdl::objective::value_and_cotangent: cotangent: must have the shape of the queries; got " +
                    shape(m - 1, d) + " for " + shape(m, d));
    const batch_view<double, dynamic, strided> shared(cotangent.data(), m, d, 0, 1);
    CHECK(text([&] { training.value_and_cotangent(policy, as_batch(eps_hat, d), shared); }) ==
          "cdl::objective::value_and_cotangent: cotangent: points must not share memory; got point stride 0");
    CHECK(std::all_of(cotangent.begin(), cotangent.end(), [](double c) { return c == 7.0; }));
    CHECK(text([&] { objective::prepare(policy, loss, x.slice(0, 0)); }) ==
          "cdl::objective::prepare: x: must not be empty; got " + shape(0, d));
}

/// A single point has a value; its error is not known.
template <class Loss>
void check_single_point(const std::string& name, const Loss& loss, index_t d) {
    CAPTURE(name);
    const auto numbers = normal_batch(1, d, 1);
    const auto value = objective::evaluate(exec::serial{}, loss, imperfect{}, as_batch(numbers, d), training_noise);
    CHECK(std::isfinite(value.value));
    CHECK(value.standard_error == std::numeric_limits<double>::infinity());
}

/// What a float sees is what a double sees, rounded.
template <class Loss>
void check_float(const std::string& name, const Loss& loss, index_t n, index_t d, double bound) {
    const auto numbers = normal_batch(n, d, 1);
    const std::vector<float> rounded(numbers.begin(), numbers.end());
    const std::vector<double> same(rounded.begin(), rounded.end());
    const auto value = objective::evaluate(exec::serial{}, loss, imperfect{}, as_batch(rounded, d), training_noise);
    const auto exact = objective::evaluate(exec::serial{}, loss, imperfect{}, as_batch(same, d), training_noise);
    test::check_within(name + ", float against double, in epsilon of float",
                       std::abs(static_cast<double>(value.value) - exact.value) / std::abs(exact.value) /
                           static_cast<double>(std::numeric_limits<float>::epsilon()),
                       bound);
}

/// All of it. `independent`: levels do not depend on the batch.
template <class Loss>
void check_objective(const std::string& name, const Loss& loss, bool independent = true, double float_bound = 10,
                     double of_differences = 1e-6) {
    static_assert(objective::loss<Loss, exec::serial, double> && objective::loss<Loss, exec::serial, float>);
    for (const index_t d : {1, 2, 3}) {
        const std::string of_dim = name + ", d = " + std::to_string(d);
        check_cotangent(of_dim, loss, 5, d, of_differences);
        if (independent) check_addresses(of_dim, loss, 7, d);
        check_value(of_dim, loss, 7, d);
        check_single_point(of_dim, loss, d);
    }
    check_cost(name, loss, 5, 2);
    check_refusals(name, loss, 3, 2);
    check_float(name, loss, 50, 2, float_bound);
}

} // namespace cdl::laws
