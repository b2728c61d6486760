// SPDX-License-Identifier: MIT
// The pull-back of a mixture against differentiation of its density and its denoiser: by
// central differences in long double, by Eigen's autodiff numbers, and at its limits.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/trainable_mixture.hpp>
#include <cdl/distribution/mixture_pullback.hpp>

#include <distribution/testing.hpp>
#include <laws/denoiser_laws.hpp>
#include <support/scalars.hpp>

#include <cmath>
#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using test::check_within, test::keep_largest;

namespace {

using numbers = std::vector<double>;

/// All that l log p_a(z) + c . eps_hat(z, a) depends on, in one list: z, the level, and for shapes that have them the
/// logits, means and variances.
template <covariance C>
struct problem {
    index_t components, dim;
    numbers inputs, cotangent;
    double log_density_cotangent;
    numbers fixed_log_weights, fixed_means, fixed_variances, bases; ///< full covariances

    template <class S>
    struct mixture {
        std::vector<S> log_weights, means, variances, bases;
        index_t components, dim;

        distribution::mixture_view<S, dynamic, C> view() const {
            S smallest = variances[0];
            for (const S& v : variances) smallest = min_of(smallest, v);
            return {log_weights.data(), means.data(), variances.data(), bases.data(), components, dim, smallest};
        }
    };

    template <class S>
    mixture<S> mixture_of(const std::vector<S>& x) const {
        using std::exp, std::log;
        mixture<S> m{{}, {}, {}, {}, components, dim};
        const auto scalars = [](const numbers& from) { return std::vector<S>(from.begin(), from.end()); };
        if constexpr (C == covariance::full) {
            m.log_weights = scalars(fixed_log_weights);
            m.means = scalars(fixed_means);
            m.variances = scalars(fixed_variances);
            m.bases = scalars(bases);
        } else {
            auto at = x.begin() + dim + 1;
            m.log_weights.assign(at, at + components);
            at += components;
            m.means.assign(at, at + components * dim);
            m.variances.assign(at + components * dim, x.end());
            S total = S(0);
            for (const S& logit : m.log_weights) total = S(total + exp(logit));
            for (S& logit : m.log_weights) logit = S(logit - log(total));
        }
        return m;
    }

    template <class S>
    S value(const std::vector<S>& x) const {
        const auto m = mixture_of(x);
        const log_snr<S> a{x[static_cast<std::size_t>(dim)]};
        const distribution::detail::components_at<S, S, dynamic, C> at(m.view(), a);
        const point_view<const S> z(x.data(), dim);
        std::vector<S> eps_hat(static_cast<std::size_t>(dim));
        S sum = S(S(log_density_cotangent) * distribution::detail::mean_pull(at, z, noise_scale(a), eps_hat));
        for (std::size_t j = 0; j < eps_hat.size(); ++j) sum = S(sum + S(cotangent[j]) * eps_hat[j]);
        return sum;
    }

    /// Collects what is handed over.
    template <class S>
    struct collected {
        S *logits, *means, *variances;
        index_t dim;

        void logit(index_t k, const S& value) const { logits[k] = value; }
        void mean(index_t k, index_t j, const S& value) const { means[k * dim + j] = value; }
        void variance(index_t k, index_t j, const S& value) const {
            variances[C == covariance::isotropic ? k : k * dim + j] = value;
        }
    };

    template <class S>
    std::vector<S> gradient(const std::vector<S>& x) const {
        const auto m = mixture_of(x);
        const log_snr<S> a{x[static_cast<std::size_t>(dim)]};
        std::vector<S> result(x.size(), S(0)), c(cotangent.begin(), cotangent.end()), pull(c.size());
        const point_view<const S> z(x.data(), dim);
        point_view<S> z_bar(result.data(), dim);
        S* parameters = result.data() + dim + 1;
        S& level_bar = result[static_cast<std::size_t>(dim)];
        if constexpr (C == covariance::full)
            level_bar = distribution::pull_back(m.view(), a, z, S(log_density_cotangent), c, pull, z_bar);
        else
            level_bar = distribution::pull_back(
                m.view(), a, z, S(log_density_cotangent), c, pull, z_bar,
                collected<S>{parameters, parameters + components, parameters + components * (1 + dim), dim});
        return result;
    }
};

/// Random problems of K components in d dimensions at a level; z is near the components, or `far` away.
template <covariance C>
problem<C> random_problem(index_t components, index_t d, double a, std::uint64_t seed, double far = 1.5) {
    problem<C> p{components, d, {}, {}, 0, {}, {}, {}, {}};
    const random::noise_stream stream{seed, random::purpose::user};
    index_t drawn = 0;
    const auto normal = [&] { return random::normal(stream, 0, drawn++, 0); };
    for (index_t j = 0; j < d; ++j) p.inputs.push_back(far * normal());
    p.inputs.push_back(a);
    for (index_t j = 0; j < d; ++j) p.cotangent.push_back(normal());
    p.log_density_cotangent = normal();
    if constexpr (C == covariance::full) {
        const auto mixture = laws::random_parameters(d, components, seed).mixture();
        const auto view = mixture.view();
        p.fixed_log_weights.assign(view.log_weights, view.log_weights + components);
        p.fixed_means.assign(view.means, view.means + components * d);
        p.fixed_variances.assign(view.variances, view.variances + components * d);
        p.bases.assign(view.bases, view.bases + components * d * d);
    } else {
        for (index_t k = 0; k < components * (1 + d); ++k) p.inputs.push_back(normal());
        for (index_t k = 0; k < components * (C == covariance::isotropic ? 1 : d); ++k)
            p.inputs.push_back(std::exp(.7 * normal()));
    }
    return p;
}

/// The largest error of the pull-back in double, against central differences in long double of order 6: relative to
/// the largest derivative.
template <covariance C>
double error_by_differences(const problem<C>& p) {
    const auto got = p.gradient(p.inputs);
    std::vector<long double> x(p.inputs.begin(), p.inputs.end());
    double largest = 0, worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const long double at = x[i], h = 1e-3L;
        const auto difference = [&](long double step) {
            x[i] = at + step;
            const long double up = p.value(x);
            x[i] = at - step;
            const long double down = p.value(x);
            x[i] = at;
            return (up - down) / (2 * step);
        };
        const long double want = (15 * difference(h) - 6 * difference(2 * h) + difference(3 * h)) / 10;
        largest = std::max(largest, std::abs(static_cast<double>(want)));
        keep_largest(worst, static_cast<double>(std::abs(test::wide(got[i]) - want)));
    }
    return worst / largest;
}

/// The same against autodiff in double.
template <covariance C>
double error_by_autodiff(const problem<C>& p) {
    using dual = Eigen::AutoDiffScalar<Eigen::VectorXd>;
    std::vector<dual> x;
    for (std::size_t i = 0; i < p.inputs.size(); ++i)
        x.emplace_back(p.inputs[i], static_cast<int>(p.inputs.size()), static_cast<int>(i));
    const Eigen::VectorXd want = p.value(x).derivatives();
    const auto got = p.gradient(p.inputs);
    double worst = 0;
    for (std::size_t i = 0; i < got.size(); ++i)
        keep_largest(worst, std::abs(got[i] - want[static_cast<Eigen::Index>(i)]));
    return worst / want.lpNorm<Eigen::Infinity>();
}

template <covariance C>
void check_derivatives(const std::string& name, double differences, double autodiff) {
    double worst_difference = 0, worst_autodiff = 0;
    std::uint64_t seed = 1;
    for (const double a : {-12., -3., 0., 2., 8.})
        for (const index_t components : {1, 3, 5, 21})
            for (const index_t d : {1, 2, 5}) {
                const auto p = random_problem<C>(components, d, a, ++seed);
                keep_largest(worst_difference, error_by_differences(p));
                keep_largest(worst_autodiff, error_by_autodiff(p));
            }
    check_within("pull-back against long double differences, " + name, worst_difference, differences);
    check_within("pull-back against autodiff, " + name, worst_autodiff, autodiff);
}

} // namespace

TEST_CASE("the pull-back of a mixture is the derivative of its density and its denoiser") {
    check_derivatives<covariance::isotropic>("isotropic", 3e-13, 1e-14);
    check_derivatives<covariance::diagonal>("diagonal", 3e-13, 1e-14);
    check_derivatives<covariance::full>("full", 5e-14, 2e-14);
}

TEST_CASE("the pull-back runs on autodiff numbers and gives second derivatives") {
    // d/dz of the z cotangent of log p is the Hessian of log p: symmetric, and its trace is -div eps_hat / N
    using dual = Eigen::AutoDiffScalar<Eigen::VectorXd>;
    const auto p = random_problem<covariance::full>(3, 3, 1, 5);
    std::vector<dual> x;
    for (index_t i = 0; i < 4; ++i) x.emplace_back(p.inputs[static_cast<std::size_t>(i)], 4, static_cast<int>(i));
    auto density_alone = p;
    density_alone.cotangent = {0, 0, 0};
    density_alone.log_density_cotangent = 1;
    const auto slope = density_alone.gradient(x);
    double trace = 0;
    for (Eigen::Index i = 0; i < 4; ++i)
        for (Eigen::Index j = 0; j < i; ++j)
            CHECK(slope[static_cast<std::size_t>(i)].derivatives()[j] ==
                  doctest::Approx(slope[static_cast<std::size_t>(j)].derivatives()[i]).epsilon(1e-12));
    for (Eigen::Index i = 0; i < 3; ++i) trace += slope[static_cast<std::size_t>(i)].derivatives()[i];
    const auto m = p.mixture_of(p.inputs);
    const log_snr a{p.inputs[3]};
    const distribution::detail::components_at<double, double, dynamic, covariance::full> at(m.view(), a);
    CHECK(trace ==
          doctest::Approx(distribution::detail::divergence(at, point_view<const double>(p.inputs.data(), 3), -1.))
              .epsilon(1e-12));
}

TEST_CASE("far from the data the pull-back keeps what the components do not agree on") {
    double worst = 0;
    for (const double far : {1e2, 1e4, 1e6})
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            auto p = random_problem<covariance::diagonal>(4, 2, 1, seed, far);
            p.log_density_cotangent = 0; // z_bar is then of size one, where eps_hat is of size `far`
            const auto got = p.gradient(p.inputs);
            const auto want = p.gradient(std::vector<long double>(p.inputs.begin(), p.inputs.end()));
            for (std::size_t i = 0; i < got.size(); ++i) {
                CHECK(std::isfinite(got[i]));
                if (i < 2) keep_largest(worst, static_cast<double>(std::abs(test::wide(got[i]) - want[i])));
            }
        }
    check_within("z cotangent far from the data", worst, 3e-15);
}

TEST_CASE_TEMPLATE("at both ends of the levels the cotangents have their limits", T, float, double) {
    const distribution::gaussian_mixture<T, 2, covariance::diagonal> mixture({1, 3}, {-2, 0, 1, 1},
                                                                             {1, T(.25), T(.5), 3});
    const std::array<T, 2> z{T(.5), T(-1)}, c{T(.75), T(-2)};
    std::array<T, 2> pull{}, z_bar{}, none{}, score{};
    // pure noise: eps_hat = z and p_a is standard normal, whatever the parameters
    CHECK(distribution::pull_back(mixture.view(), pure_noise<T>(), z, T(0), c, pull, z_bar) == 0);
    for (std::size_t j = 0; j < 2; ++j)
        CHECK(std::abs(z_bar[j] - c[j]) <= 2 * std::numeric_limits<T>::epsilon()); // posterior probabilities add to 1
    CHECK(distribution::pull_back(mixture.view(), pure_noise<T>(), z, T(2), none, pull, z_bar) == 0);
    for (std::size_t j = 0; j < 2; ++j) CHECK(std::abs(z_bar[j] + 2 * z[j]) <= 4 * std::numeric_limits<T>::epsilon());
    // clean data: eps_hat = 0, and the density does not move with the level
    CHECK(distribution::pull_back(mixture.view(), clean<T>(), z, T(0), c, pull, z_bar) == 0);
    CHECK((z_bar == none));
    CHECK(distribution::pull_back(mixture.view(), clean<T>(), z, T(2), c, pull, z_bar) == 0);
    mixture.score(z, clean<T>(), score);
    for (std::size_t j = 0; j < 2; ++j)
        CHECK(z_bar[j] == doctest::Approx(static_cast<double>(2 * score[j])).epsilon(1e-6));
}

TEST_CASE_TEMPLATE("packs give what numbers give", S, CDL_TEST_SCALARS) {
    using T = lane_t<S>;
    const distribution::gaussian_mixture<T, 2, covariance::full> mixture({T(.3), T(.7)}, {-2, 1, T(1.5), 0},
                                                                         {1, T(.5), T(.5), 1, T(.3), 0, 0, T(.2)});
    std::vector<T> x, y, levels;
    for (index_t i = 0; i < 37; ++i) {
        x.push_back(T(2 * random::normal({1, random::purpose::user}, 0, i, 0)));
        y.push_back(T(2 * random::normal({1, random::purpose::user}, 0, i, 1)));
        levels.push_back(T(2 * random::normal({1, random::purpose::user}, 0, i, 2)));
    }
    const auto parts = [&](const auto& u, const auto& v, const auto& a) {
        using N = std::remove_cvref_t<decltype(u)>;
        const std::array<N, 2> z{u, v}, c{N(T(.75)), N(T(-2))};
        std::array<N, 2> pull{c}, z_bar{c};
        const N level_bar = distribution::pull_back(mixture.view(), log_snr<N>{a}, z, N(T(.5)), c, pull, z_bar);
        return N(level_bar + N(T(3)) * z_bar[0] + N(T(5)) * z_bar[1]);
    };
    const auto got = test::map_lanes<S>(parts, x, y, levels);
    double worst = 0;
    for (std::size_t i = 0; i < got.size(); ++i)
        keep_largest(worst, std::abs(static_cast<double>(got[i]) - static_cast<double>(parts(x[i], y[i], levels[i]))) /
                                test::epsilon<T>);
    check_within("pull-back on " + test::scalar_name<S>() + " / epsilon", worst, 200);
}

TEST_CASE_TEMPLATE("far from all components the shares of the gradient are those of the responsibilities", T, float,
                   double) {
    const T root = std::sqrt(T(0.5));
    for (const double distance :
         {1e2, 1e4, 1e8, 1e20, 1e30}) { // of two modes that are as far apart as still matters there
        CAPTURE(distance);
        const T far = static_cast<T>(distance), m = T(T(0.5) / far);
        const denoiser::trainable_mixture<T, 1> trained(2, {0, 0, -m, m, 0, 0});
        std::vector<T> gradient(6, T(0));
        const log_snr<T> a{T(0)};
        trained.pull_back_log_density(exec::serial{}, std::vector<T>{far}, level_view<T>(a), std::vector<T>{T(1)},
                                      std::span<T>(gradient));
        const double r = 1 / (1 + std::exp(-std::sqrt(0.5))), tolerance = sizeof(T) == 4 ? 3e-4 : 1e-8;
        CHECK(std::exp(trained.mixture().log_responsibility(1, std::array{far}, a)) ==
              doctest::Approx(r).epsilon(tolerance));
        CHECK(gradient[1] == doctest::Approx(r - 0.5).epsilon(4 * tolerance));
        CHECK(gradient[3] / far ==
              doctest::Approx(r * static_cast<double>(root)).epsilon(tolerance + 1 / distance / distance));
    }
}

TEST_CASE_TEMPLATE("narrow components have finite derivatives where nothing is pulled back", T, float, double) {
    const T log_variance = sizeof(T) == 4 ? T(-46) : T(-370);
    const denoiser::trainable_mixture<T, 1> trained(1, {0, 0, log_variance});
    std::vector<T> gradient(3, T(0));
    const log_snr<T> a{sizeof(T) == 4 ? T(60) : T(500)};
    trained.pull_back(exec::serial{}, std::vector<T>{T(1)}, level_view<T>(a), std::vector<T>{T(1)},
                      std::span<T>(gradient));
    for (const T& g : gradient) CHECK(g == g);
}
