// SPDX-License-Identifier: MIT
// The probability flow against exact transport: on a line it keeps the quantile of a point, of a Gaussian it is affine.

#include <cdl/adapter/eigen.hpp>
#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/random/normal.hpp>
#include <cdl/sampler/probability_flow.hpp>
#if defined(CDL_HAS_THRUST)
#include <cdl/exec/thrust.hpp>

#include <thrust/system/cpp/execution_policy.h>
#include <thrust/system/omp/execution_policy.h>
#endif

#include "distribution/testing.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

using namespace cdl;

namespace {

using level = log_snr<double>;
using real = long double;
constexpr double inf = std::numeric_limits<double>::infinity();

/// A mixture on a line, and where exact transport along its flow leads: to the same quantile.
struct line {
    std::vector<double> weights, means, variances;
    distribution::gaussian_mixture<double, 1, distribution::covariance::isotropic> mixture{weights, means, variances};

    auto denoise() const { return denoiser::optimal(mixture); }

    /// The share of the law at level a below z, or above.
    real mass_beyond(real z, level a, bool above) const {
        const real S2 = 1 / (1 + std::exp(-test::wide(a.value))), N2 = 1 / (1 + std::exp(test::wide(a.value)));
        real sum = 0;
        for (std::size_t k = 0; k < weights.size(); ++k) {
            const real spread = std::sqrt(2 * (S2 * test::wide(variances[k]) + N2));
            const real off = (z - std::sqrt(S2) * test::wide(means[k])) / spread;
            sum += test::wide(mixture.weight(static_cast<index_t>(k))) * std::erfc(above ? off : -off) / 2;
        }
        return sum;
    }

    double transported(double z, level from, level to) const {
        const bool above = mass_beyond(test::wide(z), from, true) < 0.5L;
        const real mass = mass_beyond(test::wide(z), from, above);
        real low = -500, high = 500;
        for (int k = 0; k < 150; ++k) {
            const real middle = (low + high) / 2;
            ((mass_beyond(middle, to, above) < mass) == above ? high : low) = middle;
        }
        return static_cast<double>((low + high) / 2);
    }

    /// Points of a level: the quantiles of some normal numbers.
    std::vector<double> points(level a, index_t n) const {
        std::vector<double> z;
        for (index_t i = 0; i < n; ++i)
            z.push_back(transported(random::normal({5, random::purpose::user}, 0, i), {-inf}, a));
        return z;
    }

    /// The largest error of the flow for some points.
    double error(level from, level to, double tolerance, sampler::flow_report& report) const {
        const auto start = points(from, 60);
        auto z = start;
        report = sampler::probability_flow(exec::serial{}, denoise(), from, to, z, {tolerance, tolerance});
        double worst = 0;
        for (std::size_t i = 0; i < z.size(); ++i)
            test::keep_largest(worst, std::fabs(z[i] - transported(start[i], from, to)));
        return worst;
    }
};

const line gentle{{0.6, 0.4}, {-0.7, 0.8}, {0.4, 0.3}}, narrow{{0.5, 0.3, 0.2}, {-1.5, 0.4, 2.0}, {0.04, 0.3, 0.01}};

const distribution::gaussian_mixture<double, dynamic, distribution::covariance::diagonal>
    in_space({1, 2, 1}, {-1, 0, 1, 1, 1, 0, 0, -2, 0.5}, {0.1, 0.2, 0.3, 0.05, 0.5, 0.1, 0.3, 0.1, 0.2});

const double ends[][2] = {{-inf, inf}, {-inf, 3.0}, {-4.0, 2.0}, {-4.0, inf}, {-1.0, -0.5},
                          {inf, -inf}, {3.0, -inf}, {2.0, -4.0}, {inf, 0.0}};

Eigen::Matrix3Xd some_points(index_t n) {
    Eigen::Matrix3Xd z(3, n);
    for (index_t i = 0; i < n; ++i)
        for (index_t j = 0; j < 3; ++j) z(j, i) = random::normal({6, random::purpose::user}, 0, i, j);
    return z;
}

/// A network: a batch denoiser and nothing else, asked for packed rows of constants.
struct network {
    index_t* calls;
    double worth = 1;

    template <class P>
    void operator()(const P& policy, batch_view<const double, dynamic, point_major> z, level_view<double> levels,
                    batch_view<double, dynamic, point_major> eps_hat) {
        ++*calls;
        denoiser::optimal denoise(in_space);
        denoise(policy, z, levels, eps_hat);
        if (worth != 1)
            for (index_t i = 0; i < eps_hat.size(); ++i) eps_hat(i, 0) *= worth;
    }
};

/// What std::runtime_error says.
template <class Action>
std::string failure(const Action& action) {
    try {
        action();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("On a line the flow keeps the quantile of a point, both ways, to some tolerances") {
    for (const auto& end : ends) {
        double before = 1;
        for (const double tolerance : {1e-3, 1e-5, 1e-7, 1e-9, 1e-11}) {
            sampler::flow_report report;
            const double error = gentle.error({end[0]}, {end[1]}, tolerance, report);
            test::check_within("from " + std::to_string(end[0]) + " to " + std::to_string(end[1]) + ", " +
                                   std::to_string(report.steps) + " steps, 1e" +
                                   std::to_string(static_cast<int>(std::round(std::log10(tolerance)))),
                               error, (tolerance == 1e-5 ? 10 : 60) * tolerance); // 1e-5 is the default
            CHECK(error <=
                  std::max(before * 1.01, tolerance / 10)); // the longest step may do better than the tolerance asks
            before = error;
        }
    }
}

TEST_CASE("Narrow modes are transported as well where the tolerance makes steps that see them") {
    for (const auto& end : ends)
        for (const double tolerance : {1e-9, 1e-11}) {
            sampler::flow_report report;
            const double error = narrow.error({end[0]}, {end[1]}, tolerance, report);
            test::check_within("narrow, from " + std::to_string(end[0]) + " to " + std::to_string(end[1]) + ", " +
                                   std::to_string(report.steps) + " steps",
                               error, 40 * tolerance);
            CHECK(report.steps < 2000);
        }
}

TEST_CASE("The flow of a Gaussian is affine, at infinite and at extreme levels too") {
    // (z - S m) / sqrt(S^2 v + N^2) is constant
    const std::vector<double> m{0.5, -2, 1e-3}, v{0.3, 4, 1e-6};
    const distribution::gaussian_mixture<double, 3, distribution::covariance::diagonal> gaussian({1}, m, v);
    const double levels[] = {-inf, -80, -40, -3, 0, 5, 20, 37, 50, inf};
    for (const double from : levels)
        for (const double to : levels) {
            Eigen::Matrix3Xd z = some_points(20), want = z;
            Eigen::Array3d growth; // of distances, and so of errors
            const auto a = level{from}, b = level{to};
            for (index_t j = 0; j < 3; ++j) {
                const auto k = static_cast<std::size_t>(j);
                const double width = std::sqrt(signal_power(a) * v[k] + noise_power(a));
                const double width_to = std::sqrt(signal_power(b) * v[k] + noise_power(b));
                growth(j) = std::max(1.0, width_to / width);
                for (index_t i = 0; i < 20; ++i) {
                    z(j, i) = signal_scale(a) * m[k] + width * z(j, i);
                    want(j, i) = signal_scale(b) * m[k] + width_to * want(j, i);
                }
            }
            const Eigen::Matrix3Xd start = z;
            const auto report =
                sampler::probability_flow(exec::serial{}, denoiser::optimal(gaussian), a, b, z, {1e-10, 1e-10});
            test::check_within("Gaussian, from " + std::to_string(from) + " to " + std::to_string(to),
                               ((z - want).array().abs().colwise() / growth).maxCoeff(), 1e-9);
            if (from == to) {
                CHECK(z == start);
                CHECK(report.denoiser_calls == 0);
                CHECK(report.steps == 0);
            } else if (report.steps > 0) {
                CHECK(report.denoiser_calls == report.passes + 6 * report.steps + (to == inf));
            }
        }
}

TEST_CASE("To noise and back is the identity, in float too") {
    Eigen::Matrix3Xd z = some_points(50);
    sampler::probability_flow(exec::serial{}, denoiser::optimal(in_space), {-inf}, {inf}, z, {1e-10, 1e-10});
    const Eigen::Matrix3Xd x = z;
    sampler::probability_flow(exec::serial{}, denoiser::optimal(in_space), {inf}, {-inf}, z, {1e-10, 1e-10});
    test::check_within("encoded", (z - some_points(50)).cwiseAbs().maxCoeff(), 1e-7);
    sampler::probability_flow(exec::serial{}, denoiser::optimal(in_space), {-inf}, {inf}, z, {1e-10, 1e-10});
    test::check_within("encoded and decoded", (z - x).cwiseAbs().maxCoeff(), 1e-7);

    const distribution::gaussian_mixture<float, 1, distribution::covariance::isotropic> mixture(
        {0.6f, 0.4f}, {-0.7f, 0.8f}, {0.4f, 0.3f});
    std::vector<float> start;
    for (const double number : gentle.points({-inf}, 60)) start.push_back(static_cast<float>(number));
    test::for_each_policy([&](const char* name, const auto& policy) {
        auto single = start;
        sampler::probability_flow(policy, denoiser::optimal(mixture), {-std::numeric_limits<float>::infinity()},
                                  {std::numeric_limits<float>::infinity()}, single);
        double worst = 0;
        for (std::size_t i = 0; i < 60; ++i)
            test::keep_largest(worst, std::fabs(static_cast<double>(single[i]) -
                                                gentle.transported(static_cast<double>(start[i]), {-inf}, {inf})));
        test::check_within(std::string("float, ") + name, worst, 2e-4);
    });
}

TEST_CASE("A data set without width is reached exactly") {
    const distribution::empirical<double, 1> cloud({-1.0, 0.25, 2.0}, 1);
    const denoiser::empirical denoise(cloud);
    std::vector<double> z;
    for (int i = 0; i < 41; ++i) z.push_back(-2 + 0.1 * i);
    sampler::probability_flow(exec::serial{}, denoise, {-inf}, {inf}, z, {1e-9, 1e-9});
    int seen[3] = {0, 0, 0};
    for (const double x : z) {
        const double off[3] = {std::fabs(x + 1), std::fabs(x - 0.25), std::fabs(x - 2)};
        for (int k = 0; k < 3; ++k) seen[k] += off[k] < 1e-7;
    }
    CHECK(seen[0] + seen[1] + seen[2] == 41);
    for (const int count : seen) CHECK(count > 5);
}

TEST_CASE("A point does not depend on the batch, its order, its memory or the threads") {
    const index_t n = 101;
    const sampler::flow_settings settings{1e-7, 1e-7};
    const auto flow = [&](const auto& policy, auto&& z) {
        return sampler::probability_flow(policy, denoiser::optimal(in_space), {-inf}, {inf}, z, settings);
    };
    Eigen::Matrix3Xd serial = some_points(n), packed;
    flow(exec::serial{}, serial);
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        Eigen::Matrix3Xd all = some_points(n), parts(3, n), turned = some_points(n).rowwise().reverse();
        flow(policy, all);
        for (index_t first = 0; first < n; first += 37) {
            const index_t count = std::min<index_t>(37, n - first);
            Eigen::Matrix3Xd part = some_points(n).middleCols(first, count);
            flow(policy, part);
            parts.middleCols(first, count) = part;
        }
        flow(policy, turned);
        Eigen::Matrix<double, 3, Eigen::Dynamic, Eigen::RowMajor> by_coordinates = some_points(n);
        flow(policy, as_batch_of_columns(by_coordinates));
        CHECK(all == parts);
        CHECK(all == turned.rowwise().reverse());
        CHECK(all == by_coordinates);
        test::check_within(std::string("flow under ") + name, (all - serial).cwiseAbs().maxCoeff(), 1e-9);
        if (std::string(name) == "simd") packed = all;
        if (std::string(name) == "openmp" && packed.size() > 0) CHECK(all == packed);
    });
#if defined(CDL_HAS_THRUST)
    for (int system = 0; system < 2; ++system) {
        Eigen::Matrix3Xd z = some_points(n);
        if (system == 0) flow(exec::thrust{::thrust::cpp::par}, z);
        if (system == 1) flow(exec::thrust{::thrust::omp::par}, z);
        CHECK(z == serial); // plain numbers on the host
    }
#endif
    Eigen::Matrix3Xd none(3, 0);
    CHECK(flow(exec::serial{}, none).denoiser_calls == 0);
}

TEST_CASE("A network is asked as often as the report says") {
    index_t calls = 0;
    Eigen::Matrix3Xd z = some_points(20), want = z;
    network net{&calls};
    const auto report = sampler::probability_flow(exec::serial{}, net, {-6.0}, {inf}, z);
    CHECK(calls == report.denoiser_calls);
    CHECK(report.denoiser_calls == report.passes + 6 * report.steps + 1);
    CHECK(report.steps > 3);
    CHECK(report.steps < 60 * report.passes);
    sampler::probability_flow(exec::serial{}, denoiser::optimal(in_space), {-6.0}, {inf}, want);
    test::check_within("network", (z - want).cwiseAbs().maxCoeff(), 1e-13);
}

namespace {

/// Mixtures of 1 to 8 components: weights down to 1e-3, variances from 1e-4 to 10, distances up to tens of standard deviations.
line random_line(std::mt19937_64& engine) {
    const auto uniform = [&] { return std::uniform_real_distribution<double>()(engine); };
    const auto count = static_cast<std::size_t>(1 + 8 * uniform());
    const double spread = std::pow(10, 2.5 * uniform() - 1);
    std::vector<double> weights, means, variances;
    for (std::size_t k = 0; k < count; ++k) {
        weights.push_back(std::pow(10, -3 * uniform()));
        means.push_back(spread * std::normal_distribution<double>()(engine));
        variances.push_back(std::pow(10, -4 + 5 * uniform()));
    }
    return {weights, means, variances};
}

/// How far z is from `want`, in units of the tolerance.
double tolerances_off(double z, double want, double tolerance) {
    return std::fabs(z - want) / (tolerance + tolerance * std::fabs(want));
}

} // namespace

TEST_CASE("A step does not straddle the watershed between two modes unseen") {
    const line data{{0.27, 0.6}, {-1.1, 1.8}, {0.063, 0.699}};
    const double start = -0.493, want = data.transported(start, {-inf}, {inf});
    for (const double longest : {2.0, 1.0, 0.5}) {
        std::vector<double> z{start};
        const auto report =
            sampler::probability_flow(exec::serial{}, data.denoise(), {-inf}, {inf}, z, {.longest_step = longest});
        CHECK(report.converged);
        test::check_within("longest step " + std::to_string(longest), tolerances_off(z[0], want, 1e-5), 10);
    }
}

TEST_CASE("For random mixtures and starts the error is at most ten tolerances, and the estimate says so") {
    std::mt19937_64 engine(15);
    for (const double tolerance : {1e-3, 1e-5, 1e-7, 1e-9}) {
        double worst = 0, estimated = 0;
        for (int i = 0; i < 150; ++i) {
            const line data = random_line(engine);
            const double start = std::normal_distribution<double>()(engine);
            for (const auto& [from, to] : {std::pair{-inf, inf}, {inf, -inf}, {-5.0, 4.0}}) {
                const double at = data.transported(start, {-inf}, {from});
                std::vector<double> z{at};
                const auto report =
                    sampler::probability_flow(exec::serial{}, data.denoise(), {from}, {to}, z, {tolerance, tolerance});
                CHECK(report.converged);
                test::keep_largest(estimated, report.error);
                test::keep_largest(worst, tolerances_off(z[0], data.transported(at, {from}, {to}), tolerance));
            }
        }
        test::check_within("tolerance " + std::to_string(tolerance), worst, 10);
        test::check_within("estimate", estimated, 5);
    }
}

TEST_CASE("Close to a watershed points are followed again, and one that no step can place is said") {
    // between the modes an error grows by the density there and back: 1e5 and more
    const line data{{0.5, 0.3, 0.2}, {-3, 0.5, 4}, {0.01, 0.04, 0.02}};
    for (const double middle : {-1.0, 2.0}) {
        const double edge = data.transported(middle, {inf}, {-inf});
        for (const double away : {1e-2, -1e-2, 1e-3, -1e-3, 1e-5, -1e-5})
            for (const double tolerance : {1e-3, 1e-5, 1e-7}) {
                CAPTURE(middle);
                CAPTURE(away);
                std::vector<double> z{edge + away};
                const auto report =
                    sampler::probability_flow(exec::serial{}, data.denoise(), {-inf}, {inf}, z, {tolerance, tolerance});
                CHECK(report.converged);
                test::check_within("near a watershed",
                                   tolerances_off(z[0], data.transported(edge + away, {-inf}, {inf}), tolerance), 10);
            }
    }
    // on the watershed to the last digit of a double
    std::vector<double> z{data.transported(-1, {inf}, {-inf}), 0.5};
    const auto report = sampler::probability_flow(exec::serial{}, data.denoise(), {-inf}, {inf}, z);
    CHECK(!report.converged);
    CHECK(report.error > 5);
    test::check_within("the other point", tolerances_off(z[1], data.transported(0.5, {-inf}, {inf}), 1e-5), 10);
}

TEST_CASE("In the plane the error is at most ten tolerances, too") {
    std::mt19937_64 engine(16);
    const auto uniform = [&] { return std::uniform_real_distribution<double>()(engine); };
    const auto normal = [&] { return std::normal_distribution<double>()(engine); };
    for (int i = 0; i < 60; ++i) {
        const auto count = static_cast<std::size_t>(1 + 8 * uniform());
        const double spread = std::pow(10, 2 * uniform() - 1);
        std::vector<double> weights, means, covariances;
        for (std::size_t k = 0; k < count; ++k) {
            weights.push_back(std::pow(10, -3 * uniform()));
            means.insert(means.end(), {spread * normal(), spread * normal()});
            const double u = std::pow(10, -3 + 4 * uniform()), v = std::pow(10, -3 + 4 * uniform()), t = 3 * uniform();
            const double c = std::cos(t), s = std::sin(t), across = (u - v) * c * s;
            covariances.insert(covariances.end(), {u * c * c + v * s * s, across, across, u * s * s + v * c * c});
        }
        const distribution::gaussian_mixture<double, 2> data(weights, means, covariances);
        const Eigen::Matrix<double, 2, 1> start{normal(), normal()};
        const auto flow = [&](double tolerance) {
            Eigen::Matrix2Xd z = start;
            const auto report = sampler::probability_flow(exec::serial{}, denoiser::optimal(data), {-inf}, {inf}, z,
                                                          {tolerance, tolerance});
            CHECK(report.converged);
            return z;
        };
        const Eigen::Matrix2Xd want = flow(1e-11);
        for (const double tolerance : {1e-3, 1e-5, 1e-7}) {
            const Eigen::Matrix2Xd z = flow(tolerance);
            for (index_t j = 0; j < 2; ++j)
                test::check_within("plane", tolerances_off(z(j, 0), want(j, 0), tolerance), 10);
        }
    }
}

TEST_CASE("A point that is followed again does not depend on the batch") {
    const line data{{0.5, 0.3, 0.2}, {-3, 0.5, 4}, {0.01, 0.04, 0.02}};
    const double edge = data.transported(-1, {inf}, {-inf});
    std::vector<double> all;
    for (int i = 0; i < 23; ++i) all.push_back(edge + (i % 4 == 0 ? 1e-6 * (i + 1) : 0.1 * (i - 11.5)));
    const auto start = all;
    const auto report = sampler::probability_flow(exec::serial{}, data.denoise(), {-inf}, {inf}, all);
    CHECK(report.passes > 1);
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::vector<double> one{start[i]};
        sampler::probability_flow(exec::serial{}, data.denoise(), {-inf}, {inf}, one);
        CHECK(one[0] == all[i]);
    }
}

TEST_CASE("What cannot be followed is said, and the points are as they were") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Eigen::Matrix3Xd z = some_points(9);
    const Eigen::Matrix3Xd before = z;
    const denoiser::optimal denoise(in_space);
    const auto refusal = [&](double from, double to, const sampler::flow_settings& settings) {
        return test::refusal([&] { sampler::probability_flow(exec::serial{}, denoise, {from}, {to}, z, settings); });
    };
    const std::string where = "cdl::sampler::probability_flow: ";
    CHECK(refusal(nan, 0, {}) == where + "from: must not be NaN; got nan");
    CHECK(refusal(0, nan, {}) == where + "to: must not be NaN; got nan");
    CHECK(refusal(0, 1, {-1}) == where + "absolute: must be finite and not negative; got -1");
    CHECK(refusal(0, 1, {1, inf}) == where + "relative: must be finite and not negative; got inf");
    CHECK(refusal(0, 1, {0, 0}) == where + "relative: must be positive where absolute is 0; got 0");
    CHECK(refusal(0, 1, {1, 1, 0}) == where + "first_step: must be finite and positive; got 0");
    CHECK(refusal(0, 1, {1, 1, 1, -2}) == where + "longest_step: must be finite and positive; got -2");
    CHECK(refusal(0, 1, {1, 1, 1, 1, 0}) == where + "max_steps: must be at least 1; got 0");
    Eigen::Matrix2Xd flat(2, 4);
    CHECK(test::refusal([&] { sampler::probability_flow(exec::serial{}, denoise, {0}, {1}, flat); }) ==
          where + "z: must have the dimension of the denoiser; got 2 for 3");

    CHECK(failure([&] {
              sampler::probability_flow(exec::serial{}, denoise, {-inf}, {inf}, z, {1e-10, 1e-10, 0.5, 2, 7});
          }).starts_with(where + "max_steps did not reach the end; usual causes: "));
    index_t calls = 0;
    network broken{&calls, nan};
    CHECK(failure([&] {
              sampler::probability_flow(exec::serial{}, broken, {-6.0}, {inf}, z);
          }).starts_with(where + "the flow is not finite; usual causes: "));
    CHECK(calls < 300);
    CHECK(failure([&] {
              sampler::probability_flow(exec::serial{}, denoise, {-6.0}, {6.0}, z, {0, 1e-19});
          }).starts_with(where + "a step became too small; usual causes: "));
    CHECK(z == before);
}
