// SPDX-License-Identifier: MIT
// Guidance: the formula, the case where it is known what it is, and the same from points, packs and batches.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/denoiser/guided.hpp>
#include <cdl/denoiser/optimal.hpp>

#include <compile_fail/device_policy.hpp>
#include <distribution/empirical_oracle.hpp>
#include <distribution/testing.hpp>

#include <array>
#include <functional>
#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using denoiser::guided, denoiser::guided_batch, denoiser::lift, denoiser::optimal;
using test::check_within, test::keep_largest;

namespace {

/// The denoiser of N(mean, ..., mean; variance I), on any scalar.
struct of_normal {
    double mean = 0, variance = 1;

    template <class Z, class S, class E>
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        const S factor = S(noise_scale(a) / S(signal_power(a) * number<S>(variance) + noise_power(a)));
        for (index_t j = 0; j < static_cast<index_t>(z.size()); ++j)
            eps_hat[j] = S(factor * S(S(z[j]) - S(signal_scale(a) * number<S>(mean))));
    }
    template <class S>
    CDL_HD static S number(double v) {
        return S(static_cast<lane_t<S>>(v));
    }
};

/// The same for one number at a time only.
template <class T>
struct of_normal_numbers {
    of_normal f;
    void operator()(const point_view<const T>& z, const log_snr<T>& a, const point_view<T>& eps_hat) const {
        f(z, a, eps_hat);
    }
};

/// Must not be called.
struct never {
    template <class Z, class S, class E>
    CDL_HD void operator()(const Z&, const log_snr<S>&, E&& eps_hat) const {
        eps_hat[0] = S(std::numeric_limits<lane_t<S>>::quiet_NaN());
    }
};

using on_points = guided<of_normal, of_normal>;
static_assert(std::is_trivially_copyable_v<on_points>);
static_assert(denoiser::point_denoiser<on_points, float> && denoiser::point_denoiser<on_points, double>);
static_assert(denoiser::point_denoiser<guided<of_normal, of_normal_numbers<double>>, double>);
static_assert(!denoiser::point_denoiser<guided<of_normal, of_normal_numbers<double>>, float>);
static_assert(!denoiser::divergent_denoiser<on_points, double>);
static_assert(denoiser::divergent_denoiser<
              guided<optimal<double, 2, covariance::full>, optimal<double, 2, covariance::full>>, double>);
static_assert(denoiser::batch_denoiser<guided_batch<double, denoiser::lifted<of_normal>, denoiser::lifted<of_normal>>,
                                       exec::serial, double>);
#if defined(CDL_HAS_SIMD)
static_assert(denoiser::point_denoiser<on_points, exec::simd_pack<float>>);
static_assert(!denoiser::point_denoiser<guided<of_normal, of_normal_numbers<double>>, exec::simd_pack<double>>);
#endif

template <class T>
std::vector<log_snr<T>> some_levels(index_t n) {
    std::vector<log_snr<T>> levels;
    for (index_t i = 0; i < n; ++i) levels.push_back({static_cast<T>(static_cast<double>(i % 33) / 4 - 4)});
    return levels;
}

/// The largest difference under any policy from (1 + w) eps_c - w eps_u, each of them by serial; with a level for each point
/// and with one for all, from a point denoiser and from batch denoisers. In units of epsilon times the largest term.
template <class T, index_t D, class F, class G>
double guidance_error(const F& f, const G& g, index_t n, index_t d, double w) {
    const auto z = test::normal_points<T>(n, d, 0, 2);
    const batch_view<const T, D> from(z.data(), n, d);
    const auto own = some_levels<T>(n);
    const T weight = static_cast<T>(w);
    double worst = 0;
    for (const bool common : {false, true}) {
        const level_view<T> levels = common ? level_view<T>(log_snr{T(1.25)}) : level_view<T>(own);
        std::vector<T> c(z.size()), u(z.size()), got(z.size()), by_batch(z.size());
        const auto at = [&](std::vector<T>& v) { return batch_view<T, D>(v.data(), n, d); };
        lift(f)(exec::serial{}, from, levels, at(c));
        lift(g)(exec::serial{}, from, levels, at(u));
        const auto see = [&](const std::vector<T>& values) {
            for (std::size_t i = 0; i < values.size(); ++i) {
                const long double want =
                    (1 + test::wide(weight)) * test::wide(c[i]) - test::wide(weight) * test::wide(u[i]);
                const double size = 1 + std::abs(static_cast<double>(c[i])) + std::abs(w * static_cast<double>(c[i])) +
                                    std::abs(w * static_cast<double>(u[i]));
                keep_largest(worst,
                             static_cast<double>(std::abs(test::wide(values[i]) - want)) / size / test::epsilon<T>);
            }
        };
        test::for_each_policy([&](const std::string&, const auto& policy) {
            lift(guided(f, g, static_cast<double>(weight)))(policy, from, levels, at(got));
            see(got);
            guided_batch both(policy, lift(f), lift(g), weight);
            both(policy, from, levels, at(by_batch));
            see(by_batch);
        });
    }
    return worst;
}

/// Serial that counts what it allocates.
struct counting : exec::serial {
    int* allocations;

    template <class T>
    exec::buffer<T, host> allocate(index_t n) const {
        ++*allocations;
        return exec::buffer<T, host>(n);
    }
};
static_assert(exec::policy<counting>);

} // namespace

TEST_CASE_TEMPLATE("guidance is (1 + w) eps_c - w eps_u under every policy, from points and from batches", T, float,
                   double) {
    const of_normal f{1, .5}, g{-.5, 2};
    for (const double w : {-1., 0., .5, 7.}) {
        const std::string what = "guided, w = " + std::to_string(w) + " / epsilon, ";
        for (const index_t n : {0, 1, 7, 597}) {
            check_within(what + "2-D", guidance_error<T, 2>(f, g, n, 2, w), 8);
            check_within(what + "dynamic 3-D", guidance_error<T, dynamic>(f, g, n, 3, w), 8);
            check_within(what + "just in registers", guidance_error<T, dynamic>(f, g, n, local_point_capacity, w), 8);
            check_within(what + "wide", guidance_error<T, dynamic>(f, g, n, local_point_capacity + 1, w), 8);
            check_within(what + "wide and static", guidance_error<T, 100>(f, g, n, 100, w), 8);
            check_within(what + "numbers only", guidance_error<T, dynamic>(f, of_normal_numbers<T>{g}, n, 3, w), 8);
        }
    }
}

TEST_CASE("weight 0 is the conditional denoiser, bit for bit, and asks no other") {
    const of_normal f{1, .5};
    const std::array z{.3, -4.};
    for (const log_snr a : {log_snr{0.}, log_snr{40.}, clean<double>(), pure_noise<double>()}) {
        std::array<double, 2> want{}, got{};
        f(z, a, want);
        guided(f, never{}, 0)(z, a, got);
        CHECK(got == want);
        guided_batch batch(exec::serial{}, lift(f), lift(never{}), 0.);
        batch(exec::serial{}, as_batch(z), a, got);
        CHECK(got == want);
    }
}

TEST_CASE("guidance between normal distributions of one covariance is the denoiser of the extrapolated mean") {
    const gaussian_mixture<double, 2> p({1}, {1, 2}, {1, .5, .5, 1}), q({1}, {-1, .5}, {1, .5, .5, 1});
    const optimal f(p), g(q);
    double worst = 0;
    for (const double w : {-2., -1., .5, 3.}) {
        const gaussian_mixture<double, 2> beyond({1}, {1 + w * 2, 2 + w * 1.5}, {1, .5, .5, 1});
        const optimal h(beyond);
        for (const double a : {-5., -1., 0., 2., 6.})
            for (index_t i = 0; i < 20; ++i) {
                const auto z = test::normal_points<double>(1, 2, 0, 2, static_cast<std::uint64_t>(i));
                std::array<double, 2> want{}, got{};
                h(z, log_snr{a}, want);
                guided(f, g, w)(z, log_snr{a}, got);
                for (std::size_t j = 0; j < 2; ++j)
                    keep_largest(worst, std::abs(got[j] - want[j]) / (1 + std::abs(want[j])));
            }
    }
    check_within("guided normals / epsilon", worst / test::epsilon<double>, 50);
}

TEST_CASE("guided estimates have the guided divergence") {
    const gaussian_mixture<double, 2> p({1, 2}, {1, 2, -1, 0}, {1, .5, .5, 1, .3, 0, 0, 2});
    const gaussian_mixture<double, 2, covariance::isotropic> q({1}, {-1, .5}, {.7});
    const guided f{optimal(p), optimal(q), 1.5};
    using dual = Eigen::AutoDiffScalar<Eigen::Vector2d>;
    double worst = 0;
    for (const double a : {-5., 0., 3.})
        for (const double x : {-2., .1, 4.}) {
            const std::array<dual, 2> z{dual(x, 2, 0), dual(.5 - x, 2, 1)};
            std::array<dual, 2> eps_hat;
            f(z, log_snr{dual(a, Eigen::Vector2d::Zero())}, eps_hat);
            const double want = eps_hat[0].derivatives()[0] + eps_hat[1].derivatives()[1];
            keep_largest(worst, std::abs(f.divergence(std::array{x, .5 - x}, log_snr{a}) - want) / std::abs(want));
            CHECK(guided(optimal(p), never{}, 0).dim() == 2);
        }
    check_within("guided divergence / epsilon", worst / test::epsilon<double>, 100);
    CHECK(guided(optimal(p), optimal(q), 0).divergence(std::array{1., 2.}, log_snr{0.}) ==
          optimal(p).divergence(std::array{1., 2.}, log_snr{0.}));
}

TEST_CASE("the buffer of a guided batch denoiser is allocated once, and again for a larger batch only") {
    int allocations = 0;
    counting policy;
    policy.allocations = &allocations;
    guided_batch f(policy, lift(of_normal{1, .5}), lift(of_normal{}), 2.);
    std::vector<double> z(60, .5), eps_hat(60);
    for (const index_t n : {10, 10, 7, 0, 10})
        f(policy, as_batch(z, 3).slice(0, n), log_snr{0.}, as_batch(eps_hat, 3).slice(0, n));
    CHECK(allocations == 1);
    f(policy, as_batch(z, 3), log_snr{0.}, as_batch(eps_hat, 3));
    CHECK(allocations == 2);
}

TEST_CASE("batch denoisers with a state are held by value or shared") {
    int calls = 0;
    auto network = [&calls](const auto& policy, const auto& z, const auto& levels, const auto& eps_hat) mutable {
        ++calls;
        lift(of_normal{1, .5})(policy, z, levels, eps_hat);
    };
    guided_batch f(exec::serial{}, std::ref(network), network, 1.);
    const std::vector<double> z{1, 2, 3};
    std::vector<double> eps_hat(3);
    f(exec::serial{}, z, log_snr{0.}, eps_hat);
    CHECK(calls == 2);
    CHECK(eps_hat[2] > 0);
}

TEST_CASE("guidance refuses weights and shapes that make no sense") {
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(test::refusal([&] { guided(of_normal{}, of_normal{}, infinity); }) ==
          "cdl::denoiser::guided: weight: must be finite; got inf");
    CHECK(test::refusal([&] { guided_batch(exec::serial{}, lift(of_normal{}), lift(of_normal{}), infinity); }) ==
          "cdl::denoiser::guided_batch: weight: must be finite; got inf");
    guided_batch f(exec::serial{}, lift(of_normal{}), lift(of_normal{}), 1.);
    std::vector<double> z(6, 1), eps_hat(6);
    const std::vector<log_snr<double>> two(2);
    const auto refused = [&](const auto& from, const level_view<double>& levels, const auto& to) {
        return test::refusal([&] { f(exec::serial{}, from, levels, to); });
    };
    CHECK(refused(as_batch(z, 3), log_snr{0.}, as_batch(eps_hat, 2)) ==
          "cdl::denoiser::guided_batch: eps_hat: must have the shape of z; got 3 x 2 for 2 x 3");
    CHECK(refused(as_batch(z, 2), two, as_batch(eps_hat, 2)) ==
          "cdl::denoiser::guided_batch: levels: must be one, or one for each point; got 2 for 3 points");
    CHECK(refused(as_batch(z, 2), log_snr{0.}, as_batch(z, 2)) ==
          "cdl::denoiser::guided_batch: eps_hat: must not be z; got the same memory");
    CHECK(eps_hat == std::vector<double>(6));
    const gaussian_mixture<double, 2, covariance::isotropic> mixture({1}, {0, 0}, {1});
    CHECK(test::refusal([&] {
              lift(guided(optimal(mixture), of_normal{}, 1))(exec::serial{}, as_batch(z, 3), log_snr{0.},
                                                             as_batch(eps_hat, 3));
          }) == "cdl::denoiser::lifted: z: must have the dimension of the denoiser; got 3 for 2");
}

TEST_CASE("on a device points that do not fit into registers are refused") {
    using view = batch_view<float, dynamic, point_major, device>;
    std::vector<float> z(130), eps_hat(130); // addresses, which nobody reads
    const auto run = [&](index_t d) {
        lift(guided(of_normal{}, of_normal{}, 1))(device_policy{}, view(z.data(), 2, d), log_snr{0.f},
                                                  view(eps_hat.data(), 2, d));
    };
    run(local_point_capacity);
    CHECK(
        test::refusal([&] { run(local_point_capacity + 1); }) ==
        "cdl::denoiser::lifted: z: must be points that fit into registers, on a device, for a denoiser that is made of "
        "others; got 65 coordinates where 64 fit");
}
