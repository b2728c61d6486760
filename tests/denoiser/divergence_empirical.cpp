// SPDX-License-Identifier: MIT
// The divergence of empirical denoisers; and of both kinds of exact denoisers in many dimensions and under every policy.

#include <denoiser/divergence_truth.hpp>
#include <distribution/empirical_oracle.hpp>
#include <laws/denoiser_laws.hpp>

#include <array>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using test::check_within, test::keep_largest, test::wide, test::truth_of, test::divergence_error, test::as_mixture;

namespace {

/// The divergence at points i of any scalar.
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

/// The largest error under any policy, relative to the conditioning.
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
            keep_largest(worst, divergence_error(out[own], truth.value, truth.size));
        }
    });
    return worst;
}

} // namespace

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
                keep_largest(worst, divergence_error(got, truth.value, truth.size));
                keep_largest(worst_dual,
                             divergence_error(got, wide(test::divergence_by_autodiff(f, z, a)), truth.size));
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
            keep_largest(worst,
                         divergence_error(f.divergence(at, log_snr{static_cast<T>(a)}), truth.value, truth.size));
        }
    check_within("divergence, points, " + std::to_string(8 * sizeof(T)) + " bits / epsilon", worst, 4);
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
        keep_largest(worst_static,
                     divergence_error(denoiser::optimal(fixed).divergence(z, level), truth.value, truth.size));
        keep_largest(worst, divergence_error(denoiser::optimal(free).divergence(z, level), truth.value, truth.size));
        const auto full_truth = truth_of(full, z, a);
        keep_largest(worst,
                     divergence_error(denoiser::optimal(full).divergence(z, level), full_truth.value, full_truth.size));
        const auto cloud_truth = truth_of(as_mixture(free_cloud, 1e-12), z, a);
        keep_largest(worst_static, divergence_error(denoiser::empirical(fixed_cloud).divergence(z, level),
                                                    cloud_truth.value, cloud_truth.size));
        keep_largest(worst, divergence_error(denoiser::empirical(free_cloud).divergence(z, level), cloud_truth.value,
                                             cloud_truth.size));
    }
    check_within("divergence, wide and static / epsilon", worst_static, 0.05);
    check_within("divergence, wide and dynamic / epsilon", worst, 4);
}

TEST_CASE_TEMPLATE("the divergence on any policy agrees with the formula", T, float, double) {
    const auto mixture = test::two_tilted<T>();
    const distribution::empirical<T, 2> data(test::normal_points<T>(101, 2), 2, distribution::kernel_width{T(.3)});
    const std::string bits = std::to_string(8 * sizeof(T)) + " bits / epsilon";
    check_within("divergence under policies, mixture, " + bits, policy_error<T>(denoiser::optimal(mixture), mixture),
                 8);
    check_within("divergence under policies, empirical, " + bits,
                 policy_error<T>(denoiser::empirical(data), as_mixture(data, T(.3))), 8);
}
