// SPDX-License-Identifier: MIT
// Mixtures and clouds at the ends of what a scalar holds: weights whose quotients underflow, every order of the components,
// point masses, covariances that are nearly singular or symmetric to float's rounding alone, and NaN.

#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/empirical_top_k.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/trainable_mixture.hpp>

#include <distribution/golden_mixtures.hpp>
#include <distribution/testing.hpp>
#include <support/scalars.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

using namespace cdl;
using distribution::empirical, distribution::gaussian_mixture, distribution::kernel_width;
using test::check_within, test::epsilon, test::keep_largest, test::wide;
using enum distribution::covariance;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class T>
T log_normal(T x, T mean, T variance) {
    return T(-0.5) * (T(std::log(2 * std::acos(-1.0) * double(variance))) + (x - mean) * (x - mean) / variance);
}

} // namespace

TEST_CASE("weights whose quotient or sum is no number keep their logarithms") {
    const gaussian_mixture<double, 1> far_apart({1e300, 1e-300}, {0, 100}, {1, 1});
    CHECK(far_apart.log_density(std::array{100.}) == doctest::Approx(-1382.469994).epsilon(1e-9));
    CHECK(far_apart.log_responsibility(1, std::array{100.}, clean<double>()) == 0);
    const gaussian_mixture<float, 1> light_first({1e-30F, 1e30F}, {0, 10}, {1, 1});
    CHECK(light_first.log_density(std::array{-5.F}) == doctest::Approx(log_normal(-5., 10., 1.)).epsilon(1e-5));
    CHECK(light_first.log_density(std::array{-30.F}) ==
          doctest::Approx(-60 * std::log(10.) + log_normal(-30., 0., 1.)).epsilon(1e-5));
    const denoiser::optimal f(light_first);
    CHECK(f.divergence(std::array{9.F}, log_snr{1.F}) == doctest::Approx(0.518596).epsilon(1e-5));
    const gaussian_mixture<double, 1> huge({1e308, 1e308, 1e308}, {0, 1, 2}, {1, 1, 1});
    CHECK(huge.weight(1) == doctest::Approx(1. / 3).epsilon(1e-15));
    CHECK(huge.view().log_weights[2] == doctest::Approx(-std::log(3.)).epsilon(1e-15));
    const gaussian_mixture<double, 1> tiny({5e-324, 1.5e-323}, {0, 1}, {1, 1});
    CHECK(tiny.weight(0) == 0.25);
}

TEST_CASE("logits of a trainable mixture mean what they say where the weights underflow") {
    const denoiser::trainable_mixture<float, 1> f(2, {0, -200, 0, 100, 0, 0});
    CHECK(f.mixture().log_density(std::array{100.F}) == doctest::Approx(-200 - 0.918938533).epsilon(1e-6));
    CHECK(f.mixture().weight(1) == 0);
    const auto g = gaussian_mixture<double, 1>::of_log_weights({-1e4, -2e4}, {0, 300}, {1, 1});
    CHECK(g.log_density(std::array{300.}) == doctest::Approx(-1e4 - 0.918938533).epsilon(1e-12));
    CHECK(test::refusal([] { gaussian_mixture<double, 1>::of_log_weights({0, -infinity}, {0, 1}, {1, 1}); }) ==
          "cdl::distribution::gaussian_mixture: log_weights: must be finite; got -inf");
}

TEST_CASE_TEMPLATE("every order of the components gives the same divergence, eps_hat and means", S, CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    struct part {
        T weight, mean, variance;
    };
    const T narrow = std::is_same_v<T, float> ? T(1e-7) : T(1e-16);
    const std::vector<std::vector<part>> nasty{
        {{1, 0, narrow}, {1, 3, T(0.7)}, {1, -2, 1}},
        {{T(1e-30), 3, narrow}, {1, T(3.1), T(0.7)}, {1, T(3.3), T(0.2)}},
        {{1, 0, narrow}, {1, T(1e-3), narrow}, {1, 5, 20}, {T(1e-10), T(3.2), T(1e-4)}},
        {{1, 0, T(1e-3)}, {1, T(0.1), T(1e3)}, {1, 2, 1}, {1, 4, T(1e-6)}}};
    double worst = 0, worst_eps_hat = 0, worst_x_hat = 0;
    for (const auto& parts : nasty)
        for (const double a : {-6., 0., 3., 12., 50.})
            for (const double x : {3.2, 0., 0.05, -40.}) {
                std::vector<std::size_t> order(parts.size());
                std::iota(order.begin(), order.end(), std::size_t{0});
                double first[3] = {0, 0, 0};
                bool is_first = true;
                do {
                    std::vector<T> weights, means, variances;
                    for (const auto k : order)
                        weights.push_back(parts[k].weight), means.push_back(parts[k].mean),
                            variances.push_back(parts[k].variance);
                    const gaussian_mixture<T, 1, isotropic> mixture(weights, means, variances);
                    const denoiser::optimal f(mixture);
                    const std::array<S, 1> z{S(T(x))};
                    std::array<S, 1> eps_hat, x_hat;
                    const log_snr<S> level{S(T(a))};
                    f(z, level, eps_hat);
                    f.posterior_mean(z, level, x_hat);
                    const S divergence = f.divergence(z, level);
                    double seen[3];
                    const S values[3] = {divergence, eps_hat[0], x_hat[0]};
                    for (int i = 0; i < 3; ++i)
                        scatter(lanes<S>{0, 1}, values[i], [&](index_t, const T& v) { seen[i] = double(v); });
                    if (is_first) std::copy(seen, seen + 3, first);
                    is_first = false;
                    // divergence is the difference of two sums, of which the exponents, up to 60 here, are rounded
                    const double noise = noise_scale(log_snr{a}), size = std::abs(first[0]) + noise;
                    keep_largest(worst, std::abs(seen[0] - first[0]) / size / epsilon<T>);
                    keep_largest(worst_eps_hat,
                                 std::abs(seen[1] - first[1]) / (std::abs(first[1]) + noise) / epsilon<T>);
                    keep_largest(worst_x_hat, std::abs(seen[2] - first[2]) / (std::abs(first[2]) + 1) / epsilon<T>);
                } while (std::next_permutation(order.begin(), order.end()));
            }
    const std::string name = "order of components, " + test::scalar_name<S>() + ", ";
    check_within(name + "divergence / epsilon", worst, 20);
    check_within(name + "eps_hat / epsilon", worst_eps_hat, 16);
    check_within(name + "x_hat / epsilon", worst_x_hat, 16);
}

TEST_CASE("a narrow component without weight leaves no rounding in the divergence") {
    const log_snr a{50.};
    for (const double v : {1e-12, 1e-14, 1e-16}) {
        const gaussian_mixture<double, 1> first({1, 1}, {0, 3}, {v, 0.7}), last({1, 1}, {3, 0}, {0.7, v});
        const gaussian_mixture<double, 1> alone({1}, {3}, {0.7});
        const double right = denoiser::optimal(alone).divergence(std::array{3.2}, a);
        CHECK(denoiser::optimal(first).divergence(std::array{3.2}, a) == doctest::Approx(right).epsilon(1e-13));
        CHECK(denoiser::optimal(last).divergence(std::array{3.2}, a) == doctest::Approx(right).epsilon(1e-13));
    }
}

TEST_CASE("components so narrow that the inverse of a variance overflows") {
    const gaussian_mixture<double, 1> point({1}, {0}, {1e-310});
    CHECK(point.log_density(std::array{0.}) == doctest::Approx(155 * std::log(10.) - 0.918938533204673).epsilon(1e-13));
    CHECK(point.log_density(std::array{1.}) == -infinity);
    const gaussian_mixture<float, 1> narrow({1}, {0}, {1e-30F});
    const denoiser::optimal f(narrow);
    std::array<float, 1> out;
    f(std::array{1e5F}, clean<float>(), out);
    CHECK(out[0] == 0);
    f(std::array{1e5F}, log_snr{70.F}, out);
    CHECK(out[0] == doctest::Approx(4.511566e19).epsilon(1e-5)); // N z / (v + N^2)
    f.posterior_mean(std::array{1e5F}, log_snr{70.F}, out);
    CHECK(out[0] == doctest::Approx(1e5 * 1e-30 / (1e-30 + 3.975450e-31)).epsilon(1e-5));
    CHECK(f.posterior_variance(std::array{1e5F}, log_snr{70.F}) ==
          doctest::Approx(1e-30 * 3.975450e-31 / (1e-30 + 3.975450e-31)).epsilon(1e-5));
    CHECK(f.divergence(std::array{1e5F}, log_snr{70.F}) == doctest::Approx(6.305117e-16 / 1.397545e-30).epsilon(1e-5));
    CHECK(f.divergence(std::array{1e5F}, clean<float>()) == 0);
}

TEST_CASE_TEMPLATE("point masses in two dimensions, beside wide components, of every shape", T, float, double) {
    const T v = std::is_same_v<T, float> ? T(1e-40) : T(1e-310); // no normal numbers
    const auto check = [&](const auto& mixture) {
        const denoiser::optimal f(mixture);
        for (const T a : {T(-3), T(0), T(60), T(80), T(infinity)}) {
            const std::array<T, 2> z{T(signal_scale(log_snr{a})), T(2) * T(signal_scale(log_snr{a}))}; // at its mean
            std::array<T, 2> eps_hat, x_hat;
            f(z, log_snr{a}, eps_hat);
            f.posterior_mean(z, log_snr{a}, x_hat);
            CAPTURE(double(a));
            if (a > 50) { // all of the weight
                CHECK(std::abs(double(eps_hat[0])) <= 1e-3);
                CHECK(double(x_hat[0]) == doctest::Approx(1).epsilon(1e-6));
                CHECK(double(x_hat[1]) == doctest::Approx(2).epsilon(1e-6));
                CHECK(mixture.log_responsibility(0, z, log_snr{a}) == 0);
            } else {
                CHECK(std::abs(double(x_hat[0])) < 2);
            }
            CHECK(double(f.divergence(z, log_snr{a})) - double(f.divergence(z, log_snr{a})) == 0);
            CHECK(double(f.posterior_variance(z, log_snr{a})) >= 0);
        }
        std::array<T, 2> away;
        f(std::array<T, 2>{T(5), T(-4)}, clean<T>(), away);
        CHECK(away[0] == 0);
        CHECK(mixture.log_responsibility(1, std::array<T, 2>{T(5), T(-4)}, clean<T>()) == 0);
    };
    check(gaussian_mixture<T, 2, isotropic>({1, 1}, {1, 2, 0, 0}, {v, 1}));
    check(gaussian_mixture<T, 2, diagonal>({1, 1}, {1, 2, 0, 0}, {v, v, 1, 2}));
    check(gaussian_mixture<T, 2, full>({1, 1}, {1, 2, 0, 0}, {v, 0, 0, v, 1, T(0.5), T(0.5), 1}));
}

TEST_CASE("points whose squared distance overflows") {
    const gaussian_mixture<float, 2, isotropic> mixture({1, 1}, {0, 0, 0, 1}, {1, 1});
    const denoiser::optimal f(mixture);
    const std::array<float, 2> z{1e20F, 1};
    std::array<float, 2> eps_hat, x_hat;
    f(z, log_snr{0.F}, eps_hat);
    f.posterior_mean(z, log_snr{0.F}, x_hat);
    CHECK(eps_hat[0] == doctest::Approx(0.7071068e20));
    CHECK(x_hat[0] == doctest::Approx(0.7071068e20));
    CHECK(f.log_density(z, log_snr{0.F}) == -infinity);
    const empirical<float, 2> cloud({0, 1, 0, -1}, 2);
    const denoiser::empirical g(cloud);
    g(z, log_snr{0.F}, eps_hat);
    g.posterior_mean(z, log_snr{0.F}, x_hat);
    CHECK(eps_hat[0] == doctest::Approx(1.4142136e20));
    CHECK(x_hat[1] == doctest::Approx(std::tanh(std::sqrt(2.))).epsilon(1e-6));
    CHECK(g.log_density(z, log_snr{0.F}) == -infinity);
}

TEST_CASE("the likelihood of a cloud without width is infinite at its points and nowhere else") {
    const empirical<float, 1> line({0, 1}, 1);
    CHECK(line.log_density(std::array{1.F}) == infinity);
    CHECK(line.log_density(std::array{1e-30F}) == -infinity); // whose square underflows
    CHECK(line.log_density(std::array{0.5F}) == -infinity);
    const empirical<double, 2> plane({0, 0, 3, 4}, 2);
    CHECK(plane.log_density(std::array{3., 4.}) == infinity);
    CHECK(plane.log_density(std::array{3., 4.000001}) == -infinity);
    const denoiser::empirical f(plane);
    std::array<double, 2> out;
    f.posterior_mean(std::array{2., 2.}, clean<double>(), out);
    CHECK(out[0] == 3);
    CHECK(f.posterior_variance(std::array{2., 2.}, clean<double>()) == 0);
    CHECK(f.posterior_variance(std::array{2., 2.}, pure_noise<double>()) == 6.25);
    f(std::array{1e-200, 0.}, log_snr{900.}, out); // a level whose noise power is no normal number
    CHECK(out[0] == doctest::Approx(1e-200 * std::exp(450.)).epsilon(1e-12));
}

TEST_CASE_TEMPLATE("the posterior variance is that of golden/, at all levels", T, float, double, long double) {
    // N^2 (d + N^2 Laplacian of log p) / S^2 in long double, where S and N are of the size of one
    for (const char* name : {"two_1d", "three_1d"}) {
        const auto mixture = test::golden_mixture(name).make<T, 1, isotropic>();
        const denoiser::optimal f(mixture);
        double worst = 0;
        for (const auto& c : test::golden_cases(name)) {
            const long double s = signal_scale(log_snr<long double>{wide(c.level)}),
                              noise = noise_scale(log_snr<long double>{wide(c.level)});
            if (std::abs(c.level) > 12 || std::abs(c.log_p) > 40) continue;
            const long double right = noise * noise * (1 + noise * noise * c.trace_hess) / (s * s);
            const T got = f.posterior_variance(std::array{static_cast<T>(c.x[0])}, log_snr{static_cast<T>(c.level)});
            const long double rounding =
                wide(epsilon<T>) * (1 + std::abs(c.log_p)) + 1e-18L * noise * noise / (s * s * right);
            keep_largest(worst, double(std::abs(wide(got) / right - 1) / rounding));
        }
        check_within("posterior variance, " + std::string(name) + ", " + std::to_string(8 * sizeof(T)) + " bits", worst,
                     10);
        const double mean_of_variances = double(f.posterior_variance(std::array{T(3)}, pure_noise<T>()));
        double mean = 0, second = 0;
        for (index_t k = 0; k < mixture.size(); ++k) {
            const double w = double(mixture.weight(k)), m = double(mixture.mean(k, 0));
            mean += w * m, second += w * (m * m + double(mixture.variance(k, 0)));
        }
        CHECK(mean_of_variances == doctest::Approx(second - mean * mean).epsilon(4 * epsilon<T> + 1e-15));
        CHECK(f.posterior_variance(std::array{T(3)}, clean<T>()) == 0);
        CHECK(double(f.posterior_variance(std::array{T(3)}, log_snr{T(-37)})) ==
              doctest::Approx(second - mean * mean).epsilon(1e-6));
    }
}

TEST_CASE("covariances that are symmetric to rounding are accepted, and others are refused with both numbers") {
    // in the last digits of 0.16, not of its own
    const gaussian_mixture<double> rounded({1}, {0, 0}, {0.16, 0.0005776871, 0.0005776871 + 1e-16, 0.2});
    CHECK(rounded.variance(0, 1) == doctest::Approx(0.2).epsilon(1e-3));
    const std::string exported =
        test::refusal([] { gaussian_mixture<double>({1}, {0, 0}, {0.16, 0.00057768705, 0.00057768716, 0.2}); });
    CHECK(exported.find("got 0.00057768705 against 0.00057768716") != std::string::npos);
    CHECK(exported.find("(S + S^T) / 2") != std::string::npos);
    const gaussian_mixture<float, 2> of_float({1}, {0, 0}, {100, 0.01F, 0.0100005F, 1e-4F});
    CHECK(of_float.size() == 1);
    const std::string sentence = test::refusal([] { gaussian_mixture<double>({1}, {0, 0}, {1, 0.5, 0.501, 1}); });
    CHECK(sentence.find("must be symmetric") != std::string::npos);
    CHECK(sentence.find("got 0.5 against 0.501") != std::string::npos);
}

TEST_CASE("nearly singular covariances are right, or refused with a way out") {
    for (const double small : {1e-8, 1e-11, 1e-12, 1e-14}) { // turned by an angle whose sine and cosine are 0.6 and 0.8
        const long double l = wide(small), c = 0.8L, s = 0.6L;
        const std::vector<double> turned{double(c * c + l * s * s), double((1 - l) * c * s), double((1 - l) * c * s),
                                         double(s * s + l * c * c)};
        const gaussian_mixture<double, 2> mixture({1}, {0, 0}, turned);
        // what the entries, which are rounded, say: the determinant over the larger one
        const long double determinant = wide(turned[0]) * wide(turned[3]) - wide(turned[1]) * wide(turned[1]);
        CHECK(double(wide(mixture.variance(0, 0)) * wide(mixture.variance(0, 1)) / determinant - 1) ==
              doctest::Approx(0).scale(1).epsilon(1e-5));
        const std::array<double, 2> along{0.8, 0.6};
        CHECK(mixture.log_density(along) ==
              doctest::Approx(-0.5 - 0.5 * std::log(double(determinant)) - 1.8378770664).epsilon(1e-3 + 1e-17 / small));
    }
    const gaussian_mixture<double, 2> graded({1}, {0, 0}, {1e12, 0.5e6, 0.5e6, 1}); // well conditioned in its own units
    CHECK(graded.variance(0, 0) == doctest::Approx(0.75).epsilon(1e-11));
    const std::string refused = test::refusal([] { gaussian_mixture<double, 2>({1}, {0, 0}, {1, 1, 1, 1}); });
    CHECK(refused.find("must be positive definite by more than rounding: add a small variance to the diagonal") !=
          std::string::npos);
    const gaussian_mixture<double, 2> far({1, 1}, {1e8, -1e8, 1e8 + 3, -1e8}, {1, 0.2, 0.2, 1, 1, 0, 0, 1});
    CHECK(far.log_density(std::array{1e8, -1e8}) ==
          doctest::Approx(std::log(0.5 / std::sqrt(0.96) + 0.5 * std::exp(-4.5)) - 1.8378770664).epsilon(1e-9));
}

TEST_CASE("a query with a NaN is NaN in every coordinate, and in the bound of the nearest points") {
    const empirical<double> cloud({0, 0, 1, 1, 2, 0, 5, 5}, 2);
    const denoiser::empirical f(cloud);
    const std::vector<double> z{not_a_number, 1, 1e200, 1, 1, 1};
    std::vector<double> eps_hat(6), exact(6), mass(3);
    const batch_view<const double> from(z.data(), 3, 2);
    test::for_each_policy([&](const char* name, const auto& policy) {
        CAPTURE(name);
        const auto nearest = denoiser::top_k(f, 2);
        nearest(policy, from, log_snr{0.}, batch_view<double>(eps_hat.data(), 3, 2), mass);
        CHECK(eps_hat[1] != eps_hat[1]);
        CHECK(mass[0] != mass[0]);
        CHECK(mass[1] == 1); // whose squared distances overflow: nothing is known to be near
        CHECK(mass[2] < 1);
        CHECK(eps_hat[5] == eps_hat[5]);
        f(policy, from, log_snr{0.}, batch_view<double>(exact.data(), 3, 2));
        CHECK(exact[0] != exact[0]);
        CHECK(exact[1] != exact[1]);
    });
    std::array<double, 2> out;
    CHECK(denoiser::top_k(f, 2)(std::array{1., not_a_number}, log_snr{0.}, out) != 0);
    CHECK(out[0] != out[0]);
    const gaussian_mixture<double, 2, isotropic> mixture({1, 1}, {0, 0, 1, 1}, {1, 1});
    denoiser::optimal g(mixture);
    g(std::array{not_a_number, 1.}, log_snr{0.}, out);
    CHECK(out[1] != out[1]);
}
