// SPDX-License-Identifier: MIT
// The divergence of exact denoisers: against the golden Laplacians of log p_a, against automatic differentiation of
// eps_hat, against the formula in long double, and its limits.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>

#include <distribution/empirical_oracle.hpp>
#include <distribution/golden_mixtures.hpp>
#include <laws/denoiser_laws.hpp>
#include <support/scalars.hpp>

#include <array>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using test::check_within, test::keep_largest, test::wide;

static_assert(denoiser::divergent_denoiser<denoiser::optimal<double, 2, covariance::full>, double>);
static_assert(denoiser::divergent_denoiser<denoiser::optimal<float, dynamic, covariance::isotropic>, float>);
static_assert(denoiser::divergent_denoiser<denoiser::empirical<double>, double>);
#if defined(CDL_HAS_SIMD)
static_assert(denoiser::divergent_denoiser<denoiser::optimal<float, 2, covariance::diagonal>, exec::simd_pack<float>>);
static_assert(denoiser::divergent_denoiser<denoiser::empirical<float, 2>, exec::simd_pack<float>>);
#endif

namespace {

/// The least that is a divergent denoiser: that of standard normal data, as an estimate and its divergence.
struct estimate_alone {
    void operator()(const point_view<const double>& z, const log_snr<double>& a,
                    const point_view<double>& eps_hat) const {
        for (index_t j = 0; j < z.size(); ++j) eps_hat[j] = noise_scale(a) * z[j];
    }
};
struct with_divergence : estimate_alone {
    double divergence(const point_view<const double>& z, const log_snr<double>& a) const {
        return noise_scale(a) * static_cast<double>(z.size());
    }
};
static_assert(denoiser::divergent_denoiser<with_divergence, double>);
static_assert(!denoiser::divergent_denoiser<estimate_alone, double>);

/// The divergence in long double, and its conditioning: the error, in units of epsilon, that one rounding of the offsets
/// and of the exponents can make. Exponents may change a weight by any factor.
struct divergence_truth {
    long double value = 0, size = 0, largest_term = 0;
};

/// Of a component: its responsibility, C_k^-1 (z - m_k), tr C_k^-1, and the sizes of what is rounded.
struct component_truth {
    long double r, trace, exponent_rounding, pull_rounding;
    std::vector<long double> pull;
};

divergence_truth truth_of(const std::vector<component_truth>& components, long double noise, long double epsilon) {
    const std::size_t d = components[0].pull.size();
    std::vector<long double> mean(d);
    long double trace = 0, spread = 0, size = 0, rounding = 0;
    for (const auto& c : components) {
        trace += c.r * c.trace;
        if (c.r > 1e-30L) rounding = std::max(rounding, c.exponent_rounding);
        for (std::size_t j = 0; j < d; ++j) mean[j] += c.r * c.pull[j];
    }
    for (const auto& c : components) {
        long double square = 0;
        for (std::size_t j = 0; j < d; ++j) square += (c.pull[j] - mean[j]) * (c.pull[j] - mean[j]);
        spread += c.r * square;
        const long double raised = std::min(1.0L, c.r * std::exp(epsilon * (c.exponent_rounding + rounding)));
        size += (square + c.trace) * (c.r + (raised - c.r) / epsilon) +
                2 * c.r * c.pull_rounding * (std::sqrt(square) + epsilon * c.pull_rounding);
    }
    return {noise * (trace - spread), noise * (trace + size), noise * std::max(trace, spread)};
}

template <class T, index_t D, covariance C, class Z>
divergence_truth truth_of(const gaussian_mixture<T, D, C>& mixture, const Z& z, double level) {
    using number = long double;
    const log_snr<number> a{wide(level)};
    const number signal = signal_scale(a);
    const index_t d = mixture.dim();
    const auto view = mixture.view();
    std::vector<number> logs;
    std::vector<component_truth> components;
    number largest = -std::numeric_limits<number>::infinity(), total = 0;
    for (index_t k = 0; k < mixture.size(); ++k) {
        component_truth c{0, 0, 0, 0, std::vector<number>(static_cast<std::size_t>(d))};
        number distance = 0, log_det = 0, steepest = 0, apart = 0, sizes = 0;
        for (index_t i = 0; i < d; ++i) {
            const number offset = wide(z[i]) - signal * wide(mixture.mean(k, i));
            apart = std::hypot(apart, offset);
            sizes = std::hypot(sizes, std::abs(wide(z[i])) + std::abs(signal * wide(mixture.mean(k, i))));
        }
        for (index_t j = 0; j < d; ++j) {
            number along = 0;
            const auto axis = [&](index_t i) {
                return C == covariance::full ? wide(view.axis(k, j, i)) : number(i == j ? 1 : 0);
            };
            for (index_t i = 0; i < d; ++i) along += axis(i) * (wide(z[i]) - signal * wide(mixture.mean(k, i)));
            const number variance = signal * signal * wide(mixture.variance(k, j)) + noise_power(a);
            for (index_t i = 0; i < d; ++i) c.pull[static_cast<std::size_t>(i)] += axis(i) * along / variance;
            distance += along * along / variance;
            log_det += std::log(variance);
            c.trace += 1 / variance;
            steepest = std::max(steepest, 1 / variance);
        }
        c.exponent_rounding = std::abs(log_det) + (apart + sizes) * apart * steepest;
        c.pull_rounding = (apart + sizes) * steepest;
        logs.push_back(std::log(wide(mixture.weight(k))) - log_det / 2 - distance / 2);
        largest = std::max(largest, logs.back());
        components.push_back(c);
    }
    for (const number l : logs) total += std::exp(l - largest);
    for (std::size_t k = 0; k < logs.size(); ++k) components[k].r = std::exp(logs[k] - largest) / total;
    return truth_of(components, noise_scale(a), wide(test::epsilon<T>));
}

template <class T>
double error(T got, long double want, long double size) {
    return static_cast<double>(std::abs(static_cast<long double>(got) - want) / size) / test::epsilon<T>;
}

template <class T, index_t D, covariance C>
void check_golden(const std::string& name, double bound) {
    const auto mixture = test::golden_mixture(name).make<T, D, C>();
    const denoiser::optimal f(mixture);
    double worst = 0, worst_table = 0, worst_near = 0;
    for (const auto& c : test::golden_cases(name)) {
        std::vector<T> z;
        for (const double v : c.x) z.push_back(static_cast<T>(v));
        const log_snr<T> a{static_cast<T>(c.level)};
        const point_view<const T> at(z.data(), mixture.dim());
        const long double noise = noise_scale(log_snr<long double>{wide(c.level)});
        if (noise == 0) {
            CHECK(f.divergence(at, a) == T(0));
            // the Laplacian of the data's own log density is there all the same
            const auto view = mixture.view();
            const distribution::components_at<T, T, D, C> components(view, a);
            const auto truth = truth_of(mixture, at, 80);
            keep_largest(worst, error(distribution::divergence(components, at, T(-1)), c.trace_hess,
                                      truth.size / noise_scale(log_snr<long double>{80})));
            continue;
        }
        const auto truth = truth_of(mixture, at, c.level);
        keep_largest(worst, error(f.divergence(at, a), -noise * c.trace_hess, truth.size));
        if (std::abs(c.log_p) < 1000)
            keep_largest(worst_near, error(f.divergence(at, a), -noise * c.trace_hess, truth.largest_term));
        const auto table = f.at_level(exec::serial{}, a);
        keep_largest(worst_table, error(table.point().divergence(at, a), -noise * c.trace_hess, truth.size));
    }
    const std::string what = "divergence, " + name + ", " + std::to_string(8 * sizeof(T)) + " bits / epsilon";
    check_within(what, worst, bound);
    check_within(what + ", tabulated", worst_table, bound);
    // exponents are rounded, but few components count
    check_within(what + ", relative to the largest term, near the data", worst_near, 80);
}

/// sum_j d eps_hat_j / d z_j by automatic differentiation.
template <class F>
double divergence_by_autodiff(const F& f, const Eigen::VectorXd& z, double a) {
    using dual = Eigen::AutoDiffScalar<Eigen::VectorXd>;
    const auto d = z.size();
    std::vector<dual> at, eps_hat(static_cast<std::size_t>(d));
    for (Eigen::Index j = 0; j < d; ++j) at.emplace_back(z[j], static_cast<int>(d), static_cast<int>(j));
    dual level(a);
    level.derivatives() = Eigen::VectorXd::Zero(d);
    f(point_view<const dual>(at.data(), d), log_snr<dual>{level}, eps_hat);
    double sum = 0;
    for (Eigen::Index j = 0; j < d; ++j) sum += eps_hat[static_cast<std::size_t>(j)].derivatives()[j];
    return sum;
}

template <index_t D, covariance C>
void check_autodiff(const std::string& name, const gaussian_mixture<double, D, C>& mixture, double bound) {
    const denoiser::optimal f(mixture);
    double worst = 0;
    for (const double a : laws::levels())
        for (const auto& z : laws::probes(mixture, a))
            keep_largest(worst, error(f.divergence(z, log_snr{a}), wide(divergence_by_autodiff(f, z, a)),
                                      truth_of(mixture, z, a).size));
    check_within("divergence by autodiff, " + name + " / epsilon", worst, bound);
}

/// The mixture that an empirical distribution is.
template <class T, index_t D>
gaussian_mixture<T, D, covariance::isotropic> as_mixture(const distribution::empirical<T, D>& data, T h) {
    const auto cloud = data.view();
    const auto n = static_cast<std::size_t>(cloud.size());
    return {std::vector<T>(n, T(1)), std::vector<T>(cloud.points, cloud.points + cloud.size() * cloud.dim()),
            std::vector<T>(n, h * h)};
}

/// Everything that knows a divergence, at points i of any scalar.
template <class F, class T>
struct divergences {
    F f;
    batch_view<const T> z;
    level_view<T> levels;
    batch_view<T> out;

    template <class S>
    void operator()(lanes<S> i) const {
        std::array<S, 2> at{load(z, i, 0), load(z, i, 1)};
        store(out, i, 0, S(f.divergence(at, load(levels, i))));
    }
};

/// The largest difference to serial under any policy, relative to the conditioning.
template <class T, class F, class Mixture>
double policy_error(const F& f, const Mixture& mixture) {
    const index_t n = 597;
    std::vector<T> z;
    std::vector<log_snr<T>> levels;
    for (index_t i = 0; i < n; ++i) {
        levels.push_back({static_cast<T>(static_cast<double>(i % 65) / 4 - 8)});
        for (index_t j = 0; j < 2; ++j)
            z.push_back(static_cast<T>(2 * random::normal({5, random::purpose::channel}, 0, i, j)));
    }
    const batch_view<const T> at(z.data(), n, 2);
    std::vector<T> out(static_cast<std::size_t>(n));
    double worst = 0;
    test::for_each_policy([&](const std::string&, const auto& policy) {
        policy.template for_each_lanes<T>(n, divergences<F, T>{f, at, levels, batch_view<T>(out.data(), n, 1)});
        for (index_t i = 0; i < n; ++i) {
            const auto own = static_cast<std::size_t>(i);
            const auto truth = truth_of(mixture, at[i], static_cast<double>(levels[own].value));
            keep_largest(worst, error(out[own], truth.value, truth.size));
        }
    });
    return worst;
}

template <class T>
gaussian_mixture<T, 2> tilted() {
    return {{T(.3), T(.7)}, {-2, 1, T(1.5), 0}, {1, T(.5), T(.5), 1, T(.3), 0, 0, T(.2)}};
}

} // namespace

TEST_CASE_TEMPLATE("the divergence agrees with the golden Laplacians", T, float, double, long double) {
    check_golden<T, 1, covariance::isotropic>("two_1d", 4);
    check_golden<T, 1, covariance::full>("three_1d", 4);
    check_golden<T, 2, covariance::full>("five_2d", 4);
    check_golden<T, dynamic, covariance::full>("five_2d", 4);
    check_golden<T, 3, covariance::diagonal>("four_3d", 4);
    check_golden<T, 16, covariance::isotropic>("three_16d", 4);
    check_golden<T, dynamic, covariance::diagonal>("three_16d", 4);
}

TEST_CASE("the divergence is the trace of the derivative of eps_hat") {
    check_autodiff("two modes", gaussian_mixture<double, 1, covariance::isotropic>({.5, .5}, {-5, 5}, {1, 1}), 4);
    check_autodiff("diagonal, 2-D",
                   gaussian_mixture<double, 2, covariance::diagonal>({1, 3}, {-2, 0, 1, 1}, {1, .2, .5, 3}), 4);
    check_autodiff("full, 2-D", tilted<double>(), 4);
    check_autodiff("nearly singular, 2-D", gaussian_mixture<double, 2>({1}, {0, 0}, {1, .999, .999, 1}), 4);
    for (const index_t d : {2, 3, 5})
        check_autodiff("random, " + std::to_string(d) + "-D", laws::random_parameters(d, 4, 5).mixture(), 4);
}

TEST_CASE("the divergence of an empirical denoiser is that of the mixture, and of its own derivative") {
    for (const index_t d : {1, 2, 3}) {
        const distribution::empirical<double> data(test::normal_points<double>(101, d), d,
                                                   distribution::kernel_width{.3});
        const auto mixture = as_mixture(data, .3);
        const denoiser::empirical f(data);
        double worst = 0, worst_dual = 0;
        for (const double a : laws::levels())
            for (const auto& z : laws::probes(mixture, a)) {
                const auto truth = truth_of(mixture, z, a);
                const double got = f.divergence(z, log_snr{a});
                keep_largest(worst, error(got, truth.value, truth.size));
                keep_largest(worst_dual, error(got, wide(divergence_by_autodiff(f, z, a)), truth.size));
            }
        const std::string what = "divergence, empirical, " + std::to_string(d) + "-D / epsilon";
        check_within(what, worst, 2);
        check_within(what + ", autodiff", worst_dual, 2);
    }
}

TEST_CASE_TEMPLATE("the divergence of points without a kernel agrees with the formula", T, float, double) {
    // the levels at which a mixture of variances 1e-24 is not to be told from points
    const distribution::empirical<T, 2> data(test::normal_points<T>(101, 2), 2);
    const auto mixture = as_mixture(data, T(1e-12));
    const denoiser::empirical f(data);
    double worst = 0;
    for (const double a : {-40., -6., -1., 0., 1., 3., 6., 10.})
        for (index_t i = 0; i < 70; ++i) {
            const auto z = test::noisy_points(data.view(), 70, {a});
            const point_view<const T> at(z.data() + 2 * i, 2);
            const auto truth = truth_of(mixture, at, a);
            keep_largest(worst, error(f.divergence(at, log_snr{static_cast<T>(a)}), truth.value, truth.size));
        }
    check_within("divergence, points, " + std::to_string(8 * sizeof(T)) + " bits / epsilon", worst, 4);
}

TEST_CASE("at pure noise the divergence is the dimension, at clean data it is 0") {
    const auto two = tilted<double>();
    const auto random = laws::random_parameters(5, 4, 5).mixture();
    const distribution::empirical<double> cloud(test::normal_points<double>(101, 3), 3);
    const denoiser::optimal f(two);
    const denoiser::optimal g(random);
    const denoiser::empirical h(cloud);
    for (const double far : {0., 1., 1e3, 1e6}) {
        const std::vector<double> z{far, -far / 2, far / 3, 1, 2};
        CHECK(f.divergence(std::array{z[0], z[1]}, pure_noise<double>()) == 2);
        CHECK(g.divergence(z, pure_noise<double>()) == 5);
        CHECK(h.divergence(std::array{z[0], z[1], z[2]}, pure_noise<double>()) == doctest::Approx(3).epsilon(1e-15));
        CHECK(f.divergence(std::array{z[0], z[1]}, clean<double>()) == 0);
        CHECK(g.divergence(z, clean<double>()) == 0);
        CHECK(h.divergence(std::array{z[0], z[1], z[2]}, clean<double>()) == 0);
    }
    // half way between two points both are as near at every level: the flow tears apart, and at clean data it is 0 still
    const distribution::empirical<double, 1> pair(std::vector<double>{-1, 1}, 1);
    const denoiser::empirical tear(pair);
    CHECK(tear.divergence(std::array{0.}, clean<double>()) == 0);
    const log_snr a{6.};
    const double noise = noise_scale(a);
    CHECK(tear.divergence(std::array{0.}, a) ==
          doctest::Approx((1 - signal_power(a) / noise_power(a)) / noise).epsilon(1e-14));
}

TEST_CASE("far from the data the divergence is that of the widest component") {
    // N tr C^-1 = N d / (S^2 3 + N^2), up to what the other components still say
    const gaussian_mixture<double, 2, covariance::isotropic> mixture({1, 1}, {-1, 0, 2, 1}, {.5, 3});
    const denoiser::optimal f(mixture);
    for (const double a : {-2., 0., 3.})
        for (const double far : {1e3, 1e6}) {
            const double want = 2 * noise_scale(log_snr{a}) / (3 * signal_power(log_snr{a}) + noise_power(log_snr{a}));
            CHECK(f.divergence(std::array{far, -far}, log_snr{a}) == doctest::Approx(want).epsilon(1e-14));
        }
}

TEST_CASE("a dimension known at run time, and wider than what fits into registers, gives the same divergence") {
    constexpr index_t d = 2 * local_point_capacity + 7;
    const auto means = test::normal_points<double>(3, d);
    const std::vector<double> z = test::normal_points<double>(1, d, 0, 1, 9);
    const gaussian_mixture<double, d, covariance::isotropic> fixed({1, 2, 3}, means, {.5, 1, 2});
    const gaussian_mixture<double, dynamic, covariance::isotropic> free({1, 2, 3}, means, {.5, 1, 2});
    const auto full = laws::random_parameters(d, 3, 7).mixture();
    const distribution::empirical<double, d> fixed_cloud(std::vector<double>(means), d);
    const distribution::empirical<double> free_cloud(std::vector<double>(means), d);
    double worst = 0, worst_static = 0;
    for (const double a : {-9., -5., -3., 0., 2.}) {
        const auto truth = truth_of(free, z, a);
        const log_snr level{a};
        keep_largest(worst_static, error(denoiser::optimal(fixed).divergence(z, level), truth.value, truth.size));
        keep_largest(worst, error(denoiser::optimal(free).divergence(z, level), truth.value, truth.size));
        const auto full_truth = truth_of(full, z, a);
        keep_largest(worst, error(denoiser::optimal(full).divergence(z, level), full_truth.value, full_truth.size));
        const auto cloud_truth = truth_of(as_mixture(free_cloud, 1e-12), z, a);
        keep_largest(worst_static,
                     error(denoiser::empirical(fixed_cloud).divergence(z, level), cloud_truth.value, cloud_truth.size));
        keep_largest(worst,
                     error(denoiser::empirical(free_cloud).divergence(z, level), cloud_truth.value, cloud_truth.size));
    }
    check_within("divergence, wide and static / epsilon", worst_static, 0.05);
    check_within("divergence, wide and dynamic / epsilon", worst, 4);
}

TEST_CASE_TEMPLATE("the divergence on any policy agrees with the formula", T, float, double) {
    const auto mixture = tilted<T>();
    const distribution::empirical<T, 2> data(test::normal_points<T>(101, 2), 2, distribution::kernel_width{T(.3)});
    const std::string bits = std::to_string(8 * sizeof(T)) + " bits / epsilon";
    check_within("divergence under policies, mixture, " + bits, policy_error<T>(denoiser::optimal(mixture), mixture),
                 8);
    check_within("divergence under policies, empirical, " + bits,
                 policy_error<T>(denoiser::empirical(data), as_mixture(data, T(.3))), 8);
}
