// SPDX-License-Identifier: MIT
// The least that a loss must offer is enough, and without any one of it the type is refused.

#include <cdl/exec/serial.hpp>
#include <cdl/objective/contrastive.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/objective/weighted_sum.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {
using cdl::index_t;
using cdl::log_snr;
using cdl::exec::serial;
using cdl::objective::loss;
using cdl::objective::training_objective;

static_assert(loss<cdl::objective::denoising<>, serial, double> && loss<cdl::objective::contrastive<>, serial, float>);
static_assert(
    loss<cdl::objective::weighted_sum<cdl::objective::denoising<>, cdl::objective::contrastive<>>, serial, double>);
static_assert(!loss<int, serial, double> && !loss<cdl::objective::denoising<>, int, double>);

/// Asks for each point itself, clean but for its level, and wants the answer 1.
template <class T>
struct minimal_evaluator {
    index_t n;
    index_t points() const { return n; }
    index_t query_count() const { return n; }
    void check_step(index_t, const char*) const {}
    void ask(const serial&, const auto& x, const cdl::random::noise_stream&, index_t, const auto& z,
             log_snr<T>* levels) {
        for (index_t i = 0; i < n; ++i) {
            levels[i] = {T(2)};
            for (index_t j = 0; j < x.dim(); ++j) z(i, j) = x(i, j);
        }
    }
    void answer(const serial&, const auto& eps_hat, const auto& cotangent, T scale, T* losses) {
        for (index_t i = 0; i < n; ++i) {
            losses[i] = T(0);
            for (index_t j = 0; j < eps_hat.dim(); ++j) {
                losses[i] += eps_hat(i, j) - T(1);
                if (cotangent.data() != nullptr) cotangent(i, j) = scale / T(n);
            }
        }
    }
};
struct minimal {
    template <class T, index_t D>
    minimal_evaluator<T> evaluator(const serial&, index_t n, index_t) const {
        return {n};
    }
};
static_assert(loss<minimal, serial, double>);

template <class T>
struct without_steps : minimal_evaluator<T> {
    void check_step(index_t, const char*) const = delete;
};
template <class T>
struct uncounted : minimal_evaluator<T> {
    index_t query_count() const = delete;
};
template <class T>
struct mute : minimal_evaluator<T> {
    void ask(const serial&, const auto&, const cdl::random::noise_stream&, index_t, const auto&, log_snr<T>*) = delete;
};
template <class T>
struct deaf : minimal_evaluator<T> {
    void answer(const serial&, const auto&, const auto&, T, T*) = delete;
};
template <template <class> class Evaluator>
struct loss_of {
    template <class T, index_t D>
    Evaluator<T> evaluator(const serial&, index_t n, index_t) const {
        return {{n}};
    }
};
static_assert(!loss<loss_of<without_steps>, serial, double> && !loss<loss_of<uncounted>, serial, double> &&
              !loss<loss_of<mute>, serial, double> && !loss<loss_of<deaf>, serial, double>);

using prepared = decltype(cdl::objective::prepare(serial{}, minimal{}, std::vector<double>{}));
static_assert(training_objective<prepared, serial, double>);
static_assert(!training_objective<prepared, serial, float> && !training_objective<minimal, serial, double>);

struct zero {
    void operator()(const auto& z, const auto&, auto&& eps_hat) const {
        for (index_t j = 0; j < z.size(); ++j) eps_hat[j] = 0;
    }
};
} // namespace

TEST_CASE("a loss that offers the least can be prepared, evaluated and summed") {
    const std::vector<double> x{1, 2, 3};
    CHECK(cdl::objective::evaluate(serial{}, minimal{}, zero{}, x, {}).value == -1);
    const cdl::objective::weighted_sum sum{minimal{}, 2.0, minimal{}, 1.0};
    CHECK(cdl::objective::evaluate(serial{}, sum, zero{}, x, {}).value == -3);
}
