// SPDX-License-Identifier: MIT
// Points far from all data, where components and points differ by less than the rounding of their exponents: probabilities sum
// to one, the nearest wins, and means and variances follow, against sums in long double.

#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>

#include <distribution/testing.hpp>
#include <support/scalars.hpp>

#include <algorithm>
#include <array>
#include <vector>

using namespace cdl;
using distribution::empirical, distribution::gaussian_mixture, distribution::kernel_width;
using test::check_within, test::keep_largest, test::wide, test::epsilon;
using enum distribution::covariance;

namespace {

using number = long double;

/// What is true of a mixture, or of a cloud, of round components at one point, and the size of what its inputs' rounding changes.
struct truth {
    std::vector<number> log_r, eps_hat, x_hat;
    number variance = 0, divergence = 0;
    std::vector<number> log_r_size; ///< how much a relative change of inputs changes each log r
    number exponents = 0;           ///< the largest of those that count
    number eps_size = 0, x_size = 0, x_apart = 0,
           eps_apart = 0; ///< sizes of the terms, and how far components are apart
};

truth truth_of(const std::vector<number>& weights, const std::vector<number>& means,
               const std::vector<number>& variances, const std::vector<number>& z, number a) {
    const std::size_t d = z.size(), count = weights.size();
    const number s = signal_scale(log_snr<number>{a}), noise = noise_scale(log_snr<number>{a});
    std::vector<number> terms(count), v(count);
    std::size_t best = 0;
    const auto offset = [&](std::size_t k, std::size_t j) { return z[j] - s * means[k * d + j]; };
    for (std::size_t k = 0; k < count; ++k) {
        v[k] = s * s * variances[k] + noise * noise;
        terms[k] = std::log(weights[k]) - number(d) / 2 * std::log(v[k]);
        for (std::size_t j = 0; j < d; ++j) terms[k] -= offset(k, j) * offset(k, j) / (2 * v[k]);
        if (terms[k] > terms[best]) best = k;
    }
    truth t;
    number sum = 0;
    for (std::size_t k = 0; k < count; ++k) { // again, relative to the best: long double, too, has an end
        terms[k] = std::log(weights[k] / weights[best]) - number(d) / 2 * std::log(v[k] / v[best]);
        for (std::size_t j = 0; j < d; ++j) {
            const number y = offset(best, j), shift = s * (means[k * d + j] - means[best * d + j]);
            const number narrower = s * s * (variances[best] - variances[k]);
            terms[k] -= (y * y * narrower / v[best] - 2 * y * shift + shift * shift) / v[k] / 2;
        }
        sum += std::exp(terms[k]);
    }
    best = static_cast<std::size_t>(std::max_element(terms.begin(), terms.end()) - terms.begin());
    const number most = terms[best];
    sum *= std::exp(-most);
    for (number& l : terms) l -= most;
    t.eps_hat.assign(d, 0), t.x_hat.assign(d, 0);
    const auto eps_of = [&](std::size_t k, std::size_t j) { return noise * offset(k, j) / v[k]; };
    const auto x_of = [&](std::size_t k, std::size_t j) {
        return means[k * d + j] + s * variances[k] / v[k] * offset(k, j);
    };
    for (std::size_t k = 0; k < count; ++k) {
        t.log_r.push_back(terms[k] - std::log(sum));
        const number r = std::exp(t.log_r[k]);
        for (std::size_t j = 0; j < d; ++j) t.eps_hat[j] += r * eps_of(k, j), t.x_hat[j] += r * x_of(k, j);
    }
    for (std::size_t k = 0; k < count; ++k) {
        const number r = std::exp(t.log_r[k]);
        number trace = 0, spread = 0, between = 0, differ = std::abs(std::log(weights[k] / weights[best]));
        for (std::size_t j = 0; j < d; ++j) {
            const number y = offset(best, j), shift = s * (means[k * d + j] - means[best * d + j]);
            trace += noise / v[k];
            spread += (eps_of(k, j) - t.eps_hat[j]) * (eps_of(k, j) - t.eps_hat[j]) / (noise > 0 ? noise : 1);
            between += (x_of(k, j) - t.x_hat[j]) * (x_of(k, j) - t.x_hat[j]);
            differ += (y * y + z[j] * z[j]) * std::abs(1 / v[k] - 1 / v[best]) +
                      (std::abs(y) + std::abs(z[j]) + std::abs(shift)) * std::abs(shift) / v[k];
            t.eps_size =
                std::max(t.eps_size, std::abs(eps_of(best, j)) + noise / v[best] * (std::abs(z[j]) + std::abs(y)));
            t.x_size = std::max(t.x_size, std::abs(means[k * d + j]) +
                                              s * variances[best] / v[best] * (std::abs(z[j]) + std::abs(y)));
        }
        t.divergence += r * (trace - spread);
        t.variance += r * (number(d) * noise * noise * variances[k] / v[k] + between);
        t.log_r_size.push_back(differ + std::abs(t.log_r[k]) + 1);
        if (t.log_r[k] < -200) continue;
        t.exponents = std::max(t.exponents, differ);
        for (std::size_t j = 0; j < d; ++j) {
            t.x_apart = std::max(t.x_apart, std::abs(x_of(k, j) - x_of(best, j)));
            t.eps_apart = std::max(t.eps_apart, std::abs(eps_of(k, j) - eps_of(best, j)));
        }
    }
    return t;
}

struct errors {
    double log_r = 0, x_hat = 0, eps_hat = 0, variance = 0, total = 0;
};

/// Errors in units of epsilon times the sizes that the doc blocks state.
template <class S, index_t D, distribution::covariance C>
errors errors_of_mixtures(double farthest) {
    using T = lane_t<S>;
    const random::noise_stream stream{11, random::purpose::user};
    errors e;
    for (index_t trial = 0; trial < 60; ++trial) {
        const auto u = [&](index_t i) { return random::uniform(stream, trial, i); };
        const auto normal = [&](index_t i) { return random::normal(stream, trial, 1000 + i, 0); };
        const index_t count = 2 + trial % 4;
        std::vector<T> weights, means, variances, given;
        std::vector<number> w, m, v;
        for (index_t k = 0; k < count; ++k) {
            weights.push_back(T(0.1 + u(k)));
            w.push_back(wide(weights.back()));
            for (index_t j = 0; j < D; ++j) means.push_back(T(5 * normal(k * D + j))), m.push_back(wide(means.back()));
            const T variance = trial % 3 == 0 ? T(0.75) : T(0.5 + u(20 + k));
            v.push_back(wide(variance));
            const index_t numbers = C == isotropic ? 1 : C == diagonal ? D : D * D;
            for (index_t i = 0; i < numbers; ++i) given.push_back(C != full || i % (D + 1) == 0 ? variance : T(0));
        }
        number total = 0;
        for (const number one : w) total += one;
        for (number& one : w) one /= total;
        const gaussian_mixture<T, D, C> mixture(weights, means, given);
        const denoiser::optimal f(mixture);
        const double sizes[] = {3, 1e2, 1e4, 1e6};
        for (const double size : sizes) {
            if (size > farthest) continue;
            const T level = T(-40 + 80 * u(50));
            std::array<T, D> z;
            const double s = signal_scale(log_snr{double(level)}), noise = noise_scale(log_snr{double(level)});
            for (index_t j = 0; j < D; ++j)
                z[static_cast<std::size_t>(j)] = T(size * (s + noise) * (j == 0 ? 1 : 0.3 * normal(70 + j)));
            std::vector<number> at;
            for (const T one : z) at.push_back(wide(one));
            const truth t = truth_of(w, m, v, at, wide(level));
            std::array<S, D> here, x_hat, eps_hat;
            for (std::size_t j = 0; j < D; ++j) here[j] = S(z[j]);
            const log_snr<S> a{S(level)};
            f(here, a, eps_hat);
            f.posterior_mean(here, a, x_hat);
            const auto first = [](const S& value) {
                T number_of = T(0);
                scatter(lanes<S>{0, 1}, value, [&](index_t, const T& one) { number_of = one; });
                return wide(number_of);
            };
            const number unit = wide(epsilon<T>), moved = std::min(number(1), unit * t.exponents);
            number sum = 0;
            for (index_t k = 0; k < count; ++k) {
                const number log_r = first(mixture.log_responsibility(k, here, a));
                sum += std::exp(log_r);
                const auto at_k = static_cast<std::size_t>(k);
                keep_largest(e.log_r, double(std::abs(log_r - t.log_r[at_k]) /
                                             std::max(t.log_r_size[at_k], t.exponents) / unit));
            }
            keep_largest(e.total, double(std::abs(sum - 1) / unit));
            for (std::size_t j = 0; j < D; ++j) {
                keep_largest(e.x_hat,
                             double(std::abs(first(x_hat[j]) - t.x_hat[j]) / (unit * t.x_size + moved * t.x_apart)));
                const number trusted = std::max(moved, std::sqrt(unit)); // where the fast sums are trusted
                keep_largest(e.eps_hat, double(std::abs(first(eps_hat[j]) - t.eps_hat[j]) /
                                               (unit * t.eps_size + trusted * t.eps_apart)));
            }
            const number variance_size = t.variance + moved / unit * t.x_apart * t.x_apart;
            keep_largest(e.variance,
                         double(std::abs(first(f.posterior_variance(here, a)) - t.variance) / variance_size / unit));
        }
    }
    return e;
}

template <class S, index_t D, distribution::covariance C>
void check_mixtures(const std::string& shape, double farthest) {
    const errors e = errors_of_mixtures<S, D, C>(farthest);
    const std::string what = "far tails, " + test::scalar_name<S>() + ", " + std::to_string(D) + "-D, " + shape + ", ";
    check_within(what + "log responsibility / epsilon", e.log_r, 16);
    check_within(what + "sum of probabilities / epsilon", e.total, 16);
    check_within(what + "x_hat / epsilon", e.x_hat, 16);
    check_within(what + "eps_hat / epsilon", e.eps_hat, 16);
    check_within(what + "posterior variance / epsilon", e.variance, 32);
}

} // namespace

TEST_CASE_TEMPLATE("components are told apart far from all of them", S, CDL_TEST_SCALARS) {
    const double farthest = std::is_same_v<lane_t<S>, float> ? 1e6 : 1e4; // what long double can tell
    check_mixtures<S, 1, isotropic>("isotropic", farthest);
    check_mixtures<S, 2, isotropic>("isotropic", farthest);
    check_mixtures<S, 2, diagonal>("diagonal", farthest);
    check_mixtures<S, 2, full>("full", farthest);
}

TEST_CASE("at 1e6 standard deviations the wider component has the point, in float") {
    const gaussian_mixture<float, 1, isotropic> mixture({.375F, .625F}, {-4, 5.5F}, {.8125F, 1.25F});
    const denoiser::optimal f(mixture);
    const std::array<float, 1> z{1e6F};
    const log_snr a{-17.5F};
    std::array<float, 1> x_hat;
    f.posterior_mean(z, a, x_hat);
    CHECK(mixture.log_responsibility(0, z, a) == doctest::Approx(-6998.7039).epsilon(1e-6));
    CHECK(mixture.log_responsibility(1, z, a) == 0);
    CHECK(x_hat[0] == doctest::Approx(203.576652).epsilon(1e-6));
    CHECK(f.posterior_variance(z, a) == doctest::Approx(1.24999996).epsilon(1e-6));
}

TEST_CASE_TEMPLATE("the nearest of two points has what is far from both", T, float, double) {
    const double far = std::is_same_v<T, float> ? 1e6 : 1e9;
    for (const double width : {0., 0.25}) {
        const empirical<T, 2> data({0, 1, 0, -1}, 2, kernel_width{T(width)});
        const denoiser::empirical f(data);
        const std::array<T, 2> z{T(far), T(0.5)};
        const log_snr a{T(0)};
        const double s = std::sqrt(0.5), v = 0.5 * width * width + 0.5;
        const double mean = std::tanh(s * 0.5 / v); // r_+ - r_-
        std::array<T, 2> x_hat, eps_hat;
        f.posterior_mean(z, a, x_hat);
        f(z, a, eps_hat);
        const double gain = s * width * width / v, eps = 8 * epsilon<T>;
        CHECK(double(x_hat[1]) == doctest::Approx(mean + gain * (0.5 - s * mean)).epsilon(eps));
        CHECK(double(eps_hat[1]) == doctest::Approx(s / v * (0.5 - s * mean)).epsilon(eps));
        CHECK(double(f.posterior_variance(z, a)) ==
              doctest::Approx(2 * width * width * 0.5 / v + (1 - mean * mean) * 0.25 / v / v).epsilon(eps));
        CHECK(double(f.divergence(z, a)) == doctest::Approx(s / v * (2 - 0.5 * (1 - mean * mean) / v)).epsilon(eps));
    }
}

TEST_CASE_TEMPLATE("a batch far from a cloud gives what its points do, in few coordinates and in many", T, float,
                   double) {
    for (const index_t d : {2, 5, 70}) {
        std::vector<T> points, z, together(static_cast<std::size_t>(3 * d)), alone(together.size());
        for (index_t i = 0; i < 20; ++i)
            for (index_t j = 0; j < d; ++j) points.push_back(T(random::normal({3, random::purpose::user}, 0, i, j)));
        for (index_t i = 0; i < 3; ++i)
            for (index_t j = 0; j < d; ++j) z.push_back(T(j == 0 ? (i == 1 ? 1e6 : 1) : 0.1 * double(i + 1)));
        const empirical<T> data(std::move(points), d);
        const denoiser::empirical f(data);
        const log_snr a{T(1)};
        const batch_view<const T> from(z.data(), 3, d);
        f(test::fast{}, from, a, batch_view<T>(together.data(), 3, d));
        for (index_t i = 0; i < 3; ++i) f(from[i], a, point_view<T>(alone.data() + i * d, d));
        for (std::size_t j = 0; j < alone.size(); ++j) {
            const auto i = j / static_cast<std::size_t>(d);
            CHECK(double(together[j]) ==
                  doctest::Approx(double(alone[j])).epsilon(1e3 * epsilon<T>).scale(i == 1 ? 0 : 1));
        }
    }
}
