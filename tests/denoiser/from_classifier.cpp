// SPDX-License-Identifier: MIT
// A noise classifier as a denoiser: the exact classifier's is the exact denoiser, wherever denoisers are taken.

#include <cdl/classifier/exact.hpp>
#include <cdl/denoiser/from_classifier.hpp>
#include <cdl/denoiser/guided.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/sampler/ancestral.hpp>
#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/run.hpp>
#include <cdl/schedule/discrete_grids.hpp>

#include <distribution/empirical_oracle.hpp>
#include <distribution/testing.hpp>

#include <array>
#include <functional>
#include <string>
#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using denoiser::from_batch_classifier, denoiser::from_classifier, denoiser::guided, denoiser::lift, denoiser::optimal;
using schedule::discrete_levels;
using test::check_within, test::keep_largest;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A classifier of one's own, for one number at a time: of data N(0, 1), for which F is the same for all steps.
struct of_normal_numbers {
    denoiser::sorted_levels<double> table;

    denoiser::sorted_levels<double> levels() const { return table; }
    void ratio_gradient(point_view<const double> z, index_t, point_view<double> out) const {
        for (index_t j = 0; j < z.size(); ++j) out[j] = 0;
    }
};
static_assert(denoiser::noise_classifier<of_normal_numbers, double>);
static_assert(!denoiser::noise_classifier<of_normal_numbers, float>);
static_assert(denoiser::point_denoiser<from_classifier<of_normal_numbers>, double>);
static_assert(!denoiser::point_denoiser<from_classifier<of_normal_numbers>, float>);

using exact_2d = classifier::exact<optimal<float, 2, covariance::full>, float>;
static_assert(std::is_trivially_copyable_v<from_classifier<exact_2d>>);
static_assert(denoiser::point_denoiser<from_classifier<exact_2d>, float>);
#if defined(CDL_HAS_SIMD)
static_assert(denoiser::noise_classifier<exact_2d, exec::simd_pack<float>>);
static_assert(denoiser::point_denoiser<from_classifier<exact_2d>, exec::simd_pack<float>>);
static_assert(!denoiser::noise_classifier<of_normal_numbers, exec::simd_pack<double>>);
#endif

/// Input gradients of the exact classifier in batches, as a network offers them.
template <class C>
struct gradients_in_batches {
    C classifier;
    int calls = 0;

    template <class P, class Z, class Out>
    void operator()(const P& policy, const Z& z, std::span<const index_t> steps, const Out& out) {
        ++calls;
        classifier::ratio_gradients(policy, classifier, z, steps, out);
    }
};

/// The largest difference of both denoisers made of the exact classifier from the exact one, at levels of steps, in
/// units of epsilon times the larger of 1 and |z|, under any policy.
template <class T, index_t D, covariance C>
double classifier_error(const gaussian_mixture<T, D, C>& mixture, const discrete_levels<T>& levels, index_t n) {
    const index_t d = mixture.dim();
    const optimal f(mixture);
    const classifier::noise_classes classes(exec::serial{}, levels);
    const classifier::exact c(f, classes);
    const auto z = test::normal_points<T>(n, d, 0, 2);
    std::vector<log_snr<T>> own;
    for (index_t i = 0; i < n; ++i) own.push_back(levels.level(1 + i * 7 % levels.size()));
    const batch_view<const T, D> from(z.data(), n, d);
    double worst = 0;
    for (const bool common : {false, true}) {
        const level_view<T> at = common ? level_view<T>(levels.level(levels.size() / 2)) : level_view<T>(own);
        std::vector<T> want(z.size()), got(z.size()), by_batch(z.size());
        lift(f)(exec::serial{}, from, at, batch_view<T, D>(want.data(), n, d));
        test::for_each_policy([&](const std::string&, const auto& policy) {
            lift(from_classifier(c))(policy, from, at, batch_view<T, D>(got.data(), n, d));
            gradients_in_batches<classifier::exact<optimal<T, D, C>, T>> gradients{c};
            from_batch_classifier batches(policy, c.levels(), std::ref(gradients));
            batches(policy, from, at, batch_view<T, D>(by_batch.data(), n, d));
            CHECK(gradients.calls == 1);
            for (std::size_t i = 0; i < want.size(); ++i) {
                const double size = 1 + std::abs(static_cast<double>(z[i]));
                keep_largest(worst, std::abs(static_cast<double>(got[i] - want[i])) / size / test::epsilon<T>);
                keep_largest(worst, std::abs(static_cast<double>(by_batch[i] - want[i])) / size / test::epsilon<T>);
            }
        });
    }
    return worst;
}

gaussian_mixture<double, 1, covariance::isotropic> two_modes() {
    return {{1, 2}, {-2, 1.5}, {0.25, 0.5}};
}

} // namespace

TEST_CASE_TEMPLATE("the denoiser of the exact classifier is the exact denoiser under every policy", T, float, double) {
    const gaussian_mixture<T, 2, covariance::full> plane({1, 2}, {-1, 0, 2, 1}, {1, T(.5), T(.5), 1, 2, 0, 0, T(.5)});
    for (const index_t n : {0, 1, 7, 597}) {
        check_within("uniform, 2-D / epsilon", classifier_error(plane, discrete_levels<T>::uniform_noise(10), n), 10);
        check_within("DDPM, 2-D / epsilon", classifier_error(plane, discrete_levels<T>::ddpm_linear(1000), n), 10);
    }
}

TEST_CASE("points too wide for registers, too") {
    const std::vector<double> means(local_point_capacity + 1, .5);
    const gaussian_mixture<double, dynamic, covariance::isotropic> wide({1}, means, {0.25});
    check_within("wide / epsilon", classifier_error(wide, discrete_levels<double>::uniform_noise(3), 7), 10);
}

TEST_CASE("sampling with a classifier [CDM alg. 2] is sampling with its denoiser") {
    const auto mixture = two_modes();
    const optimal f(mixture);
    const random::noise_stream noise{.seed = 3};
    for (const auto& levels :
         {discrete_levels<double>::uniform_noise(50), discrete_levels<double>::ddpm_linear(200, 1e-4, 0.02)}) {
        const classifier::noise_classes classes(exec::serial{}, levels);
        const classifier::exact c(f, classes);
        std::vector<double> want(500);
        sampler::draw_start(exec::serial{}, noise, want);
        auto got = want, flow = want, want_flow = want;
        const auto grid = schedule::all_steps(levels);
        CHECK(sampler::run(exec::serial{}, sampler::ancestral{}, f, grid, want, noise) ==
              sampler::run(exec::serial{}, sampler::ancestral{}, from_classifier(c), grid, got, noise));
        sampler::run(exec::serial{}, sampler::ddim{}, f, grid, want_flow);
        sampler::run(exec::serial{}, sampler::ddim{}, from_classifier(c), grid, flow);
        double worst = 0, by_hand = 0;
        for (std::size_t i = 0; i < want.size(); ++i) {
            keep_largest(worst, std::abs(got[i] - want[i]));
            keep_largest(worst, std::abs(flow[i] - want_flow[i]));
        }
        check_within("samples of " + std::to_string(levels.size()) + " steps", worst, 2e-14);

        // the step of [CDM eq. 7], sigma_t^2 the variance of the posterior: alpha_t = alpha_bar_t / alpha_bar_(t-1)
        const index_t t = 5;
        const auto a = levels.level(t), cleaner = levels.level(t - 1);
        const double alpha = signal_power(a) / signal_power(cleaner), z = 0.7;
        std::array<double, 1> at{z}, gradient{};
        c.ratio_gradient(at, t, gradient);
        const double e = random::normal(noise, 0, 0);
        const double spread = std::sqrt(noise_power(cleaner) / noise_power(a) * (1 - alpha));
        sampler::run(exec::serial{}, sampler::ancestral{}, from_classifier(c), std::vector{a, cleaner}, at, noise);
        keep_largest(by_hand, std::abs(at[0] - (std::sqrt(alpha) * z - (1 - alpha) / std::sqrt(alpha) * gradient[0] +
                                                spread * e)));
        check_within("one step by eq. 7", by_hand, 5e-15);
    }
}

TEST_CASE("guidance of classifiers is guidance of their denoisers") {
    const auto mixture = two_modes();
    const gaussian_mixture<double, 1, covariance::isotropic> mode({1}, {1.5}, {0.5});
    const optimal u(mixture), g(mode);
    const auto levels = discrete_levels<double>::uniform_noise(30);
    const classifier::noise_classes classes(exec::serial{}, levels);
    const classifier::exact of_u(u, classes), of_g(g, classes);
    const random::noise_stream noise{.seed = 4};
    double worst = 0;
    for (const double w : {-1., 0.25, 1.25}) {
        std::vector<double> want(300);
        sampler::draw_start(exec::serial{}, noise, want);
        auto got = want;
        const auto grid = schedule::all_steps(levels);
        sampler::run(exec::serial{}, sampler::ancestral{}, guided(g, u, w), grid, want, noise);
        sampler::run(exec::serial{}, sampler::ancestral{}, guided(from_classifier(of_g), from_classifier(of_u), w),
                     grid, got, noise);
        for (std::size_t i = 0; i < want.size(); ++i) keep_largest(worst, std::abs(got[i] - want[i]));
    }
    check_within("guided samples", worst, 1e-14);
}

TEST_CASE("between the steps the nearest one is asked, beyond the ends the end, and NaN stays NaN") {
    const auto mixture = two_modes();
    const optimal f(mixture);
    const auto levels = discrete_levels<double>::from_log_snrs(std::vector{6., 4., 0., -3.});
    const classifier::noise_classes classes(exec::serial{}, levels);
    const from_classifier g(classifier::exact(f, classes));
    CHECK(g.dim() == 1);
    const std::array z{0.4};
    std::array<double, 1> want{}, got{};
    for (const auto& [asked, at] : {std::array{infinity, 6.},
                                    {5.1, 6.},
                                    {5., 4.},
                                    {4.9, 4.},
                                    {2., 0.},
                                    {2.1, 4.},
                                    {-2., -3.},
                                    {-1.4, 0.},
                                    {-9., -3.},
                                    {-infinity, -3.}}) {
        CAPTURE(asked);
        f(z, log_snr{at}, want);
        g(z, log_snr{asked}, got);
        CHECK(got[0] == doctest::Approx(want[0]).epsilon(1e-14));
    }
    g(z, log_snr{std::nan("")}, got);
    CHECK(got[0] != got[0]);
    denoiser::from_batch_classifier batched(exec::serial{}, denoiser::sorted_levels<double>(levels.levels()),
                                            [](const auto&, const auto& points, auto, const auto& out) {
                                                for (index_t i = 0; i < points.size(); ++i) out(i, 0) = 0;
                                            });
    const std::vector<double> points{0.4, 0.4};
    std::vector<double> answers(2);
    const std::vector<log_snr<double>> asked{{std::nan("")}, {4.}};
    batched(exec::serial{}, points, asked, answers);
    CHECK(std::isnan(answers[0]));
    CHECK(answers[1] == doctest::Approx(0.4 * noise_scale(log_snr{4.})).epsilon(1e-15));
}

TEST_CASE("clean data and pure noise may be steps") {
    const auto mixture = two_modes();
    const optimal f(mixture);
    const auto levels = discrete_levels<double>::from_log_snrs(std::vector{infinity, 2., -infinity});
    const classifier::noise_classes classes(exec::serial{}, levels);
    const from_classifier g(classifier::exact(f, classes));
    const std::array z{0.4};
    std::array<double, 1> got{7.};
    g(z, log_snr{infinity}, got);
    CHECK(got[0] == 0);
    g(z, log_snr{-infinity}, got);
    CHECK(got[0] == doctest::Approx(0.4).epsilon(1e-15));
}

TEST_CASE("a classifier of one's own for numbers alone, under every policy") {
    const std::vector<log_snr<double>> table{{3.}, {0.}, {-2.}};
    const std::vector<double> z{1, -2, 3, 0.5, 7};
    const std::vector<log_snr<double>> at{{3.}, {0.}, {-2.}, {0.}, {3.}};
    std::vector<double> got(5);
    const from_classifier f(of_normal_numbers{table});
    test::for_each_policy([&](const std::string&, const auto& policy) {
        lift(f)(policy, z, level_view<double>(at), got);
        for (std::size_t i = 0; i < z.size(); ++i) CHECK(got[i] == noise_scale(at[i]) * z[i]);
    });
}

TEST_CASE("batches of another shape are refused") {
    const std::vector<log_snr<double>> table{{3.}, {0.}};
    const auto none = [](const auto&, const auto&, std::span<const index_t>, const auto&) {};
    from_batch_classifier f(exec::serial{}, table, none);
    std::vector<double> z(3), out(2), same(3);
    const level_view<double> one(log_snr{0.});
    const auto refused = [&](auto& from, const level_view<double>& levels, auto& to) {
        return test::refusal([&] { f(exec::serial{}, from, levels, to); });
    };
    CHECK(refused(z, one, out) ==
          "cdl::denoiser::from_batch_classifier: eps_hat: must have the shape of z; got 2 x 1 for 3 x 1");
    CHECK(refused(z, one, z) == "cdl::denoiser::from_batch_classifier: eps_hat: must not be z; got the same memory");
    CHECK(refused(z, level_view<double>(table), same) ==
          "cdl::denoiser::from_batch_classifier: levels: must be one, or one for each point; got 2 for 3 points");
    const batch_view<double, 1> twice(out.data(), 3, 1, 0, 1);
    CHECK(refused(z, one, twice) ==
          "cdl::denoiser::from_batch_classifier: eps_hat: points must not share memory; got point stride 0");
}
