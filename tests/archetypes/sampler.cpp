// SPDX-License-Identifier: MIT
// The least that a sampling method must offer is enough, and without any one of it the type is refused.

#include <cdl/exec/serial.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/dpm_solver.hpp>
#include <cdl/sampler/heun.hpp>
#include <cdl/sampler/run.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {
using cdl::index_t;
using cdl::log_snr;
using cdl::exec::serial;
using cdl::sampler::affine_update;
using cdl::sampler::level_step;
using cdl::sampler::one_call_method;

static_assert(one_call_method<cdl::sampler::ddim> && one_call_method<cdl::sampler::ancestral>);
static_assert(!one_call_method<cdl::sampler::heun> && !one_call_method<cdl::sampler::dpm_solver_2>);
static_assert(cdl::sampler::method<cdl::sampler::ddim, serial> && cdl::sampler::method<cdl::sampler::heun, serial> &&
              cdl::sampler::method<cdl::sampler::dpm_solver_2, serial> &&
              cdl::sampler::method<cdl::sampler::dpm_solver_pp_2m, serial>);

/// Says that it is not stochastic.
struct calm {
    bool stochastic() const { return false; }
};

/// Scales the estimate of x, which it takes at every step, to the next level: z' = S' x_hat. No template: double alone,
/// which floats are computed in anyway.
struct coefficients_of_double {
    affine_update<double> coefficients(log_snr<double> from, log_snr<double> to) const {
        if (from == to) return {1, 0, 0};
        const double stretch = signal_scale(to) / signal_scale(from);
        return {stretch, -stretch * noise_scale(from), 0};
    }
};
struct minimal_one_call : calm, coefficients_of_double {};
static_assert(one_call_method<minimal_one_call> && cdl::sampler::method<minimal_one_call, serial>);

static_assert(!one_call_method<coefficients_of_double>); // stochastic, or not?
static_assert(!one_call_method<calm> && !one_call_method<int>);
static_assert(!cdl::sampler::method<coefficients_of_double, serial>);
static_assert(!cdl::sampler::method<minimal_one_call, int>); // no policy

struct changing_coefficients : calm { // methods are constant values
    affine_update<double> coefficients(log_snr<double>, log_snr<double>) { return {1, 0, 0}; }
};
struct coefficients_of_numbers : calm { // a level is a log_snr
    affine_update<double> coefficients(double, double) const { return {1, 0, 0}; }
};
struct rounded_coefficients : calm {
    affine_update<float> coefficients(log_snr<double>, log_snr<double>) const { return {1, 0, 0}; }
};
struct unsure : coefficients_of_double { // an answer that depends is none
    int stochastic() const { return 0; }
};
static_assert(!one_call_method<changing_coefficients>);
static_assert(!one_call_method<coefficients_of_numbers>);
static_assert(!one_call_method<rounded_coefficients>);
static_assert(!one_call_method<unsure>);

/// The same by a stepper of its own, which asks nobody: it takes the points for pure noise around 0.
struct forgetful_stepper {
    template <class P, class F, class Z, class T, class N>
    index_t step(const P&, F&, const Z& z, const level_step<T>& s, const N&) {
        for (index_t i = 0; i < z.size(); ++i)
            for (index_t j = 0; j < z.dim(); ++j) z(i, j) *= noise_scale(s.to);
        ++steps;
        return 0;
    }
    int steps = 0;
};
struct makes_stepper {
    template <class T, index_t D, class P>
    forgetful_stepper stepper(const P&, index_t, index_t) const {
        return {};
    }
};
struct minimal_stepping : calm, makes_stepper {};
static_assert(cdl::sampler::method<minimal_stepping, serial> && !one_call_method<minimal_stepping>);

/// A denoiser that says 1.
struct ones {
    template <class Z, class S, class E>
    void operator()(const Z& z, const log_snr<S>&, E&& eps_hat) const {
        for (index_t j = 0; j < z.size(); ++j) eps_hat[j] = S(1);
    }
};

/// Gives zeros and remembers the steps.
struct remembering_noise {
    std::vector<index_t>* asked;
};
cdl::random::normal_pair normals(const remembering_noise& noise, index_t step, index_t, index_t) {
    noise.asked->push_back(step);
    return {0, 0};
}
struct silent {};
static_assert(cdl::random::noise_source<remembering_noise> && !cdl::random::noise_source<silent>);

template <class T>
std::vector<log_snr<T>> levels() {
    return {{T(-2)}, {T(0)}, {T(0)}, {T(3)}};
}
} // namespace

TEST_CASE_TEMPLATE("A one-call method of one's own is run", T, float, double) {
    std::vector<T> z{T(1), T(-2)};
    CHECK(cdl::sampler::run(serial{}, minimal_one_call{}, ones{}, levels<T>(), z) == 2);
    for (std::size_t i = 0; i < z.size(); ++i) {
        const double scale = signal_scale(log_snr{3.0}) / signal_scale(log_snr{-2.0});
        const double start = i == 0 ? 1 : -2;
        const double at_0 =
            signal_scale(log_snr{0.0}) / signal_scale(log_snr{-2.0}) * (start - noise_scale(log_snr{-2.0}));
        const double want =
            signal_scale(log_snr{3.0}) / signal_scale(log_snr{0.0}) * (at_0 - noise_scale(log_snr{0.0}));
        CHECK(std::abs(static_cast<double>(z[i]) - want) <=
              8 * scale * static_cast<double>(std::numeric_limits<T>::epsilon()));
    }
}

TEST_CASE("A method with a stepper of its own is run, and decides whom it asks") {
    std::vector<double> z{1, -2};
    CHECK(cdl::sampler::run(serial{}, minimal_stepping{}, ones{}, levels<double>(), z) == 0);
    CHECK(z[1] == -2 * noise_scale(log_snr{0.0}) * noise_scale(log_snr{3.0}));
}

TEST_CASE("A source of noise of one's own is asked for the steps that are taken, counted without repetitions") {
    std::vector<index_t> asked;
    std::vector<double> z{1};
    cdl::sampler::run(serial{}, cdl::sampler::ancestral{}, ones{}, levels<double>(), z, remembering_noise{&asked});
    CHECK(asked == std::vector<index_t>{0, 1}); // the step between equal levels is none
}
