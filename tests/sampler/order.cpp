// SPDX-License-Identifier: MIT
// How the error falls with the number of steps. Deterministic methods against the probability-flow ODE, solved in long
// double by Runge and Kutta's method with 4000 steps; stochastic ones against the law of the data, through the exact
// variance of what they make of a Gaussian. Grids are uniform in the log-SNR and end at a finite level: a last step to
// clean data would not shrink with the others.

#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/dpm_solver.hpp>
#include <cdl/sampler/heun.hpp>

#include "distribution/testing.hpp"
#include "sampler/testing.hpp"

#include <array>

using namespace cdl;
using oracle::real;

namespace {

/// An isotropic mixture in d coordinates, K x d means.
struct mixture_parameters {
    std::size_t dim;
    std::vector<double> weights, means, variances;

    real weight(std::size_t k) const { return test::wide(weights[k]); }
    real mean(std::size_t k, std::size_t j) const { return test::wide(means[k * dim + j]); }
    real variance(std::size_t k) const { return test::wide(variances[k]); }

    distribution::gaussian_mixture<double, dynamic, distribution::covariance::isotropic> mixture() const {
        return {weights, means, variances};
    }
};

/// eps_hat = -N grad log p_a in long double, by the sum over components.
std::vector<real> eps_hat(const mixture_parameters& p, const std::vector<real>& z, real a) {
    const real s = oracle::signal(a), n = oracle::noise(a);
    real total = 0;
    std::vector<real> pull(p.dim);
    for (std::size_t k = 0; k < p.weights.size(); ++k) {
        const real c = s * s * p.variance(k) + n * n;
        real square = 0;
        for (std::size_t j = 0; j < p.dim; ++j) square += std::pow(z[j] - s * p.mean(k, j), real(2));
        const real density = p.weight(k) * std::exp(-square / (2 * c)) / std::pow(c, static_cast<real>(p.dim) / 2);
        total += density;
        for (std::size_t j = 0; j < p.dim; ++j) pull[j] += density * (z[j] - s * p.mean(k, j)) / c;
    }
    for (real& v : pull) v *= n / total;
    return pull;
}

constexpr double first_level = -6, last_level = 5;

/// The flow dy / d log sigma = sigma eps_hat(S y, a) from the first level to the last; z = S y at both ends.
std::vector<real> flow(const mixture_parameters& p, std::vector<real> z, int steps) {
    const real from = test::wide(first_level), to = test::wide(last_level);
    const auto slope = [&](const std::vector<real>& y, real log_sigma) {
        std::vector<real> at(y);
        for (real& v : at) v *= oracle::signal(-2 * log_sigma);
        auto e = eps_hat(p, at, -2 * log_sigma);
        for (real& v : e) v *= std::exp(log_sigma);
        return e;
    };
    const auto moved = [](std::vector<real> y, const std::vector<real>& k, real h) {
        for (std::size_t j = 0; j < y.size(); ++j) y[j] += h * k[j];
        return y;
    };
    const real h = (from - to) / 2 / steps;
    for (real& v : z) v /= oracle::signal(from);
    for (int i = 0; i < steps; ++i) {
        const real u = -from / 2 + h * i;
        const auto k1 = slope(z, u), k2 = slope(moved(z, k1, h / 2), u + h / 2),
                   k3 = slope(moved(z, k2, h / 2), u + h / 2), k4 = slope(moved(z, k3, h), u + h);
        for (std::size_t j = 0; j < z.size(); ++j) z[j] += h / 6 * (k1[j] + 2 * k2[j] + 2 * k3[j] + k4[j]);
    }
    for (real& v : z) v *= oracle::signal(to);
    return z;
}

/// The slope of log error over log step, by least squares.
double slope_of(const std::vector<double>& errors) {
    double sum_xy = 0, sum_xx = 0;
    const auto n = static_cast<double>(errors.size());
    for (std::size_t i = 0; i < errors.size(); ++i) {
        const double x = static_cast<double>(i) - (n - 1) / 2; // how often the step was halved
        sum_xy += x * std::log2(errors[i]);
        sum_xx += x * x;
    }
    return -sum_xy / sum_xx;
}

void check_slope(const std::string& name, const std::vector<double>& errors, double order) {
    const double slope = slope_of(errors);
    if (std::getenv("CDL_TEST_REPORT") != nullptr)
        std::printf("%-48s slope %6.3f, errors %9.2e to %9.2e\n", name.c_str(), slope, errors.front(), errors.back());
    CAPTURE(name);
    CAPTURE(errors.front());
    CAPTURE(errors.back());
    CHECK(std::abs(slope - order) <= 0.1);
    CHECK(errors.back() >= 1e-12); // far above rounding, which is 1e-15 and some
}

/// Starts at the first level and what the flow makes of them.
struct flow_problem {
    std::string name;
    mixture_parameters data;
    std::vector<double> starts;
    std::vector<real> ends;

    flow_problem(std::string name_, mixture_parameters data_, std::vector<double> starts_)
        : name(std::move(name_)), data(std::move(data_)), starts(std::move(starts_)) {
        for (std::size_t i = 0; i < starts.size(); i += data.dim) {
            const auto begin = starts.begin() + static_cast<std::ptrdiff_t>(i);
            const auto end = flow(data, {begin, begin + static_cast<std::ptrdiff_t>(data.dim)}, 4000);
            ends.insert(ends.end(), end.begin(), end.end());
        }
    }

    /// The root mean square error of a method with 256, 512, ..., 4096 steps, on a grid made for each number of steps.
    template <class Method, class Grid>
    std::vector<double> errors(const Method& method, const Grid& levels) const {
        const auto mixture = data.mixture();
        std::vector<double> found;
        for (index_t steps = 256; steps <= 4096; steps *= 2) {
            auto z = starts;
            sampler::run(exec::serial{}, method, denoiser::optimal(mixture), test::grid_of(levels(steps)),
                         as_batch(z, static_cast<index_t>(data.dim)));
            double sum = 0;
            for (std::size_t i = 0; i < z.size(); ++i)
                sum += std::pow(static_cast<double>(test::wide(z[i]) - ends[i]), 2);
            found.push_back(std::sqrt(sum / static_cast<double>(z.size())));
        }
        return found;
    }

    template <class Method>
    std::vector<double> errors(const Method& method) const {
        return errors(method, [](index_t steps) { return test::uniform_levels(first_level, last_level, steps); });
    }
};

/// Steps of four and of two thirds of the mean in turn, so that each step has another length than the one before.
std::vector<double> uneven_levels(index_t steps) {
    auto levels = test::uniform_levels(first_level, last_level, steps);
    for (std::size_t k = 1; k + 1 < levels.size(); k += 2) levels[k] += (levels[k + 1] - levels[k]) / 3;
    return levels;
}

const std::array<flow_problem, 2>& problems() {
    static const std::array<flow_problem, 2> all{
        flow_problem("two modes", {1, {0.3, 0.7}, {-2, 1.5}, {0.25, 0.5}}, {-1.5, -0.75, -0.125, 0.25, 0.75, 2}),
        flow_problem("a plane", {2, {0.5, 0.2, 0.3}, {-1, -2, 2, 0.5, 0, 1.5}, {0.25, 0.5, 1}},
                     {-1, -1, 0.5, 0, 1.5, 0.5, -0.25, 1.25})};
    return all;
}

/// The variance of what a method makes of Gaussian data, from their own law at the first level, against the law at
/// the last, with 64, ..., 1024 steps.
template <class Method>
std::vector<double> variance_errors(const Method& method) {
    const double mean = 1.5, variance = 0.5625;
    const auto data = test::gaussian_data(mean, variance);
    const auto law = [&](double level) {
        const real s = oracle::signal(test::wide(level)), n = oracle::noise(test::wide(level));
        return oracle::law{s * test::wide(mean), s * s * test::wide(variance) + n * n};
    };
    std::vector<double> found;
    for (index_t steps = 64; steps <= 1024; steps *= 2) {
        const auto got = test::law_of_run(method, denoiser::optimal(data),
                                          test::uniform_levels(first_level, last_level, steps), law(first_level));
        found.push_back(std::abs(static_cast<double>(got.variance - law(last_level).variance)));
        CHECK(std::abs(static_cast<double>(got.mean - law(last_level).mean)) <= 1e-12);
    }
    return found;
}
} // namespace

TEST_CASE("The reference of the order tests is ten thousand times better than the smallest error they measure") {
    for (const auto& problem : problems()) {
        double difference = 0;
        for (std::size_t i = 0; i < problem.starts.size(); i += problem.data.dim) {
            const auto begin = problem.starts.begin() + static_cast<std::ptrdiff_t>(i);
            const auto coarse =
                flow(problem.data, {begin, begin + static_cast<std::ptrdiff_t>(problem.data.dim)}, 2000);
            for (std::size_t j = 0; j < problem.data.dim; ++j)
                test::keep_largest(difference, static_cast<double>(std::fabs(coarse[j] - problem.ends[i + j])));
        }
        // of order 4, so the finer one is 15 times closer
        test::check_within("reference, " + problem.name, difference, 1e-11);
    }
}

TEST_CASE("DDIM is of order 1") {
    for (const auto& problem : problems())
        check_slope("ddim, " + problem.name, problem.errors(sampler::ddim{}), sampler::ddim::order);
}

TEST_CASE("Heun is of order 2") {
    for (const auto& problem : problems())
        check_slope("heun, " + problem.name, problem.errors(sampler::heun{}), sampler::heun::order);
}

TEST_CASE("DPM-Solver-2 is of order 2") {
    for (const auto& problem : problems())
        check_slope("dpm_solver_2, " + problem.name, problem.errors(sampler::dpm_solver_2{}),
                    sampler::dpm_solver_2::order);
}

TEST_CASE("DPM-Solver++ 2M is of order 2") {
    for (const auto& problem : problems())
        check_slope("dpm_solver_pp_2m, " + problem.name, problem.errors(sampler::dpm_solver_pp_2m{}),
                    sampler::dpm_solver_pp_2m::order);
}

TEST_CASE("The methods keep their order where each step has another length than the one before") {
    const auto& problem = problems()[0];
    check_slope("ddim, uneven", problem.errors(sampler::ddim{}, uneven_levels), 1);
    check_slope("heun, uneven", problem.errors(sampler::heun{}, uneven_levels), 2);
    check_slope("dpm_solver_2, uneven", problem.errors(sampler::dpm_solver_2{}, uneven_levels), 2);
    check_slope("dpm_solver_pp_2m, uneven", problem.errors(sampler::dpm_solver_pp_2m{}, uneven_levels), 2);
}

TEST_CASE("Ancestral sampling and DDIM with noise are of weak order 1") {
    check_slope("ancestral, variance", variance_errors(sampler::ancestral{}), sampler::ancestral::order);
    check_slope("ancestral forward, variance", variance_errors(sampler::ancestral{sampler::step_variance::forward}),
                sampler::ancestral::order);
    check_slope("ddim 1, variance", variance_errors(sampler::ddim{1}), 1);
    check_slope("ddim 0.5, variance", variance_errors(sampler::ddim{0.5}), 1);
    check_slope("ddim 0, variance", variance_errors(sampler::ddim{}), 1);
}

TEST_CASE("Heun with churn keeps the order 2, of laws, because its noise follows the channel exactly") {
    check_slope("heun, variance", variance_errors(sampler::heun{}), 2);
    check_slope("heun with churn, variance", variance_errors(sampler::heun{.s_churn = 5}), 2);
}
